"""What the service that may list the rules answers (privileged/ruleset.py)."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from protocols.nft.ruleset import MAX_BYTES, Ruleset, UnreadableRulesetError, parse
from vocabulary.redaction import shortened

LONGEST = MAX_BYTES + 8192  # and what the service adds
_LONGEST_REASON = 120


class NotTold(Exception):  # noqa: N818  an answer, not a mistake: the service says why it cannot tell
    """`args[0]` is why."""


class Told(Struct, frozen=True):
    """`legacy`: tables of iptables-legacy ("ip filter"), whose rules nobody lists; None: maybe some."""

    ruleset: Ruleset
    legacy: tuple[str, ...] | None


class _Answer(Struct):
    nft: Raw = Raw(b"")
    legacy: tuple[str, ...] | None = None
    unknown: str = ""


def told(line: bytes) -> Told:
    """Raise NotTold."""
    try:
        answer = msgspec.json.decode(line, type=_Answer)
        if answer.unknown or not bytes(answer.nft):
            raise NotTold(_shown(answer.unknown) or "its answer makes no sense")
        return Told(parse(bytes(answer.nft)), answer.legacy)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise NotTold("its answer makes no sense") from error
    except UnreadableRulesetError as error:
        raise NotTold(str(error)) from error


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in shortened(text, _LONGEST_REASON))
