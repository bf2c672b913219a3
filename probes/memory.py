"""The little a probe remembers from one round to the next."""

from __future__ import annotations

from typing import TypeVar

import msgspec

Kind = TypeVar("Kind")

MAX_BYTES = 4096  # a reply was ever seen, the healthy trace: never a log


class MemoryFullError(ValueError):
    """The values would no longer fit MAX_BYTES as JSON."""


class Memory:
    """String keys to JSON values, at most MAX_BYTES encoded; the agent keeps it between rounds."""

    def __init__(self, values: dict[str, object] | None = None) -> None:
        self._values: dict[str, object] = dict(values or {})

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
