"""Who may look: one password for people, the same as a bearer token for scripts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from starlette.requests import Request

from headoffice.clock import Clock

SESSION_COOKIE: Final = "poshealth_session"
FORM_COOKIE: Final = "poshealth_form"
SESSION_SECONDS: Final = 12 * 3600  # one shift
FREE_FAILURES: Final = 5
_LONGEST_WAIT_SECONDS: Final = 60.0
_REMEMBERED_CLIENTS: Final = 1000


class Throttle:
    """After five failures from one address each further one doubles its wait, to a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def wait_seconds(self, client: str) -> float:
        """0 where the client may try now."""
        count, last = self._failures.get(client, (0, 0.0))
        if count < FREE_FAILURES:
            return 0.0
        wait = min(2.0 ** (count - FREE_FAILURES), _LONGEST_WAIT_SECONDS)
        return max(0.0, last + wait - self._clock.steady())

    def failed(self, client: str) -> None:
        count, _ = self._failures.pop(client, (0, 0.0))
        while len(self._failures) >= _REMEMBERED_CLIENTS:
            self._failures.pop(next(iter(self._failures)))
        self._failures[client] = (count + 1, self._clock.steady())

    def succeeded(self, client: str) -> None:
        self._failures.pop(client, None)


class Viewer:
    """Cookies are signed, not stored; their key changes with the password and with the fleet's token."""

    def __init__(self, password: str, token: bytes, clock: Clock) -> None:
        self._password = password
        self._key = hmac.new(token, b"viewer session\0" + password.encode(), hashlib.sha256).digest()
        self._clock = clock
        self.throttle = Throttle(clock)

    @property
    def is_set_up(self) -> bool:
        return bool(self._password)

    def admits(self, password: str) -> bool:
        """In constant time, whatever the length."""
        given, wanted = (hashlib.sha256(text.encode()).digest() for text in (password, self._password))
        return hmac.compare_digest(given, wanted) and self.is_set_up

    def session(self) -> str:
        expires = str(int(self._clock.wall()) + SESSION_SECONDS)
        return f"{expires}.{self._tag('session', expires)}"

    def signed_in(self, request: Request) -> bool:
        expires, _, tag = request.cookies.get(SESSION_COOKIE, "").partition(".")
        rightly = self._is_tag(tag, "session", expires)
        return self.is_set_up and rightly and int(expires) > self._clock.wall()

    def form_nonce(self) -> str:
        return secrets.token_urlsafe(16)

    def form_token(self, nonce: str) -> str:
        """Goes into the form, the nonce into a cookie: another site can plant neither."""
        return self._tag("form", nonce)

    def came_from_our_form(self, request: Request, token: str) -> bool:
        nonce = request.cookies.get(FORM_COOKIE, "")
        return bool(nonce) and self._is_tag(token, "form", nonce)

    def _tag(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def _is_tag(self, claimed: str, purpose: str, text: str) -> bool:
        return claimed.isascii() and hmac.compare_digest(claimed, self._tag(purpose, text))


def client_of(request: Request) -> str:
    """The address failures are counted for; a whole /64 is one client, as one host can own it."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host
