"""Whether another machine has an IPv4 address: the probe of RFC 5227, and what its service answers.

Packets: RFC 826 for IPv4 over Ethernet, without the Ethernet header.
"""

from __future__ import annotations

import re
import socket
import struct
from typing import Final

PACKET_BYTES: Final = 28
NO_ETHERNET: Final = "this is no Ethernet"
_PACKET: Final = struct.Struct("!HHBBH6s4s6s4s")  # hardware, protocol, lengths, operation, sender, target
_ETHERNET: Final = 1
_IPV4: Final = 0x0800
_REQUEST: Final = 1
_REPLY: Final = 2
_NOBODY: Final = bytes(4)

_MAC: Final = re.compile(r"taken ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})")


class NotTold(Exception):  # noqa: N818  an answer, not a mistake: the service says why it cannot tell
    """The service's answer does not say who has the address; `args[0]` is why."""


def probe(own: bytes, address: str) -> bytes:
    """RFC 5227 1.1: a request with an all-zero sender address, so that nobody's table changes."""
    wanted = socket.inet_aton(address)
    return _PACKET.pack(_ETHERNET, _IPV4, 6, 4, _REQUEST, own, _NOBODY, bytes(6), wanted)


def claimant(packet: bytes, own: frozenset[bytes], address: str) -> str:
    """The other machine's hardware address where this packet shows that it has `address` or probes for it.

    `own` are those of all our cards: on one network each answers for the others' addresses (ip-sysctl,
    arp_ignore).

    RFC 5227 2.1.1: any packet with it as sender; or a probe for it that is not ours. "" for all others.
    """
    if len(packet) < PACKET_BYTES:
        return ""
    kind, protocol, six, four, operation, sender, has, _, wanted = _PACKET.unpack_from(packet)
    if (kind, protocol, six, four) != (_ETHERNET, _IPV4, 6, 4) or operation not in {_REQUEST, _REPLY}:
        return ""
    address_bytes = socket.inet_aton(address)
    probes_too = has == _NOBODY and wanted == address_bytes
    if sender in own or not (has == address_bytes or probes_too):
        return ""
    return bytes(sender).hex(":")


def told(answer: str) -> str:
    """The other machine's hardware address, "" where the address is ours alone. Raise NotTold."""
    if answer == "free":
        return ""
    found = _MAC.fullmatch(answer)
    if found is None:
        why = (
            answer.removeprefix("unknown ") if answer.startswith("unknown ") else "its answer makes no sense"
        )
        raise NotTold(why)
    return found[1]
