"""Network UPS Tools: what upsd speaks on TCP 3493, and read-only questions asked of it within bounds."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from vocabulary.redaction import shortened

PORT: Final = 3493  # IANA; NUT docs/net-protocol.txt, "Network protocol information"
MAX_REPLY_BYTES: Final = 64 * 1024  # a large PDU with 600 variables lists 30 kB
_ADDRESS: Final = re.compile(
    r"(?P<ups>[A-Za-z0-9._-]+)(@(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<host>[^\s@:\[\]]+))(:(?P<port>\d{1,5}))?)?"
)
_WORD: Final = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"\\]+)')


class UpsdError(Exception):
    """upsd said `ERR <code>` (docs/net-protocol.txt, "Error responses")."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BrokenReplyError(Exception):
    """What came back is no reply of upsd; the message is a short English phrase."""


class UpsAddress(Struct, frozen=True):
    """`host` is a name or a numeric address as the settings gave it."""

    ups: str
    host: str = "localhost"
    port: int = PORT

    @property
    def name(self) -> str:
        return f"{self.ups}@{self.host}"


def parse_address(text: str) -> UpsAddress:
    """Read `ups`, `ups@host`, `ups@host:port` or `ups@[::1]:port`, as upsc(8) does. Raise ValueError."""
    found = _ADDRESS.fullmatch(text)
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 65536:
        raise ValueError(f"{shortened(text, 60)!r} is no ups@host:port")
    return UpsAddress(found["ups"], found["six"] or found["host"] or "localhost", port)


def split_words(line: str) -> list[str]:
    r"""Words of one line; a quoted one keeps its spaces and loses its backslashes. Raise BrokenReplyError."""
    words: list[str] = []
    position = 0
    while position < len(line):
        if line[position] == " ":
            position += 1
            continue
        found = _WORD.match(line, position)
        if found is None:
            raise BrokenReplyError("the answer is garbled")
        quoted = found["quoted"]
        words.append(found["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = found.end()
    return words


class ListReply:
    """The reply to a LIST command, line by line: BEGIN LIST, rows, END LIST, each repeating the question."""

    def __init__(self, question: str) -> None:
        self.rows: list[list[str]] = []
        self._question = question.split()
        self._begun = False

    def take(self, line: str) -> bool:
        """True once the reply is complete. Raise UpsdError, BrokenReplyError."""
        words = split_words(line)
        if not self._begun:
            self._begin(words)
            return False
        if words == ["END", "LIST", *self._question]:
            return True
        if words[: len(self._question)] != self._question:
            raise BrokenReplyError("the answer is garbled")
        self.rows.append(words[len(self._question) :])
        return False

    def _begin(self, words: list[str]) -> None:
        if words[:1] == ["ERR"]:
            raise UpsdError(words[1] if len(words) > 1 else "")
        if words != ["BEGIN", "LIST", *self._question]:
            raise BrokenReplyError("the answer is garbled")
        self._begun = True


class Upsd:
    """One connection, for questions that need no login. `seconds` bounds it all, however bytes drip."""

    def __init__(self, connection: socket.socket, monotonic: Callable[[], float], seconds: float) -> None:
        self._connection = connection
        self._monotonic = monotonic
        self._deadline = monotonic() + seconds
        self._buffer = b""
        self._taken_bytes = 0

    def variables(self, ups: str) -> dict[str, str]:
        """All variables of a UPS ("ups.status": "OB DISCHRG"). Raise UpsdError, BrokenReplyError."""
        rows = self._list(f"VAR {ups}")
        if any(len(row) != 2 for row in rows):
            raise BrokenReplyError("the answer is garbled")
        return {row[0]: row[1] for row in rows}

    def names(self) -> list[str]:
        """The UPS names this upsd knows. Raise UpsdError, BrokenReplyError."""
        return [row[0] for row in self._list("UPS") if row]

    def _list(self, question: str) -> list[list[str]]:
        reply = ListReply(question)
        try:
            self._connection.sendall(f"LIST {question}\n".encode())
            while not reply.take(self._line()):
                pass
        except TimeoutError:
            raise BrokenReplyError("no complete answer in time") from None
        except OSError:
            raise BrokenReplyError("the connection was closed") from None
        return reply.rows

    def _line(self) -> str:
        while b"\n" not in self._buffer:
            chunk = self._receive()
            self._taken_bytes += len(chunk)
            if self._taken_bytes > MAX_REPLY_BYTES:
                raise BrokenReplyError("the answer never ends")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8", "replace")

    def _receive(self) -> bytes:
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        chunk = self._connection.recv(4096)
        if not chunk:
            raise BrokenReplyError("the connection was closed")
        return chunk
