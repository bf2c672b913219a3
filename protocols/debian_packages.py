"""Debian's installed packages and the order of their versions, without running dpkg."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Final

from msgspec import Struct

STATUS_FILE: Final = "/var/lib/dpkg/status"
_PARTS: Final = re.compile(r"(\D*)(\d*)")


class InstalledPackage(Struct, frozen=True):
    """`state` is the third word of dpkg's Status field: "installed", "half-configured", "config-files"."""

    name: str
    version: str
    state: str


def parse_status(lines: Iterable[str], wanted: Iterable[str]) -> dict[str, InstalledPackage]:
    """The wanted packages among the paragraphs of dpkg's status file (dpkg(1), "FILES"; deb-control(5)).

    Where one name is there for several architectures, an installed one wins.
    """
    names = set(wanted)
    found: dict[str, InstalledPackage] = {}
    fields: dict[str, str] = {}
    for line in chain(lines, [""]):
        if line.strip():
            key, colon, value = line.partition(":")
            if colon and key in ("Package", "Status", "Version"):
                fields[key] = value.strip()
            continue
        name = fields.get("Package", "")
        if name in names and (name not in found or found[name].state != "installed"):
            found[name] = _package(fields)
        fields = {}
    return found


def _package(fields: dict[str, str]) -> InstalledPackage:
    state = fields.get("Status", "").split()[-1:] or ["not-installed"]
    return InstalledPackage(fields["Package"], fields.get("Version", ""), state[0])


def compare_versions(left: str, right: str) -> int:
    """-1, 0 or 1 by deb-version(7), "Sorting algorithm": epoch, upstream version, revision."""
    ours, theirs = _split(left), _split(right)
    if ours[0] != theirs[0]:
        return -1 if ours[0] < theirs[0] else 1
    return _compare_part(ours[1], theirs[1]) or _compare_part(ours[2], theirs[2])


def _split(version: str) -> tuple[int, str, str]:
    head, colon, rest = version.strip().partition(":")
    epoch, rest = (int(head), rest) if colon and head.isdecimal() else (0, version.strip())
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch, upstream, revision


def _compare_part(left: str, right: str) -> int:
    ours, theirs = _chunks(left), _chunks(right)
    length = max(len(ours), len(theirs))
    end = ([0], 0)
    ours += [end] * (length - len(ours))
    theirs += [end] * (length - len(theirs))
    return (ours > theirs) - (ours < theirs)


def _chunks(part: str) -> list[tuple[list[int], int]]:
    """Alternating non-digits and digits; a closing 0 stands for "ends here", which "~" (-1) precedes."""
    found = _PARTS.findall(part)
    return [([*map(_weight, text), 0], int(digits or 0)) for text, digits in found if text or digits]


def _weight(char: str) -> int:
    """Letters before everything else, "~" before all."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
