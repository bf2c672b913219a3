"""Whether another device has the till's IPv4 address: asked of a service that may send ARP."""

from __future__ import annotations

import socket
from typing import Final

from msgspec import Struct

from probes.memory import Memory
from probes.network.conditions import ADDRESS_TAKEN
from probes.till import Till
from protocols.arp import NO_ETHERNET, NotTold, told
from vocabulary.reading import Reading, Reason

START: Final = "who else has it is not known: systemctl enable --now poshealth-address-owners.socket"
LOOK_AT: Final = "who else has it is not known: systemctl status 'poshealth-address-owners*'"
AGAIN_SECONDS: Final = 600.0
_PATIENCE_SECONDS: Final = 2.0  # three probes of 0.3 s, and a start of Python
_LONGEST_ANSWER: Final = 128
_MEMORY: Final = "address-owner"


class AddressOwner(Struct, frozen=True, kw_only=True):
    """`service` is the path of its socket; `memory` keeps who had which address, and when that was asked."""

    interface: str
    service: str
    till: Till
    memory: Memory

    def reading(self, address: str, *, came_through: bool) -> Reading:
        """Asked where nothing `came_through` the gateway, of a new address, and every AGAIN_SECONDS.

        Between two questions the last answer stands, unless that was bad: whoever mends it is told at once.
        """
        known = self._remembered(address)
        if known == "" and came_through:
            return self._judged(address, known)
        try:
            other = self._asked(address)
        except PermissionError:
            return ADDRESS_TAKEN.unknown(Reason.NO_PERMISSION, self.interface, because=LOOK_AT)
        except (FileNotFoundError, ConnectionRefusedError):
            return ADDRESS_TAKEN.unknown(Reason.NOT_TESTED, self.interface, because=START)
        except (OSError, NotTold) as error:
            reason, because = Reason.NOT_TESTED, LOOK_AT
            if error.args[:1] == (NO_ETHERNET,):
                reason, because = Reason.NOT_SUPPORTED, NO_ETHERNET
            return ADDRESS_TAKEN.unknown(reason, self.interface, because=because)
        self.memory.set(_MEMORY, [address, other, self.till.monotonic_seconds()])
        return self._judged(address, other)

    def _judged(self, address: str, other: str) -> Reading:
        facts = {"address": address, "other": other or "none"}
        return ADDRESS_TAKEN.failing_if(bool(other), self.interface, through=(self.interface,), **facts)

    def _remembered(self, address: str) -> str | None:
        """Who else had it, "" for nobody; None where that is not known, or too old, or of another boot."""
        match self.memory.get(_MEMORY):
            case [str(of), str(other), float() | int() as at]:
                age = self.till.monotonic_seconds() - at
                return other if of == address and 0 <= age < AGAIN_SECONDS else None
        return None

    def _asked(self, address: str) -> str:
        """Raise OSError, NotTold."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(str(self.till.path(self.service)))
            connection.sendall(f"who {self.interface} {address}\n".encode())
            received = b""
            until = self.till.monotonic_seconds() + _PATIENCE_SECONDS
            while not received.endswith(b"\n") and len(received) < _LONGEST_ANSWER:
                connection.settimeout(max(0.001, until - self.till.monotonic_seconds()))
                piece = connection.recv(_LONGEST_ANSWER)
                if not piece:
                    break
                received += piece
        return told(received.decode("ascii", "replace").rstrip("\n"))
