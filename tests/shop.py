"""A simulated counter that is well; a test breaks one thing and asks `poshealth check`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from simulators.acquirer import Acquirer
from simulators.certificates import CertificateFolder
from simulators.dns_server import DnsServer
from simulators.escpos_printer import EscposPrinter
from simulators.https_host import HttpsHost
from simulators.nexo_terminal import NexoTerminal
from simulators.ups import Ups
from tests.counter import poshealth, write_settings

Report = dict[str, Any]


class Shop:
    """A healthy counter; a test breaks one thing and asks."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, holders_socket: str) -> None:
        self.folder = folder
        self.stack = stack
        self.holders_socket = holders_socket
        self.certificates = CertificateFolder(folder)
        tls = self.certificates.server_context()
        self.printer = stack.enter_context(EscposPrinter(columns=32, link=folder / "ttyPOS"))
        self.printer_port = str(folder / "ttyPOS")
        self.ups = stack.enter_context(Ups())
        self.primary = stack.enter_context(Acquirer(tls=tls))
        self.backup = stack.enter_context(Acquirer())
        self.wallet = HttpsHost(tls=tls)
        self.wallet.start()
        stack.callback(self.wallet.stop)
        self.terminal = stack.enter_context(NexoTerminal(tls=tls))
        self.own_line = False
        self.wallet_page = ""
        self.names = stack.enter_context(DnsServer({"acquirer.example": ["127.0.0.1"]}))
        self.second_names = stack.enter_context(DnsServer({"acquirer.example": ["127.0.0.1"]}))
        self.resolvers = [self.names]
        self.primary_port = self.primary.address[1]
        self.lines: tuple[str, ...] = ("primary", "backup")
        self.outbound_port = self.backup.address[1]
        self.resolver_timeout_seconds = 1.0  # tests of a dead one need not wait longer
        self.software = ""
        self.settlement = ""
        self.network = ""
        self.pins: tuple[str, ...] = ()

    def check(self) -> Report:
        settings = write_settings(self.folder, "", self.tables())
        done = poshealth("check", "--json", "--settings", str(settings))
        assert done.returncode in (0, 1, 2), done.stderr
        report: Report = json.loads(done.stdout)
        report["exit"] = done.returncode
        return report

    def tables(self) -> str:
        ups_host, ups_port = self.ups.address
        resolvers = json.dumps([f"{host}:{port}" for host, port in (each.address for each in self.resolvers)])
        authority = self.certificates.authority_path
        primary = f"""
[[payment_lines.lines]]
name = "card/primary"
host = "acquirer.example"
port = {self.primary_port}
server_name = "localhost"
ca_file = "{authority}"
echo = "0800/301 bcd"
terminal_id = "00000002"
connect_timeout_seconds = 1.2
"""
        backup = f"""
[[payment_lines.lines]]
name = "card/backup"
host = "127.0.0.1"
port = {self.backup.address[1]}
tls = false
echo = "0800/301 bcd"
terminal_id = "00000003"
connect_timeout_seconds = 1.2
"""
        terminal = f"""
[[payment_terminal.terminals]]
name = "counter"
host = "127.0.0.1"
port = {self.terminal.address[1]}
poi_id = "{self.terminal.poi_id}"
server_name = "localhost"
ca_file = "{authority}"
"""
        return f"""
[power]
ups = "{self.ups.name}@{ups_host}:{ups_port}"
[receipt_printer]
port = "{self.printer_port}"
holders_socket = "{self.holders_socket}"
[network]
resolvers = {resolvers}
lookup_name = "acquirer.example"
resolver_timeout_seconds = {self.resolver_timeout_seconds}
{self.network}
[firewall_ports]
timeout_seconds = 1.2
outbound = [{{ host = "127.0.0.1", port = {self.outbound_port}, purpose = "price list" }}]
{self.software}
{self.settlement}
[payment_lines]
resolvers = {resolvers}
{primary if "primary" in self.lines else ""}
{backup if "backup" in self.lines else ""}
[[payment_lines.lines]]
name = "qr/wallet"
host = "127.0.0.1"
port = {self.wallet.address[1]}
server_name = "localhost"
ca_file = "{authority}"
pins = {json.dumps(self.pins)}
{self.wallet_page}
[payment_terminal]
own_line = {str(self.own_line).lower()}
{"" if self.own_line else terminal}
"""
