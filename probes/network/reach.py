"""How this till gets at a host that the settings name: its address, and what keeps us from it."""

from __future__ import annotations

from msgspec import Struct

from probes import host_names
from probes.host_names import Found
from probes.routing import Ground
from probes.till import Till
from protocols.dns import Server

__all__ = ["Found", "Reach"]


class Reach(Struct, frozen=True, kw_only=True):
    """`servers` are the name servers that are known to speak: the others would only cost their timeout."""

    ground: Ground
    till: Till
    servers: tuple[Server, ...]
    timeout_seconds: float

    def find(self, host: str) -> Found:
        """IPv4 only; with no address `because` says why: the code of a condition."""
        found = host_names.find([host], self.servers, self.timeout_seconds, self.till)[host]
        barrier = self.ground.barrier(found.address) if found.address else ""
        return Found("", barrier) if barrier else found


def split_authority(text: str) -> tuple[str, int]:
    """Host and port of "host:port" or "[fd00::1]:port". Raise ValueError."""
    host, _, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if is_bracketed else host
    host_names.check_host(host)
    if (":" in host) is not is_bracketed or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"not host:port: {text!r}")
    return host, int(port)
