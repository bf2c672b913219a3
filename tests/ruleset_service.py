"""The service that lists the packet filter's rules, with its one right, started as systemd starts it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.counter import ROOT, wait_for

NET_ADMIN_ALONE = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--groups=0", "--no-new-privs"),
    *("--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin"),
)


@contextlib.contextmanager
def ruleset_service(
    folder: Path, within: tuple[str, ...] = (), rights: tuple[str, ...] = NET_ADMIN_ALONE
) -> Iterator[str]:
    """The path of its socket, which everybody may ask; `within` is what starts it in a network namespace."""
    path = folder / "ruleset.sock"
    listen = ("systemd-socket-activate", "--accept", "--inetd", f"--listen={path}", "--setenv=PATH")
    command = (*within, *listen, *rights, sys.executable, "-m", "privileged.ruleset")
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        wait_for(path.exists)
        path.chmod(0o666)
        yield str(path)
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)
