"""Faults that were rehearsed: kept for the terminal's history, and counted nowhere."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec
from msgspec import Struct

from vocabulary.report import Drill

_KEPT: Final = 50  # per terminal


class Rehearsal(Struct, frozen=True, kw_only=True):
    """Seconds since 1970 by the terminal's clock; `ended` is 0 where the terminal has not told the end.

    `ending` is a DrillEnding or a newer terminal's own word, `titles` by language.
    """

    began: float
    until: float
    ended: float
    ending: str
    code: str
    account: str
    titles: dict[str, str]


def note(connection: sqlite3.Connection, terminal: int, drill: Drill) -> None:
    """Whatever order its reports come in: what has ended stays so."""
    titles = {language: words.title for language, words in drill.cause.words.items()}
    connection.execute(
        "INSERT INTO drill (terminal, began, until, ended, ending, code, account, titles)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, began) DO UPDATE"
        " SET ended = excluded.ended, ending = excluded.ending WHERE drill.ended = 0",
        (
            terminal,
            drill.began,
            drill.until,
            drill.ended,
            drill.ending,
            drill.cause.code,
            drill.by,
            msgspec.json.encode(titles),
        ),
    )
    connection.execute(
        "DELETE FROM drill WHERE terminal = ?1 AND began <="
        " (SELECT began FROM drill WHERE terminal = ?1 ORDER BY began DESC LIMIT 1 OFFSET ?2)",
        (terminal, _KEPT),
    )


def of_terminal(connection: sqlite3.Connection, terminal: int) -> list[Rehearsal]:
    """The newest first."""
    rows = connection.execute(
        "SELECT began, until, ended, ending, code, account, titles FROM drill"
        " WHERE terminal = ? ORDER BY began DESC",
        (terminal,),
    )
    return [
        Rehearsal(**dict(row) | {"titles": msgspec.json.decode(row["titles"], type=dict[str, str])})
        for row in rows
    ]
