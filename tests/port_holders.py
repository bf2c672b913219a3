"""The service that says who holds a port, started for each connection as systemd starts it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.counter import ROOT, wait_for


def printer_table(port: str, holders_socket: str) -> str:
    """The settings of a receipt printer that the POS prints on."""
    return f'[receipt_printer]\nport = "{port}"\nholders_socket = "{holders_socket}"\n'


@contextlib.contextmanager
def port_holders(folder: Path) -> Iterator[str]:
    """The path of its socket, which everybody may ask. As root it sees everybody, as in production."""
    path = folder / "port-holders.sock"
    command = ["systemd-socket-activate", "--accept", "--inetd", f"--listen={path}"]
    process = subprocess.Popen(
        [*command, sys.executable, "-m", "privileged.port_holders"], stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        wait_for(path.exists)
        path.chmod(0o666)
        yield str(path)
    finally:
        process.terminate()
        process.wait()
