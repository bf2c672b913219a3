"""Where each line's walk begins: the address of its host, and what lies on the way there."""

from __future__ import annotations

from typing import Final

from probes.host_names import NO_ADDRESS
from probes.payment_lines.conditions import NAME_NOT_FOUND
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.walk import THIS_TILL, UNKNOWN, Walk
from probes.routing import Course, Ground, course, hosts_of, routes_of, servers_of
from probes.till import Till
from protocols import dns

NAME_SECONDS: Final = 3.0
_DENIALS: Final = {
    dns.Outcome.ANSWERED: NO_ADDRESS,
    dns.Outcome.NO_SUCH_NAME: "there is no such name",
    dns.Outcome.SERVER_FAILURE: "the name servers fail",
    dns.Outcome.REFUSED: "the name servers refuse",
}
_NO_ANSWER: Final = "the name servers do not answer"
_NO_SERVER: Final = "no name server is set"


def start(options: PaymentLinesOptions, till: Till) -> list[Walk]:
    """All names looked up; a numeric host, or one in /etc/hosts, needs nobody."""
    names = {line.host.lower() for line in options.lines if not line.is_numeric}
    known = hosts_of(till) if names else {}
    servers = servers_of(till, options.resolvers) if names - known.keys() else ()
    found = known | _look_up(names - known.keys(), till, servers)
    asked = tuple(dns.subject(server) for server in servers)
    ground = Ground(routes=routes_of(till))
    walks = []
    for line in options.lines:
        host = line.host.lower()
        resolvers = () if line.is_numeric or host in known else asked
        address = _address(found.get(host, line.host))
        over = course(address, line.vpn, ground, till) if address else Course(way=())
        walk = _start_of(line, address, over, resolvers, till.wall_seconds())
        if not address:
            walk.breaks(NAME_NOT_FOUND, seen=found[host], resolvers=", ".join(resolvers) or "nobody")
        walks.append(walk)
    return walks


def _look_up(names: set[str], till: Till, servers: tuple[dns.Server, ...]) -> dict[str, str]:
    """Per name an address, or a phrase: one that holds a blank."""
    answers = dns.resolve(sorted(names), servers, NAME_SECONDS, open_socket=till.socket)
    found = dict.fromkeys(names, _NO_SERVER)
    for name, answer in answers.items():
        found[name] = next(iter(answer.addresses), _DENIALS.get(answer.outcome, _NO_ANSWER))
    return found


def _address(found: str) -> str:
    """Empty for a phrase."""
    return "" if " " in found else found


def _start_of(line: Line, address: str, over: Course, resolvers: tuple[str, ...], now: float) -> Walk:
    return Walk(
        line=line,
        course=over,
        through=(*over.subjects, *resolvers, line.name),
        facts={"host": line.host, "port": line.port, "address": address or UNKNOWN, "source": THIS_TILL},
        now=now,
        address=address,
    )
