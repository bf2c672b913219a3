"""Whether a gateway lives, by ping, by a TCP answer or by the neighbour table, and which of them told."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

from msgspec import Struct

from protocols.icmp import Opener, PingOutcome, new_socket, ping
from protocols.tcp_sweep import Outcome, Result, Target, results

PING_SECONDS: Final = 1.0
# Whichever answers first. 9 (discard) is closed on every router: a refusal is an answer; 80 is open on most
# whose firewall keeps silent on closed ports.
PORTS: Final = (9, 80)
# An entry may have been confirmed up to 45 s before its neighbour died, then waits 5 s and asks three times a
# second apart (arp(7): base_reachable_time 30 s x 1.5, delay_first_probe_time, ucast_solicit).
NEIGHBOUR_FORGETS_SECONDS: Final = 53.0
# What a used but unconfirmed entry takes to be marked failed; measured 7.6 s.
NEIGHBOUR_ASKS_SECONDS: Final = 8.5
_LOOK_AGAIN_SECONDS: Final = 0.25
_COMPLETE: Final = 0x2  # ATF_COM, linux/if_arp.h


class Sighting(Struct, frozen=True):
    """`seen_by` is how an answer came, "" for none; `asked` is what was tried; both short English phrases.

    `blocked_here`: nothing left this machine, its own filter saw to that.
    """

    asked: str
    seen_by: str = ""
    seconds: float = 0.0
    blocked_here: bool = False

    @property
    def alive(self) -> bool:
        return bool(self.seen_by)


def ask(
    address: str, beyond: str = "", timeout_seconds: float = 3.0, *, open_socket: Opener = new_socket
) -> Sighting:
    """Ping where permitted, otherwise or without a reply TCP. A link-local `address` needs its zone.

    A router that answers nobody still sends back a packet for `beyond`, an address behind it, whose hop limit
    ends with it; the packet goes no further. That is tried after a third of `timeout_seconds` in silence.
    """
    answer = ping(address, min(PING_SECONDS, timeout_seconds), open_socket=open_socket)
    if answer.outcome is PingOutcome.REPLY:
        return Sighting("ping", "ping", answer.seconds)
    silent = answer.outcome is PingOutcome.SILENT
    asked = "ping and TCP" if silent else "TCP, as ping is not permitted"
    targets = [Target(address, port) for port in PORTS]
    seen = _sweep(targets, address, asked, timeout_seconds / 3, open_socket)
    if seen.alive:
        return seen
    if beyond:
        targets.append(Target(beyond, PORTS[0], hops=1))
    return _sweep(targets, address, asked, timeout_seconds * 2 / 3, open_socket)


def _sweep(
    targets: list[Target], address: str, asked: str, timeout_seconds: float, open_socket: Opener
) -> Sighting:
    held_back = 0
    with closing(results(targets, timeout_seconds, open_socket=open_socket)) as sweep:
        for _, result in sweep:
            if result.outcome is Outcome.EXPIRED:
                return Sighting(asked, "a packet it sent back", result.seconds)
            if _answered(result, address):
                return Sighting(asked, "a TCP answer", result.seconds)
            held_back += result.outcome is Outcome.BLOCKED_HERE
    return Sighting(asked, blocked_here=held_back == len(targets))


def watch_neighbour(
    silent: Sighting, is_known: Callable[[], bool], seconds: float = NEIGHBOUR_ASKS_SECONDS
) -> Sighting:
    """Alive where the neighbour table still knows it after `seconds`; not, as soon as it does not.

    Meant for after `ask`, whose packets make the kernel confirm the entry or give it up.
    """
    deadline = time.monotonic() + seconds
    while is_known():
        left = deadline - time.monotonic()
        if left <= 0:
            return Sighting(silent.asked, "the neighbour table")
        time.sleep(min(_LOOK_AGAIN_SECONDS, left))
    return silent


def is_neighbour(table: str, address: str) -> bool:
    """Whether /proc/net/arp has a hardware address for it (proc(5); flags by net/ipv4/arp.c)."""
    for line in table.splitlines():
        columns = line.split()
        if len(columns) >= 4 and columns[0] == address:
            return bool(int(columns[2], 16) & _COMPLETE)
    return False


def _answered(result: Result, address: str) -> bool:
    """Another host's answer is none: a packet for `beyond` may be refused on the till itself."""
    if result.outcome in {Outcome.OPEN, Outcome.REFUSED}:
        return result.target.address == address
    complaint = result.complaint
    return complaint is not None and complaint.offender == without_zone(address) != result.source


def without_zone(address: str) -> str:
    """RFC 4007 11: "fe80::1%eth0" is the address and the link it is on."""
    return address.partition("%")[0]
