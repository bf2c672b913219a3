"""The journal of slips tells the truth after a crash, a full disk, and damage."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from agent.slip.journal import MAX_NOTES, SlipJournal, new_note
from vocabulary.report import Fate, Occasion, SlipNote

NOON: Final = 1_795_000_000.0
TOLD: Final = frozenset({"receipt-printer.near-end"})


def journal(folder: Path, at: float = NOON) -> SlipJournal:
    return SlipJournal(folder / "slips.json", at)


def fates(journal: SlipJournal) -> list[str]:
    return [note.fate for note in journal.notes]


def waiting(journal: SlipJournal) -> SlipNote:
    assert journal.waiting
    return journal.waiting


def wanted(folder: Path) -> SlipJournal:
    found = journal(folder)
    found.want(Occasion.CAUSE, NOON, told=TOLD)
    return found


def test_a_slip_that_waits_waits_after_the_restart(tmp_path: Path) -> None:
    """And its cause is not told a second time."""
    wanted(tmp_path)

    again = journal(tmp_path)
    assert again.waiting
    assert again.told == TOLD


def test_a_slip_under_way_is_unknown_after_the_restart(tmp_path: Path) -> None:
    """It may lie on the paper: it never waits again."""
    before = wanted(tmp_path)
    assert before.waiting
    before.begin(before.waiting, NOON)

    again = journal(tmp_path, NOON + 5)
    assert fates(again) == [Fate.UNKNOWN]
    assert again.waiting is None
    assert again.seconds_since_last(NOON + 5) == 5.0


@pytest.mark.parametrize("fate", [Fate.PRINTED, Fate.ACCEPTED, Fate.UNKNOWN])
def test_an_outcome_stays(tmp_path: Path, fate: Fate) -> None:
    """Told apart, also after the restart."""
    before = wanted(tmp_path)
    note = waiting(before)
    before.begin(note, NOON)
    before.end(note, fate, NOON + 2)

    assert fates(journal(tmp_path)) == [fate]


def test_a_slip_of_which_nothing_went_out_waits_again(tmp_path: Path) -> None:
    """And does not count as the last one that printed."""
    before = wanted(tmp_path)
    note = waiting(before)
    before.begin(note, NOON)
    before.put_back(note, NOON + 2, "the printer is not there")

    again = journal(tmp_path)
    assert again.waiting
    assert again.waiting.because == "the printer is not there"
    assert again.seconds_since_last(NOON + 2) is None


def test_the_newest_one_waits_alone(tmp_path: Path) -> None:
    """The older one is dropped, and said to be, in one write."""
    before = wanted(tmp_path)
    newest = before.want(Occasion.RECOVERY, NOON + 60, told=frozenset())

    again = journal(tmp_path)
    assert fates(again) == [Fate.DROPPED, Fate.WAITING]
    assert again.waiting == newest


def test_a_newer_one_came_while_it_was_being_sent(tmp_path: Path) -> None:
    """Nothing of it went out: it is dropped, and does not wait beside the newer one."""
    before = wanted(tmp_path)
    note = waiting(before)
    before.begin(note, NOON)
    before.want(Occasion.RECOVERY, NOON + 1, told=frozenset())
    before.put_back(note, NOON + 2, "the printer is not there")

    assert sorted(fates(before)) == [Fate.DROPPED, Fate.WAITING]


def test_nothing_may_begin_without_the_disk(tmp_path: Path) -> None:
    """A folder in the place of the file written aside stands for a disk that refuses."""
    before = wanted(tmp_path)
    assert before.waiting
    (tmp_path / "slips.json.new").mkdir()

    with pytest.raises(OSError, match="Is a directory"):
        before.begin(before.waiting, NOON)
    assert fates(before) == [Fate.WAITING]
    assert "slips.json" in before.trouble


def test_an_outcome_that_the_disk_refused_is_written_later(tmp_path: Path) -> None:
    """Until then it is unknown to the next start, which is true."""
    before = wanted(tmp_path)
    note = waiting(before)
    before.begin(note, NOON)
    (tmp_path / "slips.json.new").mkdir()
    before.end(note, Fate.PRINTED, NOON)
    assert fates(before) == [Fate.PRINTED]
    (tmp_path / "slips.json.new").rmdir()
    before.write_again()

    assert fates(journal(tmp_path)) == [Fate.PRINTED]
    assert before.trouble == ""


def test_a_full_disk(tmp_path: Path) -> None:
    """/dev/full takes no byte."""
    (tmp_path / "slips.json.new").symlink_to("/dev/full")
    before = wanted(tmp_path)

    assert "No space left" in before.trouble
    assert before.waiting
    with pytest.raises(OSError, match="No space left"):
        before.begin(before.waiting, NOON)


def test_a_file_torn_anywhere_is_damaged(tmp_path: Path) -> None:
    """Whatever was left of it: nothing waits, what was told is not known, the distance begins anew."""
    wanted(tmp_path)
    path = tmp_path / "slips.json"
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        found = journal(tmp_path)
        assert (found.waiting, found.told, found.seconds_since_last(NOON)) == (None, None, 0.0), end
        assert "damaged" in found.trouble


@pytest.mark.parametrize(
    "content", [b"\0" * 400, b"[]", b'{"notes":[{}]}', b"\xff", b'{"told":1}', b"9" * 200_000]
)
def test_a_file_of_something_else_is_damaged(tmp_path: Path, content: bytes) -> None:
    """Zeros after a power cut, and worse."""
    (tmp_path / "slips.json").write_bytes(content)

    assert journal(tmp_path).told is None


def test_it_stays_small(tmp_path: Path) -> None:
    """The newest twenty, and the one that waits, however old."""
    before = wanted(tmp_path)
    for number in range(3 * MAX_NOTES):
        note = new_note(Occasion.ASKED, NOON + number)
        before.begin(note, NOON + number)
        before.end(note, Fate.NOT_SENT, NOON + number, "x" * 10_000)

    assert len(before.notes) == MAX_NOTES
    assert before.waiting
    assert (tmp_path / "slips.json").stat().st_size < 8_000


def test_what_a_person_asked_for_does_not_count(tmp_path: Path) -> None:
    """The distance is between slips that print by themselves."""
    found = journal(tmp_path)
    found.begin(new_note(Occasion.ASKED, NOON), NOON)

    assert found.seconds_since_last(NOON) is None


def test_a_clock_set_back_does_not_silence_it_for_years(tmp_path: Path) -> None:
    """The distance is counted from the new time."""
    before = wanted(tmp_path)
    assert before.waiting
    before.begin(before.waiting, NOON)

    assert before.seconds_since_last(NOON - 1e8) == 0.0
    assert before.seconds_since_last(NOON - 1e8 + 60) == 60.0
