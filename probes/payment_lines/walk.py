"""One payment line walked from an open port to the acquirer's reply, over connections of its own."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from probes.memory import Memory
from probes.path.look import Finding
from probes.payment_lines.conditions import (
    DROPPED,
    GARBLED_REPLY,
    LADDER,
    NO_REPLY,
    NOT_ACCEPTED,
    REFUSED,
    REJECTED,
    UNREACHABLE,
)
from probes.payment_lines.gateway import judge
from probes.payment_lines.options import Line
from probes.payment_lines.tunnel import strays
from probes.routing import Course
from probes.till import Till
from protocols import http_exchange, sign_of_life, tcp_sweep
from protocols.iso8583.answers import ABOUT_THE_QUESTION, answer_in_words
from protocols.sign_of_life import Sign
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reason
from vocabulary.redaction import shown_bytes

if TYPE_CHECKING:
    from protocols import tls
    from protocols.tls_stream import Stream

THIS_TILL: Final = "this till"
NO_TIME: Final = "no time was left"
UNKNOWN: Final = "unknown"
WANTS_CERTIFICATE: Final = "the host wants the POS's own certificate, which this program does not show"
NOTHING_COMES: Final = "nothing comes"
SILENCES: Final = {
    "silent": NOTHING_COMES,
    "closed": "it closes the connection",
    "ended-by-alert": "it breaks off the encryption",
}
_CONNECTS: Final = {
    tcp_sweep.Outcome.REFUSED: REFUSED,
    tcp_sweep.Outcome.DROPPED: DROPPED,
    tcp_sweep.Outcome.REJECTED: REJECTED,
    tcp_sweep.Outcome.BLOCKED_HERE: REJECTED,
}


class Narrow(Struct, frozen=True):
    """`last_hop` still passes packets of `packet_bytes`, "" where none answers."""

    packet_bytes: int
    last_hop: str


class Walk(Struct, kw_only=True):
    """How far a line carries. `passed`: groups of the LADDER found good; `broken` is what fails next.

    `obstacle`: a code or phrase for what kept us from looking further without being the line's fault, and
    `reason`, of which kind that is. `doubt`: what a host said of our question instead of us. `now`: seconds
    since 1970 UTC by the till's clock; `host_ahead_seconds`: by how much the host's clock is before it.
    `finding`: who is in the way, if anyone; `narrow`: proof that big packets do
    not get through. `authority`: who vouches for the host, and who did. `seconds`: how long the good tries
    took. `resolvers`: who was asked for the host's name.
    """

    line: Line
    course: Course = Course(way=())
    resolvers: tuple[str, ...] = ()
    facts: dict[str, Fact]
    now: float
    address: str = ""
    passed: int = 0
    broken: Condition | None = None
    obstacle: str = ""
    doubt: str = ""
    reason: Reason = Reason.NOT_TESTED
    finding: Finding | None = None
    narrow: Narrow | None = None
    host_ahead_seconds: float | None = None
    authority: dict[str, Fact] = field(default_factory=dict)
    handshake: tls.Handshake | None = None
    seconds: list[float] = field(default_factory=list)
    lost: int = 0

    @property
    def target(self) -> str:
        return f"{self.line.host}:{self.line.port}"

    @property
    def through(self) -> tuple[str, ...]:
        return (*self.course.subjects, *self.resolvers, self.line.name)

    @property
    def carries(self) -> bool:
        return self.broken is None and not self.obstacle

    def gives_up(self, obstacle: str, reason: Reason = Reason.NOT_TESTED) -> None:
        self.obstacle = obstacle
        self.reason = reason

    def breaks(self, condition: Condition, passed: int | None = None, **facts: Fact) -> None:
        self.passed = group_of(condition) if passed is None else passed
        self.broken = condition
        self.facts |= facts


def group_of(condition: Condition) -> int:
    return next(index for index, group in enumerate(LADDER) if condition in group)


AFTER_PORT: Final = group_of(REFUSED) + 1


def note_connect(walk: Walk, result: tcp_sweep.Result) -> None:
    """What the first connection of the round came to."""
    walk.facts["source"] = result.source or THIS_TILL
    if result.outcome is tcp_sweep.Outcome.OPEN:
        walk.passed = AFTER_PORT
        _count(walk, result)
        return
    complaint = result.complaint
    walk.breaks(
        _CONNECTS.get(result.outcome, UNREACHABLE),
        seen_by=complaint.offender if complaint and complaint.offender != result.source else THIS_TILL,
        error=f"ICMP {complaint.type}/{complaint.code}" if complaint else result.error or str(result.outcome),
        waited_seconds=round(result.seconds, 1),
    )


def climb(
    walk: Walk,
    till: Till,
    memory: Memory,
    next_stan: Callable[[], int],
    deadline: float,
    *,
    most_segment_bytes: int = 0,
) -> None:
    """TLS and the question, on one connection at a time, each closed before the next is opened.

    `deadline` is a moment of time.monotonic(); `most_segment_bytes` as in Till.connect.
    """
    from probes.payment_lines import encryption  # noqa: PLC0415  ssl costs 46 ms: only for an open line
    from protocols.tls_stream import Stream  # noqa: PLC0415  as above

    line = walk.line

    def connect() -> socket.socket:
        if strays(walk, till):
            raise OSError(errno.ENETUNREACH, walk.address)
        seconds = min(line.connect_timeout_seconds, deadline - time.monotonic())
        return till.connect(
            walk.address, line.port, max(seconds, 0.01), most_segment_bytes=most_segment_bytes
        )

    try:
        stream = Stream(connect(), _soon(line, deadline))
    except OSError as error:
        _break_late(walk, error)
        return
    try:
        if not line.tls or encryption.climb(walk, stream, connect, memory):
            _ask(walk, stream, next_stan, deadline)
    finally:
        stream.close()


def measure(walk: Walk, till: Till, deadline: float) -> None:
    """The remaining tries where the question is no echo test: one bare connection after the other."""
    line = walk.line
    while walk.carries and line.dialect is None and len(walk.seconds) + walk.lost < line.tries:
        left = min(line.connect_timeout_seconds, deadline - time.monotonic())
        if left <= 0 or strays(walk, till):
            return
        target = tcp_sweep.Target(walk.address, line.port)
        (result,) = tcp_sweep.sweep([target], left, open_socket=till.socket)
        _count(walk, result)


def _count(walk: Walk, result: tcp_sweep.Result) -> None:
    """A repeated SYN took a second because one was lost, not because the line is slow."""
    if result.outcome is tcp_sweep.Outcome.OPEN and not result.repeated:
        walk.seconds.append(result.seconds)
    else:
        walk.lost += 1


def _break_late(walk: Walk, error: OSError) -> None:
    """The port was open a moment ago, in the sweep."""
    late = {ConnectionRefusedError: REFUSED, TimeoutError: DROPPED}
    walk.breaks(
        late.get(type(error), UNREACHABLE),
        seen_by=THIS_TILL,
        error=errno.errorcode.get(error.errno or 0, UNKNOWN),
        waited_seconds=walk.line.connect_timeout_seconds,
    )


def _ask(walk: Walk, stream: Stream, next_stan: Callable[[], int], deadline: float) -> None:
    line = walk.line
    if line.dialect is not None:
        walk.seconds.clear()  # an answer's time says more than a connection's
    questions = line.tries if line.dialect else int(line.is_scan_code)
    for number in range(questions):
        stream.deadline = _soon(line, deadline)
        sign = _question(walk, stream, next_stan)
        if stream.wants_certificate:
            walk.gives_up(WANTS_CERTIFICATE, Reason.NOT_SUPPORTED)
            return
        if number and sign.outcome is not sign_of_life.Outcome.REPLIED:
            walk.lost += 1
            return
        if not _is_good(walk, sign):
            return
        if line.dialect is not None:
            walk.seconds.append(sign.seconds)
        walk.passed = group_of(NOT_ACCEPTED) if walk.doubt else len(LADDER)
    if not questions:
        walk.passed = len(LADDER)


def _question(walk: Walk, stream: Stream, next_stan: Callable[[], int]) -> Sign:
    line = walk.line
    if (dialect := line.dialect) is None:
        return ask_for_page(walk, stream)
    return sign_of_life.echo(
        stream,
        dialect,
        stan=next_stan(),
        now=datetime.fromtimestamp(walk.now, UTC),
        terminal_id=line.terminal_id,
        merchant_id=line.merchant_id,
    )


def ask_for_page(walk: Walk, stream: Stream) -> Sign:
    """A HEAD, or a GET where the answer's status counts, and what its date says of our clock."""
    line, host = walk.line, walk.line.server_name or walk.line.host
    if line.expected_status:
        sign = sign_of_life.exchange(stream, http_exchange.request("GET", host, line.path))
    else:
        sign = sign_of_life.head(stream, host, line.path)
    if sign.date is not None:
        walk.host_ahead_seconds = sign.date - walk.now
    return sign


def _is_good(walk: Walk, sign: Sign) -> bool:
    if sign.outcome is sign_of_life.Outcome.GARBLED:
        walk.breaks(GARBLED_REPLY, seen=sign.seen, first_bytes=shown_bytes(sign.first))
    elif sign.outcome is not sign_of_life.Outcome.REPLIED:
        stage = "echo test" if walk.line.dialect else "HTTPS request"
        walk.breaks(NO_REPLY, seen=SILENCES[sign.outcome], stage=stage)
    elif sign.page is not None:
        condition, facts = judge(walk.line, sign.page)
        walk.facts |= facts
        if condition is not None:
            walk.breaks(condition)
    elif sign.reply is not None and not sign.reply.accepted:
        _note_refusal(walk, sign.reply.answer_code)
    return walk.broken is None


def _note_refusal(walk: Walk, code: str) -> None:
    """A reply proves the line in any case; a code that speaks of the question only says nothing of us."""
    meaning = answer_in_words(code)
    if code in ABOUT_THE_QUESTION:
        walk.doubt = meaning
        walk.facts |= {"answer_code": code, "reply_received": True}
        return
    walk.breaks(
        NOT_ACCEPTED,
        answer_code=code or UNKNOWN,
        meaning=meaning,
        terminal_id=walk.line.terminal_id or UNKNOWN,
        reply_received=True,
        terminal_accepted=False,
    )


def _soon(line: Line, deadline: float) -> float:
    return min(deadline, time.monotonic() + line.reply_timeout_seconds)
