"""An acquirer's ISO 8583 host that answers echo tests, refuses everything else, and can misbehave.

`python -m simulators.acquirer`; the requests on its control port are those of `control`.
"""

import argparse
import secrets
import socket
import ssl
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from simulators import control
from simulators.certificates import CertificateFolder
from simulators.iso8583 import DIALECTS, Dialect, Framing, Message, build, parse
from simulators.tcp_host import TcpHost, read_away, read_exactly

ECHO = "301"
"""Field 70 in ISO 8583:1987, last three digits of field 60 (60.3) in the UnionPay dialect."""
ECHO_1993 = "831"
"""Field 24 in ISO 8583:1993."""
# Field 70: sign-on, sign-off, key change, cutover; 60.3: the three sign-ins, sign-off, settlement; field 24.
SESSION_CODES = {"001", "002", "003", "004", "101", "161", "162", "201", "202", "801", "802", "811", "821"}

HTML_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 47\r\nConnection: close\r\n\r\n"
    b"<html><body>Please log in to Wi-Fi</body></html>"
)


@dataclass
class Faults:
    """What the host does wrong; every field may be set while it runs.

    `silent`: reads and never answers. `slow_seconds`: waits before each answer. `garbage`: 64 random bytes.
    `announce_huge`: a length of all ones (or 9999), then nothing. `html`: a web page, as a captive portal
    sends. `close_after_accept`: ends at once. `half_reply`: half an answer, then the end. `wrong_stan`: an
    answer to another question. `wrong_mti`: the request's own type comes back.
    """

    silent: bool = False
    slow_seconds: float = 0.0
    garbage: bool = False
    announce_huge: bool = False
    html: bool = False
    close_after_accept: bool = False
    half_reply: bool = False
    wrong_stan: bool = False
    wrong_mti: bool = False


@dataclass(frozen=True)
class Request:
    """`at` is time.monotonic(); `error` says why the bytes were no message."""

    at: float
    octets: bytes
    message: Message | None = None
    error: str = ""


@dataclass
class Log:
    requests: list[Request] = field(default_factory=list)
    forbidden: list[Request] = field(default_factory=list)


class Acquirer(TcpHost):
    """Answers echo requests of all three kinds; what else arrives is in `log.forbidden` and gets code 12.

    `response_code` is what an echo is answered with; None is the dialect's approval (00, or 800 in 1993).
    `tls` makes every connection TLS. `gone` (see TcpHost) makes connects refused.
    """

    def __init__(
        self,
        *,
        dialect: Dialect | str = "bcd",
        framing: Framing | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port, tls=tls)
        self.dialect = DIALECTS[dialect] if isinstance(dialect, str) else dialect
        self.framing = framing or Framing()
        self.faults = Faults()
        self.response_code: str | None = None
        self.log = Log()

    @property
    def forbidden(self) -> int:
        """How many messages came that a probe must never send: sign-in, settlement, a sale."""
        return len(self.log.forbidden)

    @property
    def answered(self) -> int:
        return len(self.log.requests)

    def serve(self, connection: socket.socket) -> None:
        if self.faults.close_after_accept:
            return
        channel = self.secured(connection)
        while True:
            self._exchange(channel)

    def _exchange(self, channel: socket.socket) -> None:
        if self.faults.silent:
            read_away(channel)
            raise EOFError
        head = read_exactly(channel, self.framing.length_bytes)
        body = read_exactly(channel, self.framing.read_length(head))
        request = self._note(head + body, body)
        if self.faults.silent or self.closing.wait(self.faults.slow_seconds):
            return
        channel.sendall(self._reply_bytes(request))
        if self._ends_after_reply():
            raise EOFError

    def _note(self, octets: bytes, body: bytes) -> Request:
        try:
            message = parse(body, self.dialect, tpdu=self.framing.tpdu)
            request = Request(time.monotonic(), octets, message)
        except ValueError as error:
            request = Request(time.monotonic(), octets, error=str(error))
        self.log.requests.append(request)
        if request.message is not None and not is_echo(request.message):
            self.log.forbidden.append(request)
        return request

    def _ends_after_reply(self) -> bool:
        return self.faults.half_reply or self.faults.html

    def _reply_bytes(self, request: Request) -> bytes:
        if self.faults.html:
            return HTML_PAGE
        if self.faults.garbage:
            return secrets.token_bytes(64)
        if self.faults.announce_huge:
            return b"9999" if self.framing.length == "ascii" else b"\xff" * 4
        if request.message is None:
            raise EOFError  # a host that cannot read a message ends the connection
        reply = self.framing.wrap(build(self._reply(request.message), self.dialect))
        return reply[: len(reply) // 2] if self.faults.half_reply else reply

    def _reply(self, request: Message) -> Message:
        """The request's fields with field 39, without its MAC; TPDU source and destination swapped."""
        kept = {number: value for number, value in request.fields.items() if number not in (64, 128)}
        answer = Message(reply_type(request.mti), kept | {39: self._code(request)}, header=request.header)
        answer.tpdu = request.tpdu[:1] + request.tpdu[3:5] + request.tpdu[1:3]
        if self.faults.wrong_mti:
            answer.mti = request.mti
        if self.faults.wrong_stan:
            answer.fields[11] = f"{(int(kept.get(11, '0')) + 1) % 1_000_000:06d}"
        return answer

    def _code(self, request: Message) -> str:
        """12 and 902 say "invalid transaction"."""
        new = request.mti[0] == "1"
        if not is_echo(request):
            return "902" if new else "12"
        return self.response_code or ("800" if new else "00")


def is_echo(message: Message) -> bool:
    """Whether a probe may send it: network management with a code that opens, closes or settles nothing."""
    if message.mti[1] != "8":
        return False
    codes = [message.fields.get(70, ""), message.fields.get(60, "")[-3:]]
    if message.mti[0] == "1":
        codes.append(message.fields.get(24, ""))
    given = [code for code in codes if len(code) == 3 and code.isdecimal()]
    return bool(given) and not SESSION_CODES.intersection(given)


def reply_type(mti: str) -> str:
    """0800 -> 0810, 0820 -> 0830, 1804 -> 1814; a repeat (last digit 1) is answered like the first."""
    return f"{mti[:2]}{int(mti[2]) + 1}{'0' if mti[3] == '1' else mti[3]}"


FIELDS = ("faults.*", "response_code", "gone", "answered", "forbidden", "connections")


def main() -> None:
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        certificates = CertificateFolder(Path(folder))
        tls = None
        if options.certificate:
            tls = certificates.server_context(options.certificate, old_tls=options.old_tls)
        framing = Framing(options.length, options.inclusive, options.tpdu)
        dialect = replace(DIALECTS[options.dialect], response_code=options.response_code)
        with Acquirer(dialect=dialect, framing=framing, tls=tls, port=options.port) as host:
            where = {"tcp": "{}:{}".format(*host.address), "authority": str(certificates.authority_path)}
            control.serve(control.Controls(host, fields=FIELDS, calls=()), where, options)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.acquirer", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--dialect", choices=DIALECTS, default="bcd")
    parser.add_argument("--response-code", choices=("ascii", "bcd", "ebcdic"), default="ascii")
    parser.add_argument("--length", choices=("binary", "bcd", "ascii"), default="binary")
    parser.add_argument("--inclusive", action="store_true", help="the length counts itself")
    parser.add_argument("--tpdu", action="store_true")
    parser.add_argument("--certificate", choices=CertificateFolder.KINDS, help="without: plain TCP")
    parser.add_argument("--old-tls", action="store_true", help="nothing newer than TLS 1.1")
    control.add_arguments(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
