"""A real MariaDB of Debian's, private to the tests, on a Unix socket and a loopback port."""

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

import pymysql
from pymysql.constants import CLIENT

from tests.real_postgresql import free_port

SERVER = "/usr/sbin/mariadbd"
INSTALL = "mariadb-install-db"


class RealMariadb:
    """`socket` is where it listens, beside `port` of 127.0.0.1; one that is root starts it as `mysql`."""

    engine = "mariadb"

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="poshealth-mariadb-")
        self.folder = Path(self._home.name)
        self.socket = self.folder / "s"
        self.account = "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.account)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        done = subprocess.run(
            [
                *(INSTALL, "--no-defaults", f"--datadir={self.folder / 'data'}", f"--user={self.account}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
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
                [
                    *(SERVER, "--no-defaults", f"--datadir={self.folder / 'data'}", f"--user={self.account}"),
                    *(f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1"),
                    *(
                        "--innodb-flush-log-at-trx-commit=0",
                        "--innodb-flush-method=nosync",
                        "--skip-log-bin",
                    ),
                    *(f"--pid-file={self.folder / 'pid'}", "--skip-name-resolve", "--max-connections=20"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        limit = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < limit, "MariaDB does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Whoever is connected is thrown out."""
        if self.runs:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def hold_still(self, *, still: bool) -> None:
        """The whole server: it takes connections, as the kernel does so for it, and says nothing."""
        self._process.send_signal(signal.SIGSTOP if still else signal.SIGCONT)
        if still:  # until then another thread of it may still answer
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def administer(self, database: str | None = None) -> pymysql.Connection[Any]:
        """As root, who may do everything; every statement is committed."""
        return pymysql.connect(
            unix_socket=str(self.socket),
            user="root",
            database=database,
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )

    def run(self, script: str, database: str | None = None) -> None:
        with self.administer(database) as connection, connection.cursor() as cursor:
            cursor.execute(script)
            while cursor.nextset():
                pass

    def make(self, database: str, script: str) -> None:
        """`database` anew, with what `script` makes in it."""
        assert re.fullmatch("[a-z_]+", database)
        self.run(f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4")
        self.run(script, database)

    def make_login(self, name: str, password: str, database: str) -> None:
        """One that may read everything there, over loopback and the socket, and nothing else."""
        self.drop_login(name, database)
        for host in ("127.0.0.1", "localhost"):
            self.run(f"CREATE USER {name}@{host} IDENTIFIED BY '{password}'")
            self.run(f"GRANT SELECT ON {database}.* TO {name}@{host}")

    def drop_login(self, name: str, database: str) -> None:
        del database
        self.run(f"DROP USER IF EXISTS {name}@127.0.0.1, {name}@localhost")

    def address(self, login: str, database: str, *, over_tcp: bool = False) -> str:
        """As the settings have it."""
        if over_tcp:
            return f"mariadb://{login}@127.0.0.1:{self.port}/{database}"
        return f"mariadb://{login}@/{database}?socket={self.socket}"

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as end:
            if end.connect_ex(str(self.socket)) != 0:
                return False
        self.administer().close()
        return True
