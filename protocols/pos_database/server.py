"""Where a database server is, and whether anything listens there."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from msgspec import Struct

CONNECT_SECONDS: Final = 3
STATEMENT_SECONDS: Final = 1.0  # the server breaks it off
ANSWER_SECONDS: Final = 2.0  # we do, where the server says nothing more
ALL_SECONDS: Final = 6.0  # all questions together: with the rest, below the probe's 15 s
_SOCKETS: Final = {"postgresql": "/run/postgresql", "mariadb": "/run/mysqld/mysqld.sock"}  # Debian's
_PORTS: Final = {"postgresql": 5432, "mariadb": 3306}
_LISTEN_SECONDS: Final = 1.0


class Server(Struct, frozen=True, kw_only=True):
    """`socket` is set, or `host`, a numeric address. PostgreSQL's `socket` is the folder it lies in."""

    engine: str
    login: str
    name: str
    port: int
    host: str = ""
    socket: str = ""

    @property
    def socket_file(self) -> str:
        """PostgreSQL names it after its port (postgresql.org/docs, unix_socket_directories)."""
        return f"{self.socket}/.s.PGSQL.{self.port}" if self.engine == "postgresql" else self.socket


def parse(text: str) -> Server:
    """Of "postgresql://login@127.0.0.1:5432/name" or, over its socket, "mariadb://login@/name?socket=PATH".

    Raise ValueError; the message names no password.
    """
    url = urlsplit(text)
    if url.password:
        raise ValueError("no password here; it belongs in password_file")
    options = parse_qs(url.query)
    name = unquote(url.path.removeprefix("/"))
    if (
        not (url.netloc and url.username and name)
        or "/" in name
        or options.keys() - {"socket"}
        or url.fragment
    ):
        raise ValueError(f"written as {url.scheme}://LOGIN@/NAME or {url.scheme}://LOGIN@127.0.0.1/NAME")
    host = _host(url)
    if host and options:
        raise ValueError("a host or a socket, not both")
    path = options.get("socket", [_SOCKETS[url.scheme]])[-1]
    if not host and not path.startswith("/"):
        raise ValueError("socket: a whole path")
    return Server(
        engine=url.scheme,
        login=unquote(url.username),
        name=name,
        port=url.port or _PORTS[url.scheme],
        host=host,
        socket="" if host else path,
    )


def _host(url: SplitResult) -> str:
    """Numeric: a name would be looked up by the system's resolver, which no deadline of ours ends."""
    host = url.hostname or ""
    for family in (socket.AF_INET, socket.AF_INET6) if host else ():
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return host
    if host:
        raise ValueError(f"host {host}: an address, such as 127.0.0.1, no name")
    return ""


def why_not_there(server: Server) -> OSError | None:
    """None where somebody takes the connection."""
    family = socket.AF_UNIX if server.socket else socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.settimeout(_LISTEN_SECONDS)
        try:
            end.connect(server.socket_file if server.socket else (server.host, server.port))
        except OSError as error:
            return error
    return None
