"""One click after a repair: whether the cause was right."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from headoffice import questions
from headoffice.login import fields_of, to_login
from headoffice.pages import Fleet
from headoffice.receiver import Receiver
from headoffice.viewer import Viewer

_WORDS: Final = {"right": True, "wrong": False}


class Answers:
    def __init__(self, viewer: Viewer, receiver: Receiver, fleet: Fleet) -> None:
        self._viewer = viewer
        self._receiver = receiver
        self._fleet = fleet

    async def submit(self, request: Request) -> Response:
        """Back to the terminal's page, which then shows what was answered, or who was quicker."""
        fields, terminal = await fields_of(request), request.path_params["terminal"]
        path = f"/terminals/{quote(terminal, safe='')}"
        if not self._viewer.signed_in(request):
            return to_login(request, path)
        word = fields.get("answer", "")
        if not self._viewer.came_from_our_form(request, fields.get("form", "")) or word not in _WORDS:
            return PlainTextResponse(
                "This did not come from our page. Please go back and reload it.\n", HTTPStatus.FORBIDDEN
            )
        await self._receiver.write(
            partial(
                questions.answer,
                terminal=terminal,
                question=fields.get("question", ""),
                right=_WORDS[word],
                by=_who(request),
                now=self._fleet.now,
            )
        )
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _who(request: Request) -> str:
    """All viewers share one password: their address tells them apart."""
    return request.client.host if request.client else ""
