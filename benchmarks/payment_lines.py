"""A healthy round over two TLS lines, one with an echo test, one with a HEAD request, through a warm daemon.

`python -m benchmarks.payment_lines`. Hosts on this machine: what is left is our own work, and the waits that
nobody needs.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.processes import cpu_seconds
from benchmarks.rows import Row
from benchmarks.terminal import check, terminal
from simulators.acquirer import Acquirer
from simulators.certificates import CertificateFolder
from simulators.https_host import HttpsHost

COMMAND = ".venv/bin/python -m benchmarks.payment_lines"
ROUNDS = 25
DELAYED_ACK_MS = 40.0  # TCP_DELACK_MIN, include/net/tcp.h: one such wait alone would break the promise
_LINE = """
[[payment_lines.lines]]
name = "{name}"
host = "127.0.0.1"
port = {port}
server_name = "localhost"
ca_file = "{authority}"
"""
_ECHO = 'echo = "0800/301 bcd"\nterminal_id = "29110001"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificates = CertificateFolder(folder)
        context = certificates.server_context("chained")
        with Acquirer(tls=context) as card, HttpsHost(tls=context) as wallet:
            where = {"authority": certificates.authority_path}
            tables = _LINE.format(name="card/primary", port=card.address[1], **where) + _ECHO
            tables += _LINE.format(name="qr/wallet", port=wallet.address[1], **where)
            with terminal(folder, f"{tables}[every_seconds]\npayment_lines = 3600\n") as daemon:
                _rounds(folder, daemon.pid)


def _rounds(folder: Path, pid: int) -> None:
    check(folder, ("payment_lines",))
    cpu = cpu_seconds(pid)
    walls = [check(folder, ("payment_lines",))[0] for _ in range(ROUNDS)]
    cpu = (cpu_seconds(pid) - cpu) / ROUNDS
    wall = statistics.median(walls)
    Row(
        what="two TLS lines, echo and HEAD: wall",
        ours=f"{wall * 1000:.1f} ms",
        promise=f"< {DELAYED_ACK_MS:g} ms",
        kept=wall * 1000 < DELAYED_ACK_MS,
        command=COMMAND,
    ).show()
    Row(what="the same: CPU, children included", ours=f"{cpu * 1000:.1f} ms", command=COMMAND).show()


if __name__ == "__main__":
    main()
