"""A terminal of some columns and lines: a command's output on a real pty, and what a person then sees."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CODE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])")


class Terminal:
    """`poshealth WORDS` on a pty; `within` is a command that starts it elsewhere."""

    def __init__(
        self,
        *words: str,
        columns: int = 80,
        lines: int = 24,
        within: tuple[str, ...] = (),
        term: str = "xterm-256color",
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [*within, sys.executable, "-m", "console", *words],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # A terminal tells its size itself; pytest-xdist puts its own into COLUMNS.
            env={key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES"}}
            | {"TERM": term},
            start_new_session=True,
        )
        self.output = b""

    def until(self, text: str, seconds: float = 20.0) -> None:
        limit = time.monotonic() + seconds
        while text not in self.output.decode(errors="replace"):
            assert time.monotonic() < limit, self.output
            self._read(0.1)

    def end(self, seconds: float = 30.0) -> int:
        """The exit code, once everything was read."""
        limit = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < limit, self.output
            self._read(0.1)
        self._read(0.0)
        assert termios.tcgetattr(self._slave) == self.modes
        os.close(self._slave)
        os.close(self._master)
        return self.process.returncode

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def interrupt(self) -> None:
        """As Ctrl-C does it: to the process group of the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def _read(self, seconds: float) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.output += os.read(self._master, 65536)
            seconds = 0.0

    def seen(self) -> list[str]:
        """Every line that was drawn, as it stands at last; only what ECMA-48 calls CUU, EL, ED and SGR."""
        lines, row = [""], 0
        for line in re.split(r"(\r\n)", self.output.decode()):
            if line == "\r\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
                continue
            text = line
            while code := _CODE.match(text):
                number, kind = code[1], code[2]
                assert kind in "AKJm", code[0]
                row -= int(number) if kind == "A" else 0
                lines[row:] = lines[row : row + 1] if kind == "J" else lines[row:]
                text = text[code.end() :]
            if plain := _CODE.sub("", text):
                lines[row] = plain
        return lines
