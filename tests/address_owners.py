"""The service that says who has an address, started for each connection, with its one right and no other."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.counter import ROOT, wait_for

ONLY_NET_RAW = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"),
    *("--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw"),
)


@contextlib.contextmanager
def address_owners(
    folder: Path, within: tuple[str, ...], rights: tuple[str, ...] = ONLY_NET_RAW
) -> Iterator[str]:
    """The path of its socket, which everybody may ask; `within` starts a command in a network namespace."""
    path = folder / "address-owners.sock"
    listen = ("systemd-socket-activate", "--accept", "--inetd", f"--listen={path}")
    command = [*within, *listen, *rights, sys.executable, "-m", "privileged.address_owners"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        wait_for(path.exists)
        path.chmod(0o666)
        yield str(path)
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)
