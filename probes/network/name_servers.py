"""Each name server asked for a name the store needs and for one that cannot exist, all at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.network.conditions import (
    ANSWERS_DIFFER,
    BLOCKED_BY_ITSELF,
    NAME_UNKNOWN,
    RESOLVER_FAILING,
    RESOLVER_GARBLED,
    RESOLVER_INVENTING,
    RESOLVER_LYING,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
)
from probes.network.lies import Witness, are_at_odds, shown
from probes.network.wrong_answers import WRONG
from probes.routing import Ground
from probes.till import Till
from protocols import dns
from protocols.dns import Answer, Outcome, Server
from vocabulary.reading import Reading, Reason

_SAID: Final = {
    Outcome.SERVER_FAILURE: "server failure",
    Outcome.REFUSED: "not allowed",
    Outcome.NO_SUCH_NAME: "no such name",
    Outcome.CLOSED: "nothing listens on its port",
    Outcome.GARBAGE: "unreadable packets",
    Outcome.TRUNCATED: "an answer cut short",
}
_DENIALS: Final = {Outcome.SERVER_FAILURE, Outcome.REFUSED, Outcome.NO_SUCH_NAME}
_SPOKE: Final = {Outcome.ANSWERED, *_DENIALS}
_FORBIDDEN: Final = {"EPERM", "EACCES"}  # an output chain or an LSM; a prohibit route
_NO_NAME: Final = "lookup_name is not set"
# A packet of any kind, an ICMP refusal too, ends silence; a denial makes sense.
_PROOF: Final = {
    RESOLVER_SILENT.code: set(Outcome) - {Outcome.SILENT, Outcome.NOT_SENT},
    RESOLVER_GARBLED.code: _SPOKE,
}
# One answer fails in one of these ways. What it does not prove is unknown, not ok: what depends on REFUSING
# alone then follows from the way that did fail.
_ANSWERING: Final = (RESOLVER_SILENT, RESOLVER_GARBLED, RESOLVER_FAILING, NAME_UNKNOWN, RESOLVER_REFUSING)
PER_SERVER: Final = (*_ANSWERING, RESOLVER_INVENTING, RESOLVER_LYING)


class Heard(Struct, frozen=True):
    """Per server that was asked: its answer to the store's name, and to one that does not exist."""

    to_name: dict[Server, Answer]
    to_nothing: dict[Server, Answer]

    @property
    def speaking(self) -> tuple[Server, ...]:
        return tuple(server for server, answer in self.to_name.items() if answer.outcome in _SPOKE)


class NameServers(Struct, frozen=True, kw_only=True):
    """Without `name` only the root's name is asked, and a denial of that is a sign of life, no more."""

    ground: Ground
    servers: tuple[Server, ...]
    name: str
    witness: Witness
    timeout_seconds: float

    def ask(self, till: Till) -> Heard:
        """Those that something below keeps us from are not asked.

        RFC 6761 6.4: no name under "invalid" exists, and nobody needs to be asked for that.
        """
        servers = [server for server in self.servers if not self.ground.barrier(server.address)]
        nothing = f"poshealth-{secrets.token_hex(4)}.invalid"
        questions = [dns.Question(server, name) for name in (self.name or ".", nothing) for server in servers]
        answers = dns.ask(questions, self.timeout_seconds, open_socket=till.socket)
        half = len(servers)
        return Heard(
            dict(zip(servers, answers[:half], strict=True)), dict(zip(servers, answers[half:], strict=True))
        )

    def readings(self, heard: Heard) -> Iterator[Reading]:
        if not self.servers:
            for condition in PER_SERVER:
                yield condition.unknown(Reason.NOT_SET_UP, because="/etc/resolv.conf names no server")
        for server in self.servers:
            if server in heard.to_name:
                yield from self._answering(server, heard.to_name[server])
                yield self._inventing(server, heard.to_nothing[server])
                yield self._lying(server, heard)
                continue
            because = self.ground.barrier(server.address)
            for condition in PER_SERVER:
                yield condition.unknown(Reason.NOT_TESTED, dns.subject(server), because=because)
        yield self._differing(heard)

    def _way(self, server: Server) -> tuple[str, ...]:
        """With the server itself: it may be the router."""
        return (*self.ground.through(server.address), server.address)

    def _answering(self, server: Server, answer: Answer) -> Iterator[Reading]:
        subject, way = dns.subject(server), self._way(server)
        wrong = None if answer.outcome in _DENIALS and not self.name else WRONG.get(answer.outcome)
        for condition in _ANSWERING:
            if condition is wrong:
                yield condition.failing(subject, through=way, **self._facts(answer))
            elif answer.outcome in _PROOF.get(condition.code, ()):
                yield condition.ok(subject, through=way, milliseconds=round(answer.seconds * 1000, 1))
            elif wrong is not None:
                yield condition.unknown(Reason.NOT_TESTED, subject, because=wrong.code)
            elif answer.outcome in _DENIALS:
                yield condition.unknown(Reason.NOT_SET_UP, subject, because=_NO_NAME)
            else:
                yield condition.ok(subject, through=way, name=self.name or ".", answer="answered")

    def _facts(self, answer: Answer) -> dict[str, str | float]:
        name = self.name or "."
        if answer.outcome is Outcome.SILENT:
            return {"name": name, "waited_seconds": round(answer.seconds, 1)}
        if answer.outcome is Outcome.NOT_SENT:
            said = BLOCKED_BY_ITSELF if answer.error in _FORBIDDEN else answer.error
            return {"name": name, "answer": said}
        return {"name": name, "answer": _SAID[answer.outcome]}

    def _inventing(self, server: Server, answer: Answer) -> Reading:
        subject, way = dns.subject(server), self._way(server)
        if answer.outcome not in _SPOKE:
            because = WRONG[answer.outcome].code
            return RESOLVER_INVENTING.unknown(Reason.NOT_TESTED, subject, because=because)
        facts = {"name": answer.question.name, "address": shown(answer.addresses) or "none"}
        return RESOLVER_INVENTING.failing_if(bool(answer.addresses), subject, through=way, **facts)

    def _lying(self, server: Server, heard: Heard) -> Reading:
        subject, way = dns.subject(server), self._way(server)
        mine = heard.to_name[server].addresses
        others = _others(server, heard)
        if not self.name:
            return RESOLVER_LYING.unknown(Reason.NOT_SET_UP, subject, because=_NO_NAME)
        if not mine:
            return RESOLVER_LYING.unknown(Reason.NOT_TESTED, subject, because="it gave no address")
        if not self.witness.allowed and not any(others):
            return RESOLVER_LYING.unknown(Reason.NOT_SET_UP, subject, because="lookup_addresses is not set")
        why = self._lie(server, heard)
        elsewhere = shown(self.witness.allowed or [each for other in others for each in other])
        facts = {"name": self.name, "address": shown(mine), "why": why, "elsewhere": elsewhere}
        return RESOLVER_LYING.failing_if(bool(why), subject, through=(*way, subject), **facts)

    def _lie(self, server: Server, heard: Heard) -> str:
        return self.witness.lie(heard.to_name[server].addresses, _others(server, heard))

    def _differing(self, heard: Heard) -> Reading:
        """Who lies or makes up names is left out: the others are not to be doubted for that."""
        given = {
            dns.subject(server): answer.addresses
            for server, answer in heard.to_name.items()
            if answer.addresses and not heard.to_nothing[server].addresses and not self._lie(server, heard)
        }
        if not self.name or self.witness.allowed or len(given) < 2:
            because = "lookup_addresses decides" if self.witness.allowed else "no two name servers to compare"
            return ANSWERS_DIFFER.unknown(Reason.NOT_SET_UP, self.name, because=because)
        way = (*given, *(each for server in heard.to_name for each in self._way(server)))
        answers = "; ".join(f"{subject}: {shown(each)}" for subject, each in given.items())
        at_odds = are_at_odds(given.values())
        return ANSWERS_DIFFER.failing_if(
            at_odds, self.name, through=tuple(dict.fromkeys(way)), answers=answers
        )


def _others(server: Server, heard: Heard) -> list[tuple[str, ...]]:
    return [answer.addresses for other, answer in heard.to_name.items() if other != server]


def spoken_through(ground: Ground, gateway: str, heard: Heard) -> bool:
    """Whether a name server's answer came through `gateway`, or from it."""
    return any(gateway in {server.address, *ground.through(server.address)} for server in heard.speaking)
