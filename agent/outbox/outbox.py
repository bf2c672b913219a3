"""The durable outbox: nothing is deleted before head office says it is stored, whatever the disk does."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from agent.outbox import salvage, spool_file
from agent.outbox.ballast import Ballast
from agent.outbox.salvage import Salvaged
from agent.outbox.spool import Load, Make, Spool
from agent.outbox.spool_file import DamagedError, SpoolInUseError
from agent.outbox.spool_rows import Limits

T = TypeVar("T")

DISK: Final = Limits(max_rows=100_000, max_bytes=32 << 20)  # two months of one heartbeat a minute
MEMORY: Final = Limits(max_rows=5_000, max_bytes=3 << 20)  # what an agent of 34 MB can afford
RETURN_SECONDS: Final = 30.0  # between two tries to go back to a disk that refused
TIGHT_ROWS: Final = 20  # deleted at once on a full disk: its log fits into the room of the ballast
ROOMY_ROWS: Final = 1000
_FREE_PAGES: Final = 256  # 1 MiB that nothing uses is given back to the disk


class Outbox:
    """One process, one connection.

    `trouble` is empty while the disk keeps the records; otherwise it says why they are in memory only.
    `salvaged` says what became of the records of a damaged file, None where there was none.
    """

    def __init__(self, folder: Path | None, limits: Limits = DISK) -> None:
        """Never refuse to start for a bad disk. Raise SpoolInUseError where another agent is running."""
        self._folder = folder
        self._limits = limits
        self._lock_fd: int | None = None
        self._ballast = Ballast(folder / "outbox.ballast") if folder else None
        self._return_at = 0.0
        self._unsure: tuple[str, int] | None = None
        self.trouble = "" if folder else "no folder is set for the outbox"
        self.salvaged: Salvaged | None = None
        self._spool = spool_file.open_in_memory(MEMORY)
        self._return_to_disk(refuse=True)
        self._lay_ballast()

    @property
    def spool_id(self) -> str:
        return self._safely(lambda: self._spool.now[0])

    @property
    def next_sequence(self) -> int:
        return self._safely(lambda: self._spool.now[1])

    @property
    def depth(self) -> int:
        return self._safely(lambda: self._spool.depth)

    @property
    def given_up(self) -> int:
        """How many heartbeats were given up of which head office has not been told yet."""
        return self._safely(lambda: self._spool.given_up)

    @property
    def is_empty(self) -> bool:
        return self._safely(lambda: self._spool.is_empty)

    @property
    def disk_is_full(self) -> bool:
        """Whether the room kept for that case is in use."""
        return self._ballast is not None and not self.trouble and not self._ballast.is_laid

    def put(self, make: Make) -> int:
        """Commit the heartbeat `make(spool_id, sequence)` and return its sequence."""
        self._look_at_the_disk()
        return self._safely(lambda: self._spool.put(make))

    def load(self, max_rows: int, max_bytes: int) -> Load:
        """Oldest first; at least one record where there is any."""
        return self._safely(lambda: self._spool.load(max_rows, max_bytes))

    def confirm(self, spool: str, stored_through: int) -> None:
        """Delete what head office has committed, and cover what it has lost."""
        self._safely(lambda: self._confirm(spool, stored_through))

    def set_aside(self, spool: str, sequence: int, reason: str) -> None:
        """Keep a record that head office will never take; an explicit range takes its place."""
        self._safely(lambda: self._spool.set_aside(spool, sequence, reason))

    def begin_anew(self, first: int) -> None:
        """Number `first` of this spool is somebody else's: it and what follows goes over to a new spool."""
        self._safely(lambda: self._spool.renumber(first))

    def close(self) -> None:
        """Let go of the folder, too: whoever mends its file system must be able to unmount it."""
        with contextlib.suppress(sqlite3.Error):
            self._spool.db.close()
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _confirm(self, spool: str, stored_through: int) -> None:
        tight = self.disk_is_full
        for _ in self._spool.confirm(spool, stored_through, TIGHT_ROWS if tight else ROOMY_ROWS):
            if tight:
                self._spool.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._spool.explain_gap(spool, stored_through)
        self._spool.forget_empty_spools()
        if self._spool.db.execute("PRAGMA freelist_count").fetchone()[0] > _FREE_PAGES:
            # `execute` would end it after one page: it gives rows without columns
            self._spool.db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def _safely(self, work: Callable[[], T]) -> T:
        """What the disk refuses is done again after a remedy, at last in memory."""
        try:
            return work()
        except sqlite3.Error as error:
            self._remedy(error)
        try:
            return work()
        except sqlite3.Error as error:
            self._go_on_in_memory(error)
        return work()

    def _remedy(self, error: sqlite3.Error) -> None:
        """Room for a full disk, a new file for a damaged one. A sync that failed is never tried again: its
        pages count as written, though they may not be (https://wiki.postgresql.org/wiki/Fsync_Errors).
        """
        reserve = None if self.trouble else self._ballast
        if reserve is not None and spool_file.is_full(error) and reserve.spend():
            return
        self._go_on_in_memory(error)
        if spool_file.is_damage(error):
            self._return_to_disk()

    def _go_on_in_memory(self, error: sqlite3.Error) -> None:
        """A new spool: the one on the disk is sent once the disk can be read and written again."""
        self.trouble = f"{type(error).__name__}: {error}"
        self._return_at = time.monotonic() + RETURN_SECONDS
        self._unsure = self._unsure or self._spool.unsure
        self.close()
        self._spool = spool_file.open_in_memory(MEMORY)

    def _look_at_the_disk(self) -> None:
        if self.trouble and time.monotonic() >= self._return_at:
            self._return_to_disk()
        self._lay_ballast()

    def _lay_ballast(self) -> None:
        if self._ballast is not None and not self.trouble:
            self._ballast.lay(time.monotonic())

    def _return_to_disk(self, *, refuse: bool = False) -> None:
        """Take what waits in memory along, in one commit; `refuse` to go on beside another agent."""
        if self._folder is None:
            return
        self._return_at = time.monotonic() + RETURN_SECONDS
        try:
            on_disk = self._opened(self._folder)
        except SpoolInUseError as error:
            if refuse:
                raise
            self.trouble = str(error)
            return
        except (OSError, sqlite3.Error, DamagedError) as error:
            self.trouble = f"{type(error).__name__}: {error}"
            return
        self._move_to(on_disk)

    def _move_to(self, on_disk: Spool) -> None:
        try:
            on_disk.adopt(self._spool, self._unsure)
        except sqlite3.Error as error:
            self.trouble = f"{type(error).__name__}: {error}"
            with contextlib.suppress(sqlite3.Error):
                on_disk.db.close()
            return
        self._spool.db.close()
        self._spool, self.trouble, self._unsure = on_disk, "", None

    def _opened(self, folder: Path) -> Spool:
        """A damaged file is set aside and what can be read of it taken over."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._lock_fd is None:
            self._lock_fd = spool_file.lock(folder)
        try:
            return spool_file.open_spool(folder, self._limits)
        except DamagedError:
            aside = spool_file.set_aside(folder)
        spool = spool_file.open_spool(folder, self._limits)
        try:
            self.salvaged = salvage.read_back(aside, spool)
            spool.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            spool.db.close()
            raise
        return spool
