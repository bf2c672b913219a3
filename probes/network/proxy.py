"""The HTTP proxy that the store's programs use: whether it lets a wanted host through."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from probes.network.reach import Reach, split_authority
from probes.network.way_conditions import PROXY, PROXY_FAILING, PROXY_FORBIDS, PROXY_LOGIN, PROXY_UNREACHABLE
from protocols import plain_http
from protocols.plain_http import Answer
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason


class ProxyCheck(Struct, frozen=True, kw_only=True):
    """`proxy` and `wanted` are "host:port"."""

    proxy: str
    wanted: str
    timeout_seconds: float

    def readings(self, reach: Reach, barrier: str) -> Iterator[Reading]:
        """A tunnel is asked for and closed again; nothing is sent through it."""
        if not self.proxy:
            yield from _unknown(PROXY, Reason.NOT_SET_UP, "", "http_proxy is not set")
            return
        host, port = split_authority(self.proxy)
        found = reach.find(host)
        if barrier or not found.address:
            yield from _unknown(PROXY, Reason.NOT_TESTED, self.proxy, barrier or found.because)
            return
        way = reach.ground.through(found.address)
        request = plain_http.connect_through(self.wanted)
        try:
            answer = plain_http.ask(
                found.address, port, request, self.timeout_seconds, reach.till.connect, head_only=True
            )
        except OSError as error:
            yield PROXY_UNREACHABLE.failing(self.proxy, through=way, seen=_trouble(error))
            yield from _unknown(PROXY[1:], Reason.NOT_TESTED, self.proxy, PROXY_UNREACHABLE.code)
            return
        yield PROXY_UNREACHABLE.ok(self.proxy, through=way)
        yield from self._answered(answer, way)

    def _answered(self, answer: Answer, way: tuple[str, ...]) -> Iterator[Reading]:
        wrong = _wrong(answer)
        facts: dict[str, Any] = {"wanted": self.wanted, "status": answer.status, "seen": _seen(answer)}
        for condition in PROXY[1:]:
            if wrong is None or condition is wrong:
                yield condition.failing_if(wrong is not None, self.proxy, through=way, **facts)
            else:
                yield condition.unknown(Reason.NOT_TESTED, self.proxy, because=wrong.code)


def _unknown(
    conditions: tuple[Condition, ...], reason: Reason, subject: str, because: str
) -> Iterator[Reading]:
    for condition in conditions:
        yield condition.unknown(reason, subject, because=because)


def _wrong(answer: Answer) -> Condition | None:
    """RFC 9110 9.3.6: any 2xx is a tunnel; 15.5.8: 407 wants credentials."""
    if 200 <= answer.status < 300:
        return None
    if answer.status == 407:
        return PROXY_LOGIN
    return PROXY_FORBIDS if 300 <= answer.status < 500 else PROXY_FAILING


def _seen(answer: Answer) -> str:
    if answer.status:
        return f"HTTP {answer.status}"
    return "an answer that is no HTTP" if answer.body else "it hangs up without a word"


def _trouble(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if error.errno == errno.ECONNREFUSED:
        return "it refuses the connection"
    if error.errno in {errno.ECONNRESET, errno.EPIPE}:
        return "it breaks the connection off"
    return errno.errorcode.get(error.errno or 0, "no connection")
