"""Was the cause right? Asked once, after it has gone; the answer is evidence."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

ASKED_SECONDS: Final = 7 * 86400.0
"""After a week nobody remembers what it was."""


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cause that was told and has gone. `titles` are its names by language; `since` and `until` are seconds
    since 1970 UTC by the terminal's clock. `id` is new for each time it came.
    """

    id: str
    code: str
    subjects: tuple[str, ...]
    titles: dict[str, str]
    since: float
    until: float = 0.0


class Judgement(Struct, frozen=True, kw_only=True):
    """What somebody beside the till answered: `by` is the account, `at` seconds since 1970 UTC, its clock."""

    question: Question
    right: bool
    by: str
    at: float
