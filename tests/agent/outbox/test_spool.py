"""Every number is covered once: by its record, or by a range that says why not."""

from __future__ import annotations

from pathlib import Path

from agent.outbox.outbox import Outbox
from agent.outbox.spool_rows import Limits
from tests.agent.outboxes import covered, fill, full, kinds, outage, pulse, records
from vocabulary.wire import Dropped, Outage


def test_rounds_of_an_outage_are_one_record(tmp_path: Path) -> None:
    """278 rounds without head office: from when to when, how many, why; the change in between is kept."""
    outbox = Outbox(tmp_path)
    outbox.put(full)
    for _ in range(278):
        outbox.put(outage)
    outbox.put(full)
    fill(outbox, 1)

    assert kinds(outbox) == ["Full", "Outage", "Full", "Pulse"]
    assert covered(outbox) == list(range(1, 282))
    folded = records(outbox)[1]
    assert isinstance(folded, Outage)
    assert (folded.rounds, folded.began, folded.ended) == (278, 100.0, 60.0 * 279)


def test_an_outage_that_was_partly_confirmed_goes_again_as_a_whole(tmp_path: Path) -> None:
    """It grew while its shorter self was on the way."""
    outbox = Outbox(tmp_path)
    for _ in range(9):
        outbox.put(outage)
    outbox.confirm(outbox.spool_id, 5)

    assert covered(outbox) == list(range(1, 10))


def test_an_outage_goes_on_after_a_restart(tmp_path: Path) -> None:
    """Still one record, from when it began."""
    for _ in range(2):
        outbox = Outbox(tmp_path)
        outbox.put(outage)
        outbox.close()

    assert kinds(Outbox(tmp_path)) == ["Outage"]


def test_over_quota_the_gap_is_a_range(tmp_path: Path) -> None:
    """Oldest pulses go first; what went is one record that says from where to where."""
    outbox = Outbox(tmp_path, Limits(max_rows=300, max_bytes=32 << 20))
    fill(outbox, 900)

    assert outbox.depth <= 301
    assert covered(outbox) == list(range(1, 901))
    oldest = records(outbox)[0]
    assert isinstance(oldest, Dropped)
    assert outbox.given_up == oldest.through


def test_what_changed_is_given_up_last(tmp_path: Path) -> None:
    """Unchanged rounds and outages go first, wherever they stand."""
    outbox = Outbox(tmp_path, Limits(max_rows=600, max_bytes=32 << 20))
    for number in range(900):
        outbox.put(full if number % 4 == 0 else pulse)

    assert covered(outbox) == list(range(1, 901))
    assert kinds(outbox).count("Full") == 225


def test_a_poisoned_record_makes_way(tmp_path: Path) -> None:
    """What head office will never take is kept aside and its number covered."""
    outbox = Outbox(tmp_path)
    fill(outbox, 3)
    outbox.set_aside(outbox.spool_id, 1, "too large")

    assert kinds(outbox) == ["Dropped", "Pulse", "Pulse"]
    assert covered(outbox) == [1, 2, 3]


def test_a_poisoned_range_is_covered_whole(tmp_path: Path) -> None:
    """An old head office that knows no outages: all its rounds are given up by name."""
    outbox = Outbox(tmp_path)
    for _ in range(5):
        outbox.put(outage)
    outbox.set_aside(outbox.spool_id, 1, "rejected")

    assert records(outbox) == [Dropped(sequence=1, through=5, reason="rejected")]


def test_a_body_that_rotted_is_not_sent(tmp_path: Path) -> None:
    """SQLite does not look into it; its check sum does."""
    outbox = Outbox(tmp_path)
    fill(outbox, 3)
    outbox._spool.db.execute("UPDATE record SET body = x'7b7b' WHERE sequence = 2")

    assert kinds(outbox) == ["Pulse", "Dropped", "Pulse"]
    assert records(outbox)[1] == Dropped(sequence=2, through=2, reason="spool-corrupt")


def test_a_rotten_body_stops_neither_folding_nor_parting(tmp_path: Path) -> None:
    """Whoever looks back at it finds a range, not an error."""
    outbox = Outbox(tmp_path)
    for make in (pulse, outage):
        outbox.put(make)
    outbox._spool.db.execute("UPDATE record SET body = x'7b7b'")
    outbox.put(outage)
    outbox.begin_anew(1)

    assert kinds(outbox) == ["Dropped", "Dropped", "Outage"]
    assert covered(outbox) == [1, 2, 3]


def test_a_parcel_is_of_one_spool(tmp_path: Path) -> None:
    """Its name stands once in it."""
    outbox = Outbox(tmp_path)
    fill(outbox, 2)
    outbox.begin_anew(3)
    outbox.put(pulse)

    assert len(outbox.load(99, 99_999).records) == 2


def test_a_range_is_never_set_aside(tmp_path: Path) -> None:
    """Nothing is left that could take its place, and what was set aside keeps its room."""
    outbox = Outbox(tmp_path)
    fill(outbox, 2)
    for _ in range(3):
        outbox.set_aside(outbox.spool_id, 1, "400")
    kept = outbox._spool.db.execute("SELECT sequence, reason FROM quarantine").fetchall()

    assert kept == [(1, "400")]
    assert kinds(outbox) == ["Dropped", "Pulse"]
