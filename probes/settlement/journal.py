"""The books as judgements see them: typed answers, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Final, Protocol, TypeVar

import msgspec

from probes.settlement.conditions import BOOKS_DAMAGED, BOOKS_UNREACHABLE
from probes.settlement.document_number import document_number
from probes.settlement.preset import Preset
from probes.settlement.questions import RECOGNISED, Question
from protocols.pos_database import statement
from protocols.pos_database.database import Database, DatabaseError, Row, Trouble, Value
from vocabulary.reading import Reason
from vocabulary.redaction import shortened

Asked = TypeVar("Asked", bound=Question)

LATEST: Final = 4_102_444_800  # the year 2100: what lies beyond was never typed by a clock
FAULTS: Final = {Trouble.NOT_THERE: BOOKS_UNREACHABLE, Trouble.CORRUPT: BOOKS_DAMAGED}
_REASONS: Final = {
    Trouble.BUSY: Reason.BUSY,
    Trouble.TOO_SLOW: Reason.TIMED_OUT,
    Trouble.REFUSED: Reason.NO_PERMISSION,
    Trouble.NO_DRIVER: Reason.NOT_SUPPORTED,
    Trouble.MAY_WRITE: Reason.NO_PERMISSION,
    Trouble.UNSAFE: Reason.NO_PERMISSION,
}


class NotToldError(Exception):
    """`reason` and `because` as in a reading that is unknown."""

    def __init__(self, reason: Reason, because: str) -> None:
        super().__init__(because)
        self.reason = reason
        self.because = because


class Source(Protocol):
    """One place where books are kept."""

    def offers(self, question: type[Question], *columns: str) -> bool:
        """Whether it is told here, and with these columns."""
        ...

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        """Columns of the question's names; moments as wall seconds. Raise DatabaseError."""
        ...


class DatabaseSource:
    """A database read by a preset. `zone` None is this machine's own, `till` empty every till's."""

    def __init__(self, database: Database, preset: Preset, zone: tzinfo | None, till: str = "") -> None:
        self._database = database
        self._preset = preset
        self._till = till
        self._zone = UTC if preset.times == "utc" else zone

    def offers(self, question: type[Question], *columns: str) -> bool:
        sql = self._preset.questions.get(question.asks, "")
        return bool(sql) and all(statement.tells(sql, column) for column in columns)

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        stored = {"till": self._till, **{name: self._stored(at) for name, at in values.items()}}
        found = self._database.ask(self._preset.questions[question.asks], stored)
        rows = [{name.lower(): value for name, value in row.items()} for row in found]
        return [
            {name: self._told(name, value) for name, value in row.items() if name not in RECOGNISED}
            for row in rows
        ]

    def _stored(self, at: float) -> Value:
        match self._preset.times:
            case "seconds":
                return int(at)  # a whole number: an index over bigint is of no use to a float
            case "milliseconds":
                return round(at * 1000)
            case _:
                return datetime.fromtimestamp(at, self._zone).replace(tzinfo=None, microsecond=0)

    def _told(self, name: str, value: Value) -> Value:
        return self._seconds(value) if name.endswith("_at") and value is not None else value

    def _seconds(self, value: Value) -> float:
        """Raise DatabaseError for what is no moment of our days."""
        try:
            found = self._read_moment(value)
        except (ValueError, OverflowError, OSError):
            found = float("nan")
        if not 0 <= found < LATEST:  # not a number is neither
            raise DatabaseError(Trouble.FAILED, "a time there is none")
        return found

    def _read_moment(self, value: Value) -> float:
        """Raise ValueError, OverflowError or OSError."""
        if isinstance(value, int | float | Decimal):
            return float(value) / (1000 if self._preset.times == "milliseconds" else 1)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001  its zone comes below
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp()


class Journal:
    """What several sources tell together: a question goes to the first that offers it, once a round."""

    def __init__(self, sources: tuple[Source, ...], now: float) -> None:
        self._sources = sources
        self.now = now
        self.troubles: list[DatabaseError] = []
        self._tellers: dict[str, Source] = {}
        self._answers: dict[tuple[str, tuple[tuple[str, float], ...]], list[Row] | NotToldError] = {}

    def rows(self, question: type[Asked], **values: float) -> tuple[Asked, ...]:
        """Raise NotToldError."""
        key = question.asks, tuple(sorted(values.items()))
        if key not in self._answers:
            self._answers[key] = self._ask(question, values)
        answer = self._answers[key]
        if isinstance(answer, NotToldError):
            raise answer
        if untold := [column for column in question.needs if any(column not in row for row in answer)]:
            raise NotToldError(Reason.NOT_TESTED, f"no column {', '.join(untold)}")
        try:
            return tuple(_typed(question, row) for row in answer)
        except msgspec.ValidationError as error:
            raise NotToldError(Reason.PROBE_FAILED, shortened(f"{question.asks}: {error}", 120)) from None

    @property
    def has_answered(self) -> bool:
        return any(not isinstance(answer, NotToldError) for answer in self._answers.values())

    def row(self, question: type[Asked], **values: float) -> Asked | None:
        """The first; None where there is none. Raise NotToldError."""
        return next(iter(self.rows(question, **values)), None)

    def tells(self, question: type[Question], *columns: str) -> bool:
        """Whether the source that answered knows these columns at all, also where it had no row."""
        teller = self._tellers.get(question.asks)
        return teller is not None and teller.offers(question, *columns)

    def _ask(self, question: type[Question], values: Mapping[str, float]) -> list[Row] | NotToldError:
        """Of the first source that answers; where none does, why the first does not."""
        why = NotToldError(Reason.NOT_SET_UP, f"nothing here tells {question.asks}")
        for source in [each for each in self._sources if each.offers(question)]:
            try:
                rows = source.rows(question, {"now": self.now, **values})
            except DatabaseError as error:
                self.troubles.append(error)
                why = why if why.reason is not Reason.NOT_SET_UP else _why(error)
            else:
                self._tellers[question.asks] = source
                return rows
        return why


def _why(error: DatabaseError) -> NotToldError:
    """What is a fault of the books themselves stands in the way as a condition of its own."""
    because = {
        Trouble.NO_COLUMN: f"no column {error.detail}",
        Trouble.NO_TABLE: f"no table {error.detail}",
        **{trouble: condition.code for trouble, condition in FAULTS.items()},
    }
    return NotToldError(
        _REASONS.get(error.trouble, Reason.NOT_TESTED), because.get(error.trouble, error.detail)
    )


def _typed(question: type[Asked], row: Row) -> Asked:
    """Raise msgspec.ValidationError. A column that is null is left to its default."""
    found = {
        name: document_number(value) if name in ("number", "batch") else value
        for name, value in row.items()
        if value is not None
    }
    return msgspec.convert(found, question, strict=False)
