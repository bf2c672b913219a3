"""kill -9 of any process of a working agent, with a real head office: most at random, some aimed.

`python -m tests.faults.random_kills 1000`: `make kills`. Before each kill the whole agent is frozen and
looked at: the system call that supervisor and courier are in says what the kill falls into. A transaction is
counted only inside a call on the outbox's files: less than there are. A print job is one that the journal of
slips says is being sent. Three in ten are aimed: the agent is watched until it is inside a transaction, or a
request, and the process that is killed then is the one inside.
"""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from console.control_client import NoDaemonError, ask
from simulators.escpos_printer import EscposPrinter
from tests.counter import ROOT, WITH_US, HeadOffice, wait_for, write_settings
from tests.faults.gate import Gate, forwarding

EVERY_SECONDS = 0.2  # a heartbeat: far more transactions than a till has
_ON_A_FILE = (17, 18, 74, 75, 77)  # pread64, pwrite64, fsync, fdatasync, ftruncate: x86-64's numbers
_ON_THE_LINE = (7, 42, 44, 45)  # poll, connect, sendto, recvfrom; a courier without a parcel stands in select
_AIMS = {3: "transaction", 6: "open request", 8: "open request"}  # of each ten kills
_AIM_SECONDS = 10.0  # a delivery that a kill made fail is tried again within four
_LINE_SECONDS = 0.03  # there, and back: a mobile network
_TABLES = """
[receipt_printer]
port = "{port}"
owner = "ours"
[every_seconds]
receipt_printer = 0.5
power = 0.5
"""


class Agent:
    """The daemon, started again whenever its supervisor has died."""

    def __init__(self, settings: Path) -> None:
        self._command = [*WITH_US, sys.executable, "-m", "console", "run", "--settings", str(settings)]
        self._folder = settings.parent
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.process = psutil.Popen(
            self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.starts += 1

    def processes(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return [self.process, *self.process.children(recursive=True)]
        return []

    def kill_one(self, aim: str = "") -> list[str]:
        """What the kill fell into: of a random process, or of one that is inside what is aimed at."""
        processes = self._frozen(aim)
        if not processes:
            return []
        inside = [process for process in processes if aim in _doing(process)]
        victim = random.choice(inside or processes)
        fell_into = {name for process in processes for name in _doing(process)} | self._printing()
        _send(victim, signal.SIGKILL)
        _send_all(processes, signal.SIGCONT)
        if victim.pid != self.process.pid:
            return [*fell_into, "child"]
        self.process.wait()
        self.start()
        return [*fell_into, "supervisor"]

    def _frozen(self, aim: str) -> list[psutil.Process]:
        """All of it, inside what is aimed at where that comes in time."""
        limit = time.monotonic() + _AIM_SECONDS
        while True:
            processes = self.processes()
            _watch(processes, aim)
            _send_all(processes, signal.SIGSTOP)
            if not aim or _is_inside(processes, aim) or time.monotonic() > limit:
                return processes
            _send_all(processes, signal.SIGCONT)

    def _printing(self) -> set[str]:
        with contextlib.suppress(OSError):
            if '"sending"' in (self._folder / "state" / "slips.json").read_text():
                return {"print job"}
        return set()

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(30) == 0

    def wait_until_up(self) -> None:
        wait_for(self._answers)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as channel:
            return channel.connect_ex(str(self._folder / "control.sock")) == 0


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _send_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        _send(process, number)


def _watch(processes: list[psutil.Process], aim: str) -> None:
    """For half a second at most: other processes may have come since."""
    limit = time.monotonic() + 0.5
    while aim and time.monotonic() < limit and not _is_inside(processes, aim):
        pass


def _is_inside(processes: list[psutil.Process], aim: str) -> bool:
    return any(aim in _doing(process) for process in processes)


def _doing(process: psutil.Process) -> list[str]:
    """By the call it is in, and the file of that call: proc(5), /proc/PID/syscall."""
    try:
        words = Path(f"/proc/{process.pid}/syscall").read_text().split()
        call, first = int(words[0]), int(words[1], 16)
        target = str(Path(f"/proc/{process.pid}/fd/{first}").readlink()) if call in _ON_A_FILE else ""
    except (OSError, ValueError, IndexError):
        return []
    if "outbox.db" in target:
        return ["transaction"]
    return ["open request"] if call in _ON_THE_LINE and _is_connected(process) else []


def _is_connected(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(each.raddr for each in process.net_connections("tcp"))
    return False


def run(kills: int, folder: Path) -> Counter[str]:
    """AssertionError where anything is lost or there twice."""
    folder.chmod(0o711)
    office = HeadOffice(folder)
    office.start()
    fell_into: Counter[str] = Counter()
    port = int(office.url.rpartition(":")[2])
    line = Gate(forwarding(port, delay_seconds=_LINE_SECONDS))
    with EscposPrinter(columns=32) as printer, line:
        tables = _TABLES.format(port=printer.pty_path)
        agent = Agent(write_settings(folder, line.url, tables, every=EVERY_SECONDS))
        for number in range(kills):
            agent.wait_until_up()
            if number % 4 == 0:
                _ask_for_a_slip(folder)
            time.sleep(random.uniform(0.0, 0.6))
            fell_into.update(agent.kill_one(_AIMS.get(number % 10, "")))
        wait_for(office.terminals)
        wait_for(lambda: _waiting(folder) == 0, 300)
        agent.stop()
    detail = office.terminal("0412-2")
    office.stop()
    _judge(detail)
    fell_into["heartbeats"] = detail["stored_through"]
    return fell_into


def _ask_for_a_slip(folder: Path) -> None:
    """Nobody waits for what becomes of it."""
    with socket.socket(socket.AF_UNIX) as channel, contextlib.suppress(OSError):
        channel.connect(str(folder / "control.sock"))
        channel.sendall(b'{"do": "slip", "language": "en"}\n')


def _waiting(folder: Path) -> int:
    try:
        return int(ask(str(folder / "control.sock"), {"do": "status"}, 5)["outbox"]["waiting"])
    except NoDaemonError:
        return -1


def _judge(detail: dict[str, object]) -> None:
    """One spool, complete from its first number, no gap, nothing twice with another content."""
    assert len(detail["series"]) == 1  # type: ignore[arg-type]
    assert detail["gaps"] == []
    assert detail["rejected"] == []


def main(kills: int) -> int:
    with tempfile.TemporaryDirectory(prefix="poshealth-kills-") as folder:
        fell_into = run(kills, Path(folder))
    whom = f"{fell_into['supervisor']} of the supervisor, {fell_into['child']} of its children"
    what = ", ".join(
        f"{fell_into[name]} into {article} {name}"
        for article, name in (("a", "transaction"), ("a", "print job"), ("an", "open request"))
    )
    print(f"{kills} kills, 0 of {fell_into['heartbeats']} heartbeats lost, 0 twice: {whom}; {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
