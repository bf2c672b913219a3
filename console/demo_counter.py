"""The demo's shop counter: simulated devices and hosts, a real head office, a real daemon."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from simulators.acquirer import Acquirer
from simulators.black_hole import BlackHole
from simulators.certificates import CertificateFolder
from simulators.escpos_printer import EscposPrinter
from simulators.https_host import HttpsHost
from simulators.pos_books import PosBooks, now, zone_at_noon
from simulators.tcp_host import TcpHost
from simulators.ups import Ups

TERMINAL = "0412-2"
_SETTINGS = """
# Written by `poshealth demo`: this machine's own power, network and versions, and a simulated counter.
[terminal]
id = "{terminal}"
store = "0412"
till = "2"
language = "{language}"

[head_office]
url = "{office}"
token_file = "{folder}/token"
every_seconds = 5

[daemon]
state_folder = "{folder}/state"
control_socket = "{folder}/control.sock"
splay_seconds = 0

[every_seconds]
power = 1
receipt_printer = 1
firewall_ports = 2
payment_lines = 2
settlement = 1

[settlement]
preset = "unionpay"
database = "sqlite:{folder}/pos/pos.db"
calendar = {{ zone = "{zone}" }}
terminal_id = "00000002"
merchant_id = "898100012341234"
posting_days = "D+1"
change_days = 0
day_slip_by = "00:01"
receipt_grace_seconds = 1
pos_account = "{account}"
spool = "{folder}/pos/slips"

[power]
ups = "{ups}"

[device]
time_server = false  # this machine is a guest here: neither its clock nor its load is our affair
load_per_processor = 1000

[receipt_printer]
port = "{printer}"
owner = "ours"  # no POS application prints on this counter
paper_mm = 58

[firewall_ports]
timeout_seconds = 1.2
outbound = [{{ host = "127.0.0.1", port = {port}, purpose = "price list" }}]

[[payment_lines.lines]]
name = "card/primary"
host = "127.0.0.1"
port = {primary}
server_name = "localhost"
ca_file = "{authority}"
echo = "0800/301 bcd"
terminal_id = "00000002"

[[payment_lines.lines]]
name = "card/backup"
host = "127.0.0.1"
port = {backup}
tls = false
echo = "0800/301 bcd"
terminal_id = "00000002"

[[payment_lines.lines]]
name = "qr/wallet"
host = "127.0.0.1"
port = {wallet}
server_name = "localhost"
ca_file = "{authority}"

[contacts.technician]
name = "Field service"
phone = "555-0138"

[contacts.acquirer]
name = "Acquirer A"
phone = "555-0116"
quote = "merchant number"

[contacts.site-it]
name = "Network team"
phone = "555-0100"

[contacts.power-company]
name = "Power company"
phone = "555-0105"
"""


class _PriceList(TcpHost):
    """A service of the store's own: it is enough that its port opens."""

    def serve(self, connection: socket.socket) -> None:
        connection.sendall(b"no prices today\n")


class Counter:
    """Everything of one store; `folder` holds what the run leaves behind and is this user's alone."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder
        self._stack = contextlib.ExitStack()
        certificates = CertificateFolder(folder)
        tls = certificates.server_context()
        self.printer = EscposPrinter(columns=32)
        self.ups = Ups()
        self.primary, self.backup = Acquirer(tls=tls), Acquirer()
        self.wallet = HttpsHost(tls=tls)
        self.prices = _PriceList()
        self.pos = folder / "pos"
        self.pos.mkdir(mode=0o755)
        self.books = PosBooks(self.pos / "pos.db")
        self.spool = self.pos / "slips"
        self.account = "daemon" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._language = language
        self._authority = certificates.authority_path
        self.viewer = secrets.token_urlsafe(12)
        self.settings = folder / "poshealth.toml"
        self.office = ""

    def __enter__(self) -> Self:
        for name, secret in (("token", secrets.token_hex(16)), ("viewer", self.viewer)):
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(secret)
        for simulator in (self.printer, self.ups, self.primary, self.backup, self.prices):
            self._stack.enter_context(simulator)
        self.wallet.start()
        self._stack.callback(self.wallet.stop)
        self._stack.callback(self.books.close)
        self._open_the_store()
        self._start_office()
        self._write_settings()
        self._start("run", "--settings", str(self.settings))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def drop_the_price_port(self) -> BlackHole:
        """From now on nobody answers there: the SYN is dropped, as a firewall does."""
        _, port = self.prices.address
        self.prices.gone = True
        hole = BlackHole(port=port)
        hole.start()
        return hole

    def restore_the_price_port(self, hole: BlackHole) -> None:
        hole.stop()
        self.prices.gone = False

    def drop_the_card_lines(self) -> None:
        """From now on nobody answers at either card host."""
        for acquirer in (self.primary, self.backup):
            _, port = acquirer.address
            acquirer.gone = True
            hole = BlackHole(port=port)
            hole.start()
            self._stack.callback(hole.stop)

    def page(self) -> str:
        """The terminal's page at head office, as a person who signs in sees it."""
        with requests.Session() as browser:
            form = browser.get(f"{self.office}/login", timeout=5).text
            found = re.search(r'name="form" value="([^"]+)"', form)
            if found is None:
                raise RuntimeError("head office shows no form to sign in")
            fields = {
                "form": found[1],
                "password": self.viewer,
                "next": f"/terminals/{TERMINAL}?lang={self._language}",
            }
            answer = browser.post(f"{self.office}/login", data=fields, timeout=5)
            if not answer.ok:
                log = (self.folder / "headoffice.log").read_text()[-2000:]
                raise RuntimeError(f"head office's page: HTTP {answer.status_code}\n{log}")
            style = browser.get(f"{self.office}/static/page.css", timeout=5).text
        link = '<link rel="stylesheet" href="/static/page.css">'
        return answer.text.replace(link, f"<style>{style}</style>")

    def row(self) -> dict[str, Any]:
        """The terminal as head office's database has it; empty while it has not heard of it."""
        answer = requests.get(
            f"{self.office}/v1/terminals", headers={"Authorization": f"Bearer {self.viewer}"}, timeout=5
        )
        answer.raise_for_status()
        return next(iter(answer.json()["terminals"]), {})

    def wait_for(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 60.0) -> dict[str, Any]:
        """Head office's row once it says so. Raise TimeoutError: the demo then fails, it does not pretend."""
        limit = time.monotonic() + seconds
        row: dict[str, Any] = {}
        while time.monotonic() < limit:
            row = self.row()
            if row and condition(row):
                return row
            time.sleep(0.1)
        raise TimeoutError(f"head office did not show it within {seconds:g} s; it has: {row}")

    def poshealth(self, *words: str) -> str:
        """One command as a technician types it; its standard output. Raise where it failed."""
        done = subprocess.run(
            [sys.executable, "-m", "console", *words, "--settings", str(self.settings)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode not in (0, 1, 2):
            raise RuntimeError(f"poshealth {' '.join(words)}: exit {done.returncode}: {done.stderr}")
        return done.stdout + done.stderr

    def _start(self, *words: str, **more: Any) -> subprocess.Popen[str]:  # noqa: ANN401
        with_us = ["setpriv", "--pdeathsig", "TERM"]  # nothing stays behind of a demo that is killed
        process = subprocess.Popen([*with_us, sys.executable, "-m", "console", *words], text=True, **more)
        self._stack.callback(_end, process)
        return process

    def _open_the_store(self) -> None:
        """Yesterday is settled, its slips are there, and today's first sales have their receipts."""
        at = now()
        self.spool.mkdir(mode=0o755)
        if os.geteuid() == 0:
            for path in (self.pos, self.spool, self.books.path):
                shutil.chown(path, self.account)
        self.books.open_batch(at - 2 * 86400)
        self.books.bind("00000002", "898100012341234", "card one", at - 2 * 86400)
        self.books.sell(at - 86400)
        self.books.settle(at - 3600)
        for _ in range(3):
            self.books.sell(at - 10)
        self.books.make_day_slip(at - 5)

    def _start_office(self) -> None:
        log = self._stack.enter_context((self.folder / "headoffice.log").open("w"))
        files = {"database": "headoffice.db", "token-file": "token", "viewer-password-file": "viewer"}
        words = [word for name, file in files.items() for word in (f"--{name}", str(self.folder / file))]
        office = self._start(
            "headoffice", "--listen", "127.0.0.1:0", *words, stdout=subprocess.PIPE, stderr=log
        )
        assert office.stdout is not None
        self._stack.callback(office.stdout.close)
        self.office = f"http://{json.loads(office.stdout.readline())['listening']}"

    def _write_settings(self) -> None:
        ups_host, ups_port = self.ups.address
        text = _SETTINGS.format(
            terminal=TERMINAL,
            language=self._language,
            account=self.account,
            zone=zone_at_noon(),
            office=self.office,
            folder=self.folder,
            ups=f"{self.ups.name}@{ups_host}:{ups_port}",
            printer=self.printer.pty_path,
            port=self.prices.address[1],
            primary=self.primary.address[1],
            backup=self.backup.address[1],
            wallet=self.wallet.address[1],
            authority=self._authority,
        )
        self.settings.write_text(text, encoding="utf-8")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(20)
