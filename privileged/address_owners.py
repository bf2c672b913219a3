"""Whether somebody else has the till's IPv4 address: a question that needs the right to send ARP.

systemd starts it for each connection to its socket, which is its standard input and output. The one line
"who eth0 10.8.0.2" is answered by "taken 02:00:5e:10:00:01", "free" or "unknown WHY". Only an address that
this machine has on that interface is asked about: nobody learns through it who else is on the network.
"""

from __future__ import annotations

import os
import re
import select
import socket
import sys
import time

from protocols import arp, netlink

_REQUEST = re.compile(rb"who ([A-Za-z0-9_.:@-]{1,15}) (\d{1,3}(?:\.\d{1,3}){3})\n")
_LONGEST_REQUEST = 64
_REQUEST_SECONDS = 2.0
_ETH_P_ARP = 0x0806  # linux/if_ether.h
_ARPHRD_ETHER = 1  # linux/if_arp.h
_CARDS = "/sys/class/net"
_BROADCAST = b"\xff" * 6
# RFC 5227 1.1: PROBE_NUM. Its PROBE_MIN of 1 s spares a network where hundreds of machines start at once;
# ours has had its address for long.
_PROBES = 3
_PROBE_SECONDS = 0.3
_LONGEST_WHY = 80


def main() -> int:
    sys.stdout.write(_answer(_request()) + "\n")
    sys.stdout.flush()
    return 0


def _request() -> bytes:
    """A whole line; less where none comes in time."""
    until = time.monotonic() + _REQUEST_SECONDS
    received = b""
    while not received.endswith(b"\n") and len(received) < _LONGEST_REQUEST:
        if not select.select([0], [], [], max(0.0, until - time.monotonic()))[0]:
            break
        piece = os.read(0, _LONGEST_REQUEST)
        if not piece:
            break
        received += piece
    return received


def _answer(request: bytes) -> str:
    wanted = _REQUEST.fullmatch(request)
    if wanted is None:
        return "what"
    interface, address = wanted[1].decode(), wanted[2].decode()
    try:
        if not any((own.interface, own.address) == (interface, address) for own in netlink.addresses()):
            return "unknown this machine does not have the address"
        other = _claimant(interface, address)
    except OSError as error:
        return f"unknown {error.strerror or 'the kernel refuses'}"[:_LONGEST_WHY]
    if other is None:
        return f"unknown {arp.NO_ETHERNET}"
    return f"taken {other}" if other else "free"


def _claimant(interface: str, address: str) -> str | None:
    """Its hardware address, "" for nobody, None where there is no such thing. Raise OSError."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0) as sock:
        sock.bind((interface, _ETH_P_ARP))
        _, _, _, kind, own = sock.getsockname()
        if kind != _ARPHRD_ETHER:
            return None
        for _ in range(_PROBES):
            sock.sendto(arp.probe(own, address), (interface, _ETH_P_ARP, 0, 0, _BROADCAST))
            other = _heard(sock, _own_cards() | {own}, address)
            if other:
                return other
    return ""


def _own_cards() -> frozenset[bytes]:
    """The hardware addresses of all interfaces; those without one have zeros."""
    found = set()
    for name in os.listdir(_CARDS):  # noqa: PTH208  names, not paths
        try:
            with open(f"{_CARDS}/{name}/address", encoding="ascii") as file:  # noqa: PTH123  start-up time
                found.add(bytes.fromhex(file.read().strip().replace(":", "")))
        except (OSError, ValueError):  # gone meanwhile, or a file of a driver's own
            continue
    return frozenset(found)


def _heard(sock: socket.socket, own: frozenset[bytes], address: str) -> str:
    until = time.monotonic() + _PROBE_SECONDS
    while (left := until - time.monotonic()) > 0 and select.select([sock], [], [], left)[0]:
        packet, sender = sock.recvfrom(256)
        if sender[2] != socket.PACKET_OUTGOING:
            other = arp.claimant(packet, own, address)
            if other:
                return other
    return ""


if __name__ == "__main__":
    sys.exit(main())
