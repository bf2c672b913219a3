"""Jinja2 pages in the visitor's language, with the headers that keep them harmless."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headoffice import words
from headoffice.clock import Clock, is_time
from headoffice.viewer import FORM_COOKIE, Viewer
from headoffice.words import Voice, spoken_language
from vocabulary.texts import LANGUAGES
from vocabulary.wire import PATH as PARCELS
from vocabulary.work import VERDICTS

LANGUAGE_COOKIE: Final = "poshealth_language"
_TEMPLATES: Final = Path(__file__).with_name("templates")
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Rendering:
    def __init__(self, viewer: Viewer, clock: Clock) -> None:
        self._viewer = viewer
        self._clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            clock_time=words.clock_time,
            clock_span=words.clock_span,
            is_time=is_time,
            machine_time=words.machine_time,
            names=words,
            verdicts=VERDICTS,
            languages=LANGUAGES,
            path_to=lambda terminal: f"/terminals/{quote(terminal, safe='')}",
        )

    def page(
        self, request: Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **facts: object
    ) -> Response:
        language = language_of(request)
        nonce = request.cookies.get(FORM_COOKIE) or self._viewer.form_nonce()
        now = self._clock.wall()
        html = self._environment.get_template(template).render(
            voice=Voice(language),
            say=Voice(language).say,
            language=language,
            now=now,
            time_zone=words.time_zone(now),
            form_token=self._viewer.form_token(nonce),
            in_other_language=lambda other: _with_query(request, lang=other),
            with_query=lambda **changes: _with_query(request, **changes),
            **facts,
        )
        response = HTMLResponse(html, status, {"Cache-Control": "no-store", "Content-Language": language})
        secure = request.url.scheme == "https"
        response.set_cookie(FORM_COOKIE, nonce, httponly=True, samesite="strict", secure=secure)
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", secure=secure)
        return response


def language_of(request: Request) -> str:
    return spoken_language(
        request.query_params.get("lang", ""),
        request.cookies.get(LANGUAGE_COOKIE, ""),
        request.headers.get("Accept-Language", ""),
    )


class HarmlessHeaders:
    """Around the whole application, so that no answer that a browser could show is without them.

    What a terminal is answered is not shown: they would be a third of all bytes of a day.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        shown = scope["type"] == "http" and scope["path"] != PARCELS
        await self._app(scope, receive, with_headers if shown else send)


def _with_query(request: Request, **changes: str) -> str:
    """The address of this page with some of its query changed; an empty value leaves it out."""
    query = {**dict(request.query_params), **changes}
    kept = urlencode({name: value for name, value in query.items() if value})
    return quote(request.url.path) + (f"?{kept}" if kept else "")
