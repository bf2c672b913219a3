"""Which operating system this is (os-release(5)) and until when its makers mend it."""

from __future__ import annotations

import shlex
from datetime import date
from typing import Final

from msgspec import Struct


class Release(Struct, frozen=True):
    """`system` and `version` as in ID and VERSION_ID; `name` is for people."""

    system: str
    version: str
    name: str


class EndOfLife(Struct, frozen=True):
    """`last_day` is the last one with free security updates; for Debian those of its LTS team."""

    system: str
    version: str
    last_day: date
    source: str


# adoptium/infrastructure wiki, "End of support date for OS distributions", which quotes wiki.centos.org
_ADOPTIUM: Final = "adoptium/infrastructure wiki: end of support of OS distributions"
_DISTRO_INFO: Final = "distro-info-data 0.58+deb12u6"

TABLE: Final = (
    EndOfLife("debian", "9", date(2022, 6, 30), _DISTRO_INFO),
    EndOfLife("debian", "10", date(2024, 6, 30), _DISTRO_INFO),
    EndOfLife("debian", "11", date(2026, 8, 31), _DISTRO_INFO),
    EndOfLife("debian", "12", date(2028, 6, 30), _DISTRO_INFO),
    EndOfLife("debian", "13", date(2030, 6, 30), _DISTRO_INFO),
    EndOfLife("ubuntu", "16.04", date(2021, 4, 30), _DISTRO_INFO),
    EndOfLife("ubuntu", "18.04", date(2023, 5, 31), _DISTRO_INFO),
    EndOfLife("ubuntu", "20.04", date(2025, 5, 29), _DISTRO_INFO),
    EndOfLife("ubuntu", "22.04", date(2027, 6, 1), _DISTRO_INFO),
    EndOfLife("ubuntu", "24.04", date(2029, 5, 31), _DISTRO_INFO),
    EndOfLife("ubuntu", "26.04", date(2031, 5, 29), _DISTRO_INFO),
    EndOfLife("centos", "7", date(2024, 6, 30), _ADOPTIUM),
    EndOfLife("centos", "8", date(2024, 5, 31), _ADOPTIUM),  # Stream 8; CentOS Linux 8 ended earlier
    EndOfLife("rocky", "8", date(2029, 5, 31), "wiki.rockylinux.org: version table, 8.10"),
)


def parse_os_release(text: str) -> Release:
    """Lines that are no shell assignment are passed over, as os-release(5) asks."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            values[key] = _unquote(value)
    system, version = values.get("ID", ""), values.get("VERSION_ID", "")
    return Release(system, version, values.get("PRETTY_NAME") or f"{system} {version}".strip())


def end_of_life(release: Release) -> EndOfLife | None:
    """The row of this release; "9.4" finds "9" where the makers support whole major versions."""
    for version in (release.version, release.version.partition(".")[0]):
        for row in TABLE:
            if (row.system, row.version) == (release.system, version):
                return row
    return None


def _unquote(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value
