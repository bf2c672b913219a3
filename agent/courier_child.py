"""One parcel in, one verdict out: the only place that speaks HTTP to head office."""

from __future__ import annotations

import ssl

import msgspec
import requests
from msgspec import Struct

from agent.delivery import Delivered, Outcome, Route, Undelivered
from agent.retry import retry_after_seconds
from vocabulary import wire

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0


class Post:
    """A kept connection. `wall-clock` deadlines are the parent's: it ends this process."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy or .netrc from whoever started us
        self._session.verify = route.ca_file or _system_certificates()
        self._session.headers.update(
            {
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",  # half a megabyte of gzip once became 1 GB
                wire.TERMINAL_HEADER: route.terminal,
                "User-Agent": "poshealth",
            }
        )

    def deliver(self, body: bytes) -> Outcome:
        """Never raise: what went wrong is an outcome."""
        try:
            with self._session.post(
                self._route.url + wire.PATH,
                data=body,
                headers={wire.SIGNATURE_HEADER: wire.signature(self._route.key, body)},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._judge(response, _spool_of(body))
        except (requests.RequestException, OSError, ValueError) as error:
            return Undelivered(kind="retry", detail=_short(error))

    def _judge(self, response: requests.Response, spool: str) -> Outcome:
        status = response.status_code
        asked = retry_after_seconds(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
        if status == requests.codes.request_entity_too_large:
            return Undelivered(kind="too-large", detail="413")
        if status in (401, 403):
            return Undelivered(kind="unauthorised", detail=str(status))
        if status in (400, 409, 422):
            return Undelivered(kind="refused", detail=str(status))
        if status != requests.codes.ok:
            return Undelivered(kind="retry", detail=f"HTTP {status}", retry_after_seconds=asked)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            return Undelivered(kind="retry", detail="a compressed answer, which nobody asked for")
        return self._read(response, spool)

    def _read(self, response: requests.Response, spool: str) -> Outcome:
        """A 200 counts only with head office's signature: a login page has none."""
        body = response.raw.read(wire.MAX_ANSWER_BYTES + 1, decode_content=False)
        if len(body) > wire.MAX_ANSWER_BYTES:
            return Undelivered(kind="retry", detail="the answer does not end")
        claimed = response.headers.get(wire.SIGNATURE_HEADER, "")
        if not claimed.isascii() or not wire.signed_rightly(self._route.key, body, claimed):
            return Undelivered(kind="retry", detail="a 200 that head office did not sign")
        try:
            answer = wire.decode_answer(body)
        except msgspec.MsgspecError as error:
            return Undelivered(kind="retry", detail=_short(error))
        if answer.spool != spool:
            return Undelivered(kind="retry", detail="an answer to another parcel")
        return Delivered(answer)


def _system_certificates() -> str | bool:
    """What the machine's owner trusts; requests would bring a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _spool_of(body: bytes) -> str:
    class Head(Struct):
        spool: str

    return msgspec.json.decode(body, type=Head).spool


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
