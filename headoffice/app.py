"""Head office as one ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from sqlite3 import Error as SQLiteError

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from headoffice.answers import Answers
from headoffice.clock import Clock
from headoffice.listening import Listening
from headoffice.listing import EVIDENCE_PATH, LIST_PATH, Listings
from headoffice.login import Login
from headoffice.pages import Fleet, Pages
from headoffice.receiver import RETRY_SECONDS, Receiver
from headoffice.rendering import HarmlessHeaders, Rendering
from headoffice.store import KEPT_HEARTBEATS, Store
from headoffice.viewer import Viewer
from vocabulary.wire import PATH

log = logging.getLogger("poshealth.headoffice")


def create_app(
    database: Path,
    token: bytes,
    viewer_password: str = "",
    *,
    clock: Clock | None = None,
    kept_heartbeats: int = KEPT_HEARTBEATS,
) -> Starlette:
    """With no `viewer_password` nobody can look; terminals are heard all the same.

    Raise sqlite3.Error or headoffice.database.WrongDatabaseError where the database cannot be opened.
    """
    clock = clock or Clock()
    listening = Listening(clock)
    receiver = Receiver(Store(database, kept_heartbeats), token, clock, listening)
    viewer = Viewer(viewer_password, token, clock)
    routes = [
        Route(PATH, receiver.post, methods=["POST"]),
        Route("/healthz", healthz),
        *_viewing(viewer, Rendering(viewer, clock), Fleet(database, clock, listening), receiver),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watch = asyncio.create_task(listening.watch())
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        receiver.close()

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(HarmlessHeaders)],
        exception_handlers={SQLiteError: _database_trouble},
    )


def _viewing(viewer: Viewer, rendering: Rendering, fleet: Fleet, receiver: Receiver) -> list[BaseRoute]:
    login = Login(viewer, rendering)
    answers = Answers(viewer, receiver, fleet)
    pages = Pages(fleet, viewer, rendering)
    listings = Listings(fleet, viewer)
    return [
        Route("/", pages.terminals),
        Route("/terminals/{terminal}", pages.terminal),
        Route("/terminals/{terminal}/answer", answers.submit, methods=["POST"]),
        Route("/login", login.form),
        Route("/login", login.submit, methods=["POST"]),
        Route("/logout", login.leave, methods=["POST"]),
        Route(EVIDENCE_PATH, listings.evidence),
        Route(LIST_PATH, listings.terminals),
        Route(LIST_PATH + "/{terminal}", listings.terminal),
        Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
    ]


async def healthz(_: Request) -> Response:
    """Alive; says nothing about anybody."""
    return PlainTextResponse("ok\n")


async def _database_trouble(_: Request, error: Exception) -> Response:
    log.error("the database could not be read: %s", error)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return PlainTextResponse(
        "The database is busy. Please reload.\n", HTTPStatus.SERVICE_UNAVAILABLE, headers
    )
