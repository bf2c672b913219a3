"""The control socket: one JSON line in, one JSON line out; it never makes the loop wait."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import socket
import struct
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from agent.drill.drills import MOST_MINUTES
from agent.slip.quiet import MAX_HOLD_SECONDS
from probes.maintenance.log import Entry
from vocabulary.redaction import redacted
from vocabulary.report import Report
from vocabulary.work import LONGEST_REASON

MAX_REQUEST_BYTES = 256 << 10  # a slip's request holds the report from before the repair: 60 kB
_READ_BYTES = 64 << 10
MAX_CLIENTS = 8
GROUP = "poshealth"
_CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group
# user_namespaces(7): who is not let in; systemd's PrivateUsers= knows root and the unit's own account.
_OVERFLOW_UID = 65534


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`probes` empty means all of them; to lend a device its probe is named. `seconds` is for "printing"
    and "hold-off", 0 ends them; `language`, `technician`, `before` and `drill` are for "slip"; `code`,
    `subject` and `minutes` for "drill"; "right" and "wrong" answer the open question.
    `plan` is for "slip", too; "maintenance" notes its `entry`, or tells the log without one;
    `reason` and `anyway` are for "begin-change". `by` is who asks, as the client says: a claim.
    """

    do: Literal[
        "check",
        "status",
        "slip",
        "printing",
        "hold-off",
        "lend",
        "give-back",
        "drill",
        "end-drill",
        "right",
        "wrong",
        "begin-change",
        "end-change",
        "maintenance",
    ]
    probes: tuple[str, ...] = ()
    seconds: Annotated[float, Meta(ge=0, le=MAX_HOLD_SECONDS)] = 60.0
    language: Literal["", "en", "zh"] = ""
    technician: bool = False
    before: Report | None = None
    plan: bool = False
    entry: Entry | None = None
    drill: bool = False
    code: Annotated[str, Meta(max_length=80)] = ""
    subject: Annotated[str, Meta(max_length=120)] = ""
    minutes: Annotated[float, Meta(gt=0, le=MOST_MINUTES)] = 10.0
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""
    anyway: bool = False
    by: Annotated[str, Meta(pattern=r"^[\w.@\\+$-]{0,64}\Z")] = ""


class Client:
    """One connection: reads until the line ends, is answered once, and closed when the answer is out."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._received = bytearray()
        self._answer = b""
        self.request: Request | None = None
        self.closed = False

    def fileno(self) -> int:
        return self._channel.fileno()

    @property
    def account(self) -> str:
        """Who asks, as the kernel says it (unix(7), SO_PEERCRED); a number where it has no name. Where the
        kernel cannot say, as the client does; never as one whom the kernel would have named.
        """
        size = _CREDENTIALS.size
        _, uid, _ = _CREDENTIALS.unpack(self._channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        said = redacted(self.request.by) if self.request else ""
        if uid == _OVERFLOW_UID and said and said not in {_name(0), _name(os.geteuid())}:
            return said
        return _name(uid)

    @property
    def wants_to_write(self) -> bool:
        return bool(self._answer)

    def read(self) -> Request | None:
        """The request once its line is complete; a bad one is answered and closed."""
        try:
            chunk = self._channel.recv(_READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return None
        if self.request is not None:
            return None
        self._received += chunk
        if b"\n" not in self._received and len(self._received) < MAX_REQUEST_BYTES:
            return None
        try:
            self.request = msgspec.json.decode(bytes(self._received).partition(b"\n")[0], type=Request)
        except msgspec.MsgspecError as error:
            self.answer({"error": str(error)})
        return self.request

    def answer(self, content: object) -> None:
        self._answer = msgspec.json.encode(content) + b"\n"
        self.write()

    def write(self) -> None:
        try:
            self._answer = self._answer[self._channel.send(self._answer) :]
        except BlockingIOError:
            return
        except OSError:
            self._answer = b""
        if not self._answer:
            self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._channel.close()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


class Control:
    """The listening socket (mode 0660, group poshealth where there is one) and its clients."""

    def __init__(self, path: Path) -> None:
        """Raise OSError where another daemon answers there, or the folder cannot be written."""
        self._path = path
        _remove_stale(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.bind(str(path))
        path.chmod(0o660)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
        self._listener.listen(MAX_CLIENTS)
        self._listener.setblocking(False)
        self.clients: list[Client] = []

    def fileno(self) -> int:
        return self._listener.fileno()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            channel, _ = self._listener.accept()
            client = Client(channel)
            self.clients.append(client)
            if len(self.clients) > MAX_CLIENTS:
                client.answer({"error": "too many connections; try again in a moment"})

    def forget_closed(self) -> None:
        self.clients = [client for client in self.clients if not client.closed]

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self._listener.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def _remove_stale(path: Path) -> None:
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise FileExistsError(f"another poshealth answers at {path}")
