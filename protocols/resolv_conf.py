"""Which name servers and which names a machine was given by file: resolv.conf(5), hosts(5)."""

from __future__ import annotations

from protocols.dns import Server
from protocols.routes import pack_address

MAX_SERVERS = 3  # resolv.conf(5): MAXNS; the C library asks no others


def parse_resolv_conf(text: str) -> tuple[Server, ...]:
    """At most MAX_SERVERS, in their order; lines that are none are left out."""
    found: dict[Server, None] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.setdefault(parse_server(words[1]))
            except ValueError:
                continue
    return tuple(found)[:MAX_SERVERS]


def parse_server(text: str) -> Server:
    """From "10.0.0.1", "10.0.0.1:5353", "fd00::1" or "[fd00::1]:5353". Raise ValueError."""
    address, port = text, "53"
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    pack_address(address)
    if not port.isdecimal():
        raise ValueError(f"not a port: {port!r}")
    return Server(address, int(port))


def parse_hosts(text: str) -> dict[str, str]:
    """Lower-case name to its first IPv4 address."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) >= 2 and ":" not in words[0]:
            for name in words[1:]:
                found.setdefault(name.lower(), words[0])
    return found
