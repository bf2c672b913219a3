"""What a probe is: one function and some data."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Condition
from vocabulary.reading import Reading


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A probe's table in the settings; subclass it beside the probe."""


AnyOptions = TypeVar("AnyOptions", bound=Options)


Look = Callable[[Any, Till, Memory], Iterator[Reading]]


class SideEffect(StrEnum):
    """NONE for every heartbeat; PHYSICAL prints or feeds, on request only (UnifiedPOS: External)."""

    NONE = "none"
    PHYSICAL = "physical"


class Seldom(Struct, frozen=True):
    """A look that the daemon keeps nothing loaded for: the child loads `module`, and calls its `read`."""

    module: str

    def __call__(self, options: Any, till: Till, memory: Memory) -> Iterator[Reading]:  # noqa: ANN401  each has its own
        return self.loaded()(options, till, memory)

    def loaded(self) -> Look:
        look: Look = importlib.import_module(self.module).read
        return look


class Probe(Struct, Generic[AnyOptions], frozen=True, kw_only=True):
    """`id` is file name and settings table. `read` yields readings as they are found: what was yielded
    before a kill still counts. `sees_memory_of`: probes whose memory it may read, as it was before the round.
    """

    id: str
    title: str
    conditions: tuple[Condition, ...]
    options: type[AnyOptions]
    read: Callable[[AnyOptions, Till, Memory], Iterator[Reading]]
    every_seconds: float = 60.0
    timeout_seconds: float = 10.0
    side_effect: SideEffect = SideEffect.NONE
    sees_memory_of: tuple[str, ...] = ()
