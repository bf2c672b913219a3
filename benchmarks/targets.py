"""What both sides ask, as one process: simulated hosts, resolvers, a UPS, a printer, and black holes.

`python -m benchmarks.targets FOLDER` prints one line of JSON and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
from msgspec import Struct

from simulators.acquirer import Acquirer
from simulators.black_hole import BlackHole
from simulators.certificates import CertificateFolder
from simulators.dns_server import DnsServer
from simulators.escpos_printer import EscposPrinter
from simulators.https_host import HttpsHost
from simulators.ups import Ups

ROOT = Path(__file__).parents[1]
PORTS, CARD_HOSTS, WALLETS, RESOLVERS, HOLES = 5, 4, 6, 3, 10
NAME = "acquirer.example"


class Targets(Struct, frozen=True, kw_only=True):
    """All on 127.0.0.1. `card` and `wallets` speak TLS with a certificate of `authority`."""

    ports: tuple[int, ...]
    card: tuple[int, ...]
    wallets: tuple[int, ...]
    resolvers: tuple[str, ...]
    ups: str
    ups_port: int
    printer_port: int
    authority: str
    holes: tuple[int, ...]


@contextlib.contextmanager
def targets(folder: Path) -> Iterator[Targets]:
    """The process, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.targets", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            yield msgspec.json.decode(process.stdout.readline(), type=Targets)
        finally:
            process.stdin.close()
            process.wait(20)


def _serve(folder: Path, stack: ExitStack) -> Targets:
    certificates = CertificateFolder(folder)
    tls = certificates.server_context()
    ups = stack.enter_context(Ups())
    printer = stack.enter_context(EscposPrinter(columns=32))
    resolvers = [stack.enter_context(DnsServer({NAME: ["127.0.0.1"]})) for _ in range(RESOLVERS)]
    return Targets(
        ports=tuple(stack.enter_context(Acquirer()).address[1] for _ in range(PORTS)),
        card=tuple(stack.enter_context(Acquirer(tls=tls)).address[1] for _ in range(CARD_HOSTS)),
        wallets=tuple(stack.enter_context(HttpsHost(tls=tls)).address[1] for _ in range(WALLETS)),
        resolvers=tuple(f"{host}:{port}" for host, port in (each.address for each in resolvers)),
        ups=f"{ups.name}@127.0.0.1:{ups.address[1]}",
        ups_port=ups.address[1],
        printer_port=printer.tcp_address[1],
        authority=str(certificates.authority_path),
        holes=tuple(stack.enter_context(BlackHole()).address[1] for _ in range(HOLES)),
    )


def main() -> None:
    with ExitStack() as stack:
        found = _serve(Path(sys.argv[1]), stack)
        print(json.dumps(msgspec.to_builtins(found)), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
