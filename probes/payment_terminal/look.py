"""One look at the payment terminals on the store's network, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from probes.host_names import find
from probes.memory import Memory
from probes.payment_terminal.conditions import (
    ACQUIRER_UNREACHABLE,
    HOST_UNREACHABLE,
    MAINTENANCE,
    NO_TERMINAL,
    NOT_RECOGNISED,
    OF_A_TERMINAL,
    PAPER_LOW,
    PAPER_OUT,
    PRINTER_FAULT,
    TERMINAL_DOWN,
    UNCONFIRMED,
    UNREACHABLE,
)
from probes.payment_terminal.one_terminal import Look, look_at
from probes.payment_terminal.options import PaymentTerminalOptions, Terminal
from probes.routing import Ground, routes_of, servers_of
from probes.till import Till
from protocols.nexo import Diagnosis, GlobalStatus, PrinterStatus
from vocabulary.reading import UNSEEN, Fact, Reading, Reason, Status

BUDGET_SECONDS: Final = 25.0
NAME_SECONDS: Final = 3.0
_SAYS_NOTHING: Final = "the terminal does not say"
_PRINTERS: Final = {PrinterStatus.PAPER_JAM: "paper jam", PrinterStatus.OUT_OF_ORDER: "out of order"}


def read(options: PaymentTerminalOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Ask each terminal in turn. 2. Judge them together; what goes over a line of their own is unseen."""
    deadline = time.monotonic() + BUDGET_SECONDS
    hosts = {terminal.host for terminal in options.terminals}
    servers = servers_of(till, options.resolvers) if hosts else ()
    found = find(hosts, servers, NAME_SECONDS, till)
    ground = Ground(routes=routes_of(till))
    downs: list[Reading] = []
    for terminal in options.terminals:
        address = found[terminal.host].address
        way = (*ground.through(address), *(server.address for server in servers)) if address else ()
        look = Look(absent="its name has no address")
        if time.monotonic() > deadline - terminal.connect_timeout_seconds:
            look = Look(because="no time was left")
        elif address:
            look = look_at(terminal, address, till, lambda: _next_service(till, memory), deadline)
        for reading in _of(terminal, look, way, own_line=options.own_line):
            yield reading
            downs += [reading] * (reading.code == TERMINAL_DOWN.code)
    if not options.terminals:
        yield from (condition.unknown(Reason.NOT_SET_UP) for condition in OF_A_TERMINAL)
    yield _together(downs, own_line=options.own_line)


def _next_service(till: Till, memory: Memory) -> int:
    """Never twice, also where the clock went back: the last one and one, or milliseconds since 1970."""
    last = memory.get("service")
    number = max(last + 1 if isinstance(last, int) else 1, int(till.wall_seconds() * 1000))
    memory.set("service", number)
    return number


def _of(terminal: Terminal, look: Look, way: tuple[str, ...], *, own_line: bool) -> Iterator[Reading]:
    name, here = terminal.name, (*way, terminal.name)
    facts: dict[str, Fact] = {
        "host": terminal.host,
        "port": terminal.port,
        "poi_id": terminal.poi_id,
        "source": look.source,
        "names": look.names,
    }
    if (said := look.diagnosis) is not None:
        yield UNREACHABLE.ok(name, through=here, **facts, **_identity(said))
        yield NOT_RECOGNISED.ok(name, through=here)
        yield from _condition_of(terminal, said, (name,) if own_line else here)
        return
    broken = UNREACHABLE if look.absent else NOT_RECOGNISED if look.strange else None
    for condition in OF_A_TERMINAL:
        if condition is broken:
            yield condition.failing(name, through=here, **facts, seen=look.absent or look.strange)
        elif condition is UNREACHABLE and (look.strange or look.reason is not Reason.NOT_TESTED):
            yield condition.ok(name, through=here, **facts)
        elif condition is TERMINAL_DOWN and look.absent:
            yield condition.failing(name, through=(name,))
        else:
            because = broken.code if broken else look.because
            yield condition.unknown(look.reason, name, because=because, through=here)


def _identity(said: Diagnosis) -> dict[str, Fact]:
    known = {
        "firmware_version": said.firmware_version,
        "merchant_account": said.merchant_account,
        "store_id": said.store_id,
        "terminal_id": said.terminal_id,
        "battery_level": said.battery_level,
    }
    return {key: value for key, value in known.items() if value} | {"busy": said.status is GlobalStatus.BUSY}


def _condition_of(terminal: Terminal, said: Diagnosis, way: tuple[str, ...]) -> Iterator[Reading]:
    """`way` is what its own connection to the acquirer goes over."""
    name, poi_id = terminal.name, terminal.poi_id
    dead = [acquirer for acquirer, reached in said.hosts.items() if not reached]
    cut_off = _cut_off(said, dead)
    updating = said.status is GlobalStatus.MAINTENANCE
    yield MAINTENANCE.failing_if(updating, name)
    yield HOST_UNREACHABLE.failing_if(bool(cut_off), name, through=way, poi_id=poi_id, seen=cut_off)
    partly = bool(dead) and not cut_off
    facts = {"poi_id": poi_id, "hosts": ", ".join(dead)}
    if said.hosts:
        yield ACQUIRER_UNREACHABLE.failing_if(partly, name, through=(name,), **facts)
    else:
        because = "only asked for where payments are unconfirmed"
        yield ACQUIRER_UNREACHABLE.unknown(Reason.NOT_SET_UP, name, because=because)
    yield _unconfirmed(terminal, said.unconfirmed)
    yield from _printer(terminal, said.printer)
    if updating or cut_off or said.communicates or said.status in (GlobalStatus.OK, GlobalStatus.BUSY):
        yield TERMINAL_DOWN.failing_if(updating or bool(cut_off), name, through=(name,))
    else:
        yield TERMINAL_DOWN.unknown(Reason.NOT_SUPPORTED, name, because=_SAYS_NOTHING, through=(name,))


def _cut_off(said: Diagnosis, dead: list[str]) -> str:
    """In the terminal's own words; one host of several that it does not reach is no cut."""
    if said.communicates is False:
        return "it has no connection"
    if said.status is GlobalStatus.UNREACHABLE:
        return "it calls itself unreachable"
    return "it reaches none of its hosts" if dead and len(dead) == len(said.hosts) else ""


def _unconfirmed(terminal: Terminal, count: int | None) -> Reading:
    if count is None:
        return UNCONFIRMED.unknown(Reason.NOT_SUPPORTED, terminal.name, because=_SAYS_NOTHING)
    facts: dict[str, Fact] = {"unconfirmed": count, "poi_id": terminal.poi_id}
    return UNCONFIRMED.failing_if(count > 0, terminal.name, through=(terminal.name,), **facts)


def _printer(terminal: Terminal, status: PrinterStatus) -> Iterator[Reading]:
    name = terminal.name
    if status is PrinterStatus.UNKNOWN:
        for condition in (PAPER_OUT, PAPER_LOW, PRINTER_FAULT):
            yield condition.unknown(Reason.NOT_SUPPORTED, name, because=_SAYS_NOTHING)
        return
    yield PAPER_OUT.failing_if(status is PrinterStatus.NO_PAPER, name)
    yield PAPER_LOW.failing_if(status is PrinterStatus.PAPER_LOW, name)
    seen = _PRINTERS.get(status, "")
    yield PRINTER_FAULT.failing_if(bool(seen), name, poi_id=terminal.poi_id, seen=seen)


def _together(downs: list[Reading], *, own_line: bool) -> Reading:
    names = tuple(reading.subject for reading in downs)
    terminals = ", ".join(names)
    if not downs:
        return NO_TERMINAL.unknown(
            Reason.NOT_TESTED if own_line else Reason.NOT_SET_UP, because=UNSEEN if own_line else ""
        )
    if any(reading.status is Status.OK for reading in downs):
        return NO_TERMINAL.ok(through=names, terminals=terminals)
    if all(reading.status is Status.FAILING for reading in downs):
        return NO_TERMINAL.failing(through=names, terminals=terminals)
    unsure = next(reading for reading in downs if reading.status is Status.UNKNOWN)
    reason = unsure.reason if unsure.reason is Reason.BUSY else Reason.NOT_TESTED
    because = UNSEEN if own_line else unsure.because
    return NO_TERMINAL.unknown(reason, because=because, through=names)
