"""`poshealth change begin` and `change end`, beside a daemon and without one."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.pos_books import PosBooks, zone_at_noon
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings
from vocabulary.work import Verdict

pytestmark = pytest.mark.slow  # real processes

TABLES = """
[settlement]
preset = "unionpay"
database = "sqlite:{folder}/pos.db"
calendar = {{ zone = "{zone}" }}
[software]
devices = ["{folder}/scale"]
[every_seconds]
settlement = 1
"""


@pytest.fixture
def books(till_folder: Path) -> Iterator[PosBooks]:
    with PosBooks(till_folder / "pos.db") as made:
        made.open_batch()
        made.bind("10480412", "898100012341234", "6222-card-one")
        yield made


@pytest.fixture
def settings(till_folder: Path, books: PosBooks) -> Path:
    (till_folder / "scale").touch()
    return write_settings(till_folder, "", TABLES.format(folder=till_folder, zone=zone_at_noon()))


@pytest.fixture
def office(till_folder: Path) -> Iterator[HeadOffice]:
    started = HeadOffice(till_folder)
    started.start()
    yield started
    started.stop()


def change(settings: Path, *words: str) -> tuple[int, str]:
    done = poshealth("change", *words, "--settings", str(settings))
    return done.returncode, done.stdout + done.stderr


def told(office: HeadOffice) -> list[dict[str, Any]]:
    """Of work at the terminal, in its newest report."""
    if not office.terminals():
        return []
    report = office.terminal("0412-2")["report"] or {}
    work: list[dict[str, Any]] = report.get("work", [])
    return work


def reminders(office: HeadOffice) -> set[str]:
    """Of reminders: what goes on is no fault."""
    return {cause["code"] for cause in office.terminals()[0].get("reminders", ())}


def test_settle_first(settings: Path, books: PosBooks) -> None:
    """What waits for settlement stops it, with the count; settled, it begins."""
    books.sell()
    books.sell()

    code, said = change(settings, "begin", "--reason", "new card")
    assert code == 1
    assert "Settle first: 2 sales of batch 000123 are not settled." in said
    assert "Not begun" in said
    (settings.parent / "state").mkdir()
    books.settle()
    assert change(settings, "begin", "--reason", "new card")[0] == 0


def test_without_a_daemon_from_begin_to_end(settings: Path, books: PosBooks) -> None:
    """A part that is missing afterwards is worse; another card is told as another fingerprint."""
    (settings.parent / "state").mkdir()
    assert change(settings, "begin", "--reason", "new card")[0] == 0
    assert change(settings, "begin", "--reason", "new card")[0] == 75
    (settings.parent / "scale").unlink()
    books.bind("10480412", "898100012341234", "6222-card-two")

    code, said = change(settings, "end")

    assert code == 1
    assert "Before and after" in said
    assert "new card: Worse than before" in said
    assert "posting.none-since-change binding=" in " ".join(said.split())
    assert change(settings, "end")[0] == 75


def test_head_office_hears_of_it_from_the_daemon(
    till_folder: Path, settings: Path, books: PosBooks, office: HeadOffice
) -> None:
    """Begun though something was unclean, open meanwhile, and how it ended."""
    text = settings.read_text().replace('url = ""', f'url = "{office.url}"')
    settings.write_text(text.replace("[daemon]", "[daemon]\nchange_hours = 0.0001"))
    books.sell()
    with daemon(settings):
        code, said = change(settings, "begin", "--reason", "new card", "--anyway")
        assert code == 0, said
        wait_for(lambda: [each["reason"] for each in told(office)] == ["new card"])
        wait_for(lambda: "change.still-open" in reminders(office))
        status = poshealth("status", "--socket", str(till_folder / "control.sock")).stdout
        assert f"“new card” goes on, begun by {getpass.getuser()}" in status
        books.settle()
        code, said = change(settings, "end", "--lang", "zh")
        assert (code, "new card: 故障没多也没少" in said) == (0, True), said
        wait_for(lambda: "verdict" in told(office)[0] and "change.still-open" not in reminders(office))
    (work,) = told(office)

    assert work["warned"] == ["Settle first: 1 sales of batch 000123 are not settled."]
    assert work["verdict"] == Verdict.SAME
    assert work["ended"] > work["began"]
