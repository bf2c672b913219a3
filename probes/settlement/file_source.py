"""Books that are files: settlement slips kept in a folder, the day's pre-settlement slip, unsent sales."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Final, Literal

from probes.settlement.questions import DaySlip, Question, Settled, Unposted
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Row, Trouble

FileQuestion = Literal["settled", "day_slip", "unposted"]

MAX_FILES: Final = 20_000  # a folder nobody ever cleans


class FileSource:
    """`patterns` maps a question to "/var/spool/pos/settled-*.txt"; a file's time is when it was written."""

    def __init__(self, patterns: Mapping[FileQuestion, str], till: Till) -> None:
        self._patterns = {str(name): pattern for name, pattern in patterns.items()}
        self._till = till

    def offers(self, question: type[Question]) -> bool:
        return question.asks in self._patterns

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        """Raise DatabaseError where the folder cannot be looked at."""
        times = self._times(self._patterns[question.asks])
        if question is Settled:
            return [{"settled_at": times[-1] if times else None}]
        if question is Unposted:
            return [{"unposted": len(times), "oldest_at": times[0] if times else None}]
        assert question is DaySlip
        today = [at for at in times if values["day_begins"] <= at < values["day_ends"]]
        return [{"made": len(today), "made_at": today[-1] if today else None}]

    def _times(self, pattern: str) -> list[float]:
        """Oldest first."""
        folder, _, wanted = pattern.rpartition("/")
        try:
            entries = list(self._till.path(folder).iterdir())[:MAX_FILES]
            found = [entry.stat().st_mtime for entry in entries if fnmatch.fnmatchcase(entry.name, wanted)]
        except PermissionError:
            raise DatabaseError(Trouble.REFUSED, f"no right to look into {folder}") from None
        except OSError as error:
            raise DatabaseError(Trouble.NOT_THERE, f"{folder}: {error.strerror}") from None
        return sorted(found)
