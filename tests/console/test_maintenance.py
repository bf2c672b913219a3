"""`poshealth maintenance` as a technician types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulators.escpos_printer import EscposPrinter
from tests.counter import daemon, poshealth, wait_for, write_settings
from vocabulary.moments import local

pytestmark = pytest.mark.slow  # real processes

TASKS = """
[maintenance.spare]
where = "back office"
[[maintenance.tasks]]
name = "print-head"
title = "Clean the print head"
owner = "staff"
every_days = 90
"""
CUTTER = """
[[maintenance.tasks]]
name = "cutter"
title = "Change the cutter"
every_cuts = 100
[receipt_printer]
port = "{port}"
owner = "ours"
[every_seconds]
receipt_printer = 0.5
maintenance = 0.5
"""


@pytest.fixture
def settings(till_folder: Path) -> Path:
    return write_settings(till_folder, "", TASKS)


def said(settings: Path, *words: str) -> str:
    done = poshealth("maintenance", *words, "--settings", str(settings))
    assert done.returncode == 0, done.stderr
    return done.stdout


def reminders(settings: Path) -> list[tuple[str, str]]:
    """Codes and subjects, in the words of a check of the maintenance probe alone."""
    done = poshealth("check", "maintenance", "--json", "--settings", str(settings))
    found = json.loads(done.stdout)["diagnosis"].get("causes", [])
    return [(cause["code"], subject) for cause in found for subject in cause["subjects"]]


def status(settings: Path) -> str:
    """Without a probe being run for it."""
    return poshealth("status", "--socket", str(settings.parent / "control.sock")).stdout


def test_what_the_daemon_notes_ends_the_reminder(settings: Path) -> None:
    """A month late, done today: the daemon writes it, the log has it, and the next look is well."""
    with daemon(settings):
        said(settings, "add", "print-head", "--by", "Li Wei", "--at", "2020-01-31 08:00")
        assert ("maintenance.overdue", "print-head") in reminders(settings)
        assert "No fault.\n" in status(settings)
        assert "reminder, maintenance.overdue: Maintenance is overdue." in status(settings)
        said(settings, "add", "print-head", "--by", "小李", "--note", "with alcohol")
        wait_for(lambda: "maintenance.overdue" not in status(settings))
        assert reminders(settings) == [("maintenance.spare-not-ready", "")]
        first, second = said(settings, "list").splitlines()
    assert first == "2020-01-31 08:00  print-head  Li Wei"
    assert second.endswith("print-head  小李: with alcohol")
    assert (settings.parent / "state" / "maintenance.jsonl").read_text().count("\n") == 2


def test_a_long_account_name_is_noted_as_far_as_it_fits(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account of a domain may have 64 characters."""
    (settings.parent / "state").mkdir()
    monkeypatch.setenv("SUDO_USER", "x" * 64)

    said(settings, "add", "spare", "--at", "2026-01-31 08:00")
    assert said(settings, "list").split() == ["2026-01-31", "08:00", "spare", "x" * 40]


def test_without_a_daemon_the_command_writes_it_itself(settings: Path) -> None:
    """Into the same log, which a daemon that starts later reads."""
    (settings.parent / "state").mkdir()
    assert said(settings, "list") == "Nothing was noted yet.\n"
    said(settings, "add", "spare", "--by", "x", "--at", "2026-01-31")
    with daemon(settings):
        (entry,) = json.loads(said(settings, "list", "--json"))
    assert (entry["task"], entry["by"]) == ("spare", "x")


def test_who_did_it_is_who_is_behind_sudo(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a name is given."""
    (settings.parent / "state").mkdir()
    monkeypatch.setenv("SUDO_USER", "liwei")
    assert said(settings, "add", "spare").endswith("spare  liwei\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "cutter"), "no task cutter; there are: print-head, spare"),
        (("add", "spare", "--by", "a\x1bb"), "spare is not noted"),
        (("add", "spare", "--note", "x" * 201), "spare is not noted"),
        (("add", "spare", "--at", "tomorrow"), "is no time"),
        (("add", "spare", "--at", "2099-01-01"), "has not come yet"),
    ],
)
def test_what_makes_no_sense_is_not_noted(settings: Path, words: tuple[str, ...], why: str) -> None:
    """With the reason on standard error, and nothing on the disk."""
    (settings.parent / "state").mkdir()
    done = poshealth("maintenance", *words, "--settings", str(settings))
    assert done.returncode != 0
    assert why in done.stderr
    assert not list((settings.parent / "state").glob("maintenance*"))


def test_a_time_alone_is_of_today(settings: Path) -> None:
    """As the clock on the wall shows it."""
    (settings.parent / "state").mkdir()
    today = local((settings.parent / "state").stat().st_mtime)
    assert (
        said(settings, "add", "spare", "--by", "x", "--at", "00:00")
        == f"Noted: {today:%Y-%m-%d} 00:00  spare  x\n"
    )


def test_times_are_the_stores(settings: Path) -> None:
    """Whatever zone the till itself keeps; in the log with that zone."""
    settings.write_text(settings.read_text() + '[calendar]\nzone = "Asia/Tokyo"\n')
    (settings.parent / "state").mkdir()
    said(settings, "add", "spare", "--by", "x", "--at", "2026-01-31 08:30")
    assert said(settings, "list") == "2026-01-31 08:30  spare  x\n"
    assert "2026-01-31T08:30:00+09:00" in (settings.parent / "state" / "maintenance.jsonl").read_text()


def test_cuts_are_counted_by_the_printer_itself(till_folder: Path) -> None:
    """What its own probe keeps of the counters reaches the maintenance probe, through the daemon."""
    with EscposPrinter(link=till_folder / "ttyPOS") as printer:
        path = write_settings(till_folder, "", TASKS + CUTTER.format(port=till_folder / "ttyPOS"))

        def used() -> list[object]:
            done = poshealth("check", "maintenance", "--json", "--settings", str(path))
            known = [each["reading"] for each in json.loads(done.stdout)["readings"]]
            return [
                each["facts"]["used"] for each in known if each.get("subject") == "cutter" and "facts" in each
            ]

        with daemon(path):
            wait_for(lambda: used() == [0, 0, 0])
        forget_when_counted(path.parent / "state" / "memory.json")
        printer.queries.counters[50] += 130
        with daemon(path):
            wait_for(lambda: ("maintenance.visit-overdue", "cutter") in reminders(path))


def forget_when_counted(memory: Path) -> None:
    """As if a day had gone by: the printer is asked again."""
    values = json.loads(memory.read_text())
    values["receipt_printer"]["receipt-printer"]["counted_at"] -= 90_000
    memory.write_text(json.dumps(values))
