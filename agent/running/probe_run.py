"""One probe in one child: what it yielded before its end, and how it ended."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent.running.account import Account
from agent.running.children import Child, Ending, Write, start
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from vocabulary.reading import Fact, Reading
from vocabulary.redaction import NUMBER_HIDDEN, SHORTEST, redacted

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LEAST_CARD_NUMBER = 10**12  # 13 digits
DIGITS_SHOWN = 8  # of a measured figure that has too many (PCI DSS 4.0.1, 3.4.1)
MAX_ERROR = 300  # of an exception's text


class Yielded(Struct, frozen=True, tag="reading", tag_field="is"):
    reading: Reading


class Finished(Struct, frozen=True, tag="finished", tag_field="is"):
    memory: dict[str, Any]
    uid: int


class Raised(Struct, frozen=True, tag="raised", tag_field="is"):
    error: str


Message = Yielded | Finished | Raised


class ProbeRun(Struct, frozen=True, kw_only=True):
    """`memory` is None where the probe did not come to its end: the old one stays."""

    probe_id: str
    readings: tuple[Reading, ...]
    ending: Ending
    seconds: float
    memory: dict[str, object] | None = None
    uid: int | None = None
    error: str = ""

    @property
    def complete(self) -> bool:
        return self.memory is not None


AnyProbe = Probe[Any]


def memory_for(probe: AnyProbe, memories: Mapping[str, dict[str, object]]) -> Memory:
    """Its own, and what it may see of others; `memories` by probe id."""
    return Memory(memories.get(probe.id), {name: memories.get(name, {}) for name in probe.sees_memory_of})


def start_probe(
    probe: AnyProbe, options: Options, root: Path, memory: Memory, account: Account | None
) -> Child:
    """Raise PermissionError where it would run as root, OSError where no process can be had."""
    if account is None and os.geteuid() == 0:
        raise PermissionError("a probe never runs as root")

    def work(write: Write) -> None:
        _live(probe, options, Till(root), memory, write)

    return start(probe.id, work, timeout_seconds=probe.timeout_seconds, account=account)


def _live(probe: AnyProbe, options: Options, till: Till, memory: Memory, write: Write) -> None:
    encode = msgspec.json.Encoder().encode
    try:
        for reading in probe.read(options, till, memory):
            write(encode(Yielded(cleared(reading))) + b"\n")
    except Exception as error:  # noqa: BLE001  becomes a reading of its own in the parent
        write(encode(Raised(_where(error))) + b"\n")
        return
    kept = {name: cleared_memory(value) for name, value in memory.values().items()}
    write(encode(Finished(kept, os.geteuid())) + b"\n")


def cleared(reading: Reading) -> Reading:
    """Without card numbers and passwords: nothing a probe read gets past here with one.

    A number of 13 digits or more may be one too, before its point or behind it.
    """
    return replace(
        reading,
        facts={redacted(name): _cleared_fact(value) for name, value in reading.facts.items()},
        subject=redacted(reading.subject),
        through=tuple(map(redacted, reading.through)),
        because=redacted(reading.because),
    )


def _cleared_fact(value: Fact) -> Fact:
    if isinstance(value, str):
        return redacted(value)
    written = repr(value)
    if isinstance(value, bool) or redacted(written) == written:
        return value
    if isinstance(value, int) or abs(value) >= LEAST_CARD_NUMBER:
        return NUMBER_HIDDEN
    return float(f"{value:.{DIGITS_SHOWN}g}")


def cleared_memory(value: object) -> object:
    """The same of what a probe remembers, whose figures are counted here and whose names the settings gave.

    A boot id stays: it is compared in the next round, and digits of it look like a card number by chance.
    """
    if isinstance(value, Mapping):
        return {name: cleared_memory(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [cleared_memory(each) for each in value]
    if not isinstance(value, str) or sum(map(str.isdecimal, value)) < SHORTEST or _UUID.fullmatch(value):
        return value
    return redacted(value)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    said = f"{type(error).__name__}: {error}{place}"
    return redacted(said)[:MAX_ERROR]


def collect(child: Child) -> ProbeRun:
    """What a child has left in its pipe; a line cut short by a kill, or not yet whole, is left out."""
    readings: list[Reading] = []
    finished: Finished | None = None
    error = ""
    for line in bytes(child.output).split(b"\n")[:-1]:
        try:
            message = msgspec.json.decode(line, type=Message)
        except msgspec.MsgspecError as broken:
            error = f"unreadable line from the probe: {broken}"
            continue
        if isinstance(message, Yielded):
            readings.append(message.reading)
        elif isinstance(message, Finished):
            finished = message
        else:
            error = message.error
    ending = child.ending or Ending.DIED
    return ProbeRun(
        probe_id=child.name,
        readings=tuple(readings),
        ending=ending,
        seconds=time.monotonic() - child.started,
        memory=finished.memory if finished else None,
        uid=finished.uid if finished else None,
        error=error or ("" if finished else f"exit status {child.exit_status}"),
    )
