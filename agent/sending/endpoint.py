"""How a plain report is posted to an endpoint of the customer's own, and what its answers mean."""

from __future__ import annotations

from http import HTTPStatus

from agent.sending.answered import Answered, Asking, refusal, somebody_else
from agent.sending.delivery import Delivered, EndpointRoute, Outcome
from vocabulary import plain, wire

KEY_HEADER = "Idempotency-Key"


class Endpoint:
    """docs/endpoint.md."""

    def __init__(self, route: EndpointRoute) -> None:
        self.url = route.url
        self.ca_file = route.ca_file
        self._route = route

    def asking(self, body: bytes) -> Asking:
        """Plain JSON, whoever reads it."""
        return Asking(self._headers(body), body)

    def wants_it_otherwise(self, asking: Asking, answered: Answered) -> bool:  # noqa: ARG002  there is one form
        return False

    def _headers(self, body: bytes) -> dict[str, str]:
        headers = {
            KEY_HEADER: plain.head_of(body).key,
            "User-Agent": "poshealth",
            "Accept-Encoding": "identity",  # half a megabyte of gzip once became 1 GB
        }
        if self._route.bearer:
            headers["Authorization"] = f"Bearer {self._route.bearer}"
        if self._route.hmac_key:
            headers[self._route.hmac_header] = "sha256=" + wire.signature(self._route.hmac_key, body)
        return headers

    def judge(self, answered: Answered, body: bytes) -> Outcome:
        """Any 2xx is the endpoint's word, unless it is a web page or lacks the header that was agreed on."""
        head = plain.head_of(body)
        missing = self._missing(answered, head.key)
        if not HTTPStatus.OK <= answered.status < HTTPStatus.MULTIPLE_CHOICES:
            return refusal(answered, is_theirs=not missing)
        if missing:
            return somebody_else(f"a {answered.status} {missing}")
        return Delivered(wire.Answer(spool=head.spool, accepted=(), stored_through=head.last))

    def _missing(self, answered: Answered, key: str) -> str:
        """Why this is a login page's word or a proxy's; empty where nothing speaks for that."""
        if answered.headers.get("Content-Type", "").strip().lower().startswith("text/html"):
            return "with a web page"
        name, _, value = self._route.expects_header.partition(":")
        if name and answered.headers.get(name, "").strip() != value.strip().replace("{key}", key):
            return f"without the header {name}"
        return ""
