"""A tunnel between two of the lab's namespaces: two TUN devices and a relay.

Documentation/networking/tuntap.rst.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.lab.shop_network import ShopNetwork

NEAR: Final = "10.9.0.1"
FAR: Final = "10.9.0.2"
BEHIND: Final = "10.9.1.2"
TO_BEHIND: Final = f"route add {BEHIND} dev tun0"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN_NO_PI: Final = 0x0001 | 0x1000
_CLONE_NEWNET: Final = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def tunnel(shop: ShopNetwork) -> Iterator[int]:
    """tun0 in the terminal, its other end in the core, and BEHIND as one more host there; the process id of
    the relay, with which both ends are gone.
    """

    def work(ready: Callable[[], object]) -> None:
        near = open_tun("tun0")
        _enter_network(shop.within("core")[-1])
        far = open_tun("tun0")
        os.write(writer, str(os.getpid()).encode())
        ready()
        _relay(near, far)

    reader, writer = os.pipe()
    shop.start("terminal", work)
    relay = int(os.read(reader, 32))
    os.close(reader)
    os.close(writer)
    for hop, own, other in (("terminal", NEAR, FAR), ("core", FAR, NEAR)):
        shop.ip(hop, f"address add {own} peer {other} dev tun0")
        shop.ip(hop, "link set tun0 up")
    shop.ip("core", f"address add {BEHIND}/32 dev tun0")
    shop.ip("terminal", TO_BEHIND)
    yield relay


def open_tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_NO_PI))
    return device


def _enter_network(name: str) -> None:
    with Path(f"/run/netns/{name}").open() as file:
        if _libc.setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def _relay(near: int, far: int) -> None:
    other = {near: far, far: near}
    while True:
        for ready in select.select([near, far], [], [])[0]:
            with contextlib.suppress(OSError):
                os.write(other[ready], os.read(ready, 65536))
