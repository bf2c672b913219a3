"""The TLS rung of one line: the handshake, and whether its certificate is the one that should be there."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from probes.memory import Memory
from probes.payment_lines.authorities import note_authority
from probes.payment_lines.certificates import (
    NOT_READ,
    certificate_facts,
    chain_in_words,
    is_pinned,
)
from probes.payment_lines.conditions import (
    NO_REPLY,
    NOT_TLS,
    TLS_EXPIRED,
    TLS_NOT_YET_VALID,
    TLS_OLD_PROTOCOL,
    TLS_PIN_MISMATCH,
    TLS_UNKNOWN_ISSUER,
    TLS_WRONG_NAME,
)
from probes.payment_lines.walk import (
    AFTER_PORT,
    SILENCES,
    UNKNOWN,
    WANTS_CERTIFICATE,
    Walk,
    ask_for_page,
    group_of,
)
from protocols import tls
from protocols.tls import Handshake, Verdict
from protocols.tls_stream import Stream
from vocabulary.condition import Condition
from vocabulary.moments import as_fact
from vocabulary.reading import Reason

_NOT_OURS: Final = {
    Verdict.TLCP: "the host speaks TLCP, which this program does not",
    Verdict.WANTS_CERTIFICATE: WANTS_CERTIFICATE,
}
_DATES: Final = {Verdict.EXPIRED: TLS_EXPIRED, Verdict.NOT_YET_VALID: TLS_NOT_YET_VALID}
_UNTRUSTED: Final = {
    Verdict.UNKNOWN_ISSUER: "this till does not know it",
    Verdict.SELF_SIGNED: "it vouches for itself",
    Verdict.SELF_SIGNED_IN_CHAIN: "home-made, as by a box in between",
    Verdict.MISSING_INTERMEDIATE: "the host leaves out a certificate",
    Verdict.UNSOUND: "it is not made as it must be",
}
_VERDICTS: Final[dict[Verdict, Condition]] = {
    **_DATES,
    **dict.fromkeys(_UNTRUSTED, TLS_UNKNOWN_ISSUER),
    Verdict.WRONG_NAME: TLS_WRONG_NAME,
    Verdict.OLD_PROTOCOL: TLS_OLD_PROTOCOL,
    Verdict.NOT_TLS: NOT_TLS,
    Verdict.SILENT: NO_REPLY,
    Verdict.CLOSED: NO_REPLY,
    Verdict.ENDED_BY_ALERT: NO_REPLY,
}


def climb(walk: Walk, stream: Stream, connect: Callable[[], socket.socket], memory: Memory) -> bool:
    """Whether `stream` is encrypted now and the next rung may be tried."""
    line = walk.line
    try:
        context = tls.trusting(line.ca_file)
    except PermissionError:
        walk.gives_up(f"setfacl -m u:poshealth:r {line.ca_file}", Reason.NO_PERMISSION)
        return False
    except OSError:
        walk.gives_up("the file of trusted certificates cannot be read")
        return False
    deadline = stream.deadline
    walk.handshake = found = tls.secure(stream, _name_of(walk), context, connect)
    walk.facts |= certificate_facts(found.chain)
    walk.facts |= {"clock": as_fact(walk.now), "wanted_name": _name_of(walk)}
    if found.verdict is Verdict.OK:
        return _is_the_one(walk, found, memory)
    if found.verdict in _NOT_OURS:
        walk.gives_up(_NOT_OURS[found.verdict], Reason.NOT_SUPPORTED)
        return False
    _break(walk, found)
    if found.verdict in _DATES and line.is_scan_code:
        _ask_for_date(walk, connect, deadline)
    return False


def _name_of(walk: Walk) -> str:
    return walk.line.server_name or walk.line.host


def _is_the_one(walk: Walk, found: Handshake, memory: Memory) -> bool:
    """One of those pinned; without pins under the authority of earlier rounds, else that is noted."""
    walk.passed = group_of(NO_REPLY)
    if not walk.line.pins:
        note_authority(walk, found.chain, memory)
    elif not found.chain:
        walk.gives_up(NOT_READ)
    elif not is_pinned(found.chain, walk.line.pins):
        walk.gives_up(TLS_PIN_MISMATCH.code)
    return not walk.obstacle


def _break(walk: Walk, found: Handshake) -> None:
    condition = _VERDICTS[found.verdict]
    walk.breaks(
        condition,
        AFTER_PORT if condition is NO_REPLY else None,
        seen=SILENCES.get(found.verdict, found.seen),
        stage="TLS" if found.alert is None else f"TLS alert {found.alert}",
        protocol=found.protocol or UNKNOWN,
        why=_UNTRUSTED.get(found.verdict, UNKNOWN),
        chain=chain_in_words(found.chain),
    )
    if condition is TLS_EXPIRED and found.chain and all(each.not_after >= walk.now for each in found.chain):
        walk.facts |= {"ending": found.chain[-1].issuer or UNKNOWN, "ends": UNKNOWN}  # it is not shown


def _ask_for_date(walk: Walk, connect: Callable[[], socket.socket], deadline: float) -> None:
    """A second clock. Nothing is sent unless name and issuer are right: only the dates may be wrong."""
    try:
        stream = Stream(connect(), deadline)
    except OSError:
        return
    try:
        stream.secure(tls.timeless(walk.line.ca_file), _name_of(walk))
        ask_for_page(walk, stream)
    except OSError:
        pass
    finally:
        stream.close()
