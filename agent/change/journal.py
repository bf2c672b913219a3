"""Work at the till, kept in the state folder: what goes on, with the look before it, and what was."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from agent.change.outcome import outcome
from agent.own_conditions import WORK_OPEN
from agent.state_files import as_owner_of, write_whole
from vocabulary.moments import as_fact
from vocabulary.reading import Reading
from vocabulary.redaction import redacted
from vocabulary.report import Report
from vocabulary.work import LONGEST_REASON, Work

KEPT: Final = 5
FILE: Final = "work.json"


class WorkError(Exception):
    """Says in English what to do."""


class _File(Struct, frozen=True, kw_only=True, omit_defaults=True):
    before: Report | None = None
    notes: tuple[Work, ...] = ()


class WorkJournal:
    """`notes` are oldest first; the last one goes on where its `ended` is 0. A file that cannot be read is
    as none: the work itself lies in the past.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file = _File()
        with contextlib.suppress(OSError, msgspec.MsgspecError), as_owner_of(folder):
            self._file = msgspec.json.decode(self._path.read_bytes(), type=_File)

    def notes(self) -> tuple[Work, ...]:
        return self._file.notes

    @property
    def open(self) -> Work | None:
        last = next(reversed(self._file.notes), None)
        return last if last is not None and not last.ended and self._file.before is not None else None

    def begin(self, reason: str, by: str, before: Report, warned: tuple[str, ...], at: float) -> Work:
        """`by` is an account, `at` wall seconds. Raise WorkError without a reason, where one goes on, or
        where the disk refuses.
        """
        if not reason.strip():
            raise WorkError("say what is done: --reason")
        if self.open is not None:
            raise WorkError(f"“{self.open.reason}” goes on since {as_fact(self.open.began)}: end it first")
        work = Work(
            reason=redacted(reason.strip())[:LONGEST_REASON], by=by, began=round(at, 3), warned=warned
        )
        self._keep(_File(before=before, notes=(*self._file.notes, work)[-KEPT:]))
        return work

    def end(self, after: Report, at: float) -> tuple[Report, Work]:
        """The report from before it, and what is different now. Raise WorkError as above."""
        work, before = self.open, self._file.before
        if work is None or before is None:
            raise WorkError("no work was begun here: poshealth change begin")
        ended = replace(work, ended=max(round(at, 3), work.began), **asdict(outcome(before, after)))
        self._keep(_File(notes=(*self._file.notes[:-1], ended)))
        return before, ended

    def reading(self, at: float, after_hours: float) -> Reading:
        """Whether one was forgotten."""
        work = self.open
        is_late = work is not None and at - work.began > after_hours * 3600
        return WORK_OPEN.failing_if(
            is_late, begun=as_fact(work.began if work else at), reason=work.reason if work else ""
        )

    def _keep(self, file: _File) -> None:
        """Nothing is begun or ended that would be forgotten by a power cut."""
        try:
            with as_owner_of(self._path.parent):
                write_whole(self._path, msgspec.json.encode(file))
        except OSError as error:
            raise WorkError(f"{self._path} cannot be written: {error.strerror}") from None
        self._file = file
