"""Whether the causes were right, as people said afterwards: evidence for each condition."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec
from msgspec import Struct

from vocabulary.question import ASKED_SECONDS, Judgement, Question
from vocabulary.report import Report

_KEPT: Final = 200  # per terminal


class Asked(Struct, frozen=True, kw_only=True):
    """One cause that has gone. `right` is None while nobody answered. `since`, `until` are by the terminal's
    clock, `at` by that of where it was answered, at head office or beside the till; seconds since 1970.
    """

    id: str
    code: str
    subjects: tuple[str, ...]
    titles: dict[str, str]
    since: float
    until: float
    right: bool | None
    by: str
    at: float | None
    at_head_office: bool


class Tally(Struct, frozen=True, kw_only=True):
    """How often a condition was named and has gone, by what people said of it."""

    code: str
    right: int
    wrong: int
    unanswered: int


def note(connection: sqlite3.Connection, terminal: int, report: Report) -> None:
    """What the terminal asks, and what was answered beside it; who answered first has answered."""
    if report.question:
        _insert(connection, terminal, report.question)
    for judgement in report.judgements:
        _insert(connection, terminal, judgement.question)
        _settle(connection, terminal, judgement)


def is_told(connection: sqlite3.Connection, terminal: int, report: Report) -> None:
    """In its newest state: what it no longer asks need not be told it any more."""
    asked = report.question.id if report.question else ""
    connection.execute(
        "UPDATE question SET to_tell = 0 WHERE terminal = ? AND to_tell = 1 AND id <> ?", (terminal, asked)
    )


def answered_here(connection: sqlite3.Connection, terminal: int) -> str:
    """The question that the terminal asks still, although head office knows; empty where there is none."""
    row = connection.execute(
        "SELECT id FROM question WHERE terminal = ? AND to_tell = 1 LIMIT 1", (terminal,)
    ).fetchone()
    return str(row["id"]) if row else ""


def answer(
    connection: sqlite3.Connection, terminal: str, question: str, *, right: bool, by: str, now: float
) -> bool:
    """At head office. Whether it was still open."""
    done = connection.execute(
        "UPDATE question SET correct = ?, answered_by = ?, answered_at = ?, at_head_office = 1, to_tell = 1"
        " WHERE terminal = (SELECT id FROM terminal WHERE name = ?) AND id = ? AND correct IS NULL",
        (right, by, now, terminal, question),
    )
    return done.rowcount == 1


def open_question(asked: list[Asked], report: Report | None, terminal_now: float) -> Asked | None:
    """What the terminal asks and nobody has answered; after a week nobody is asked."""
    wanted = report.question.id if report and report.question else ""
    return next(
        (
            each
            for each in asked
            if each.id == wanted and each.right is None and terminal_now - each.until < ASKED_SECONDS
        ),
        None,
    )


def of_terminal(connection: sqlite3.Connection, terminal: int) -> list[Asked]:
    """The newest first."""
    rows = connection.execute(
        "SELECT id, code, subjects, titles, since, until, correct, answered_by, answered_at, at_head_office"
        " FROM question WHERE terminal = ? ORDER BY until DESC",
        (terminal,),
    )
    return [_asked(row) for row in rows]


def tallies(connection: sqlite3.Connection, terminal: int | None = None) -> list[Tally]:
    """Of one terminal, or of all; the most often wrong first."""
    rows = connection.execute(
        'SELECT code, sum(correct = 1) AS "right", sum(correct = 0) AS wrong,'
        " sum(correct IS NULL) AS unanswered"
        " FROM question WHERE ?1 IS NULL OR terminal = ?1 GROUP BY code ORDER BY 3 DESC, 2 DESC, code",
        (terminal,),
    )
    return [
        Tally(
            code=row["code"],
            right=row["right"] or 0,
            wrong=row["wrong"] or 0,
            unanswered=row["unanswered"] or 0,
        )
        for row in rows
    ]


def _insert(connection: sqlite3.Connection, terminal: int, question: Question) -> None:
    connection.execute(
        "INSERT INTO question (terminal, id, code, subjects, titles, since, until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, id) DO NOTHING",
        (
            terminal,
            question.id,
            question.code,
            msgspec.json.encode(question.subjects),
            msgspec.json.encode(question.titles),
            question.since,
            question.until,
        ),
    )
    connection.execute(
        "DELETE FROM question WHERE terminal = ?1 AND (until, id) <= (SELECT until, id FROM question"
        " WHERE terminal = ?1 ORDER BY until DESC, id DESC LIMIT 1 OFFSET ?2)",
        (terminal, _KEPT),
    )


def _settle(connection: sqlite3.Connection, terminal: int, judgement: Judgement) -> None:
    connection.execute(
        "UPDATE question SET correct = ?, answered_by = ?, answered_at = ?"
        " WHERE terminal = ? AND id = ? AND correct IS NULL",
        (judgement.right, judgement.by, judgement.at, terminal, judgement.question.id),
    )


def _asked(row: sqlite3.Row) -> Asked:
    return Asked(
        id=row["id"],
        code=row["code"],
        subjects=msgspec.json.decode(row["subjects"], type=tuple[str, ...]),
        titles=msgspec.json.decode(row["titles"], type=dict[str, str]),
        since=row["since"],
        until=row["until"],
        right=None if row["correct"] is None else bool(row["correct"]),
        by=row["answered_by"],
        at=row["answered_at"],
        at_head_office=bool(row["at_head_office"]),
    )
