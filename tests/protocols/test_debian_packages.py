"""Debian's version order against dpkg itself, and its status file against dpkg-query."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.debian_packages import STATUS_FILE, compare_versions, parse_status

PAIRS = [
    # numbers are compared as numbers
    ("1.9", "1.10"),
    ("1.09", "1.9"),
    ("1", "1.0"),
    ("0", "0.0"),
    # epochs
    ("1:1.0", "2.0"),
    ("0:1.0", "1.0"),
    ("2:1.0-1", "10:0.1-1"),
    # tildes
    ("1.0~rc1", "1.0"),
    ("1.0~~", "1.0~"),
    ("1.0~rc1", "1.0~rc2"),
    ("1.0-1~deb12u1", "1.0-1"),
    ("1.0-1~deb12u1", "1.0-1~deb12u10"),
    # letters before other signs
    ("1.0a", "1.0+"),
    ("1.0+b1", "1.0-1"),
    ("1.0", "1.0a"),
    ("1.0.", "1.0"),
    ("1.0Z", "1.0a"),
    # revisions
    ("1.0", "1.0-0"),
    ("1.0-1", "1.0-1.1"),
    ("1.0-1-1", "1.0-1-2"),
    ("1.0-1+b1", "1.0-1"),
    ("2.36-9+deb12u10", "2.36-9+deb12u9"),
    ("6.1.0-9-amd64", "6.1.0-22-amd64"),
]


def dpkg_order(left: str, right: str) -> int:
    for relation, order in (("lt", -1), ("gt", 1)):
        if subprocess.run(["dpkg", "--compare-versions", left, relation, right], check=False).returncode == 0:
            return order
    return 0


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_order_is_dpkgs_own(left: str, right: str) -> None:
    """Both ways round, dpkg and we agree."""
    assert compare_versions(left, right) == dpkg_order(left, right)
    assert compare_versions(right, left) == dpkg_order(right, left)


VERSION = st.from_regex(r"(0:|1:)?[0-9][0-9a-zA-Z.+~]{0,6}(-[0-9a-zA-Z.+~]{1,3})?", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(VERSION, VERSION)
def test_the_order_is_dpkgs_own_for_any_version(left: str, right: str) -> None:
    """Nobody thought of these."""
    assert compare_versions(left, right) == dpkg_order(left, right)


@given(st.text(max_size=30), st.text(max_size=30))
def test_nonsense_has_an_order_too(left: str, right: str) -> None:
    """Whatever a command printed as its version, comparing never raises and is the same from both sides."""
    assert compare_versions(left, right) == -compare_versions(right, left)


def test_this_machines_status_file_reads_as_dpkg_query_reads_it() -> None:
    """Every installed package has the version that dpkg-query prints."""
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\\n"]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    rows = [line.split(" ") for line in printed.splitlines()]
    installed = {name: version for state, name, version in rows if state == "installed"}
    with Path(STATUS_FILE).open(encoding="utf-8") as lines:
        found = parse_status(lines, installed)
    assert {name: package.version for name, package in found.items()} == installed
