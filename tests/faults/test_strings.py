"""A host name or serial number that is no UTF-8: it is stored escaped, or only its probe is at fault."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from agent.outbox.outbox import Outbox
from agent.running.probe_run import ProbeRun
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from tests.agent.outboxes import full
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading
from vocabulary.report import Known
from vocabulary.wire import Full

SERIAL = Condition(
    code="t.serial", title="t", text="{serial}", remedy="Look", owner=Owner.STAFF, severity=Severity.NOTICE
)


def read_through_the_till(_: Options, till: Till, __: Memory) -> Iterator[Reading]:
    yield SERIAL.ok("a", serial=till.read_line("/serial"))


def read_past_it(_: Options, till: Till, __: Memory) -> Iterator[Reading]:
    yield SERIAL.ok("a", serial="before")
    yield SERIAL.ok("b", serial=os.fsdecode(till.path("/serial").read_bytes()))


def probe(read: Callable[[Options, Till, Memory], Iterator[Reading]]) -> Probe[Options]:
    return Probe(id="serial", title="Serial", conditions=(SERIAL,), options=Options, read=read)


def till_with(folder: Path, serial: bytes) -> Path:
    till = folder / "till"
    till.mkdir(mode=0o755)
    (till / "serial").write_bytes(serial)
    return till


def test_non_utf8_serial_is_escaped_at_the_boundary(
    tmp_path: Path, run_probe: Callable[..., ProbeRun]
) -> None:
    """And goes into the outbox as it was escaped."""
    till = till_with(tmp_path, b"SN\xe9\xff1\n")
    (reading,) = run_probe(probe(read_through_the_till), Options(), till).readings
    outbox = Outbox(tmp_path / "spool")

    def make(spool: str, number: int) -> Full:
        readings = (Known(reading=reading, since=1.0),)
        report = msgspec.structs.replace(full(spool, number).report, readings=readings)
        return Full(sequence=number, report=report)

    outbox.put(make)
    assert rb"SN\\xe9\\xff1" in outbox.load(1, 1 << 20).records[0].body


def test_a_probe_that_lets_one_through_ends_alone(tmp_path: Path, run_probe: Callable[..., ProbeRun]) -> None:
    """What it found before stands; its end is named."""
    run = run_probe(probe(read_past_it), Options(), till_with(tmp_path, b"SN\xe9\n"))

    assert [reading.facts["serial"] for reading in run.readings] == ["before"]
    assert "UnicodeEncodeError" in run.error
