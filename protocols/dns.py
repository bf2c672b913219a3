"""Questions to name servers (RFC 1035): a connected UDP socket each, all at once through one selector."""

from __future__ import annotations

import errno
import os
import re
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Final

from msgspec import Struct

from protocols.icmp import Opener, name_of, new_socket
from vocabulary.redaction import shortened

PORT: Final = 53
MAX_ANSWER_BYTES: Final = 4096
_HEADER: Final = struct.Struct("!HHHHHH")  # RFC 1035 4.1.1
_RECORD: Final = struct.Struct("!HHIH")  # RFC 1035 4.1.3, after the name
_RESPONSE: Final = 0x8000
_TRUNCATED: Final = 0x0200
_RECURSION_DESIRED: Final = 0x0100
_INTERNET: Final = 1
_POINTER: Final = 0xC0
_WRITTEN: Final = re.compile(
    r"[\w.-]+"
)  # RFC 1123 2.1; the underscore is none of a host's, but of many networks'
_SHOWN: Final = 60  # characters of a wrong name that are repeated


class Kind(IntEnum):
    """RFC 1035 3.2.2, RFC 3596 2.1."""

    A = 1
    AAAA = 28


class Outcome(StrEnum):
    """CLOSED: no one listens on the port. GARBAGE: only packets that are no answer to the question.
    TRUNCATED: an answer that did not fit its packet, and of which nothing is left (RFC 1035 4.1.1, TC).
    """

    ANSWERED = "answered"
    NO_SUCH_NAME = "no-such-name"
    SERVER_FAILURE = "server-failure"
    REFUSED = "refused"
    CLOSED = "closed"
    SILENT = "silent"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"
    NOT_SENT = "not-sent"


_BY_RCODE: Final = {0: Outcome.ANSWERED, 2: Outcome.SERVER_FAILURE, 3: Outcome.NO_SUCH_NAME}  # else refused


class Server(Struct, frozen=True):
    """`address` is numeric."""

    address: str
    port: int = PORT


def subject(server: Server) -> str:
    """As people write it: without the usual port."""
    return server.address if server.port == PORT else f"{server.address}:{server.port}"


class Question(Struct, frozen=True):
    server: Server
    name: str
    kind: Kind = Kind.A


class Answer(Struct, frozen=True, kw_only=True):
    """`addresses` may be empty under ANSWERED: the name has none of that kind. `error` is an errno's name."""

    question: Question
    outcome: Outcome
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""


def ask(
    questions: Sequence[Question],
    timeout_seconds: float = 3.0,
    *,
    resend_seconds: float = 1.0,
    open_socket: Opener = new_socket,
) -> list[Answer]:
    """One answer per question, in their order, after `timeout_seconds` at the latest.

    Each is sent again every `resend_seconds`: UDP loses packets. Raise ValueError for a name that is none.
    """
    queries = [_Query(question) for question in questions]
    with selectors.DefaultSelector() as selector:
        try:
            for query in queries:
                query.open(open_socket)
                if query.answer is None:
                    selector.register(query.sock, selectors.EVENT_READ, query)
            _converse(selector, time.monotonic() + timeout_seconds, resend_seconds)
        finally:
            for query in queries:
                query.close()
    return [query.answer or query.silence(timeout_seconds) for query in queries]


def resolve(
    names: Sequence[str],
    servers: Sequence[Server],
    timeout_seconds: float = 3.0,
    *,
    open_socket: Opener = new_socket,
) -> dict[str, Answer]:
    """Per name the best answer of all servers, asked at once: addresses, then a denial, then the rest.

    Names that are none are left out, and without a server all are.
    """
    questions = [Question(server, name) for name in names if _is_name(name) for server in servers]
    best: dict[str, Answer] = {}
    for answer in ask(questions, timeout_seconds, open_socket=open_socket):
        name = answer.question.name
        if name not in best or _worth(answer) < _worth(best[name]):
            best[name] = answer
    return best


class _Query:
    """A question under way: its packet, its socket, and what came."""

    sock: socket.socket

    def __init__(self, question: Question) -> None:
        self.question = question
        self.packet = build_query(question, int.from_bytes(os.urandom(2), "big"))
        self.answer: Answer | None = None
        self.garbage = False
        self.started = time.monotonic()

    def open(self, open_socket: Opener) -> None:
        server = self.question.server
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        try:
            self.sock = open_socket(family, socket.SOCK_DGRAM, 0)
            self.sock.connect((server.address, server.port))
            self.sock.send(self.packet)
        except OSError as error:
            self.fail(error)

    def fail(self, error: OSError) -> None:
        closed = error.errno == errno.ECONNREFUSED
        self.finish(Outcome.CLOSED if closed else Outcome.NOT_SENT, error=name_of(error))

    def send_again(self) -> None:
        try:
            self.sock.send(self.packet)
        except OSError as error:
            self.fail(error)

    def receive(self) -> None:
        try:
            packet = self.sock.recv(MAX_ANSWER_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(error)
            return
        parsed = parse_answer(packet, self.packet, self.question.kind)
        if parsed is None:
            self.garbage = True  # late, forged or broken: the true answer may still come
        else:
            self.finish(*parsed)

    def finish(self, outcome: Outcome, addresses: tuple[str, ...] = (), error: str = "") -> None:
        seconds = time.monotonic() - self.started
        self.answer = Answer(
            question=self.question, outcome=outcome, addresses=addresses, seconds=seconds, error=error
        )

    def silence(self, seconds: float) -> Answer:
        outcome = Outcome.GARBAGE if self.garbage else Outcome.SILENT
        return Answer(question=self.question, outcome=outcome, seconds=seconds)

    def close(self) -> None:
        if hasattr(self, "sock"):
            self.sock.close()


def _converse(selector: selectors.BaseSelector, deadline: float, resend_seconds: float) -> None:
    resend_at = time.monotonic() + resend_seconds
    while selector.get_map() and (now := time.monotonic()) < deadline:
        if now >= resend_at:
            resend_at = now + resend_seconds
            for key in list(selector.get_map().values()):
                key.data.send_again()
                _release(selector, key)
            continue
        for key, _ in selector.select(min(deadline, resend_at) - now):
            key.data.receive()
            _release(selector, key)


def _release(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    if key.data.answer is not None:
        selector.unregister(key.fileobj)


def build_query(question: Question, identifier: int) -> bytes:
    """Raise ValueError for a name that is none (RFC 1035 2.3.4: labels of 1..63, 255 in all)."""
    header = _HEADER.pack(identifier, _RECURSION_DESIRED, 1, 0, 0, 0)
    return header + _encoded(question.name) + struct.pack("!HH", question.kind, _INTERNET)


def parse_answer(packet: bytes, query: bytes, kind: Kind) -> tuple[Outcome, tuple[str, ...]] | None:
    """None where the packet does not answer `query`: other identifier, other question, cut short."""
    if len(packet) < len(query) or packet[:2] != query[:2]:
        return None
    _, flags, questions, answers, _, _ = _HEADER.unpack_from(packet)
    asked = packet[_HEADER.size : len(query)]
    if not flags & _RESPONSE or questions != 1 or asked.lower() != query[_HEADER.size :].lower():
        return None
    outcome = _BY_RCODE.get(flags & 0xF, Outcome.REFUSED)
    is_truncated = bool(flags & _TRUNCATED)
    try:
        found = _addresses(packet, len(query), answers, kind)
    except (IndexError, struct.error):
        return (Outcome.TRUNCATED, ()) if is_truncated else None
    is_empty = is_truncated and not found and outcome is Outcome.ANSWERED
    return (Outcome.TRUNCATED if is_empty else outcome), found


def _addresses(packet: bytes, at: int, count: int, kind: Kind) -> tuple[str, ...]:
    """Whatever their owner names: a chain of aliases ends in them."""
    found: list[str] = []
    size, family = (16, socket.AF_INET6) if kind is Kind.AAAA else (4, socket.AF_INET)
    for _ in range(count):
        at = _after_name(packet, at)
        record, record_class, _, length = _RECORD.unpack_from(packet, at)
        at += _RECORD.size
        if at + length > len(packet):
            raise IndexError("record cut short")
        if (record, record_class, length) == (kind, _INTERNET, size):
            found.append(socket.inet_ntop(family, packet[at : at + length]))
        at += length
    return tuple(found)


def _after_name(packet: bytes, at: int) -> int:
    """Pointers are not followed, so a loop of them costs nothing."""
    while packet[at]:
        if packet[at] & _POINTER:
            return at + 2
        at += packet[at] + 1
    return at + 1


def _encoded(name: str) -> bytes:
    """The root's name is "." or ""."""
    labels = [label.encode("ascii" if label.isascii() else "idna") for label in name.rstrip(".").split(".")]
    if labels == [b""]:
        return b"\0"
    if any(not 1 <= len(label) <= 63 for label in labels) or len(name) > 253:
        raise ValueError(f"not a host name: {name!r}")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def check_name(name: str) -> None:
    """Raise ValueError, which says how a name is written, for one that is none; "" and "." are the root's."""
    if name.rstrip(".") and not (_is_name(name) and _WRITTEN.fullmatch(name)):
        shown = ascii(name if len(name) <= _SHOWN else f"{shortened(name, _SHOWN)}...")
        raise ValueError(
            f"not a host name: {shown} ({len(name)} characters); write letters, digits and hyphens, "
            "at most 63 between two dots and 253 in all"
        )


def _is_name(name: str) -> bool:
    try:
        return len(_encoded(name)) > 1
    except ValueError:
        return False


def _worth(answer: Answer) -> int:
    if answer.addresses:
        return 0
    return {Outcome.ANSWERED: 1, Outcome.NO_SUCH_NAME: 1}.get(answer.outcome, 2)
