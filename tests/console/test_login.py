"""Who the command line says sits there: always a name that the daemon takes."""

from __future__ import annotations

import msgspec
import pytest

from agent.control import Request
from console.login import login


@pytest.mark.parametrize(
    ("behind_sudo", "name"),
    [("li.wei", "li.wei"), ("李伟", "李伟"), ("ACME\\Li Wei", "ACME\\Li_Wei"), ("x" * 80, "x" * 64)],
)
def test_a_name_is_one_the_daemon_takes(monkeypatch: pytest.MonkeyPatch, behind_sudo: str, name: str) -> None:
    monkeypatch.setenv("SUDO_USER", behind_sudo)

    assert login() == name
    assert msgspec.convert({"do": "drill", "by": login()}, Request).by == name
