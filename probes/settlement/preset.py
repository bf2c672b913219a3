"""Where a POS application keeps what is asked: one TOML file of statements for each, and a till's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from probes.settlement.lines import Lines
from probes.settlement.questions import ALL_QUESTIONS, Question
from protocols.pos_database import statement

PRESETS: Final = Path(__file__).with_name("presets")
MAX_BYTES: Final = 64 << 10
_OF_ALL: Final = ("now", "till")

Engine = Literal["sqlite", "postgresql", "mariadb"]


class Preset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`times`: how moments are stored: text or timestamps in UTC or in the store's own zone, or seconds or
    milliseconds since 1970. `lines` is for the application's log. `versions` and `source` say what the
    statements were written from.
    """

    application: str
    versions: str
    source: str
    engines: tuple[Engine, ...] = ()
    times: Literal["utc", "store", "seconds", "milliseconds"] = "store"
    questions: dict[str, str] = {}
    lines: Lines | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a question nobody asks, or a statement that does not answer it."""
        known = {each.asks: each for each in ALL_QUESTIONS}
        for name, sql in self.questions.items():
            if name not in known:
                raise ValueError(f"question {name!r} is not asked; there are {', '.join(known)}")
            _check(known[name], sql)

    @property
    def tells_tills(self) -> bool:
        """Whether it can be asked for one till of several."""
        return any("till" in statement.names(sql) for sql in self.questions.values())


def _check(question: type[Question], sql: str) -> None:
    """Raise ValueError for a value it does not have, more than reading, or a column it cannot be without."""
    name = question.asks
    if strange := statement.names(sql) - {*_OF_ALL, *question.values}:
        raise ValueError(f"question {name!r} has no value {', '.join(sorted(strange))}")
    try:
        statement.check_reads(sql)
    except ValueError as error:
        raise ValueError(f"question {name!r} {error}") from None
    if untold := [column for column in question.needs if not statement.tells(sql, column)]:
        raise ValueError(f"question {name!r} lists no column {', '.join(untold)}, which decides it")


def names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(name: str) -> Preset:
    """One of `names`, or the whole path of a file of one's own. Raise ValueError saying what to do."""
    path = Path(name) if name.startswith("/") else PRESETS / f"{name}.toml"
    if not name.startswith("/") and name not in names():
        raise ValueError(f"preset {name!r} is not known; one of {', '.join(names())}, or a file's whole path")
    try:
        return msgspec.convert(_merged(_read(path)), Preset)
    except OSError as error:
        raise ValueError(f"preset {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"preset {path}: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.loads(file.read(MAX_BYTES).decode())


def _merged(own: dict[str, Any]) -> dict[str, Any]:
    """What it is based on, with its own in place of it; a question that is empty is left out."""
    if "based_on" in own:
        base = own["based_on"]
        if base not in names():
            raise msgspec.ValidationError(f"based_on: one of {', '.join(names())}")
        below = _merged(_read(PRESETS / f"{base}.toml"))
        questions = own.get("questions", {})
        if not isinstance(questions, dict):
            raise msgspec.ValidationError("questions: a table of statements")
        own = {**below, **own, "questions": {**below.get("questions", {}), **questions}}
        del own["based_on"]
    if isinstance(own.get("questions"), dict):
        own = {**own, "questions": {name: sql for name, sql in own["questions"].items() if sql != ""}}
    return own
