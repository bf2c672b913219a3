"""The settings' sources of the books, opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from probes.memory import Memory
from probes.settlement import preset
from probes.settlement.file_source import FileSource
from probes.settlement.journal import DatabaseSource, Source
from probes.settlement.lines import Lines
from probes.settlement.log_source import LogSource, offered
from probes.settlement.opening import open_database
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import Question
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Row
from vocabulary.calendar import Calendar


class ShutSource:
    """One that could not be opened: it would have answered, and says why it does not."""

    def __init__(self, asked: frozenset[str], error: DatabaseError) -> None:
        self._asked = asked
        self._error = error

    def offers(self, question: type[Question], *columns: str) -> bool:
        del columns
        return question.asks in self._asked

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        del question, values
        raise self._error


@contextmanager
def open_sources(
    options: SettlementOptions, till: Till, memory: Memory, calendar: Calendar, now: float
) -> Iterator[tuple[Source, ...]]:
    """The database first: it knows what is; files and log know what they were told."""
    books = preset.load(options.preset) if options.preset else None
    may_lock = options.busy_timeout_ms > 0 or not calendar.is_open(now)
    with ExitStack() as stack:
        found: list[Source] = []
        if options.database and books:
            try:
                database = stack.enter_context(closing(open_database(options, till, may_lock=may_lock)))
                found.append(DatabaseSource(database, books, calendar.zone, options.till))
            except DatabaseError as error:
                found.append(ShutSource(frozenset(books.questions), error))
        if options.files:
            found.append(FileSource(options.files, till))
        if options.log and books and books.lines:
            found.append(_log(options.log, books.lines, calendar, till, memory))
        yield tuple(found)


def _log(pattern: str, lines: Lines, calendar: Calendar, till: Till, memory: Memory) -> Source:
    try:
        return LogSource(pattern, lines, calendar.zone, till, memory)
    except DatabaseError as error:
        return ShutSource(offered(lines), error)
