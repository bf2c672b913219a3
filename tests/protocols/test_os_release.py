"""os-release and the table of last days."""

from __future__ import annotations

from datetime import date

import pytest

from protocols.os_release import TABLE, Release, end_of_life, parse_os_release

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (DEBIAN, Release("debian", "12", "Debian GNU/Linux 12 (bookworm)")),
        ("ID='almalinux'\nVERSION_ID=9.4\n", Release("almalinux", "9.4", "almalinux 9.4")),
        ('# ID=other\nnonsense\n ID="a\\"b"\n', Release('a"b', "", 'a"b')),
        ('ID="unclosed\n', Release('"unclosed', "", '"unclosed')),
        ("", Release("", "", "")),
    ],
)
def test_os_release_is_read_as_a_shell_would(text: str, release: Release) -> None:
    """os-release(5): quotes of both kinds, comments, and lines to be passed over."""
    assert parse_os_release(text) == release


@pytest.mark.parametrize(
    ("system", "version", "last_day"),
    [
        ("debian", "12", date(2028, 6, 30)),
        ("ubuntu", "22.04", date(2027, 6, 1)),
        ("rocky", "8.10", date(2029, 5, 31)),
        ("debian", "99", None),
        ("ubuntu", "22.10", None),
        ("", "", None),
    ],
)
def test_a_release_finds_its_row(system: str, version: str, last_day: date | None) -> None:
    """By whole version first, then by major version; otherwise there is no date, never a guessed one."""
    row = end_of_life(Release(system, version, ""))
    assert (row and row.last_day) == last_day


def test_every_row_names_its_source_once() -> None:
    """A date without a source cannot be checked; a release with two rows has two truths."""
    assert all(row.source for row in TABLE)
    assert len({(row.system, row.version) for row in TABLE}) == len(TABLE)
