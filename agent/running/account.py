"""As whom the probes run: never as root, whoever started us."""

from __future__ import annotations

import grp
import os
import pwd

from msgspec import Struct

DEVICE_GROUPS = ("dialout", "lp", "nut")  # serial ports, USB printers, the UPS driver's socket


class Account(Struct, frozen=True):
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def probe_account() -> Account | None:
    """`poshealth` where it exists, else `nobody`; None where we are unprivileged already."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("poshealth")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    groups = tuple(group.gr_gid for group in grp.getgrall() if group.gr_name in DEVICE_GROUPS)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)


def become(account: Account | None) -> None:
    """Raise OSError; there is no way back."""
    if account is None:
        return
    os.setgroups(account.groups)
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
