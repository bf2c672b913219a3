"""One body in, one verdict out: the only place that speaks HTTP to the central side."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from agent.sending.answered import Answered, Asking, Peer, somebody_else
from agent.sending.delivery import Between, Delivered, EndpointRoute, Outcome, Route, Undelivered
from agent.sending.endpoint import Endpoint
from agent.sending.head_office import HeadOffice
from agent.sending.one_piece import InOnePiece
from vocabulary import wire

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0


class Post:
    """A kept connection. `wall-clock` deadlines are the parent's: it ends this process."""

    def __init__(self, route: Route | EndpointRoute) -> None:
        self._peer: Peer = HeadOffice(route) if isinstance(route, Route) else Endpoint(route)
        self._is_kept = False
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy or .netrc from whoever started us
        self._session.verify = route.ca_file or _system_certificates()
        self._session.headers["Content-Type"] = "application/json"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, InOnePiece())
        for idle in ("Accept", "Connection", "Accept-Encoding", "User-Agent"):
            del self._session.headers[idle]  # some HTTP/1.1 takes for granted, a peer says the others

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
            return Undelivered(kind="retry", detail=self._short(error), cause=_cause_of(error))
        self._is_kept = isinstance(outcome, Delivered)
        return outcome

    def _post(self, body: bytes) -> Outcome:
        """Raise requests.RequestException, urllib3's HTTPError or OSError."""
        asking = self._peer.asking(body)
        answered = self._exchange(asking)
        if isinstance(answered, Answered) and self._peer.wants_it_otherwise(asking, answered):
            answered = self._exchange(self._peer.asking(body))
        return self._peer.judge(answered, body) if isinstance(answered, Answered) else answered

    def _exchange(self, asking: Asking) -> Answered | Undelivered:
        with self._session.post(
            self._peer.url,
            data=asking.content,
            headers=asking.headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            return _read(response)

    def _short(self, error: Exception) -> str:
        """Without the path, which some receivers use as a password."""
        path = urlsplit(self._peer.url).path
        said = f"{type(error).__name__}: {error}"
        return (said.replace(path, "/...") if len(path) > 1 else said)[:200]


def _read(response: requests.Response) -> Answered | Undelivered:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return somebody_else("a compressed answer, which nobody asked for")
    content = response.raw.read(wire.MAX_ANSWER_BYTES + 1, decode_content=False)
    if len(content) > wire.MAX_ANSWER_BYTES:
        return somebody_else("the answer does not end")
    if response.raw.length_remaining:
        return Undelivered(kind="retry", detail="the answer breaks off", cause="no-answer")
    return Answered(response.status_code, response.headers, content)


def _system_certificates() -> str | bool:
    """What the machine's owner trusts; requests would bring a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _cause_of(error: Exception) -> Between:
    """Whether there was a line at all; a certificate of somebody else is somebody else's answer."""
    if isinstance(error, requests.exceptions.SSLError):
        return "not-head-office"
    is_read = isinstance(error, requests.ReadTimeout) or "RemoteDisconnected" in repr(error)
    return "no-answer" if is_read else "line-down"
