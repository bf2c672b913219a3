"""The little a probe remembers from one round to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

Kind = TypeVar("Kind")

MAX_BYTES = 4096  # a reply was ever seen, the healthy trace: never a log


class MemoryFullError(ValueError):
    """The values would no longer fit MAX_BYTES as JSON."""


class Memory:
    """String keys to JSON values, at most MAX_BYTES encoded; the agent keeps it between rounds.

    `others`: what those probes remember that this one may read, by their ids.
    """

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        others: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self._values: dict[str, object] = dict(values or {})
        self._others = dict(others or {})

    def of(self, probe_id: str) -> Mapping[str, object]:
        """Empty where it remembers nothing, or this probe's `sees_memory_of` does not name it."""
        return self._others.get(probe_id, {})

    def get(self, key: str, default: object = None) -> object:
        return self._values.get(key, default)

    def get_as(self, key: str, kind: type[Kind], default: Kind) -> Kind:
        """`default` also where what is there is of another kind: of another version of the probe."""
        try:
            return msgspec.convert(self._values[key], kind)
        except (KeyError, msgspec.ValidationError):
            return default

    def set(self, key: str, value: object) -> None:
        """Raise MemoryFullError, changing nothing, where `value` no longer fits."""
        wanted = {**self._values, key: value}
        if len(msgspec.json.encode(wanted)) > MAX_BYTES:
            raise MemoryFullError(f"{key} does not fit: {MAX_BYTES} bytes at most")
        self._values = wanted

    def forget(self, key: str) -> None:
        self._values.pop(key, None)

    def values(self) -> dict[str, object]:
        return dict(self._values)
