"""A real cupsd from Debian, with one raw queue, as a process of ours."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Self

from tests.broker.service import wait_for

CUPSD = "/usr/sbin/cupsd"
SERVER_BIN = Path("/usr/lib/cups")

SETTINGS = """
LogLevel warn
Listen {folder}/cups.sock
Browsing Off
WebInterface No
JobRetryInterval 1
ErrorPolicy {policy}
DefaultAuthType None
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""

FILES = """
ServerRoot {folder}
ServerBin {folder}/bin
DataDir /usr/share/cups
DocumentRoot {folder}
RequestRoot {folder}/spool
TempDir {folder}/tmp
CacheDir {folder}/cache
StateDir {folder}/state
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
FileDevice Yes
SystemGroup root
"""

# Debian's socket backend comes with ghostscript and poppler: this one does what it does with raw bytes.
BACKEND = """
#!{python}
import os, socket, sys
if len(sys.argv) < 6:
    print('network till "Unknown" "till"')
    sys.exit(0)
host, _, port = os.environ["DEVICE_URI"].removeprefix("till://").partition(":")
job = open(sys.argv[6], "rb") if len(sys.argv) > 6 else sys.stdin.buffer
try:
    with socket.create_connection((host, int(port)), 5) as printer:
        printer.sendall(job.read())
except OSError as error:
    print("ERROR:", error, file=sys.stderr)
    sys.exit(1)
"""


class RealCups:
    """`socket` is where it listens; nothing else of this machine's CUPS, if any, is touched."""

    def __init__(self, policy: str = "abort-job") -> None:
        self._home = tempfile.TemporaryDirectory(prefix="poshealth-cups-")
        self.folder = Path(self._home.name)
        self.socket = self.folder / "cups.sock"
        self._policy = policy

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        for name in ("tmp", "spool", "cache", "state"):
            (self.folder / name).mkdir()
        self._make_bin()
        self._write("cupsd.conf", SETTINGS)
        self._write("cups-files.conf", FILES)
        self._process = subprocess.Popen(
            [CUPSD, "-f", "-c", str(self.folder / "cupsd.conf"), "-s", str(self.folder / "cups-files.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._home.cleanup()

    def add_queue(self, name: str, device: str, *options: str) -> None:
        self._admin("lpadmin", "-p", name, "-E", "-v", device, "-m", "raw", *options)

    def hold_new_jobs(self, name: str) -> None:
        self._admin("lpadmin", "-p", name, "-o", "job-hold-until-default=indefinite")

    def stop_queue(self, name: str) -> None:
        self._admin("cupsdisable", name)

    def start_queue(self, name: str) -> None:
        self._admin("cupsenable", name)

    def refuse(self, name: str) -> None:
        self._admin("cupsreject", name)

    def errors(self) -> str:
        return (self.folder / "error.log").read_text()

    def _admin(self, command: str, *words: str) -> None:
        done = subprocess.run(
            [command, "-h", str(self.socket), *words], capture_output=True, text=True, check=False, timeout=20
        )
        assert done.returncode == 0, done.stderr

    def _make_bin(self) -> None:
        """Everything of Debian's, and one backend more; cupsd refuses one that others might write."""
        bin_folder = self.folder / "bin"
        (bin_folder / "backend").mkdir(parents=True)
        for each in SERVER_BIN.iterdir():
            if each.name != "backend":
                (bin_folder / each.name).symlink_to(each)
        backend = bin_folder / "backend" / "till"
        backend.write_text(BACKEND.lstrip().format(python=sys.executable))
        backend.chmod(0o755)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(text).format(folder=self.folder, policy=self._policy))

    def _listens(self) -> bool:
        assert self._process.poll() is None, f"cupsd ended with {self._process.returncode}"
        with socket.socket(socket.AF_UNIX) as end:
            return end.connect_ex(str(self.socket)) == 0
