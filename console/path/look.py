"""A live look at one destination: its hops in one child, the probes of `poshealth check` in theirs."""

from __future__ import annotations

import contextlib
import math
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from agent.health import Health, now
from agent.running.account import probe_account
from agent.running.children import Ending, Write, start
from agent.running.probe_run import AnyProbe, ProbeRun
from agent.running.sweep import Sweep
from agent.settings.settings import Settings
from agent.state_files import Memories
from console.one_round import chosen
from console.path.destination import Destination, options_for
from probes import host_names
from probes.firewall_ports.probe import FirewallOptions
from probes.path.conditions import PAST_THE_TUNNEL
from probes.routing import Ground, course, routes_of, servers_of
from probes.till import Till
from protocols.path_trace import Hop, answers
from protocols.tcp_sweep import Target
from vocabulary.reading import Reading
from vocabulary.report import Report

_NETWORK: Final = "network"
_TRACE_SECONDS: Final = 8.0  # names 5 s at most, the trace 0.8 s, and room
_CHILD: Final = "path"


class Named(Struct, frozen=True, tag="named", tag_field="is"):
    """`address` is "" where there is none; then, and where nothing was sent there, `because` is the code of
    the condition in the way.
    """

    address: str
    because: str = ""


class Passed(Struct, frozen=True, tag="passed", tag_field="is"):
    port: int
    hop: Hop


class Sight(Struct, kw_only=True):
    """What is known by now: per port its hops by distance, and per probe its readings."""

    named: Named | None = None
    ways: dict[int, dict[int, Hop]] = field(default_factory=dict)
    traced: bool = False
    readings: dict[str, tuple[Reading, ...]] = field(default_factory=dict)
    over: frozenset[str] = frozenset()

    def of(self, *probe_ids: str) -> tuple[Reading, ...]:
        return tuple(reading for each in probe_ids for reading in self.readings.get(each, ()))


class Look:
    """`step` waits for news and takes it into `sight`, until `is_over`; `close` ends what still runs."""

    def __init__(self, settings: Settings, wanted: Destination, root: Path = Path("/")) -> None:
        self._wanted = wanted
        names = (_NETWORK, "firewall_ports", *(("payment_lines",) if wanted.line else ()))
        self._probes = {probe.id: probe for probe in chosen(names)}
        self._health = Health(settings)
        self.sight = Sight()
        till, account = Till(root), probe_account()
        options = options_for(wanted, settings, till)
        ports = cast("FirewallOptions", options["firewall_ports"])
        self._trace = start(
            _CHILD,
            lambda write: _trace(wanted, ports, till, write),
            timeout_seconds=_TRACE_SECONDS,
            account=account,
        )
        self._sweep = Sweep(options, root, account)
        memories = Memories(Path(settings.daemon.state_folder) / "memory.json")
        self._sweep.add(self._probes.values(), memories.values)

    @property
    def is_over(self) -> bool:
        return self.sight.traced and not self._sweep.active

    def step(self) -> None:
        tracing = None if self._trace.ending else self._trace
        deadlines = [self._sweep.deadline or math.inf, tracing.deadline if tracing else math.inf]
        waiting = [*self._sweep.fds, *((tracing.fd,) if tracing else ())]
        select.select(waiting, [], [], max(0.0, min(deadlines) - time.monotonic()))
        self._take_hops()
        for run in self._sweep.step():
            self._take(run)
        for run in self._sweep.under_way():
            self.sight.readings[run.probe_id] = self._ours(run)

    def report(self) -> Report:
        """As `poshealth check` makes it: the same tracker, the same diagnosis."""
        return self._health.report(now(), "", 0, debounce=False)

    def close(self) -> None:
        self._sweep.stop()
        self._trace.end(Ending.TIMED_OUT)

    def _take_hops(self) -> None:
        if not self._trace.ending and (self._trace.expire(time.monotonic()) or not self._trace.read()):
            self.sight.traced = True
        for message in _messages(bytes(self._trace.output)):
            if isinstance(message, Named):
                self.sight.named = message
            else:
                self.sight.ways.setdefault(message.port, {})[message.hop.distance] = message.hop

    def _take(self, run: ProbeRun) -> None:
        """What the probes say of the reference, or of all lines together, is not asked here."""
        readings = self._ours(run)
        probe: AnyProbe = self._probes[run.probe_id]
        if run.complete:
            said = {reading.code for reading in readings}
            probe = replace(probe, conditions=tuple(each for each in probe.conditions if each.code in said))
        self._health.take(probe, replace(run, readings=readings), probe.every_seconds, now())
        self.sight.readings[run.probe_id] = readings
        self.sight.over |= {run.probe_id}

    def _ours(self, run: ProbeRun) -> tuple[Reading, ...]:
        if run.probe_id == _NETWORK:
            return run.readings
        return tuple(each for each in run.readings if each.subject == self._wanted.subject)


def _trace(wanted: Destination, options: FirewallOptions, till: Till, write: Write) -> None:
    """In the child: the name, then the hops of both ports as they answer; nothing goes past a tunnel."""
    servers = servers_of(till, options.resolvers)
    found = host_names.find([wanted.host], servers, options.timeout_seconds, till)[wanted.host]
    strays = bool(found.address) and _strays(found.address, wanted.vpn, till)
    _tell(write, Named(found.address, PAST_THE_TUNNEL.code if strays else found.because))
    if strays or not found.address:
        return
    ports = [wanted.port]
    if wanted.reference and not _strays(found.address, wanted.reference_vpn, till):
        ports.append(wanted.reference)
    targets = [Target(found.address, port) for port in ports]
    for index, hop in answers(targets, open_socket=till.socket):
        _tell(write, Passed(ports[index], hop))


def _strays(address: str, vpn: str, till: Till) -> bool:
    return course(address, vpn, Ground(routes=routes_of(till)), till).strays


def _tell(write: Write, message: Named | Passed) -> None:
    write(msgspec.json.encode(message) + b"\n")


def _messages(output: bytes) -> Iterator[Named | Passed]:
    for line in output.split(b"\n")[:-1]:
        with contextlib.suppress(msgspec.MsgspecError):
            yield msgspec.json.decode(line, type=Named | Passed)
