"""After a repair one question: was the cause right? Asked once, answered once, kept over a restart."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent.slip.rule import by_code, is_gone
from agent.state_files import write_whole
from agent.tracker import Moment
from vocabulary.condition import Severity
from vocabulary.question import ASKED_SECONDS, Judgement, Question
from vocabulary.reading import Status
from vocabulary.report import Cause, Known, Report

KEPT: Final = 3  # answers that a report holds: each is in at least one that head office confirmed
LEAST_SECONDS: Final = 120.0
"""A cover that is open while the roll is changed is no repair: nobody wants to be asked each time."""


class _Pages(Struct, frozen=True, kw_only=True):
    """What the file holds. `watched` are the causes told and not yet gone, the headline first."""

    watched: tuple[Question, ...] = ()
    asked: Question | None = None
    judgements: tuple[Judgement, ...] = ()


class Questions:
    """One is open at most: a newer one takes its place. A disk that refuses costs what a restart knows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages = _Pages()
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._pages = msgspec.json.decode(path.read_bytes(), type=_Pages)

    def judgements(self) -> tuple[Judgement, ...]:
        """The newest, oldest first."""
        return self._pages.judgements

    def asked(self, wall: float) -> Question | None:
        """The open one; `wall` in seconds since 1970."""
        question = self._pages.asked
        return question if question and wall - question.until < ASKED_SECONDS else None

    def look(self, report: Report, at: Moment) -> None:
        """After a round.

        1. A cause that is no mere notice is watched from when it is told.
        2. What is well again for sure, and lasted, is asked about; of several the one that was the headline.
        3. What comes back before somebody answered is asked about no more: it had not gone.
        """
        pages, readings = self._pages, by_code(report.readings)
        causes = [each for each in report.diagnosis.faults if each.severity is not Severity.NOTICE]
        codes = {cause.code for cause in causes}
        away = [each for each in pages.watched if each.code not in codes]
        still = [each for each in away if not readings.get(each.code) or not is_gone(readings[each.code])]
        well = (each for each in away if each not in still and _is_well(readings[each.code]))
        gone = next((each for each in well if at.wall - each.since >= LEAST_SECONDS), None)
        asked = pages.asked if pages.asked and pages.asked.code not in codes else None
        earlier = {each.code: each for each in pages.watched}
        watched = (*(_watched(cause, earlier.get(cause.code)) for cause in causes), *still)
        asked = replace(gone, until=at.wall) if gone else asked
        self._write(replace(pages, watched=watched, asked=asked))

    def answer(self, *, right: bool, by: str, at: Moment) -> Question | None:
        """What was answered; None where nothing is asked."""
        question = self.asked(at.wall)
        if question is not None:
            judgement = Judgement(question=question, right=right, by=by, at=at.wall)
            kept = (*self._pages.judgements, judgement)[-KEPT:]
            self._write(replace(self._pages, asked=None, judgements=kept))
        return question

    def answered_elsewhere(self, question_id: str) -> bool:
        """At head office. Whether it was the open one."""
        if self._pages.asked is None or self._pages.asked.id != question_id:
            return False
        self._write(replace(self._pages, asked=None))
        return True

    def _write(self, pages: _Pages) -> None:
        """Only where something changed: flash wears."""
        if pages == self._pages:
            return
        self._pages = pages
        with contextlib.suppress(OSError):
            write_whole(self._path, msgspec.json.encode(pages))


def _watched(cause: Cause, earlier: Question | None) -> Question:
    subjects = tuple(dict.fromkeys((*(earlier.subjects if earlier else ()), *cause.subjects)))
    return Question(
        id=earlier.id if earlier else secrets.token_hex(4),
        code=cause.code,
        subjects=subjects,
        titles={language: words.title for language, words in cause.words.items()},
        since=earlier.since if earlier else cause.since,
    )


def _is_well(readings: list[Known]) -> bool:
    """Something was looked at and found well: what is no longer looked at was not mended."""
    return any(known.reading.status is Status.OK for known in readings)
