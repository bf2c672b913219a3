"""`poshealth path` as a person mistypes it; the way itself is walked in tests/lab."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.console.terminal import ROOT, Terminal
from tests.counter import write_settings

pytestmark = pytest.mark.slow  # real processes

CLOSED = "127.0.0.1:1"


def path(*words: str | bytes) -> subprocess.CompletedProcess[str]:
    command = [os.fsencode(each) for each in (sys.executable, "-m", "console", "path")]
    return subprocess.run(
        [*command, *map(os.fsencode, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def settings(tmp_path: Path) -> str:
    return str(write_settings(tmp_path, "", '[network]\nresolvers = ["127.0.0.1:1"]\n'))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["10.8.3.2"], "write HOST:PORT"),
        ([b"\xff\xfe.example:443"], "not a host name"),
        (["a" * 300 + ":443"], r"300 characters"),
        (["[::1]:70000"], "1 to 65535"),
        (["10.8.3.2:443", "--reference", "443"], "another port"),
        (["10.8.3.2:443", "--reference", "https"], "invalid int"),
        ([], "required: HOST:PORT"),
        (["10.8.3.2:443", "--verbose"], "unrecognized arguments"),
    ],
)
def test_a_bad_argument_is_unknown_and_said(words: list[str | bytes], said: str, settings: str) -> None:
    """Exit 3 and one sentence: nothing was tested, and no traceback."""
    done = path(*words, "--settings", settings)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.search(said, done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr


def test_without_usable_settings_nothing_is_tested(tmp_path: Path) -> None:
    """Exit 3 as with `check`, and how to write them."""
    done = path(CLOSED, "--settings", str(tmp_path / "none.toml"))
    assert done.returncode == 3
    assert "poshealth config init" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_addresses_of_both_families(host: str, settings: str) -> None:
    """A closed port of this till: refused at once, a warning at least."""
    done = path(f"{host}:1", "--settings", settings, "--lang", "en")
    assert done.returncode in (1, 2)
    assert re.search(r"^ !! 1 +refused$", done.stdout, re.MULTILINE)
    assert re.search(r"^ !! TCP 1 +\S", done.stdout, re.MULTILINE)


def test_no_colour_where_none_is_wanted(settings: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org"""
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal("path", CLOSED, "--settings", settings)
    terminal.end()
    assert not re.search(rb"\x1b\[[0-9;]*m", terminal.output)


def test_a_dumb_terminal_gets_no_control_code(settings: str) -> None:
    """Every row once."""
    terminal = Terminal("path", CLOSED, "--settings", settings, term="dumb")
    terminal.end()
    assert b"\x1b" not in terminal.output
    assert terminal.output.count(b" !! TCP 1") == 1


def test_colour_on_a_terminal(settings: str) -> None:
    """And on none but the marks."""
    terminal = Terminal("path", CLOSED, "--settings", settings)
    terminal.end()
    assert b"\x1b[1;31m !! \x1b[0mTCP 1" in terminal.output
