"""A detour at the provider that takes its time: a TUN device and a relay, for chosen packets alone.

Documentation/networking/tuntap.rst.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from tests.lab.liar import checksum
from tests.lab.shop_network import ShopNetwork
from tests.lab.tunnel import open_tun

_DEVICE: Final = "slow0"
_MARK: Final = 1
_TTL, _CHECKSUM = slice(8, 9), slice(10, 12)  # RFC 791 3.1
_SEGMENT: Final = slice(20, 28)  # ports and sequence number, behind a header without options: RFC 9293 3.1
Seconds = Callable[[bytes], float]  # for a packet


@contextlib.contextmanager
def slow_wire(shop: ShopNetwork, which: str, seconds: Seconds) -> Iterator[None]:
    """What comes from the store and nft finds to be `which` is held back, and no hop farther."""
    relay = shop.start("provider", lambda ready: _work(seconds, ready))
    shop.ip("provider", f"link set {_DEVICE} up")
    shop.ip("provider", f"route add default dev {_DEVICE} table 100")
    shop.ip("provider", f"rule add fwmark {_MARK} lookup 100 priority 100")
    shop.rule("provider", "prerouting", f"iifname store {which} meta mark set {_MARK}")
    try:
        yield
    finally:
        shop.nft("provider", "flush ruleset")
        shop.ip("provider", "rule del priority 100")
        shop.stop(relay)  # its device goes with it, and the device's route


def evenly(seconds: float) -> Seconds:
    return lambda _packet: seconds


def now_and_then(*seconds: float) -> Seconds:
    """In turn, for packets that carry something; what is sent again is no new packet."""
    turns = itertools.cycle(seconds)
    held: dict[bytes, float] = {}

    def of(packet: bytes) -> float:
        segment = packet[_SEGMENT]
        if not _payload_bytes(packet):
            return 0.0
        if segment not in held:
            held[segment] = next(turns)
        return held[segment]

    return of


def _payload_bytes(packet: bytes) -> int:
    return int.from_bytes(packet[2:4], "big") - 20 - (packet[32] >> 4) * 4


def _work(seconds: Seconds, ready: Callable[[], object]) -> None:
    device = open_tun(_DEVICE)
    ready()
    waiting: deque[tuple[float, bytes]] = deque()
    while True:
        patience = max(waiting[0][0] - time.monotonic(), 0) if waiting else None
        if select.select([device], [], [], patience)[0]:
            packet = os.read(device, 65536)
            if packet[0] == 0x45:  # IPv4 without options: not the kernel's own IPv6 greetings
                waiting.append((time.monotonic() + seconds(packet), packet))
        while waiting and waiting[0][0] <= time.monotonic():  # a wire changes no order
            os.write(device, _one_hop_back(waiting.popleft()[1]))


def _one_hop_back(packet: bytes) -> bytes:
    """The detour costs a hop, which is given back."""
    head = bytearray(packet[:20])
    head[_TTL] = bytes([head[8] + 1])
    head[_CHECKSUM] = b"\0\0"
    head[_CHECKSUM] = checksum(bytes(head)).to_bytes(2, "big")
    return bytes(head) + packet[20:]
