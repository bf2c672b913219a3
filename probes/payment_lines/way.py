"""The way of each line to its host: the first connection of the round, and who is found in between."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from probes.memory import Memory
from probes.own_firewall.settled import settled
from probes.path.conditions import MTU_BLACK_HOLE
from probes.path.evidence import Wanted
from probes.path.look import kept_back, look
from probes.path.readings import common_facts, readings, untested
from probes.path.since import Since
from probes.payment_lines.conditions import LINE_PATH, NAME_NOT_FOUND, REFUSED
from probes.payment_lines.tunnel import strays
from probes.payment_lines.walk import NO_TIME, UNKNOWN, Walk, group_of, note_connect
from probes.till import Till
from vocabulary.reading import Reading, Reason


def connect(walks: list[Walk], till: Till, memory: Memory, ruleset_socket: str, deadline: float) -> None:
    """A wave at once, so that ten black holes cost one timeout: the longest of all lines. `deadline` is of
    time.monotonic().
    """
    by_name = {walk.line.name: walk for walk in walks}
    for wave in waves(walks):
        longest = max(walk.line.connect_timeout_seconds for walk in wave)
        if time.monotonic() + longest > deadline:
            for walk in wave:
                walk.gives_up(NO_TIME)
            continue
        for walk in wave:
            strays(walk, till)
        earlier = [walk.finding for walk in walks if walk.finding is not None]
        seen = look([_wanted(walk) for walk in wave], longest, till, memory, earlier)
        for finding in settled(seen, till, ruleset_socket):
            walk = by_name[finding.wanted.subject]
            walk.finding = finding
            note_connect(walk, finding.result)


def note_straying(walk: Walk) -> None:
    """What went into the tunnel before it was gone says nothing of what would go past it now."""
    if walk.course.strays:
        walk.obstacle = walk.doubt = ""
        walk.finding = kept_back(_wanted(walk))
        note_connect(walk, walk.finding.result)


def waves(walks: list[Walk]) -> list[list[Walk]]:
    """Split so that no terminal id is twice in a wave: many acquirers take one connection for each."""
    found: list[list[Walk]] = []
    seen: Counter[str] = Counter()
    for walk in walks:
        terminal_id = walk.line.terminal_id
        number = seen[terminal_id] if terminal_id else 0
        seen[terminal_id] += 1
        found += [[]] * (number == len(found))
        found[number] = [*found[number], walk]
    return found


def readings_of(walk: Walk, since: Since) -> Iterator[Reading]:
    name = walk.line.name
    if walk.finding is None:
        yield from untested(name, Reason.NOT_TESTED, walk.obstacle or NAME_NOT_FOUND.code, LINE_PATH)
    else:
        yield from readings(walk.finding, (*walk.through, walk.address), since, LINE_PATH)
    yield _size(walk, since)


def _size(walk: Walk, since: Since) -> Reading:
    """Only a line that answers, or falls silent after its connect, says anything about big packets."""
    name, way = walk.line.name, walk.through
    if walk.narrow is not None and walk.finding is not None:
        facts = common_facts(walk.finding, since)
        facts |= {"size": walk.narrow.packet_bytes, "offender": walk.narrow.last_hop or UNKNOWN}
        return MTU_BLACK_HOLE.failing(name, through=way, **facts)
    if not walk.line.tls:
        return MTU_BLACK_HOLE.unknown(Reason.NOT_SET_UP, name, through=way)
    if walk.passed > group_of(REFUSED):
        return MTU_BLACK_HOLE.ok(name, through=way)
    because = walk.broken.code if walk.broken else walk.obstacle
    return MTU_BLACK_HOLE.unknown(Reason.NOT_TESTED, name, because=because, through=way)


def _wanted(walk: Walk) -> Wanted:
    return Wanted(
        subject=walk.line.name,
        purpose=walk.line.name,
        target=walk.target,
        address=walk.address,
        port=walk.line.port,
        course=walk.course,
        in_turn=True,
    )
