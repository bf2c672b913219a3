"""Every byte that crossed the printer's plugs, with its time."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """`at` is time.monotonic(). `noise` marks bytes that came at a speed the printer does not listen at, and
    `heard` is then what its receiver made of them.
    """

    at: float
    port: str
    octets: bytes
    inward: bool
    noise: bool = False
    heard: bytes = b""


@dataclass
class Journal:
    entries: list[Entry] = field(default_factory=list)

    def note_received(self, port: str, octets: bytes, *, noise: bool, heard: bytes | None = None) -> None:
        made_of_it = octets if heard is None else heard
        self.entries.append(Entry(time.monotonic(), port, octets, inward=True, noise=noise, heard=made_of_it))

    def note_sent(self, port: str, octets: bytes) -> None:
        self.entries.append(Entry(time.monotonic(), port, octets, inward=False))

    @property
    def received(self) -> bytes:
        return b"".join(entry.octets for entry in self.entries if entry.inward)

    @property
    def sent(self) -> bytes:
        return b"".join(entry.octets for entry in self.entries if not entry.inward)
