"""One parcel in, one verdict out: the only place that speaks HTTP to head office."""

from __future__ import annotations

import ssl
from http import HTTPStatus

import msgspec
import requests
from msgspec import Struct
from urllib3.exceptions import HTTPError

from agent.delivery import Between, Delivered, Outcome, Route, Undelivered
from agent.retry import retry_after_seconds
from vocabulary import wire

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0


class Post:
    """A kept connection. `wall-clock` deadlines are the parent's: it ends this process."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._is_kept = False
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

        for idle in ("Accept", "Connection"):  # requests would say what HTTP/1.1 takes for granted
            del self._session.headers[idle]

    def deliver(self, body: bytes) -> Outcome:
        """Never raise: what went wrong is an outcome.

        A connection that was kept may have been closed meanwhile without a word (proxies do after a minute
        or so): what it cannot carry goes over a new one, once. The record's key makes that harmless.
        """
        was_kept, self._is_kept = self._is_kept, False
        try:
            try:
                outcome = self._post(body)
            except requests.ConnectionError as error:
                if not was_kept or isinstance(error, requests.Timeout):
                    raise
                self._session.close()
                outcome = self._post(body)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return Undelivered(kind="retry", detail=_short(error), cause=_cause_of(error))
        self._is_kept = isinstance(outcome, Delivered)
        return outcome

    def _post(self, body: bytes) -> Outcome:
        """Raise requests.RequestException, urllib3's HTTPError or OSError."""
        with self._session.post(
            self._route.url + wire.PATH,
            data=body,
            headers={wire.SIGNATURE_HEADER: wire.signature(self._route.key, body)},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            return self._judge(response, _spool_of(body))

    def _judge(self, response: requests.Response, spool: str) -> Outcome:
        """docs/protocol.md, "Refusals". Only what head office signed may cost a record its place."""
        status = response.status_code
        if response.headers.get("Content-Encoding", "identity") != "identity":
            return _somebody_else("a compressed answer, which nobody asked for")
        content = response.raw.read(wire.MAX_ANSWER_BYTES + 1, decode_content=False)
        if len(content) > wire.MAX_ANSWER_BYTES:
            return _somebody_else("the answer does not end")
        signed = self._is_signed(response, content)
        if status == HTTPStatus.OK:
            return (
                _answer(content, spool) if signed else _somebody_else("a 200 that head office did not sign")
            )
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Undelivered(kind="too-large", detail="413", cause="refused")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Undelivered(kind="unauthorised", detail=str(status.real), cause="unauthorised")
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY) and signed:
            return Undelivered(kind="refused", detail=str(status.real), cause="refused")
        if status < HTTPStatus.BAD_REQUEST:
            return _somebody_else(f"HTTP {status}")
        asked = retry_after_seconds(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
        return Undelivered(kind="retry", detail=f"HTTP {status}", cause="refused", retry_after_seconds=asked)

    def _is_signed(self, response: requests.Response, content: bytes) -> bool:
        claimed = response.headers.get(wire.SIGNATURE_HEADER, "")
        return claimed.isascii() and wire.signed_rightly(self._route.key, content, claimed)


def _answer(content: bytes, spool: str) -> Outcome:
    try:
        answer = wire.decode_answer(content)
    except msgspec.MsgspecError as error:
        return _somebody_else(_short(error))
    return Delivered(answer) if answer.spool == spool else _somebody_else("an answer to another parcel")


def _somebody_else(detail: str) -> Undelivered:
    """A login page, a proxy's error page, a redirect: not head office's word."""
    return Undelivered(kind="retry", detail=detail, cause="not-head-office")


def _system_certificates() -> str | bool:
    """What the machine's owner trusts; requests would bring a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _spool_of(body: bytes) -> str:
    class Head(Struct):
        spool: str

    return msgspec.json.decode(body, type=Head).spool


def _cause_of(error: Exception) -> Between:
    """Whether there was a line at all; a certificate of somebody else is somebody else's answer."""
    if isinstance(error, requests.exceptions.SSLError):
        return "not-head-office"
    is_read = isinstance(error, requests.ReadTimeout) or "RemoteDisconnected" in repr(error)
    return "no-answer" if is_read else "line-down"


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
