"""Accounts of passwd(5) and group(5) as text, and what file modes let one do (path_resolution(7))."""

from __future__ import annotations

import os
import stat
from typing import Final

from msgspec import Struct

READ: Final = 4
WRITE: Final = 2
SEARCH: Final = 1


class Login(Struct, frozen=True):
    """`groups` holds the primary one, too."""

    uid: int
    groups: frozenset[int]


def find(passwd: str, group: str, name: str) -> Login | None:
    """None where there is no such account, or its line makes no sense."""
    for line in passwd.splitlines():
        fields = line.split(":")
        if fields[0] == name and len(fields) >= 4 and fields[2].isdigit() and fields[3].isdigit():
            return Login(int(fields[2]), frozenset({int(fields[3]), *_memberships(group, name)}))
    return None


def may(login: Login, found: os.stat_result, wanted: int) -> bool:
    """`wanted` of READ, WRITE, SEARCH. The first class that fits decides; access lists are not looked at."""
    if login.uid == 0:
        return True
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == login.uid:
        mode >>= 6
    elif found.st_gid in login.groups:
        mode >>= 3
    return mode & wanted == wanted


def _memberships(group: str, name: str) -> set[int]:
    rows = (line.split(":") for line in group.splitlines())
    return {int(row[2]) for row in rows if len(row) >= 4 and row[2].isdigit() and name in row[3].split(",")}
