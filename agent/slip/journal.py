"""What became of every slip, on disk: before its first byte goes out, and after.

Killed at any moment, the next start knows what may be printed: a slip that waits. One that was being sent
may lie on the paper already: it is unknown from then on, and is never sent again.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent.state_files import write_whole
from vocabulary.report import Fate, Occasion, SlipNote

MAX_NOTES: Final = 20
MAX_BECAUSE: Final = 160
MAX_BYTES: Final = 64 << 10  # twenty notes are 6 kB
NEWER: Final = "a newer slip took its place"
_NOT_OVER: Final = (Fate.WAITING, Fate.SENDING)


class _Pages(Struct, frozen=True, kw_only=True):
    """What the file holds. `told` is None where it was damaged: what was printed before is not known."""

    notes: tuple[SlipNote, ...] = ()
    told: frozenset[str] | None = frozenset()
    times: dict[str, str] = {}
    last_by_itself: float | None = None


class SlipJournal:
    """`trouble` says why the disk takes nothing, empty where it does. Times are seconds since 1970 UTC."""

    def __init__(self, path: Path, at: float) -> None:
        """A file that cannot be read costs what it knew, never the start."""
        self._path = path
        self.trouble = ""
        self._unwritten = False
        self._pages = self._read(at)
        self._last_but_one = self._pages.last_by_itself
        for note in self.notes:
            if note.fate is Fate.SENDING:
                self._keep(
                    _with_fate(note, Fate.UNKNOWN, at, "poshealth ended while this slip was being sent")
                )

    @property
    def notes(self) -> tuple[SlipNote, ...]:
        """The newest twenty, oldest first."""
        return self._pages.notes

    @property
    def told(self) -> frozenset[str] | None:
        """Codes of the causes that slips have spoken of; None where the file was damaged."""
        return self._pages.told

    @property
    def times(self) -> dict[str, str]:
        """Time of day to the date when its slip was last wanted."""
        return self._pages.times

    @property
    def waiting(self) -> SlipNote | None:
        return next((note for note in self.notes if note.fate is Fate.WAITING), None)

    def seconds_since_last(self, at: float) -> float | None:
        """Since a slip last printed by itself; None where none has. A clock set back begins anew."""
        last = self._pages.last_by_itself
        if last is None:
            return None
        if last > at:
            self._pages = replace(self._pages, last_by_itself=at)
        return max(0.0, at - last)

    def tell(self, told: frozenset[str]) -> None:
        """The causes have changed, and no slip is wanted for it."""
        if told != self.told:
            self._write(replace(self._pages, told=told))

    def want(
        self,
        occasion: Occasion,
        at: float,
        *,
        told: frozenset[str] | None,
        done: dict[str, str] | None = None,
    ) -> SlipNote:
        """A slip that waits; the one that waited before is dropped for it, in the same write.

        `done`: the time of day it is for, and the date.
        """
        note = new_note(occasion, at)
        kept = tuple(
            _with_fate(old, Fate.DROPPED, at, NEWER) if old.fate is Fate.WAITING else old
            for old in self.notes
        )
        times = self.times | (done or {})
        self._write(replace(self._pages, notes=_newest((*kept, note)), told=told, times=times))
        return note

    def drop(self, note: SlipNote, at: float, because: str) -> None:
        self._keep(_with_fate(note, Fate.DROPPED, at, because))

    def begin(self, note: SlipNote, at: float) -> None:
        """From here on this slip is never begun again. Raise OSError: nothing may be sent then."""
        pages = self._with_note(_with_fate(note, Fate.SENDING, at, ""))
        last = self._pages.last_by_itself
        self._save(pages if note.occasion is Occasion.ASKED else replace(pages, last_by_itself=at))
        self._last_but_one = last

    def end(self, note: SlipNote, fate: Fate, at: float, because: str = "") -> None:
        """What became of a slip that was begun.

        A disk that refuses costs the outcome: after the next start it is unknown, which is true then.
        """
        self._keep(_with_fate(note, fate, at, because))

    def put_back(self, note: SlipNote, at: float, because: str) -> None:
        """Not one byte of it went out: it waits again, unless a newer one does."""
        now = next((each for each in self.notes if each.id == note.id), None)
        if now is None or now.fate not in _NOT_OVER or (now.fate, now.because) == (Fate.WAITING, because):
            return
        newer = self.waiting is not None and self.waiting.id != note.id
        fate, because = (Fate.DROPPED, NEWER) if newer else (Fate.WAITING, because)
        pages = self._with_note(_with_fate(note, fate, at, because))
        last = self._last_but_one if now.fate is Fate.SENDING else pages.last_by_itself
        self._write(replace(pages, last_by_itself=last))

    def write_again(self) -> None:
        """What the disk refused before, where it has room by now."""
        if self._unwritten:
            self._write(self._pages)

    def _keep(self, note: SlipNote) -> None:
        self._write(self._with_note(note))

    def _with_note(self, note: SlipNote) -> _Pages:
        others = [old for old in self.notes if old.id != note.id]
        return replace(self._pages, notes=_newest((*others, note)))

    def _write(self, pages: _Pages) -> None:
        """Memory goes first: what is true now must not wait for the disk."""
        self._pages = pages
        with contextlib.suppress(OSError):
            self._save(pages)

    def _save(self, pages: _Pages) -> None:
        """Raise OSError; what is in memory is then as it was."""
        try:
            write_whole(self._path, msgspec.json.encode(pages))
        except OSError as error:
            self.trouble = f"{self._path}: {error.strerror}"
            self._unwritten = True
            raise
        self._pages, self._unwritten, self.trouble = pages, False, ""

    def _read(self, at: float) -> _Pages:
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MAX_BYTES), type=_Pages)
        except FileNotFoundError:
            return _Pages()
        except OSError as error:
            self.trouble = f"{self._path}: {error.strerror}"
        except msgspec.MsgspecError as error:
            self.trouble = f"{self._path} is damaged: {error}"
        return _Pages(told=None, last_by_itself=at)


def new_note(occasion: Occasion, at: float) -> SlipNote:
    """A slip that waits; 32 bits of id tell the last twenty apart."""
    return SlipNote(id=secrets.token_hex(4), occasion=occasion, wanted_at=at, at=at, fate=Fate.WAITING)


def _newest(notes: tuple[SlipNote, ...]) -> tuple[SlipNote, ...]:
    """What is not over yet is kept, however old."""
    over = [note for note in notes if note.fate not in _NOT_OVER]
    dropped = {note.id for note in over[: max(0, len(notes) - MAX_NOTES)]}
    return tuple(note for note in notes if note.id not in dropped)


def _with_fate(note: SlipNote, fate: Fate, at: float, because: str) -> SlipNote:
    return replace(note, fate=fate, at=at, because=because[:MAX_BECAUSE])
