"""Names to addresses as this till finds them, bounded in time: hosts file, then all name servers at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from probes.network.conditions import RESOLVER_SILENT
from probes.network.wrong_answers import WRONG
from probes.routing import hosts_of
from probes.till import Till
from protocols import dns
from protocols.routes import pack_address

NO_ADDRESS: Final = "the name has no address"


class Found(Struct, frozen=True):
    """`address` is "" where there is none; then `because` is the code of the condition in the way, or
    `NO_ADDRESS` where name lookup works. `asked`: whether it takes a name server.
    """

    address: str
    because: str = ""
    asked: bool = False


def check_host(host: str) -> None:
    """Raise ValueError for what is neither an address nor a name."""
    if not is_address(host):
        dns.check_name(host)
    if not host.strip("."):
        raise ValueError("a host is missing")


def is_address(host: str) -> bool:
    try:
        return bool(pack_address(host))
    except ValueError:
        return False


def find(
    hosts: Iterable[str], servers: tuple[dns.Server, ...], timeout_seconds: float, till: Till
) -> dict[str, Found]:
    """IPv4 addresses only, the first of several."""
    hosts = set(hosts)
    found = {host: Found(host) for host in hosts if is_address(host)}
    known = hosts_of(till)
    for host in hosts:
        if host not in found and host.lower() in known:
            found[host] = Found(known[host.lower()])
    asked = sorted(hosts - found.keys())
    answers = dns.resolve(asked, servers, timeout_seconds, open_socket=till.socket)
    return found | {host: _found(answers.get(host)) for host in asked}


def _found(answer: dns.Answer | None) -> Found:
    """Nobody asked, nobody answered."""
    if answer is None:
        return Found("", RESOLVER_SILENT.code, asked=True)
    if answer.addresses:
        return Found(answer.addresses[0], asked=True)
    wrong = WRONG.get(answer.outcome)
    return Found("", wrong.code if wrong else NO_ADDRESS, asked=True)
