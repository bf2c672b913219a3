"""Work at a terminal, from the look before it to the look after it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from vocabulary.reading import Fact

LONGEST_REASON: Final = 200


class Verdict(StrEnum):
    """What the look after it says beside the one before; MIXED: one fault went, another came."""

    BETTER = "better"
    SAME = "same"
    MIXED = "mixed"
    WORSE = "worse"


VERDICTS: Final[dict[str, str]] = {
    Verdict.BETTER: "Better than before",
    Verdict.SAME: "No fault more, none less",
    Verdict.MIXED: "A fault is gone, another is new",
    Verdict.WORSE: "Worse than before",
}
"""As it is said; a newer terminal's own word has none."""


class Named(Struct, frozen=True):
    """A condition's `code`, and its title by language, as the terminal says it."""

    code: str
    titles: dict[str, str]


class Renewed(Struct, frozen=True):
    """A fact of a reading that is another one now: a version, a serial number, a fingerprint."""

    code: str
    subject: str
    name: str
    before: Fact
    after: Fact


class Work(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`began` and `ended` in seconds since 1970 UTC by the terminal's clock; `ended` is 0 while it goes on.

    `by` is the account that began it. `warned`: what was not clean before it and was overridden, in English.
    `gone` and `new` are causes, `unseen` conditions that were well and are not known now; `verdict` is a
    Verdict, or a newer terminal's own word.
    """

    reason: str
    by: str = ""
    began: float
    ended: float = 0.0
    warned: tuple[str, ...] = ()
    verdict: str = ""
    gone: tuple[Named, ...] = ()
    new: tuple[Named, ...] = ()
    renewed: tuple[Renewed, ...] = ()
    unseen: tuple[str, ...] = ()
