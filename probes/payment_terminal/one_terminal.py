"""One look at one payment terminal: a connection, its certificate, and the answer to a diagnosis."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from probes.payment_terminal.options import Terminal
from probes.till import Till
from protocols import http_exchange, nexo, sign_of_life
from vocabulary.reading import Reason

if TYPE_CHECKING:
    from protocols import tls
    from protocols.tls_stream import Stream

_UNKNOWN: Final = "unknown"
_SILENCES: Final = {"silent": "nothing comes", "closed": "it closes the connection"}
_CONNECTS: Final = {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "no way", errno.ENETUNREACH: "no way"}
_NO_TRUST: Final = {
    "wrong-name": "its certificate bears another name",
    "expired": "its certificate is over",
    "not-yet-valid": "its certificate is not valid yet",
    "old-protocol": "its encryption is too old",
    "not-tls": "it speaks no TLS",
}
_NOT_OURS: Final = {
    "tlcp": "the host speaks TLCP, which this program does not",
    "wants-certificate": "the host wants the POS's own certificate, which this program does not show",
}
_NOT_OFFERED: Final = frozenset({401, 403, 404, 405, 501})


class Look(Struct, kw_only=True):
    """`absent`: how it shows that nobody answers; `strange`: why what answers is not the terminal; else the
    `diagnosis`, or, where there is none without a fault, `reason` and `because`. `names`: its certificate's.
    """

    absent: str = ""
    strange: str = ""
    diagnosis: nexo.Diagnosis | None = None
    reason: Reason = Reason.NOT_TESTED
    because: str = ""
    names: str = _UNKNOWN
    source: str = "this till"


def look_at(
    terminal: Terminal, address: str, till: Till, next_service: Callable[[], int], deadline: float
) -> Look:
    """Ask for its own state; only where payments are unconfirmed ask it to try its hosts (two steps: as
    docs.adyen.com/point-of-sale/diagnostics/request-diagnosis advises). Each question has a connection of
    its own. `deadline` is a moment of time.monotonic().
    """
    look = _ask(terminal, address, till, next_service(), deadline, ask_hosts=False)
    if look.diagnosis is None or not look.diagnosis.unconfirmed:
        return look
    again = _ask(terminal, address, till, next_service(), deadline, ask_hosts=True)
    return look if again.diagnosis is None or again.diagnosis.refusal else again


def _ask(
    terminal: Terminal, address: str, till: Till, number: int, deadline: float, *, ask_hosts: bool
) -> Look:
    from protocols import tls  # noqa: PLC0415  ssl costs 46 ms, which only a terminal is worth
    from protocols.tls_stream import Stream  # noqa: PLC0415  as above

    def connect() -> socket.socket:
        seconds = min(terminal.connect_timeout_seconds, deadline - time.monotonic())
        return till.connect(address, terminal.port, max(seconds, 0.01))

    look = Look()
    try:
        context = tls.trusting(terminal.ca_file)
    except OSError:
        return Look(because="the file of trusted certificates cannot be read")
    try:
        sock = connect()
    except OSError as error:
        look.absent = _CONNECTS.get(error.errno or 0, "no answer")
        return look
    look.source = sock.getsockname()[0]
    stream = Stream(sock, min(deadline, time.monotonic() + terminal.reply_timeout_seconds))
    try:
        found = tls.secure(stream, terminal.server_name or terminal.host, context, connect)
        if _is_trusted(look, found):
            _exchange(look, stream, terminal, number, deadline, ask_hosts=ask_hosts)
    finally:
        stream.close()
    return look


def _is_trusted(look: Look, found: tls.Handshake) -> bool:
    if found.leaf is not None:
        look.names = ", ".join(found.leaf.names[:3]) or found.leaf.subject or _UNKNOWN
    if found.verdict in _SILENCES:
        look.absent = _SILENCES[found.verdict]
    elif found.verdict in _NOT_OURS:
        look.reason, look.because = Reason.NOT_SUPPORTED, _NOT_OURS[found.verdict]
    elif found.verdict != "ok":
        look.strange = _NO_TRUST.get(found.verdict, "its certificate comes from somebody unknown")
    return found.verdict == "ok"


def _exchange(
    look: Look, stream: Stream, terminal: Terminal, number: int, deadline: float, *, ask_hosts: bool
) -> None:
    service = nexo.service_id(number)
    body = nexo.request(
        service=service, sale_id=terminal.sale_id, poi_id=terminal.poi_id, ask_hosts=ask_hosts
    )
    request = http_exchange.request("POST", terminal.host, nexo.PATH, body, "application/json")
    stream.deadline = min(deadline, time.monotonic() + terminal.reply_timeout_seconds)
    sign = sign_of_life.exchange(stream, request)
    if sign.page is None:
        look.absent, look.strange = _SILENCES.get(sign.outcome, ""), sign.seen
    elif sign.page.status in _NOT_OFFERED:
        look.reason, look.because = Reason.NOT_SUPPORTED, "the terminal offers no diagnosis here"
    elif sign.page.status >= 500:
        look.because = "the terminal reports an error"
    else:
        _read(look, sign.page.body, service, terminal.poi_id)


def _read(look: Look, body: bytes, service: str, poi_id: str) -> None:
    try:
        found = nexo.read(body, service=service, poi_id=poi_id)
    except nexo.NotNexoError as error:
        if "encrypted" in str(error):
            look.reason, look.because = Reason.NOT_SUPPORTED, str(error)
        else:
            look.strange = str(error)
        return
    if found.refusal in ("busy", "inprogress"):
        look.reason, look.because = Reason.BUSY, "the terminal is busy"
    elif found.refusal:
        look.reason, look.because = Reason.NOT_SUPPORTED, "the terminal refuses to say"
    else:
        look.diagnosis = found
