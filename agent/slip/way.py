"""Which way a slip goes to the printer, as the settings say it."""

from __future__ import annotations

from typing import Final, Literal, Protocol

from msgspec import Struct

MOST_BROKER_BYTES: Final = 0xFFC0
"""What the broker takes at a time. A picture 384 dots wide and one metre long is 38 KB."""

Through = Literal["port", "command", "cups"]


class Way(Protocol):
    """`port` is that of the receipt printer's settings, or the broker's; `command` gets the bytes on its
    standard input; `queue` is a raw queue of the CUPS at `cups_socket`.
    """

    @property
    def through(self) -> Through: ...
    @property
    def command(self) -> tuple[str, ...]: ...
    @property
    def queue(self) -> str: ...
    @property
    def cups_socket(self) -> str: ...


NO_WAY: Final = "no printer is set up ([receipt_printer] port)"


def has_way(port: str, way: Way) -> bool:
    """`port` of the receipt printer; a command or a queue needs none."""
    return bool(port) or way.through != "port"


class PortWay(Struct, frozen=True):
    """What holds where the settings say nothing."""

    through: Through = "port"
    command: tuple[str, ...] = ()
    queue: str = ""
    cups_socket: str = ""
