"""Which plug-ins a till runs, and what the owner has to say about each."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from probes.base import Options

MOST_CHECKS: Final = 25  # each is three readings in every report, and seven run at a time
MOST_WORDS: Final = 40

Word = Annotated[str, Meta(pattern=r"^[^\x00]*\Z", max_length=1000)]
Sentence = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z", max_length=80)]


class Check(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`command` is run as it stands, without a shell; its first word is an absolute path. `says` and `remedy`
    are the owner's own words, in the store's language.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*\Z", max_length=40)]
    command: tuple[Word, ...]
    timeout_seconds: Annotated[float, Meta(gt=0, le=10)] = 5.0
    says: Sentence = ""
    remedy: Sentence = ""
    over_network: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError."""
        if not self.command or not self.command[0].startswith("/"):
            raise ValueError("command: name the plug-in by its whole path")
        if len(self.command) > MOST_WORDS:
            raise ValueError(f"command: at most {MOST_WORDS} words")


class PluginsOptions(Options, frozen=True, kw_only=True):
    """Raise ValueError for a name that is there twice, and for more checks than a round has time for."""

    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        names = [check.name for check in self.checks]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"checks: {', '.join(sorted(twice))} is there twice")
        if len(names) > MOST_CHECKS:
            raise ValueError(f"checks: at most {MOST_CHECKS}")
