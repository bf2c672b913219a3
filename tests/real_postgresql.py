"""A real PostgreSQL of Debian's, private to the tests, on a Unix socket and a loopback port."""

from __future__ import annotations

import os
import pwd
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
synchronous_commit = off
shared_buffers = 32MB
max_connections = 20
autovacuum = off
jit = off
"""
RIGHTS = """
local all {administrator} trust
local all all peer
host all all 127.0.0.1/32 scram-sha-256
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class RealPostgresql:
    """`folder` holds the socket. One that is root starts it as `postgres`, as it refuses to run as root."""

    engine = "postgresql"

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="poshealth-postgresql-")
        self.folder = Path(self._home.name)
        self.account = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.account)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C", "-D", str(data))
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"{SETTINGS}\nport = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        (data / "pg_hba.conf").write_text(RIGHTS.format(administrator=self.account))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._home.cleanup()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAMS / "postgres"), "-D", str(self.folder / "data")],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.folder,
                **self._as_account(),
            )
        limit = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < limit, "PostgreSQL does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Whoever is connected is thrown out."""
        if self.runs:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def hold_still(self, pid: int, *, still: bool) -> None:
        """One server process, as `SELECT pg_backend_pid()` names it, says nothing more."""
        os.kill(pid, signal.SIGSTOP if still else signal.SIGCONT)

    def administer(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """As its owner, who may do everything; every statement is committed."""
        return psycopg.connect(
            host=str(self.folder), port=self.port, user=self.account, dbname=database, autocommit=True
        )

    def run(self, script: str, database: str = "postgres") -> None:
        with self.administer(database) as connection:
            connection.execute(script.encode())

    def make(self, database: str, script: str) -> None:
        """`database` anew, with what `script` makes in it."""
        assert re.fullmatch("[a-z_]+", database)
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.run(f"CREATE DATABASE {database}")
        self.run(script, database)

    def make_login(self, name: str, password: str, database: str) -> None:
        """One that may read everything there, and nothing else."""
        self.drop_login(name, database)
        self.run(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}", database)

    def drop_login(self, name: str, database: str) -> None:
        """Its rights in other databases went with them."""
        with self.administer(database) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())

    def address(self, login: str, database: str, *, over_tcp: bool = False) -> str:
        """As the settings have it."""
        if over_tcp:
            return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{login}@:{self.port}/{database}?socket={self.folder}"

    def _answers(self) -> bool:
        try:
            self.administer().close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_account(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.account)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(PROGRAMS / program), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self._as_account(),
        )
        assert done.returncode == 0, done.stderr
