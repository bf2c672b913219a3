"""How long the paper lasts: learnt from one whole roll, and claimed only while it can be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from probes.receipt_printer.roll import Roll, counted, in_printer, lasts_days, seen
from protocols.escpos.status import RealTime
from simulators.escpos_printer import EscposPrinter
from tests.conftest import RunProbe
from tests.counter import daemon, poshealth, write_settings
from tests.probes.receipt_printer.test_bits import playing
from vocabulary.reading import Fact, Reading, Status

DAY = 86_400.0
WELL, LOW, OUT = RealTime(), RealTime(near_end=True), RealTime(near_end=True, paper_out=True)
OPEN, OPEN_LOW = RealTime(cover_open=True), RealTime(cover_open=True, near_end=True, paper_out=True)
Event = RealTime | tuple[int, float] | str
"""A round's status; lines and the day they were counted on; or the serial number of what is there now."""


def lived(*events: Event, roll: Roll | None = None) -> Roll:
    roll = roll or Roll(serial_number="A1")
    for event in events:
        if isinstance(event, RealTime):
            roll = seen(roll, event)
        elif isinstance(event, str):
            roll = in_printer(roll, event)
        else:
            roll = counted(roll, event[0], event[1] * DAY)
    return roll


def fitted(lines: int, day: float, low: RealTime = LOW) -> tuple[Event, ...]:
    """A roll is fitted, and 300 lines later it is known to be one."""
    return low, WELL, (lines, day), (lines + 300, day + 0.1)


WHOLE = (*fitted(1_000, 1), *fitted(11_000, 11))  # 10,000 lines in ten days, and 300 of the next

CLAIMED = {
    "nothing is known yet": ((), None),
    "only its end was seen": (fitted(1_000, 1), None),
    "one whole roll": (WHOLE, 9),
    "half of the next": ((*WHOLE, (16_000, 16)), 5),
    "in half the time": ((*WHOLE, (16_000, 13.5)), 4),
    "less than a day is left": ((*WHOLE, (20_500, 20.5)), 0),
    "used up, and the printer sees paper": ((*WHOLE, (21_000, 21)), None),
    "near its end as expected": ((*WHOLE, (19_000, 19), LOW), 2),
    "near its end too early": ((*WHOLE, (14_000, 14), LOW), None),
    "out, then fitted": ((*fitted(1_000, 1, OUT), *fitted(11_000, 11, OUT)), 9),
    "fitted with the cover open": ((*fitted(1_000, 1), LOW, OPEN_LOW, OPEN, *fitted(11_000, 11)[1:]), 9),
    "fitted a moment ago": ((*WHOLE, LOW, WELL, (21_000, 21)), None),
    "the edge flickers before the sensor": (
        (*WHOLE, (20_000, 20), LOW, WELL, (20_050, 20), (20_100, 20), LOW),
        0,
    ),
    "the cover was opened: maybe another roll": ((*fitted(1_000, 1), OPEN, *fitted(11_000, 11)), None),
    "opened later: still about so much": ((*WHOLE, OPEN, WELL, (16_000, 16)), 5),
    "two ends within four metres": ((*fitted(1_000, 1), *fitted(1_900, 1.5)), None),
    "the counter went backwards": ((*WHOLE, (11_000, 12)), None),
    "the counter was reset": ((*WHOLE, (0, 12), (500, 13)), None),
    "reset, and one whole roll since": ((*WHOLE, (0, 12), *fitted(900, 13), *fitted(10_900, 23)), 9),
    "another printer": ((*WHOLE, "B2"), None),
    "another printer and back": ((*WHOLE, "B2", "A1", (16_000, 16)), None),
    "a printer without a number": (("", *WHOLE), None),
    "the clock was set forward by years": ((*fitted(1_000, 1), *fitted(11_000, 9_000)), None),
    "the clock was set back": ((*fitted(1_000, 1), *fitted(11_000, 0.5)), None),
}


@pytest.mark.parametrize(("events", "days"), CLAIMED.values(), ids=CLAIMED)
def test_days_are_claimed_only_where_they_are_known(events: tuple[Event, ...], days: int | None) -> None:
    """Told right after the last count."""
    roll = lived(*events)
    assert lasts_days(roll, roll.counted_at) == days


@pytest.mark.parametrize(("later", "days"), [(0.0, 9), (1.5, 8), (2.1, None), (-0.1, None)])
def test_a_count_that_is_old_counts_less(later: float, days: int | None) -> None:
    """The roll is used on meanwhile; after two days, or by a clock that went back, nobody can say."""
    assert lasts_days(lived(*WHOLE), 11.1 * DAY + later * DAY) == days


@given(
    length=st.integers(3_000, 20_000),
    lines_a_day=st.integers(300, 3_000),
    left_at_change=st.lists(st.floats(0.0, 0.08), min_size=3, max_size=5),
)
def test_never_more_than_there_is(length: int, lines_a_day: int, left_at_change: list[float]) -> None:
    """Rolls changed at their end or a little before, at a steady trade: the claim holds, within two days."""
    roll, total = lived(), 50_000
    for number, left in enumerate(left_at_change):
        roll = lived(LOW, WELL, roll=roll)
        for used in range(0, int(length * (1 - left)), max(50, lines_a_day // 8)):
            day = (total + used) / lines_a_day
            roll = lived((total + used, day), LOW if used > length * 0.9 else WELL, roll=roll)
            claim, truth = lasts_days(roll, day * DAY), (length - used) / lines_a_day
            assert claim is None or (number > 0 and claim <= truth + 1)
            assert claim is None or truth - claim <= 2 + 0.09 * length / lines_a_day
        total += int(length * (1 - left))


EVENTS = st.one_of(
    st.sampled_from([WELL, LOW, OUT, OPEN, OPEN_LOW, "A1", "B2", ""]),
    st.tuples(st.integers(0, 60_000), st.floats(0, 100)),
)


@given(st.lists(st.one_of(st.just(WHOLE), st.tuples(EVENTS)), max_size=12))
def test_after_any_doubt_a_whole_roll_must_be_seen_again(chunks: list[tuple[Event, ...]]) -> None:
    """Whatever happened: a claim stands on two changes since the last step backwards or other printer."""
    roll, changes, was_low = lived(), 0, False
    for event in (event for chunk in chunks for event in chunk):
        before = roll
        roll = lived(event, roll=roll)
        if isinstance(event, RealTime) and not event.cover_open:
            changes += was_low and event is WELL
            was_low = event is not WELL
        if (isinstance(event, str) and event != before.serial_number) or (
            isinstance(event, tuple) and event[0] < (before.counted_lines or 0)
        ):
            changes, was_low = 0, roll.is_low
        days = lasts_days(roll, roll.counted_at)
        assert days is None or (changes >= 2 and roll.serial_number and 0 <= days <= 60)


# --- the printer


class Counter:
    """A printer of ours whose rounds may lie days apart: what is remembered is made older."""

    def __init__(self, printer: EscposPrinter, port: str, run_probe: RunProbe) -> None:
        self.printer, self._port, self._run_probe = printer, port, run_probe
        self.memory: dict[str, Any] = {}

    def look(self, **options: Any) -> Reading:
        """What one round says of the near end."""
        settings: dict[str, Any] = {"port": self._port, "owner": "ours", **options}
        run = self._run_probe(PROBE, ReceiptPrinterOptions(**settings), memory=self.memory)
        self.memory = run.memory or {}
        return next(each for each in run.readings if each.code == "receipt-printer.near-end")

    def round(self, **options: Any) -> Fact | None:
        """What it claims of the paper."""
        reading = self.look(**options)
        assert reading.status is not Status.UNKNOWN
        return reading.facts.get("paper_lasts_days")

    def pass_days(self, days: float, lines: int) -> None:
        if 20 in self.printer.queries.counters:
            self.printer.queries.counters[20] += lines
        known = self.memory["receipt-printer"]
        for record in (known, known["roll"]):
            for name in ("identified_at", "counted_at", "new_at", "began_at"):
                if record.get(name):
                    record[name] -= days * DAY

    def fit_a_roll(self) -> None:
        """Low, changed, identified and counted, and counted again a little later."""
        for low in (True, False):
            self.printer.state.near_end = low
            self.round()
        self.round()
        self.pass_days(0.1, 300)
        self.round()

    def see_a_whole_roll(self) -> None:
        self.round()
        self.round()
        self.fit_a_roll()
        for _ in range(5):
            self.pass_days(2, 2_000)
            self.round()
            self.round()
        self.fit_a_roll()


@pytest.fixture
def counter(till_folder: Path, run_probe: RunProbe) -> Any:
    with EscposPrinter(link=till_folder / "ttyS7") as printer:
        yield Counter(printer, f"{till_folder}/ttyS7", run_probe)


def test_learnt_from_the_printer_and_told_on_the_slips(counter: Counter, till_folder: Path) -> None:
    """One whole roll goes by; then probe, daemon and both slips say how long this one lasts."""
    counter.see_a_whole_roll()
    assert counter.round() == 9
    state = till_folder / "state"
    state.mkdir()
    (state / "memory.json").write_bytes(msgspec.json.encode({"receipt_printer": counter.memory}))
    table = f'[receipt_printer]\nport = "{till_folder}/ttyS7"\nowner = "ours"\n'
    settings = write_settings(till_folder, "", table)
    with daemon(settings):
        said = [slip(settings, "en"), slip(settings, "zh"), slip(settings, "zh", "--technician")]
    assert "Paper: ~9 days" in said[0]
    assert all("纸约够9天" in each for each in said[1:])


def slip(settings: Path, language: str, *words: str) -> str:
    return poshealth("slip", "--lang", language, *words, "--settings", str(settings)).stdout


def test_another_printer_on_the_same_port_claims_nothing(counter: Counter) -> None:
    """Exchanged between two rounds, with a full roll in it: what looks like a change asks who it is."""
    counter.see_a_whole_roll()
    counter.printer.state.near_end = True
    counter.round()
    counter.printer.identity.serial = "SIM0000002"
    counter.printer.state.near_end = False
    assert counter.round() is None
    assert counter.memory["receipt-printer"]["counters"] == {}, "those of the other one"
    assert [counter.round() for _ in range(2)] == [None] * 2
    assert counter.memory["receipt-printer"]["roll"]["serial_number"] == "SIM0000002"


def test_a_serial_number_hidden_as_a_card_number_is_still_its_own(counter: Counter) -> None:
    """What is remembered of it is not what the printer says."""
    counter.printer.identity.serial = "4111111111111111"
    counter.see_a_whole_roll()
    assert counter.round() == 9
    counter.pass_days(1.1, 100)
    assert counter.round() is not None
    assert counter.memory["receipt-printer"]["counters"] != {}


def test_exchanged_while_it_was_silent(counter: Counter) -> None:
    """Whoever is heard again is asked who it is before anything is claimed."""
    counter.see_a_whole_roll()
    assert counter.round() == 9
    counter.printer.faults.silent = True
    assert counter.look().status is Status.UNKNOWN
    counter.printer.faults.silent = False
    counter.printer.identity.serial = "SIM0000002"
    assert counter.round() is None


def test_exchanged_unseen_it_is_noticed_within_a_day(counter: Counter) -> None:
    """Between two rounds, with a counter that is higher."""
    counter.see_a_whole_roll()
    counter.printer.identity.serial = "SIM0000002"
    counter.pass_days(1.1, 100)
    assert counter.round() is None


def test_plugged_in_again_and_not_asked_yet_who_it_is(counter: Counter) -> None:
    """It stands with its cover open, so the question would wait."""
    counter.see_a_whole_roll()
    counter.printer.vanish()
    assert counter.look().status is Status.UNKNOWN
    counter.printer.state.cover_open = True
    counter.printer.plug_in()
    assert counter.round() is None
    counter.printer.state.cover_open = False
    assert counter.round() == 9


def test_a_question_without_an_answer_changes_no_roll(till_folder: Path, run_probe: RunProbe) -> None:
    """Low, and then nothing is said of the paper; offline, so nothing else is asked."""
    memory: dict[str, Any] = {}
    for last in (b"\x1e", b""):
        with playing(till_folder, [b"\x1a", b"\x12", b"\x12", last]) as port:
            run = run_probe(PROBE, ReceiptPrinterOptions(port=port, owner="ours"), memory=memory)
        (till_folder / "pty").unlink()
        memory = run.memory or {}
    assert memory["receipt-printer"]["roll"] == {"is_low": True}


@pytest.mark.parametrize("lines", [-20_000, -1])
def test_a_counter_that_went_backwards_claims_nothing(counter: Counter, lines: int) -> None:
    """From the round on in which it is counted."""
    counter.see_a_whole_roll()
    counter.pass_days(1, lines)
    counter.round()
    assert counter.round() is None


def test_nothing_is_claimed_where_the_counters_are_not_read(counter: Counter, holders_socket: str) -> None:
    """Beside a POS, also where they had been read before."""
    counter.see_a_whole_roll()
    assert counter.round(owner="pos", holders_socket=holders_socket) is None
    assert counter.round() == 9


def test_a_printer_that_does_not_say_who_it_is_is_asked_once(counter: Counter) -> None:
    """Not the next day, not for a new roll, not after a silence: it may print the question."""
    counter.printer.identity.answers = False
    counter.round()
    counter.round()
    counter.pass_days(1.5, 100)
    counter.fit_a_roll()
    counter.printer.faults.silent = True
    counter.look()
    counter.printer.faults.silent = False
    counter.round()
    assert counter.printer.received.count(b"\x1dI") == 1


def test_a_printer_without_counters_is_not_asked_again_for_a_new_roll(counter: Counter) -> None:
    """What it does not know it may print."""
    counter.printer.queries.counters.clear()
    counter.round()
    counter.round()
    counter.fit_a_roll()
    assert counter.printer.received.count(b"\x1dg2") == 1
