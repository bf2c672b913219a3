"""When a cause is asked about, and when it never is."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.questions import KEPT, LEAST_SECONDS, Questions
from agent.tracker import Moment
from tests.agent.slip.situations import ALL_WELL, FIREWALL, NEAR_END, NOW, PAPER_OUT, SINCE
from tests.agent.till_readings import PRINTER
from vocabulary.question import ASKED_SECONDS
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Report

CODE = PAPER_OUT.diagnosis.causes[0].code


def at(seconds: float = 0.0) -> Moment:
    return Moment(1000.0 + seconds, NOW + seconds)


def questions(folder: Path) -> Questions:
    return Questions(folder / "questions.json")


def seen(folder: Path, *reports: Report) -> Questions:
    """After these rounds, a minute apart."""
    found = questions(folder)
    for number, report in enumerate(reports):
        found.look(report, at(60.0 * number))
    return found


def unread(status: Status | None, reason: Reason = Reason.BUSY) -> Report:
    """All well, but the paper was not looked at, or its reading is not there."""
    known = (
        replace(each, reading=Reading(code=CODE, subject=PRINTER, status=status, reason=reason))
        if status and each.reading.code == CODE
        else each
        for each in ALL_WELL.readings
    )
    return replace(ALL_WELL, readings=tuple(each for each in known if status or each.reading.code != CODE))


def asked_code(found: Questions, seconds: float = 0.0) -> str:
    question = found.asked(at(seconds).wall)
    return question.code if question else ""


def test_what_has_gone_is_asked_about(tmp_path: Path) -> None:
    """With its subjects, its names, and from when to when."""
    question = seen(tmp_path, PAPER_OUT, ALL_WELL).asked(at(60).wall)

    assert question
    assert (question.code, question.subjects) == (CODE, (PRINTER,))
    assert question.titles == {"en": "Paper out", "zh": "缺纸"}
    assert (question.since, question.until) == (SINCE, NOW + 60)


@pytest.mark.parametrize(
    "reports",
    [
        (ALL_WELL, ALL_WELL),
        (PAPER_OUT, PAPER_OUT),
        (NEAR_END, ALL_WELL),
        (PAPER_OUT, unread(Status.UNKNOWN)),
        (PAPER_OUT, unread(None)),
        (PAPER_OUT, unread(Status.UNKNOWN, Reason.NOT_SET_UP), ALL_WELL),
        (PAPER_OUT, ALL_WELL, PAPER_OUT),
    ],
    ids=[
        "nothing",
        "still there",
        "a notice",
        "not looked at",
        "not read yet",
        "no longer set up",
        "came back",
    ],
)
def test_nothing_is_asked_about(tmp_path: Path, reports: tuple[Report, ...]) -> None:
    """What is there, what was never told, what nobody looked at, and what only seemed to have gone."""
    assert asked_code(seen(tmp_path, *reports)) == ""


def test_it_is_asked_once_it_was_looked_at(tmp_path: Path) -> None:
    """Unknown is not OK, and not the end of it either."""
    assert asked_code(seen(tmp_path, PAPER_OUT, unread(Status.UNKNOWN), unread(None), ALL_WELL)) == CODE


@pytest.mark.parametrize(("seconds", "code"), [(LEAST_SECONDS - 1, ""), (LEAST_SECONDS, CODE)])
def test_what_hardly_lasted_is_no_repair(tmp_path: Path, seconds: float, code: str) -> None:
    """A cover that was open for a minute."""
    found = seen(tmp_path, PAPER_OUT)
    found.look(ALL_WELL, Moment(0.0, SINCE + seconds))

    assert asked_code(found) == code


def test_of_several_the_headline_is_asked_about(tmp_path: Path) -> None:
    """Both were mended in the same minute."""
    both = replace(
        PAPER_OUT,
        diagnosis=replace(
            PAPER_OUT.diagnosis, causes=(*FIREWALL.diagnosis.causes[:1], *PAPER_OUT.diagnosis.causes)
        ),
    )

    assert asked_code(seen(tmp_path, both, ALL_WELL)) == FIREWALL.diagnosis.causes[0].code


def test_a_newer_one_takes_its_place(tmp_path: Path) -> None:
    """One question is open at most."""
    found = seen(tmp_path, PAPER_OUT, ALL_WELL, FIREWALL, ALL_WELL)

    assert asked_code(found) == FIREWALL.diagnosis.causes[0].code


def test_answered_it_never_comes_back(tmp_path: Path) -> None:
    """The answer is kept, also over a restart; a second one has nothing to answer."""
    found = seen(tmp_path, PAPER_OUT, ALL_WELL)
    assert found.answer(right=False, by="technician", at=at(90))
    assert found.answer(right=True, by="somebody", at=at(91)) is None
    again = questions(tmp_path)
    again.look(ALL_WELL, at(120))

    assert asked_code(again) == ""
    (judgement,) = again.judgements()
    assert (judgement.question.code, judgement.right, judgement.by, judgement.at) == (
        CODE,
        False,
        "technician",
        NOW + 90,
    )


def test_after_seven_days_it_is_over(tmp_path: Path) -> None:
    """Nobody is asked any more, and nothing can be answered."""
    found = seen(tmp_path, PAPER_OUT, ALL_WELL)

    assert asked_code(found, 60 + ASKED_SECONDS - 1) == CODE
    assert asked_code(found, 60 + ASKED_SECONDS) == ""
    assert found.answer(right=True, by="x", at=at(60 + ASKED_SECONDS)) is None


def test_it_is_open_over_a_restart(tmp_path: Path) -> None:
    """And what was broken before it, and is well after it, is asked about as well."""
    seen(tmp_path, PAPER_OUT)
    assert asked_code(seen(tmp_path, unread(None), ALL_WELL)) == CODE
    assert asked_code(questions(tmp_path)) == CODE


def test_answered_at_head_office_it_is_closed(tmp_path: Path) -> None:
    """Only that one: an answer to an earlier question is late."""
    found = seen(tmp_path, PAPER_OUT, ALL_WELL)
    question = found.asked(at(60).wall)
    assert question

    assert not found.answered_elsewhere("another")
    assert found.answered_elsewhere(question.id)
    assert asked_code(found) == ""
    assert found.judgements() == ()


def test_the_newest_answers_are_kept(tmp_path: Path) -> None:
    found = questions(tmp_path)
    for number in range(KEPT + 2):
        found.look(PAPER_OUT, at(number))
        found.look(ALL_WELL, at(number))
        found.answer(right=True, by=f"person {number}", at=at(number))

    assert [each.by for each in found.judgements()] == [f"person {number}" for number in range(2, KEPT + 2)]


def test_an_unchanged_round_writes_nothing(tmp_path: Path) -> None:
    """Flash wears."""
    found = seen(tmp_path, PAPER_OUT)
    (tmp_path / "questions.json").unlink()
    found.look(PAPER_OUT, at(60))

    assert not (tmp_path / "questions.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"watched": 7}'])
def test_a_damaged_file_asks_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "questions.json").write_bytes(content)

    assert asked_code(questions(tmp_path)) == ""
