"""The same rows for scripts: JSON behind a bearer token."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from headoffice import lookup, overview, questions
from headoffice.drills import Rehearsal
from headoffice.lookup import Beat, Change, Gap, Outage, Rejected, Series
from headoffice.overview import Row, Standing
from headoffice.pages import Fleet
from headoffice.questions import Asked, Tally
from headoffice.receiver import Refusal
from headoffice.viewer import Viewer, client_of
from vocabulary.report import Report

LIST_PATH: Final = "/v1/terminals"
EVIDENCE_PATH: Final = "/v1/evidence"


class Listing(Struct, frozen=True, kw_only=True):
    """`at` and all times in seconds since 1970 by head office's clock; worst terminal first."""

    at: float
    listening_seconds: float
    counts: dict[Standing, int]
    terminals: list[Row]


class Detail(Struct, frozen=True, kw_only=True):
    """One terminal: its row, its newest report word for word, and what came before."""

    terminal: Row
    report: Report | None
    spool: str
    stored_through: int
    changes: list[Change]
    heartbeats: list[Beat]
    gaps: list[Gap]
    outages: list[Outage]
    series: list[Series]
    rejected: list[Rejected]
    drills: list[Rehearsal]
    asked: list[Asked]
    tallies: list[Tally]


class Evidence(Struct, frozen=True, kw_only=True):
    """Of all terminals: how often each condition was right, as people said after it had gone."""

    at: float
    conditions: list[Tally]


class Listings:
    def __init__(self, fleet: Fleet, viewer: Viewer) -> None:
        self._fleet = fleet
        self._viewer = viewer

    async def terminals(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        rows = await self._fleet.rows()
        return _json(
            Listing(
                at=self._fleet.now,
                listening_seconds=self._fleet.listening_seconds,
                counts=overview.counts(rows),
                terminals=rows,
            )
        )

    async def terminal(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        name = request.path_params["terminal"]
        story = await self._fleet.find(lambda connection: lookup.story(connection, name))
        if story is None:
            return _json(Refusal("no such terminal"), HTTPStatus.NOT_FOUND)
        return _json(
            Detail(
                terminal=self._fleet.row(story),
                report=story.report,
                spool=story.spool,
                stored_through=story.stored_through,
                changes=story.changes,
                heartbeats=story.heartbeats,
                gaps=story.gaps,
                outages=story.outages,
                series=story.series,
                rejected=story.rejected,
                drills=story.drills,
                asked=story.asked,
                tallies=story.tallies,
            )
        )

    async def evidence(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal:
            return refusal
        return _json(Evidence(at=self._fleet.now, conditions=await self._fleet.find(questions.tallies)))

    def _refusal(self, request: Request) -> Response | None:
        client, throttle = client_of(request), self._viewer.throttle
        wait = throttle.wait_seconds(client)
        if wait:
            refused = _json(Refusal("too many failures"), HTTPStatus.TOO_MANY_REQUESTS)
            refused.headers["Retry-After"] = str(math.ceil(wait))
            return refused
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._viewer.admits(token):
            return None
        throttle.failed(client)
        refused = _json(Refusal("bearer token wanted"), HTTPStatus.UNAUTHORIZED)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused


def _json(answer: Listing | Detail | Evidence | Refusal, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(
        msgspec.json.encode(answer), status, {"Cache-Control": "no-store"}, media_type="application/json"
    )
