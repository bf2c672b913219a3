"""The way in and out, without a script."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headoffice.rendering import Rendering
from headoffice.viewer import SESSION_COOKIE, SESSION_SECONDS, Viewer, client_of

_LARGEST_FORM: Final = 4096  # bytes


class Login:
    def __init__(self, viewer: Viewer, rendering: Rendering) -> None:
        self._viewer = viewer
        self._rendering = rendering

    async def form(self, request: Request) -> Response:
        return self._form(request, HTTPStatus.OK, "")

    async def submit(self, request: Request) -> Response:
        fields = await fields_of(request)
        client, throttle = client_of(request), self._viewer.throttle
        if not self._viewer.came_from_our_form(request, fields.get("form", "")):
            return self._form(request, HTTPStatus.FORBIDDEN, "The form was too old. Please sign in again.")
        wait = throttle.wait_seconds(client)
        if wait:
            refused = self._form(request, HTTPStatus.TOO_MANY_REQUESTS, "Too many tries. Wait a minute.")
            refused.headers["Retry-After"] = str(math.ceil(wait))
            return refused
        if not self._viewer.admits(fields.get("password", "")):
            throttle.failed(client)
            return self._form(request, HTTPStatus.UNAUTHORIZED, "This is not the password.")
        throttle.succeeded(client)
        return self._welcome(request, fields.get("next", "/"))

    async def leave(self, request: Request) -> Response:
        fields = await fields_of(request)
        response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        if self._viewer.came_from_our_form(request, fields.get("form", "")):
            response.delete_cookie(SESSION_COOKIE)
        return response

    def _welcome(self, request: Request, following: str) -> Response:
        response = RedirectResponse(_inside(following), HTTPStatus.SEE_OTHER)
        response.set_cookie(
            SESSION_COOKIE,
            self._viewer.session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
        return response

    def _form(self, request: Request, status: HTTPStatus, problem: str) -> Response:
        """`problem` is an English sentence of the catalogue."""
        return self._rendering.page(
            request,
            "login.html",
            status=status,
            problem=problem,
            following=_inside(request.query_params.get("next", "/")),
            set_up=self._viewer.is_set_up,
        )


def to_login(request: Request, following: str = "") -> Response:
    """`following`: the path to show then, where it is not the one that was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = following or asked
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}", HTTPStatus.SEE_OTHER)


def _inside(path: str) -> str:
    """A path of ours; anything that could lead to another site becomes the first page."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if harmless else "/"


async def fields_of(request: Request) -> dict[str, str]:
    """Of a form; none where it is larger than any of ours."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
