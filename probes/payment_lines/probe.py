"""Every payment line up its ladder: name, port, TLS, and the acquirer's reply to an echo test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from probes.base import Probe
from probes.memory import Memory
from probes.path.readings import of_hosts
from probes.path.since import Since
from probes.payment_lines.authorities import forget_others, issuer_changed
from probes.payment_lines.certificates import days_left, pinned
from probes.payment_lines.clock import read_clock
from probes.payment_lines.conditions import (
    CARD_LINES_DOWN,
    CONDITIONS,
    LADDER,
    LINE_DOWN,
    LOSSY,
    NOT_ACCEPTED,
    PORT,
    QR_LINES_DOWN,
    QUALITY,
    REFUSED,
    REPLY,
    SLOW,
    UNSTEADY,
    WITH_TLS,
)
from probes.payment_lines.figures import deviation, median
from probes.payment_lines.gateway import LOGIN_PAGE, UNEXPECTED_STATUS
from probes.payment_lines.narrow import look_again
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.standby import STANDBY, read_standby
from probes.payment_lines.start import start
from probes.payment_lines.walk import NO_TIME, Walk, climb, measure
from probes.payment_lines.way import connect, note_straying, readings_of
from probes.till import Till
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading, Reason

BUDGET_SECONDS: Final = 25.0
LAST_STAN: Final = 999_999
FIRST_STAN: Final = 900_000  # far from where a terminal's own trace numbers usually are


def read(options: PaymentLinesOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Look all names up, connect to all ports, both at once.
    2. Walk up each open line in turn, so that no terminal id has two connections.
    3. Judge the clock by all certificates, and the lines of each kind together.
    """
    if not options.lines:
        for condition in PROBE.conditions:
            yield condition.unknown(Reason.NOT_SET_UP)
        return
    deadline = time.monotonic() + BUDGET_SECONDS
    forget_others(memory, options.lines)
    walks = start(options, till)
    there = [walk for walk in walks if walk.address]
    connect(there, till, memory, options.ruleset_socket, deadline)
    since = Since(memory, till.wall_seconds())
    for walk in walks:
        if walk.carries and time.monotonic() < deadline:
            climb(walk, till, memory, lambda: _next_stan(memory), deadline)
            look_again(walk, till, memory, lambda: _next_stan(memory), deadline)
            measure(walk, till, deadline)
            note_straying(walk)
        elif walk.carries:
            walk.gives_up(NO_TIME)
        yield from readings_of(walk, since)
        yield from _ladder(walk)
        yield pinned(walk)
        yield from _quality(walk)
        yield _line(walk)
    yield from of_hosts([walk.finding for walk in walks if walk.finding is not None], since)
    since.keep()
    yield from read_clock(walks, till.clock_is_synchronised())
    yield from _together(walks)
    yield from read_standby(walks)


def _next_stan(memory: Memory) -> int:
    last = memory.get("stan")
    stan = last + 1 if isinstance(last, int) and FIRST_STAN <= last < LAST_STAN else FIRST_STAN
    memory.set("stan", stan)
    return stan


def _ladder(walk: Walk) -> Iterator[Reading]:
    for index, group in enumerate(LADDER):
        for condition in group:
            yield _rung(walk, condition, index, group)


def _rung(walk: Walk, condition: Condition, index: int, group: tuple[Condition, ...]) -> Reading:
    name, way = walk.line.name, walk.through
    if (
        condition in PORT
    ):  # explained by the line's own path alone, a refusal by the port as others call it too
        way = (walk.target, name) if condition is REFUSED else (name,)
    if condition is walk.broken:
        return condition.failing(name, through=way, **walk.facts)
    if not _is_set_up(condition, walk.line):
        return condition.unknown(Reason.NOT_SET_UP, name, through=way)
    if index < walk.passed or walk.broken in group:
        return condition.ok(name, through=way, **_accepted(condition, walk))
    if walk.doubt:
        return condition.unknown(Reason.NOT_SUPPORTED, name, because=walk.doubt, through=way, **walk.facts)
    because = walk.broken.code if walk.broken else walk.obstacle
    return condition.unknown(walk.reason, name, because=because, through=way)


def _is_set_up(condition: Condition, line: Line) -> bool:
    if condition in WITH_TLS:
        return line.tls
    if condition is NOT_ACCEPTED:
        return line.dialect is not None
    if condition in (LOGIN_PAGE, UNEXPECTED_STATUS):
        return bool(line.expected_status)
    return line.asks or condition not in REPLY


def _accepted(condition: Condition, walk: Walk) -> dict[str, Fact]:
    """The second of two facts: a reply came, and it accepts the terminal."""
    return (
        {"reply_received": True, "terminal_accepted": True}
        if condition is NOT_ACCEPTED and walk.carries
        else {}
    )


def _quality(walk: Walk) -> Iterator[Reading]:
    name, way, line = walk.line.name, walk.through, walk.line
    if not walk.carries:
        because = walk.broken.code if walk.broken else walk.obstacle
        for condition in QUALITY:
            reason = walk.reason if _is_set_up(condition, line) else Reason.NOT_SET_UP
            yield condition.unknown(reason, name, because=because, through=way)
        return
    yield from days_left(walk)
    yield issuer_changed(walk)
    tries = len(walk.seconds) + walk.lost
    facts = walk.facts | {"lost": walk.lost, "tries": tries}
    yield LOSSY.failing_if(walk.lost > 0, name, through=way, **facts)
    if not walk.seconds:
        for condition in (SLOW, UNSTEADY):
            yield condition.unknown(Reason.NOT_TESTED, name, because=LOSSY.code, through=way)
        return
    milliseconds = [seconds * 1000 for seconds in walk.seconds]
    latency = round(median(milliseconds), 1)
    jitter = round(deviation(milliseconds), 1)
    facts |= {
        "latency_ms": latency,
        "jitter_ms": jitter,
        "limit_ms": line.slow_over_ms,
        "rating": _rating(latency, line.slow_over_ms),
    }
    yield SLOW.failing_if(latency > line.slow_over_ms, name, through=way, **facts)
    if len(milliseconds) == 1:
        yield UNSTEADY.unknown(Reason.NOT_TESTED, name, because="one answer does not vary", through=way)
        return
    facts |= {"limit_ms": line.unsteady_over_ms}
    yield UNSTEADY.failing_if(jitter > line.unsteady_over_ms, name, through=way, **facts)


def _rating(latency_ms: float, limit_ms: float) -> str:
    if latency_ms > limit_ms:
        return "slow"
    return "good" if latency_ms <= limit_ms / 5 else "fair"


def _line(walk: Walk) -> Reading:
    name, way = walk.line.name, (walk.line.name,)
    if walk.obstacle:
        return LINE_DOWN.unknown(walk.reason, name, because=walk.obstacle, through=way)
    return LINE_DOWN.failing_if(walk.broken is not None, name, through=way, **walk.facts)


def _together(walks: list[Walk]) -> Iterator[Reading]:
    for condition, scan_code in ((CARD_LINES_DOWN, False), (QR_LINES_DOWN, True)):
        kind = [walk for walk in walks if walk.line.is_scan_code is scan_code]
        names = tuple(walk.line.name for walk in kind)
        lines = ", ".join(names)
        if not kind:
            yield condition.unknown(Reason.NOT_SET_UP)
        elif any(walk.carries for walk in kind):
            yield condition.ok(through=names, lines=lines)
        elif all(walk.broken for walk in kind):
            yield condition.failing(through=names, lines=lines)
        else:
            because = next(walk.obstacle for walk in kind if walk.obstacle)
            yield condition.unknown(Reason.NOT_TESTED, because=because, through=names)


PROBE: Final = Probe(
    id="payment_lines",
    title="Payment lines to the acquirer",
    conditions=(*CONDITIONS, *STANDBY),
    options=PaymentLinesOptions,
    read=read,
    every_seconds=60.0,
    timeout_seconds=34.0,
)
