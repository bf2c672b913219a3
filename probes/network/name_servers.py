"""Each name server asked one question, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.network.conditions import BLOCKED_BY_ITSELF, RESOLVER_REFUSING, RESOLVER_SILENT
from probes.routing import Ground
from probes.till import Till
from protocols import dns
from vocabulary.reading import Reading, Reason

_SAID: Final = {
    dns.Outcome.SERVER_FAILURE: "server failure",
    dns.Outcome.REFUSED: "not allowed",
    dns.Outcome.NO_SUCH_NAME: "no such name",
    dns.Outcome.CLOSED: "nothing listens on its port",
    dns.Outcome.GARBAGE: "unreadable packets",
}
_DENIALS: Final = {dns.Outcome.SERVER_FAILURE, dns.Outcome.REFUSED, dns.Outcome.NO_SUCH_NAME}
_SPOKE: Final = {dns.Outcome.ANSWERED, *_DENIALS}
_FORBIDDEN: Final = {"EPERM", "EACCES"}  # an output chain or an LSM; a prohibit route
_BOTH: Final = (RESOLVER_SILENT, RESOLVER_REFUSING)


class NameServers(Struct, frozen=True, kw_only=True):
    """Without `name` only the root's name is asked, and a denial of that is a sign of life, no more."""

    ground: Ground
    servers: tuple[dns.Server, ...]
    name: str
    timeout_seconds: float

    def ask(self, till: Till) -> dict[dns.Server, dns.Answer]:
        """Those that something below keeps us from are not asked."""
        servers = [server for server in self.servers if not self.ground.barrier(server.address)]
        questions = [dns.Question(server, self.name or ".") for server in servers]
        answers = dns.ask(questions, self.timeout_seconds, open_socket=till.socket)
        return dict(zip(servers, answers, strict=True))

    def readings(self, answers: dict[dns.Server, dns.Answer]) -> Iterator[Reading]:
        if not self.servers:
            for condition in _BOTH:
                yield condition.unknown(Reason.NOT_SET_UP, because="/etc/resolv.conf names no server")
        for server in self.servers:
            if server in answers:
                yield from self._of(server, answers[server])
                continue
            because = self.ground.barrier(server.address)
            for condition in _BOTH:
                yield condition.unknown(Reason.NOT_TESTED, dns.subject(server), because=because)

    def _of(self, server: dns.Server, answer: dns.Answer) -> Iterator[Reading]:
        subject, name = dns.subject(server), self.name or "."
        way = (*self.ground.through(server.address), server.address)  # the router itself may be one
        if answer.outcome is dns.Outcome.NOT_SENT:
            yield RESOLVER_SILENT.unknown(Reason.NOT_TESTED, subject, because=RESOLVER_REFUSING.code)
            said = BLOCKED_BY_ITSELF if answer.error in _FORBIDDEN else answer.error
            yield RESOLVER_REFUSING.failing(subject, through=way, name=name, answer=said)
            return
        if answer.outcome is dns.Outcome.SILENT:
            yield RESOLVER_SILENT.failing(
                subject, through=way, waited_seconds=round(answer.seconds, 1), name=name
            )
            yield RESOLVER_REFUSING.unknown(Reason.NOT_TESTED, subject, because=RESOLVER_SILENT.code)
            return
        yield RESOLVER_SILENT.ok(subject, through=way, milliseconds=round(answer.seconds * 1000, 1))
        if answer.outcome in _DENIALS and not self.name:
            yield RESOLVER_REFUSING.unknown(Reason.NOT_SET_UP, subject, because="lookup_name is not set")
            return
        said = _SAID.get(answer.outcome, "answered")
        refusing = answer.outcome is not dns.Outcome.ANSWERED
        yield RESOLVER_REFUSING.failing_if(refusing, subject, through=way, name=name, answer=said)


def spoken_through(ground: Ground, gateway: str, answers: dict[dns.Server, dns.Answer]) -> bool:
    """Whether a name server's answer came through `gateway`, or from it."""
    return any(
        answer.outcome in _SPOKE and gateway in {server.address, *ground.through(server.address)}
        for server, answer in answers.items()
    )
