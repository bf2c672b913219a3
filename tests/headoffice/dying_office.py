"""Head office that kills itself: `commit` as its first commit begins, `answer` as its first answer leaves."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import headoffice.__main__ as office
from headoffice import app, store
from headoffice.database import open_to_write
from vocabulary.wire import PATH


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def open_to_die(path: Path) -> sqlite3.Connection:
    """SQLite tells of a statement just before it runs it."""
    connection = open_to_write(path)
    connection.set_trace_callback(lambda statement: die() if statement == "COMMIT" else None)
    return connection


def dying_at_the_answer(living: ASGIApp) -> ASGIApp:
    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        async def last_words(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] == PATH:
                die()
            await send(message)

        await living(scope, receive, last_words)

    return asgi


def main() -> int:
    moment, arguments = sys.argv[1], sys.argv[2:]
    if moment == "commit":
        setattr(store, "open_to_write", open_to_die)  # noqa: B010 not an export, deliberately
    else:
        living: Any = app.create_app
        setattr(office, "create_app", lambda *given: dying_at_the_answer(living(*given)))  # noqa: B010
    return office.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
