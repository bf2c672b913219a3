"""Links, addresses, routes and the store's router, as the kernel tells of them."""

from __future__ import annotations

import errno
import socket

from agent.watching.source import Source
from protocols.netlink import dump
from protocols.network_changes import DUMPS, GROUPS, Network

PROBES = ("network", "firewall_ports", "payment_lines", "payment_terminal")
_ROOM = 1 << 18  # bytes; 1,000 flaps of a link are 600 kB: what does not fit is told by ENOBUFS
_MOST_PACKETS = 256  # then the other sources have their turn
_DUMP_SECONDS = 1.0  # the kernel takes 0.3 ms


class NetworkSource(Source):
    probes: tuple[str, ...] = PROBES

    def __init__(self, interfaces: tuple[str, ...], gateway: str) -> None:
        self._known = Network(interfaces, gateway)
        self._socket: socket.socket | None = None

    @property
    def is_well(self) -> bool:
        return self._socket is not None

    def open(self, now: float) -> None:
        del now
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket = sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        sock.bind((0, GROUPS))
        sock.setblocking(False)
        self._read_all()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket else -1

    def step(self, now: float) -> tuple[str, ...]:
        """Lost messages may have been of anything."""
        del now
        assert self._socket is not None
        changed = False
        for _ in range(_MOST_PACKETS):
            try:
                packet, sender = self._socket.recvfrom(1 << 16)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._read_all()
                changed = True
                continue
            if sender[0] == 0:  # the kernel; a process has another port: netlink(7)
                changed |= self._known.take(packet)
        return PROBES if changed else ()

    def _read_all(self) -> None:
        """Through a socket of its own, as news goes on coming in at ours."""
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
            sock.settimeout(_DUMP_SECONDS)
            for kind, size in DUMPS:
                for packet in dump(sock, kind, size):
                    self._known.take(packet)
