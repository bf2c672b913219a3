"""Books that are files: settlement slips kept in a folder, the day's pre-settlement slip, unsent sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probes.settlement.matching_files import matching_files
from probes.settlement.questions import DaySlip, Question, Settled, Unposted
from probes.till import Till
from protocols.pos_database.database import Row

FileQuestion = Literal["settled", "day_slip", "unposted"]


class FileSource:
    """`patterns` maps a question to "/var/spool/pos/settled-*.txt"; a file's time is when it was written."""

    def __init__(self, patterns: Mapping[FileQuestion, str], till: Till) -> None:
        self._patterns = {str(name): pattern for name, pattern in patterns.items()}
        self._till = till

    def offers(self, question: type[Question], *columns: str) -> bool:
        del columns
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
        """Oldest first. Raise DatabaseError."""
        return [found.stat.st_mtime for found in matching_files(pattern, self._till)]
