"""The commands as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.own_conditions import ALL_CONDITIONS
from simulators.escpos_printer import EscposPrinter
from tests.counter import daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table

pytestmark = pytest.mark.slow  # real processes


def test_an_unknown_command_lists_the_known_ones() -> None:
    """Exit 64 (EX_USAGE)."""
    done = poshealth("chek")

    assert done.returncode == 64
    assert "check" in done.stderr


def test_config_init_writes_a_file_that_check_accepts(tmp_path: Path) -> None:
    """The first two commands on a new till."""
    path = tmp_path / "poshealth.toml"

    assert poshealth("config", "init", str(path)).returncode == 0
    assert "no mistakes" in poshealth("config", "check", str(path)).stdout


def test_config_init_never_overwrites(tmp_path: Path) -> None:
    """Exit 73 (EX_CANTCREAT), the file as it was."""
    path = tmp_path / "poshealth.toml"
    path.write_text("mine")

    assert poshealth("config", "init", str(path)).returncode == 73
    assert path.read_text() == "mine"


def test_config_check_names_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    """Exit 78, with the path."""
    path = tmp_path / "poshealth.toml"
    path.write_text('[terminal]\nid = "t1"\n[head_office]\nurl = "https://h"\ntoken_file = "/no/such"\n')
    done = poshealth("config", "check", str(path))

    assert done.returncode == 78
    assert "/no/such" in done.stderr


@pytest.mark.parametrize("command", [("config", "check"), ("run", "--settings")])
def test_a_key_file_that_others_may_read_is_a_mistake(tmp_path: Path, command: tuple[str, str]) -> None:
    """Exit 78 with what to type, at the check and at the start."""
    path = write_settings(tmp_path, "https://h", "")
    (tmp_path / "token").chmod(0o644)
    done = poshealth(*command, str(path))

    assert done.returncode == 78
    assert f"chmod 600 {tmp_path / 'token'}" in done.stderr


def test_explain_lists_every_code() -> None:
    """Everything it can say is wrong."""
    listed = [line.split()[0] for line in poshealth("explain").stdout.splitlines()]

    assert listed == sorted(ALL_CONDITIONS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_explain_says_what_how_and_who(language: str) -> None:
    """In both languages."""
    done = poshealth("explain", "receipt-printer.paper-out", "--lang", language)

    assert done.returncode == 0
    assert done.stdout.count("## ") == 3


def test_explain_suggests_a_near_code() -> None:
    """Nobody remembers the hyphens."""
    done = poshealth("explain", "receipt-printer.paperout")

    assert done.returncode == 64
    assert "receipt-printer.paper-out" in done.stderr


def test_a_terminal_without_chinese_gets_what_it_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no traceback; a file name that is not UTF-8 likewise."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    done = poshealth("explain", "receipt-printer.paper-out", "--lang", "zh")

    assert done.returncode == 0
    assert r"\u7f3a\u7eb8" in done.stdout


def test_a_settings_file_whose_name_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checked as any other."""
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    path = write_settings(tmp_path, "", "").rename(tmp_path / "\udcff.toml")

    assert "no mistakes" in poshealth("config", "check", str(path)).stdout


def test_check_of_an_unknown_probe_lists_them(tmp_path: Path) -> None:
    """Exit 3: nothing was tested."""
    done = poshealth("check", "printr", "--settings", str(write_settings(tmp_path, "", "")))

    assert done.returncode == 3
    assert "receipt_printer" in done.stderr


@pytest.mark.parametrize("command", ["check", "status"])
def test_a_mistyped_argument_is_not_critical(command: str) -> None:
    """Exit 3, where argparse has 2: the exit code is a state."""
    done = poshealth(command, "--lnag", "zh")

    assert (done.returncode, "unrecognized arguments" in done.stderr) == (3, True)


def test_status_without_a_daemon_says_how_to_start_it(tmp_path: Path) -> None:
    """Exit 3, and no traceback."""
    done = poshealth("status", "--socket", str(tmp_path / "none"))

    assert done.returncode == 3
    assert "systemctl start poshealth" in done.stderr


def test_status_tells_what_the_daemon_knows(tmp_path: Path) -> None:
    """Without probing."""
    with daemon(write_settings(tmp_path, "", "")):
        wait_for(lambda: ", 0 checks" not in _status(tmp_path))

        assert "terminal 0412-2" in _status(tmp_path)


def _status(folder: Path) -> str:
    return poshealth("status", "--socket", str(folder / "control.sock")).stdout


def test_a_slip_without_a_daemon(tmp_path: Path) -> None:
    """As text and as a picture; at most ten lines below the frame."""
    settings = str(write_settings(tmp_path, "", ""))
    text = poshealth("slip", "--settings", settings).stdout
    drawn = poshealth("slip", "--settings", settings, "--preview", str(tmp_path / "slip.png"))

    assert len(text.splitlines()) <= 11
    assert "NOT A RECEIPT" in text
    assert drawn.returncode == 0
    assert (tmp_path / "slip.png").read_bytes().startswith(b"\x89PNG")


def test_printing_without_a_printer_says_so(tmp_path: Path) -> None:
    """Exit 1, and which setting is missing."""
    done = poshealth("slip", "--print", "--settings", str(write_settings(tmp_path, "", "")))

    assert done.returncode == 1
    assert "[receipt_printer] port" in done.stderr


def test_before_and_after_a_repair(tmp_path: Path, holders_socket: str) -> None:
    """The report of the arrival goes in, what is gone and what works again comes out."""
    with EscposPrinter(columns=32) as printer:
        settings = write_settings(tmp_path, "", printer_table(printer.pty_path, holders_socket))
        printer.state.paper_out = True
        (tmp_path / "before.json").write_text(
            poshealth("check", "--json", "--settings", str(settings)).stdout
        )
        printer.state.paper_out = False
        done = poshealth("slip", "--before", str(tmp_path / "before.json"), "--settings", str(settings))

    assert "Before and after" in done.stdout
    assert "Gone: Paper out" in done.stdout


def test_before_that_is_no_report_says_how_to_make_one(tmp_path: Path) -> None:
    """Exit 78, nothing printed."""
    (tmp_path / "before.json").write_text("{}")
    settings = str(write_settings(tmp_path, "", ""))
    done = poshealth("slip", "--before", str(tmp_path / "before.json"), "--settings", settings)

    assert done.returncode == 78
    assert "poshealth check --json" in done.stderr
