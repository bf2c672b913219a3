"""Nobody looks without the password; guessing is slow; sessions end."""

from __future__ import annotations

import re

import pytest
import requests
from starlette.requests import Request

from headoffice.clock import Clock
from headoffice.viewer import SESSION_COOKIE, SESSION_SECONDS, Throttle, Viewer
from tests.headoffice.office import PASSWORD, TOKEN, Office


class Moved:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def with_cookie(value: str) -> Request:
    headers = [(b"cookie", f"{SESSION_COOKIE}={value}".encode())]
    return Request({"type": "http", "headers": headers})


def test_a_session_ends_and_cannot_be_stretched() -> None:
    """Its end is signed; another password or fleet token makes it worthless."""
    now = Moved()
    viewer = Viewer(PASSWORD, TOKEN, Clock(wall=now))
    session = viewer.session()
    assert viewer.signed_in(with_cookie(session))
    assert not viewer.signed_in(with_cookie(f"9{session}"))
    assert not Viewer("another", TOKEN, Clock(wall=now)).signed_in(with_cookie(session))
    assert not Viewer(PASSWORD, b"another", Clock(wall=now)).signed_in(with_cookie(session))
    now.now += SESSION_SECONDS + 1
    assert not viewer.signed_in(with_cookie(session))


def test_without_a_password_set_nobody_gets_in() -> None:
    """Not even with the empty one."""
    viewer = Viewer("", TOKEN, Clock())
    assert not viewer.admits("")
    assert not viewer.signed_in(with_cookie(viewer.session()))


def test_guessing_slows_down_for_the_one_who_guesses() -> None:
    """Five free tries, then waits that double up to a minute; others are not held up."""
    now = Moved()
    throttle = Throttle(Clock(steady=now))
    for _ in range(5):
        assert throttle.wait_seconds("192.0.2.1") == 0
        throttle.failed("192.0.2.1")
    assert throttle.wait_seconds("192.0.2.1") == pytest.approx(1)
    for _ in range(20):
        throttle.failed("192.0.2.1")
    assert throttle.wait_seconds("192.0.2.1") == pytest.approx(60)
    assert throttle.wait_seconds("192.0.2.2") == 0
    now.now += 61
    assert throttle.wait_seconds("192.0.2.1") == 0


def test_a_thousand_guessers_do_not_fill_the_memory() -> None:
    throttle = Throttle(Clock())
    for each in range(3000):
        throttle.failed(f"client-{each}")
    assert len(throttle._failures) <= 1000


@pytest.mark.parametrize("path", ["/", "/terminals/s0412-t2", "/?q=7K4P", "/terminals/nobody"])
def test_no_page_is_readable_without_login(office: Office, path: str) -> None:
    """Also not whether a terminal exists."""
    answer = requests.get(office.url + path, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {PASSWORD}", "Bearer"])
@pytest.mark.parametrize("path", ["/v1/terminals", "/v1/terminals/nobody"])
def test_no_listing_is_readable_without_the_bearer_token(
    own_office: Office, path: str, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(own_office.url + path, headers=headers, timeout=10)
    assert (answer.status_code, list(answer.json())) == (401, ["error"])


def test_healthz_says_nothing_about_anybody(office: Office) -> None:
    assert requests.get(office.url + "/healthz", timeout=10).text == "ok\n"


class Visitor:
    def __init__(self, office: Office) -> None:
        self.url = office.url + "/login"
        self.session = requests.Session()
        self.page = self.session.get(self.url, timeout=10).text

    def sign_in(self, password: str, following: str = "/", form: str = "") -> requests.Response:
        found = re.search(r'name="form" value="([0-9a-f]+)"', self.page)
        assert found
        fields = {"form": form or found[1], "password": password, "next": following}
        return self.session.post(self.url, data=fields, allow_redirects=False, timeout=10)


def test_signing_in_sets_a_cookie_no_script_and_no_other_site_can_use(office: Office) -> None:
    answer = Visitor(office).sign_in(PASSWORD)
    assert answer.status_code == 303
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=lax" in answer.headers["Set-Cookie"]


def test_a_login_form_of_another_site_is_refused(office: Office) -> None:
    """It has neither our cookie nor the token that belongs to it."""
    assert Visitor(office).sign_in(PASSWORD, form="0" * 64).status_code == 403
    fields = {"form": "0" * 64, "password": PASSWORD}
    assert requests.post(office.url + "/login", data=fields, timeout=10).status_code == 403


@pytest.mark.parametrize(
    "following", ["https://example.org/", "//example.org", "/\\example.org", "javascript:1"]
)
def test_signing_in_leads_to_no_other_site(office: Office, following: str) -> None:
    assert Visitor(office).sign_in(PASSWORD, following).headers["Location"] == "/"


def test_guesses_over_the_page_are_throttled(own_office: Office) -> None:
    """After five, even the right password waits."""
    visitor = Visitor(own_office)
    assert [visitor.sign_in("guess").status_code for _ in range(5)] == [401] * 5
    held = visitor.sign_in(PASSWORD)
    assert held.status_code == 429
    assert int(held.headers["Retry-After"]) >= 1


def test_every_answer_carries_the_headers_that_keep_it_harmless(office: Office) -> None:
    """No script but our own file, no framing, no guessing of types."""
    for path in ("/login", "/healthz", "/static/page.css", "/nowhere"):
        headers = requests.get(office.url + path, timeout=10).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
