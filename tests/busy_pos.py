"""A POS application that sells at a steady pace, as a process of its own, and tells how each write went.

`python -m tests.busy_pos ENGINE WHERE SECONDS SALES`: WHERE is SQLite's file, or a server's socket with
its port behind a colon; SALES are those of one second. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

SALES_A_SECOND = 200
FIRST_TRACE = 1_000_000
BUSY_TIMEOUT_SECONDS = 5.0
INSERT = "INSERT INTO sale (trace, batch, receipt, sold_at) VALUES ({trace}, '000123', '{trace}', {at})"


class Sold(Struct, frozen=True):
    """`began` are monotonic seconds of each write, `seconds` how long each took until it was committed."""

    began: list[float]
    seconds: list[float]
    errors: list[str]


class BusyPos:
    """Sells from its first line on until `wait` is over."""

    def __init__(self, engine: str, where: str, seconds: float, pace: int = SALES_A_SECOND) -> None:
        self._command = [sys.executable, "-m", "tests.busy_pos", engine, where, f"{seconds:g}", str(pace)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "selling\n"
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def sells(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> Sold:
        said, _ = self._process.communicate(timeout=120)
        return Sold(**json.loads(said))

    def stop(self) -> Sold:
        """Before its time is over."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()


def main(engine: str, where: str, seconds: str, pace: str) -> None:
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(True))
    with closing(_connect(engine, where)) as connection:
        write = _writer(engine, connection)
        print("selling", flush=True)
        print(json.dumps(_sell(write, float(seconds), int(pace), over)))


def _sell(write: Callable[[str], None], seconds: float, pace: int, over: list[bool]) -> dict[str, list[Any]]:
    began: list[float] = []
    took: list[float] = []
    errors: list[str] = []
    start = time.monotonic()
    for number in range(round(seconds * pace)):
        time.sleep(max(0.0, start + number / pace - time.monotonic()))
        at = time.monotonic()
        try:
            write(INSERT.format(trace=FIRST_TRACE + number, at=1_800_000_000 + number))
        except Exception as error:  # noqa: BLE001  whatever the POS would have seen
            errors.append(repr(error))
        began.append(at)
        took.append(time.monotonic() - at)
        if over or at - start > seconds:
            break
    return {"began": began, "seconds": took, "errors": errors}


def _connect(engine: str, where: str) -> Any:
    place, _, port = where.rpartition(":")
    match engine:
        case "sqlite":
            return sqlite3.connect(where, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        case "postgresql":
            import psycopg  # noqa: PLC0415  one engine a process

            return psycopg.connect(f"host={place} port={port} dbname=pos user={_owner()}", autocommit=True)
        case _:
            import pymysql  # noqa: PLC0415

            return pymysql.connect(unix_socket=place, user="root", database="pos", autocommit=True)


def _owner() -> str:
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _writer(engine: str, connection: Any) -> Callable[[str], None]:
    found: Callable[[str], None] = (connection.cursor() if engine == "mariadb" else connection).execute
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
