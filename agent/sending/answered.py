"""What an answer means where the central side did not take what it was sent, whoever that side is."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from msgspec import Struct

from agent.sending.delivery import Outcome, Undelivered
from agent.sending.retry import retry_after_seconds


class Answered(Struct, frozen=True):
    """One answer, read whole. The names of `headers` compare without case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Asking(Struct, frozen=True):
    """One request: the body as it is sent, and what it needs for headers."""

    headers: dict[str, str]
    content: bytes


class Peer(Protocol):
    """Who is posted to: what one request to it looks like, and what its answers mean."""

    url: str
    ca_file: str

    def asking(self, body: bytes) -> Asking: ...

    def wants_it_otherwise(self, asking: Asking, answered: Answered) -> bool:
        """Whether it would take the same body in another form: ask it once more."""

    def judge(self, answered: Answered, body: bytes) -> Outcome: ...


def refusal(answered: Answered, *, is_theirs: bool) -> Undelivered:
    """docs/protocol.md, "Refusals". `is_theirs`: only then may the answer cost a record its place."""
    status = answered.status
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Undelivered(kind="too-large", detail="413", cause="refused")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Undelivered(kind="unauthorised", detail=str(status), cause="unauthorised")
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY) and is_theirs:
        return Undelivered(kind="refused", detail=str(status), cause="refused")
    if status < HTTPStatus.BAD_REQUEST:
        return somebody_else(f"HTTP {status}")
    headers = answered.headers
    asked = retry_after_seconds(headers.get("Retry-After", ""), headers.get("Date", ""))
    return Undelivered(kind="retry", detail=f"HTTP {status}", cause="refused", retry_after_seconds=asked)


def somebody_else(detail: str) -> Undelivered:
    """A login page, a proxy's error page, a redirect: not the word of whom we wrote to."""
    return Undelivered(kind="retry", detail=detail, cause="not-head-office")
