"""Books of a UnionPay-type POS application in each database, open to the probe's account."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.running.account import probe_account
from probes.settlement.options import SettlementOptions
from tests.busy_pos import FIRST_TRACE

FOLDER = Path(__file__).parent / "probes/settlement"
BOOKS = (FOLDER / "schemas/unionpay.sql").read_text() + (FOLDER / "books/unionpay.sql").read_text()
COUNT = f"SELECT COUNT(*) FROM sale WHERE trace >= {FIRST_TRACE}"


class Place:
    """Where the books are: for the POS, for us, and for whoever counts afterwards."""

    def __init__(self, engine: str, where: str, options: SettlementOptions, count: Callable[[], int]) -> None:
        self.engine = engine
        self.where = where
        self.options = options
        self.count = count


def in_file(folder: Path, mode: str) -> Place:
    path = folder / "pos/pos.db"
    path.parent.mkdir(mode=0o777)
    path.parent.chmod(0o777)  # WAL's files are shared with whoever reads
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA journal_mode = {mode}; {BOOKS}")
    path.chmod(0o666)

    def count() -> int:
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute(COUNT).fetchone()[0])

    options = SettlementOptions(preset="unionpay", database=f"sqlite:{path}", busy_timeout_ms=5000)
    return Place("sqlite", str(path), options, count)


def on_server(server: Any) -> Place:
    server.make("pos", BOOKS)
    account = probe_account()
    login = account.name if account else "reader"
    server.drop_login(login, "pos")
    if server.engine == "postgresql":
        server.run(f"CREATE ROLE {login} LOGIN; GRANT SELECT ON batch, sale TO {login}", "pos")
    else:
        server.run(f"CREATE USER {login}@localhost IDENTIFIED VIA unix_socket")
        server.run(f"GRANT SELECT ON pos.* TO {login}@localhost")

    def count() -> int:
        with server.administer("pos") as connection, connection.cursor() as cursor:
            cursor.execute(COUNT)
            return int(cursor.fetchone()[0])

    where = server.folder if server.engine == "postgresql" else server.socket
    options = SettlementOptions(preset="unionpay", database=server.address(login, "pos"))
    return Place(server.engine, f"{where}:{server.port}", options, count)
