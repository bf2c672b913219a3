"""A plain HTTP question whose answer is known: anything else that answers it stands in the way."""

from __future__ import annotations

from msgspec import Struct

from probes.network.conditions import PORTAL
from probes.network.reach import Found, Reach
from protocols import plain_http
from protocols.plain_http import Answer, parse_url
from vocabulary.reading import Reading, Reason

_REAL_ANSWERS_ONLY = frozenset({401, 403, 404, 407, 410, 429, *range(500, 511), *range(512, 600)})


class PortalCheck(Struct, frozen=True, kw_only=True):
    """`expect` is a text within the page; "" stands for status 204."""

    url: str
    expect: str
    timeout_seconds: float

    def reading(self, interface: str, reach: Reach, barrier: str) -> Reading:
        """Of the till's `interface`: whatever leaves by it meets the same page."""
        if not self.url:
            return PORTAL.unknown(Reason.NOT_SET_UP, interface, because="portal_check is not set")
        url = parse_url(self.url)
        found = reach.find(url.host)
        if barrier or not found.address:
            return PORTAL.unknown(Reason.NOT_TESTED, interface, because=barrier or found.because)
        try:
            answer = plain_http.ask(
                found.address, url.port, plain_http.get(url), self.timeout_seconds, reach.till.connect
            )
        except OSError:
            return PORTAL.unknown(Reason.NOT_TESTED, interface, because="the portal check got no answer")
        return self._judged(answer, interface, found, reach)

    def _judged(self, answer: Answer, interface: str, found: Found, reach: Reach) -> Reading:
        if answer.status in _REAL_ANSWERS_ONLY or not answer.status:
            because = "the portal check's own server fails" if answer.status else "what answered is no HTTP"
            return PORTAL.unknown(Reason.NOT_TESTED, interface, because=because, status=answer.status)
        through = reach.ground.through(found.address)
        facts = {"url": self.url, "portal": answer.location or found.address, "address": found.address}
        return PORTAL.failing_if(
            not self._is_expected(answer), interface, through=through, seen=_seen(answer), **facts
        )

    def _is_expected(self, answer: Answer) -> bool:
        """An empty page of status 200 is what some proxies make of a 204."""
        if not self.expect:
            return answer.status == 204 or (answer.status == 200 and not answer.body)
        return answer.status == 200 and self.expect.encode() in answer.body


def _seen(answer: Answer) -> str:
    if answer.is_redirect:
        return "a redirect"
    if answer.status == 511:  # RFC 6585 section 6
        return "a request to log in"
    return "another page" if answer.body else "an empty page"
