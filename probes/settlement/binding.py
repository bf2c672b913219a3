"""Whom the money goes to: a fingerprint of it, and when which part of it changed.

Merchant and terminal numbers are few enough to be tried one by one, so every hash is keyed with what only
this till's memory holds.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from probes.memory import Memory
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import Binding
from probes.till import Till
from vocabulary.reading import Reason

PARTS: Final = {
    "account": "Settlement card",
    "merchant": "Merchant number",
    "terminal": "Terminal number",
    "host": "Acquirer's host",
    "files": "Settings of the POS",
}
"""The most telling first. A part's words stand where the text names what changed."""

KEPT_CHANGES: Final = 8
KEPT_SECONDS: Final = 60 * 86400.0
MOST_FILES: Final = 20
HASH_BYTES: Final = 6
"""In hexadecimal: more could be taken for a card number and hidden from the memory, and always differ."""
REPORTED_BYTES: Final = 4
KEY_LETTERS: Final = 27
"""Of 26 each: 126 bits, and no digits, for the same reason."""

_KEY: Final = "binding"


class Change(Struct, frozen=True, array_like=True):
    """`at` in wall seconds; `parts` are keys of PARTS."""

    at: float
    parts: tuple[str, ...]


class Bound(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered. `parts` are hashes under `key`. `since`: the first change after which nothing was
    posted yet, 0 where none waits for a posting; `sold_at`: when something had been sold after it.
    """

    key: str = ""
    parts: dict[str, str] = {}
    changes: tuple[Change, ...] = ()
    since: float = 0.0
    sold_at: float = 0.0

    @property
    def fingerprint(self) -> str:
        """Of all parts together: eight hexadecimal digits, the same while this till's memory lasts."""
        text = "\n".join(f"{name}={value}" for name, value in sorted(self.parts.items()))
        return _hash(text, self.key, REPORTED_BYTES)


def recall(memory: Memory) -> Bound:
    """One with a new key where there is none, or none that can be read: another version's form, perhaps."""
    bound = memory.get_as(_KEY, Bound, Bound())
    if bound.key:
        return bound
    return Bound(key="".join(secrets.choice(string.ascii_lowercase) for _ in range(KEY_LETTERS)))


def remember(memory: Memory, bound: Bound) -> None:
    """Raise MemoryFullError."""
    memory.set(_KEY, msgspec.to_builtins(bound))


def seen(before: Bound, parts: Mapping[str, str], now: float) -> Bound:
    """After a look at it. What was not told this time stays as it was; what is seen first is no change."""
    changed = tuple(
        name for name in PARTS if name in before.parts and parts.get(name, "") not in ("", before.parts[name])
    )
    told = {name: value for name, value in parts.items() if value}
    oldest = min(now - KEPT_SECONDS, before.since or now)
    kept = tuple(each for each in before.changes if each.at >= oldest)
    bound = msgspec.structs.replace(before, parts={**before.parts, **told}, changes=kept)
    if not changed:
        return bound
    changes = (*kept, Change(now, changed))[-KEPT_CHANGES:]
    if bound.since and bound.sold_at:  # still nothing posted since an earlier change: it goes on counting
        return msgspec.structs.replace(bound, changes=changes)
    return msgspec.structs.replace(bound, changes=changes, since=now, sold_at=0.0)


def look(journal: Journal, options: SettlementOptions, till: Till, key: str) -> dict[str, str]:
    """Hashes of the parts under `key`, "" for what nobody told this time."""
    own = Binding(terminal=options.terminal_id, merchant=options.merchant_id)
    try:
        told = journal.row(Binding) or own
    except NotToldError as gap:
        # Books that tell at other times, and not just now, must not be mistaken for books that never do.
        told = own if gap.reason is Reason.NOT_SET_UP else Binding()
    parts = {name: str(getattr(told, name)) for name in ("account", "merchant", "terminal", "host")}
    hashed = {name: _hash(f"{name}:{value}", key) if value else "" for name, value in parts.items()}
    return hashed | {"files": _files(options.binding_files, till, key)}


def _files(patterns: tuple[str, ...], till: Till, key: str) -> str:
    """Of all files' names and content; "" where there is none, or one cannot be read."""
    names = sorted({name for pattern in patterns for name in till.matching(pattern)})[:MOST_FILES]
    try:
        contents = [f"{name}\n{hashlib.sha256(till.read_bytes(name)).hexdigest()}" for name in names]
    except OSError:
        return ""
    return _hash("\n".join(contents), key) if names else ""


def _hash(text: str, key: str, size: int = HASH_BYTES) -> str:
    return hashlib.blake2b(
        text.encode(errors="backslashreplace"), key=key.encode(), digest_size=size
    ).hexdigest()
