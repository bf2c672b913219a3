"""Where a POS application keeps what is asked: one TOML file of statements for each, and a till's own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from probes.settlement.lines import Lines
from probes.settlement.questions import ALL_QUESTIONS

PRESETS: Final = Path(__file__).with_name("presets")
MAX_BYTES: Final = 64 << 10
_VALUE: Final = re.compile(r"(?<![:\w]):([a-z_]+)")

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
        """Raise ValueError for a question nobody asks, or a value it does not have."""
        known = {each.asks: {"now", *each.values} for each in ALL_QUESTIONS}
        for name, sql in self.questions.items():
            if name not in known:
                raise ValueError(f"question {name!r} is not asked; there are {', '.join(known)}")
            if strange := set(_VALUE.findall(sql)) - known[name]:
                raise ValueError(f"question {name!r} has no value {', '.join(sorted(strange))}")


def names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load(name: str) -> Preset:
    """One of `names`, or the whole path of a file of one's own. Raise ValueError saying what to do."""
    path = Path(name) if name.startswith("/") else PRESETS / f"{name}.toml"
    if not name.startswith("/") and name not in names():
        raise ValueError(f"preset {name!r} is not known; one of {', '.join(names())}, or a file's whole path")
    try:
        with path.open("rb") as file:
            return msgspec.convert(tomllib.loads(file.read(MAX_BYTES).decode()), Preset)
    except OSError as error:
        raise ValueError(f"preset {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"preset {path}: {error}") from None
