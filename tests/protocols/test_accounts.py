"""Accounts and what file modes let them do, as path_resolution(7) has it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from protocols.accounts import READ, SEARCH, WRITE, Login, find, may

PASSWD = "root:x:0:0:root:/root:/bin/sh\npos:x:1001:1001:,,,:/home/pos:/bin/sh\nbroken\nhalf:x:one:1:::\n"
GROUP = "root:x:0:\npos:x:1001:\nlp:x:7:root,pos\nlpadmin:x:108:post\n"


def test_an_account_has_its_primary_and_its_other_groups() -> None:
    assert find(PASSWD, GROUP, "pos") == Login(1001, frozenset({1001, 7}))


@pytest.mark.parametrize("name", ["nobody-here", "broken", "half"])
def test_what_is_no_account_is_none(name: str) -> None:
    assert find(PASSWD, GROUP, name) is None


@pytest.mark.parametrize(
    ("mode", "login", "wanted", "allowed"),
    [
        (0o600, Login(1001, frozenset({1001})), READ | WRITE, True),
        (0o400, Login(1001, frozenset({1001})), WRITE, False),
        (0o066, Login(1001, frozenset({1001})), READ, False),  # the owner's class decides, not the better one
        (0o060, Login(5, frozenset({1001})), READ | WRITE, True),
        (0o006, Login(5, frozenset({1001})), READ, False),
        (0o005, Login(5, frozenset({5})), READ | SEARCH, True),
        (0o000, Login(0, frozenset({0})), WRITE, True),
    ],
)
def test_the_first_class_that_fits_decides(mode: int, login: Login, wanted: int, allowed: bool) -> None:
    found = os.stat_result((mode, 0, 0, 0, 1001, 1001, 0, 0, 0, 0))

    assert may(login, found, wanted) is allowed


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account")
@pytest.mark.parametrize("mode", [0o700, 0o070, 0o007, 0o755, 0o711, 0o000])
def test_the_kernel_agrees(mode: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A child that is nobody tries what the modes are said to allow."""
    nobody = pwd.getpwnam("nobody")
    folder = Path("/tmp") / f"poshealth-accounts-{os.getpid()}-{mode}"
    folder.mkdir(mode=0o755)
    try:
        os.chown(folder, 12345, nobody.pw_gid)
        folder.chmod(mode)
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            os._exit(0 if os.access(folder, os.W_OK | os.X_OK) else 1)
        allowed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert may(Login(nobody.pw_uid, frozenset({nobody.pw_gid})), folder.stat(), WRITE | SEARCH) is allowed
    finally:
        folder.rmdir()
