"""The TCP ports this till listens on, against the list of those it may."""

from __future__ import annotations

from typing import Final

from probes.firewall_ports.conditions import UNEXPECTED_LISTENER
from probes.till import Till
from protocols.listening import Listener, parse_listeners
from vocabulary.reading import Reading, Reason

SUBJECT: Final = "listening-ports"
_TABLES: Final = ("proc/net/tcp", "proc/net/tcp6")


def reading(allowed: tuple[int, ...] | None, till: Till) -> Reading:
    """Ports that only this machine itself can reach are fine."""
    if allowed is None:
        return UNEXPECTED_LISTENER.unknown(Reason.NOT_SET_UP, SUBJECT, because="listening_allowed is not set")
    listeners = _listeners(till)
    if listeners is None:
        return UNEXPECTED_LISTENER.unknown(Reason.NOT_SUPPORTED, SUBJECT, because="/proc/net/tcp is missing")
    users = _users(till)
    unexpected = {
        one.port: users.get(one.uid, str(one.uid))
        for one in listeners
        if not one.loopback_only and one.port not in allowed
    }
    ports = ", ".join(f"{port} ({user})" for port, user in sorted(unexpected.items()))
    return UNEXPECTED_LISTENER.failing_if(bool(unexpected), SUBJECT, ports=ports)


def _listeners(till: Till) -> list[Listener] | None:
    """Without IPv6 there is no tcp6; without tcp nothing is known."""
    found: list[Listener] = []
    for name in _TABLES:
        try:
            with till.path(name).open(encoding="ascii", errors="replace") as table:
                found += parse_listeners(table)
        except OSError:
            if name == _TABLES[0]:
                return None
    return found


def _users(till: Till) -> dict[int, str]:
    """Only those of /etc/passwd."""
    try:
        lines = till.read_text("etc/passwd").splitlines()
    except OSError:
        return {}
    fields = (line.split(":") for line in lines)
    return {int(each[2]): each[0] for each in fields if len(each) > 3 and each[2].isdecimal()}
