"""What a request to a customer's own endpoint looks like, and what each answer means."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from requests.structures import CaseInsensitiveDict

from agent.sending.answered import Answered
from agent.sending.delivery import Delivered, EndpointRoute, Undelivered
from agent.sending.endpoint import Endpoint
from tests.agent.outboxes import pulse
from vocabulary import plain

BODY = plain.encode("t1", "s", pulse("s", 7))
ROUTE = EndpointRoute(
    url="https://ops.example/tills",
    bearer="the-token-of-the-customer",
    hmac_key=b"Jefe",
    hmac_header="X-Hub-Signature-256",
)
ASKING = EndpointRoute(url=ROUTE.url, bearer=ROUTE.bearer, expects_header="Stored: {key}")
ECHO = {"stored": "t1/s/7"}


def judged(route: EndpointRoute, status: int, headers: dict[str, str]) -> Delivered | Undelivered:
    return Endpoint(route).judge(Answered(status, CaseInsensitiveDict(headers), b""), BODY)


def test_a_request_carries_its_key_and_both_proofs() -> None:
    """The HMAC is over exactly the body's bytes, in GitHub's form."""
    expected = "sha256=" + hmac.new(b"Jefe", BODY, hashlib.sha256).hexdigest()

    asking = Endpoint(ROUTE).asking(BODY)
    assert asking.content == BODY
    assert asking.headers == {
        "Idempotency-Key": "t1/s/7",
        "Authorization": "Bearer the-token-of-the-customer",
        "X-Hub-Signature-256": expected,
        "User-Agent": "poshealth",
        "Accept-Encoding": "identity",
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_takes_the_record(status: int) -> None:
    """This one, of this spool, and nothing beyond it."""
    outcome = judged(ROUTE, status, {})

    assert isinstance(outcome, Delivered)
    assert (outcome.answer.spool, outcome.answer.stored_through) == ("s", 7)


@pytest.mark.parametrize(
    ("route", "status", "headers", "kind", "cause"),
    [
        # a portal, a proxy
        (ROUTE, 200, {"Content-Type": "Text/HTML; charset=utf-8"}, "retry", "not-head-office"),
        (ASKING, 200, {}, "retry", "not-head-office"),
        (ASKING, 204, {"Stored": "t1/s/6"}, "retry", "not-head-office"),
        (ROUTE, 302, {}, "retry", "not-head-office"),
        (ROUTE, 304, {}, "retry", "not-head-office"),
        # the record is at fault: only the endpoint itself may say so
        (ROUTE, 400, {}, "refused", "refused"),
        (ROUTE, 422, {}, "refused", "refused"),
        (ROUTE, 400, {"Content-Type": "text/html"}, "retry", "refused"),
        (ASKING, 422, {}, "retry", "refused"),
        (ASKING, 422, ECHO, "refused", "refused"),
        (ROUTE, 413, {}, "too-large", "refused"),
        # the secret is
        (ROUTE, 401, {}, "unauthorised", "unauthorised"),
        (ROUTE, 403, {}, "unauthorised", "unauthorised"),
        # later
        (ROUTE, 404, {}, "retry", "refused"),
        (ROUTE, 429, {}, "retry", "refused"),
        (ROUTE, 503, {}, "retry", "refused"),
    ],
)
def test_every_other_answer_keeps_or_sets_aside(
    route: EndpointRoute, status: int, headers: dict[str, str], kind: str, cause: str
) -> None:
    """As docs/endpoint.md has it."""
    outcome = judged(route, status, headers)

    assert isinstance(outcome, Undelivered)
    assert (outcome.kind, outcome.cause) == (kind, cause)


def test_the_header_agreed_on_is_believed() -> None:
    """Its name in any case; `{key}` is the record's."""
    assert isinstance(judged(ASKING, 204, ECHO), Delivered)


def test_patience_asked_for_is_heard() -> None:
    outcome = judged(ROUTE, 429, {"Retry-After": "40"})

    assert isinstance(outcome, Undelivered)
    assert outcome.retry_after_seconds == 40.0


def test_a_traceback_shows_no_secret() -> None:
    assert "customer" not in repr(ROUTE)
    assert "Jefe" not in f"{ROUTE}"
