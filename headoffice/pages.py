"""The fleet on one page, and a page for each terminal."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from sqlite3 import Connection
from typing import Final, TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from headoffice import lookup, overview, questions
from headoffice.clock import Clock
from headoffice.database import reading
from headoffice.listening import Listening
from headoffice.login import to_login
from headoffice.lookup import EarlierReport, Story
from headoffice.overview import Row, Standing
from headoffice.rendering import Rendering
from headoffice.viewer import Viewer
from vocabulary.report import Drill, Report

ROWS_A_PAGE: Final = 100
_LONGEST_QUERY: Final = 100

Found = TypeVar("Found")


class Fleet:
    """Reads the database in a thread of its own connection, so that a slow page delays no parcel."""

    def __init__(self, database: Path, clock: Clock, listening: Listening) -> None:
        self._database = database
        self._clock = clock
        self._listening = listening

    @property
    def now(self) -> float:
        return self._clock.wall()

    @property
    def listening_seconds(self) -> float:
        return self._listening.seconds

    async def find(self, question: Callable[[Connection], Found]) -> Found:
        """Raise sqlite3.Error."""
        return await asyncio.to_thread(self._ask, question)

    async def rows(self) -> list[Row]:
        entries = await self.find(lookup.entries)
        return overview.survey(entries, self.now, self.listening_seconds)

    def row(self, story: Story) -> Row:
        return overview.row_of(story.entry, self.now, self.listening_seconds)

    def _ask(self, question: Callable[[Connection], Found]) -> Found:
        with reading(self._database) as connection:
            return question(connection)


class Sheet(Struct, frozen=True, kw_only=True):
    """The part of a long list one page shows; pages count from 1."""

    rows: list[Row]
    number: int
    pages: int
    found: int


class Pages:
    def __init__(self, fleet: Fleet, viewer: Viewer, rendering: Rendering) -> None:
        self._fleet = fleet
        self._viewer = viewer
        self._rendering = rendering

    async def terminals(self, request: Request) -> Response:
        if not self._viewer.signed_in(request):
            return to_login(request)
        query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
        rows = await self._fleet.rows()
        found = overview.matching(rows, query) if query else rows
        wanted = request.query_params.get("state", "")
        shown = [row for row in found if not wanted or row.standing == wanted]
        return self._rendering.page(
            request,
            "terminals.html",
            counts=overview.counts(rows),
            total=len(rows),
            sheet=_sheet(shown, request.query_params.get("page", "")),
            query=query,
            state=wanted if wanted in list(Standing) else "",
            earlier=await self._earlier(query, found),
            listening_seconds=self._fleet.listening_seconds,
            mostly_silent=_mostly_silent(rows),
            version=_version([(row.terminal, row.standing, row.code, row.drill) for row in rows]),
        )

    async def terminal(self, request: Request) -> Response:
        if not self._viewer.signed_in(request):
            return to_login(request)
        name, code = request.path_params["terminal"], request.query_params.get("report", "")
        story = await self._fleet.find(lambda connection: lookup.story(connection, name))
        if story is None:
            return self._rendering.page(request, "missing.html", status=HTTPStatus.NOT_FOUND, terminal=name)
        row = self._fleet.row(story)
        earlier = await self._fleet.find(lambda db: lookup.report_by_code(db, name, code)) if code else None
        return self._rendering.page(
            request,
            "terminal.html",
            row=row,
            story=story,
            report=earlier or story.report,
            earlier=earlier is not None,
            slip=_slip,
            unproven=overview.unproven,
            question=questions.open_question(story.asked, story.report, self._fleet.now + row.clock_ahead),
            version=_version([(row.standing, row.code, story.entry.sequence, row.drill, story.asked)]),
        )

    async def _earlier(self, query: str, found: list[Row]) -> list[EarlierReport]:
        """Where a read-aloud code belongs to a report that is no longer the newest."""
        if not query or found:
            return []
        return await self._fleet.find(lambda connection: lookup.earlier_reports(connection, query))


def _sheet(rows: list[Row], asked: str) -> Sheet:
    pages = max(1, math.ceil(len(rows) / ROWS_A_PAGE))
    number = min(int(asked), pages) if asked.isdecimal() and len(asked) < 9 and int(asked) else 1
    start = (number - 1) * ROWS_A_PAGE
    return Sheet(rows=rows[start : start + ROWS_A_PAGE], number=number, pages=pages, found=len(rows))


def _mostly_silent(rows: list[Row]) -> bool:
    """More than half of at least four at once: then one's own line is the first suspect."""
    silent = sum(row.standing is Standing.SILENT for row in rows)
    return len(rows) >= 4 and silent * 2 > len(rows)


def _slip(wanted: str, of: Report | Drill) -> tuple[str, tuple[str, ...]]:
    """(language, lines): the wanted language, or what the terminal speaks."""
    spoken = wanted if wanted in of.slip else next(iter(of.slip), "")
    return spoken, of.slip.get(spoken, ())


def _version(facts: list[tuple[object, ...]]) -> str:
    """Changes when what the page says changes; the script compares it."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
