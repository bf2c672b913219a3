"""One payment line walked from an open port to the acquirer's reply, over connections of its own."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from probes.path.look import Finding
from probes.payment_lines.conditions import (
    DROPPED,
    GARBLED_REPLY,
    LADDER,
    NO_REPLY,
    NOT_ACCEPTED,
    NOT_TLS,
    REFUSED,
    REJECTED,
    TLS_EXPIRED,
    TLS_NOT_YET_VALID,
    TLS_OLD_PROTOCOL,
    TLS_UNKNOWN_ISSUER,
    TLS_WRONG_NAME,
    UNREACHABLE,
)
from probes.payment_lines.options import Line
from probes.till import Till
from protocols import sign_of_life, tcp_sweep
from protocols.certificates import Leaf
from protocols.iso8583.tables import answer_in_words
from protocols.sign_of_life import Sign
from vocabulary.condition import Condition
from vocabulary.moments import as_fact
from vocabulary.reading import Fact

if TYPE_CHECKING:
    from protocols import tls

THIS_TILL: Final = "this till"
UNKNOWN: Final = "unknown"
_UNTRUSTED: Final = {
    "unknown-issuer": "this till does not know it",
    "self-signed": "it vouches for itself",
    "self-signed-in-chain": "home-made, as by a box in between",
    "missing-intermediate": "the host leaves out a certificate",
}
NOTHING_COMES: Final = "nothing comes"
_SILENCES: Final = {
    "silent": NOTHING_COMES,
    "closed": "it closes the connection",
    "ended-by-alert": "it breaks off the encryption",
}
_VERDICTS: Final = {
    "expired": TLS_EXPIRED,
    "not-yet-valid": TLS_NOT_YET_VALID,
    "wrong-name": TLS_WRONG_NAME,
    "old-protocol": TLS_OLD_PROTOCOL,
    "not-tls": NOT_TLS,
    **dict.fromkeys(_UNTRUSTED, TLS_UNKNOWN_ISSUER),
    **dict.fromkeys(_SILENCES, NO_REPLY),
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

    `obstacle`: a phrase for what kept us from looking further without being the line's fault. `now`: seconds
    since 1970 UTC by the till's clock. `way`: interface and gateway. `finding`: who is in the way, if anyone;
    `narrow`: proof that big packets do not get through.
    `seconds`: how long the good tries took.
    """

    line: Line
    way: tuple[str, ...] = ()
    through: tuple[str, ...]
    facts: dict[str, Fact]
    now: float
    address: str = ""
    passed: int = 0
    broken: Condition | None = None
    obstacle: str = ""
    finding: Finding | None = None
    narrow: Narrow | None = None
    handshake: tls.Handshake | None = None
    seconds: list[float] = field(default_factory=list)
    lost: int = 0

    @property
    def target(self) -> str:
        return f"{self.line.host}:{self.line.port}"

    @property
    def carries(self) -> bool:
        return self.broken is None and not self.obstacle

    def breaks(self, condition: Condition, passed: int | None = None, **facts: Fact) -> None:
        self.passed = group_of(condition) if passed is None else passed
        self.broken = condition
        self.facts |= facts


def group_of(condition: Condition) -> int:
    return next(index for index, group in enumerate(LADDER) if condition in group)


_AFTER_PORT: Final = group_of(REFUSED) + 1


def note_connect(walk: Walk, result: tcp_sweep.Result) -> None:
    """What the first connection of the round came to."""
    walk.facts["source"] = result.source or THIS_TILL
    if result.outcome is tcp_sweep.Outcome.OPEN:
        walk.passed = _AFTER_PORT
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
    walk: Walk, till: Till, next_stan: Callable[[], int], deadline: float, *, most_segment_bytes: int = 0
) -> None:
    """TLS and the question, on one connection at a time, each closed before the next is opened.

    `deadline` is a moment of time.monotonic(); `most_segment_bytes` as in Till.connect.
    """
    from protocols import tls  # noqa: PLC0415  ssl costs 46 ms, which only an open line is worth

    line = walk.line

    def connect() -> socket.socket:
        seconds = min(line.connect_timeout_seconds, deadline - time.monotonic())
        return till.connect(
            walk.address, line.port, max(seconds, 0.01), most_segment_bytes=most_segment_bytes
        )

    try:
        stream = tls.Stream(connect(), _soon(line, deadline))
    except OSError as error:
        _break_late(walk, error)
        return
    try:
        if not line.tls or _secure(walk, stream, connect):
            _ask(walk, stream, next_stan, deadline)
    finally:
        stream.close()


def measure(walk: Walk, till: Till, deadline: float) -> None:
    """The remaining tries where the question is no echo test: one bare connection after the other."""
    line = walk.line
    while walk.carries and line.dialect is None and len(walk.seconds) + walk.lost < line.tries:
        left = min(line.connect_timeout_seconds, deadline - time.monotonic())
        if left <= 0:
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


def _secure(walk: Walk, stream: tls.Stream, connect: Callable[[], socket.socket]) -> bool:
    from protocols import tls  # noqa: PLC0415  as in climb

    wanted_name = walk.line.server_name or walk.line.host
    try:
        context = tls.trusting(walk.line.ca_file)
    except OSError:
        walk.obstacle = "the file of trusted certificates cannot be read"
        return False
    found = tls.secure(stream, wanted_name, context, connect)
    walk.handshake = found
    walk.facts |= certificate_facts(found.leaf) | {"clock": as_fact(walk.now), "wanted_name": wanted_name}
    if found.verdict is tls.Verdict.OK:
        return True
    condition = _VERDICTS[found.verdict]
    walk.breaks(
        condition,
        _AFTER_PORT if condition is NO_REPLY else None,
        seen=_SILENCES.get(found.verdict, found.seen),
        stage="TLS",
        protocol=found.protocol or UNKNOWN,
        why=_UNTRUSTED.get(found.verdict, UNKNOWN),
    )
    return False


def _ask(walk: Walk, stream: tls.Stream, next_stan: Callable[[], int], deadline: float) -> None:
    line = walk.line
    if line.dialect is not None:
        walk.seconds.clear()  # an answer's time says more than a connection's
    for number in range(line.tries if line.dialect else int(line.is_scan_code)):
        stream.deadline = _soon(line, deadline)
        sign = _question(walk, stream, next_stan)
        if number and sign.outcome is not sign_of_life.Outcome.REPLIED:
            walk.lost += 1
            return
        if not _is_good(walk, sign):
            return
        if line.dialect is not None:
            walk.seconds.append(sign.seconds)
    walk.passed = len(LADDER)


def _question(walk: Walk, stream: tls.Stream, next_stan: Callable[[], int]) -> Sign:
    line = walk.line
    if (dialect := line.dialect) is None:
        return sign_of_life.head(stream, line.server_name or line.host, line.path)
    return sign_of_life.echo(
        stream,
        dialect,
        stan=next_stan(),
        now=datetime.fromtimestamp(walk.now, UTC),
        terminal_id=line.terminal_id,
        merchant_id=line.merchant_id,
    )


def _is_good(walk: Walk, sign: Sign) -> bool:
    if sign.outcome is sign_of_life.Outcome.GARBLED:
        walk.breaks(GARBLED_REPLY, seen=sign.seen, first_bytes=sign.first.hex(" "))
    elif sign.outcome is not sign_of_life.Outcome.REPLIED:
        stage = "echo test" if walk.line.dialect else "HTTPS request"
        walk.breaks(NO_REPLY, seen=_SILENCES[sign.outcome], stage=stage)
    elif sign.reply is not None and not sign.reply.accepted:
        code = sign.reply.answer_code
        walk.breaks(
            NOT_ACCEPTED,
            answer_code=code or UNKNOWN,
            meaning=answer_in_words(code),
            terminal_id=walk.line.terminal_id or UNKNOWN,
            reply_received=True,
        )
    else:
        walk.passed = len(LADDER)
    return walk.broken is None


def _soon(line: Line, deadline: float) -> float:
    return min(deadline, time.monotonic() + line.reply_timeout_seconds)


def certificate_facts(leaf: Leaf | None) -> dict[str, Fact]:
    """What a person reads out; "unknown" for what could not be read."""
    if leaf is None:
        return dict.fromkeys(("begins", "ends", "issuer", "owner_name", "names"), UNKNOWN)
    return {
        "begins": day(leaf.not_before),
        "ends": day(leaf.not_after),
        "issuer": leaf.issuer or UNKNOWN,
        "owner_name": leaf.subject or ", ".join(leaf.names[:3]) or UNKNOWN,
        "names": ", ".join(leaf.names[:3]) or UNKNOWN,
    }


def day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
