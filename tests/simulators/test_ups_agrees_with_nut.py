"""The simulated UPS and NUT's own upsd 2.8 (with its dummy-ups driver) answer the same lines alike."""

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.ups import Ups

pytestmark = pytest.mark.slow
DRIVER, SERVER = "/lib/nut/dummy-ups", "/lib/nut/upsd"
VARIABLES = """\
ups.status: OL CHRG
battery.charge: 90
battery.runtime: 720
input.voltage: 228.0
"""
MAXAGE_SECONDS = 2


class RealUps:
    """upsd and dummy-ups with folders of their own; `ask` sends one line to upsd."""

    def __init__(self, folder: Path) -> None:
        self.variables = folder / "till.dev"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.address: tuple[str, int] = probe.getsockname()[:2]
        self._write_settings(folder)
        paths = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(folder))
        self._environment = {**os.environ, **paths}
        self.driver = self._start(DRIVER, "-a", "till", "-F")
        deadline = time.monotonic() + 15
        while not (folder / "dummy-ups-till").exists():  # upsd tries again only every few seconds
            assert time.monotonic() < deadline, "the driver did not open its socket"
            time.sleep(0.02)
        self.server = self._start(SERVER, "-F")

    def _write_settings(self, folder: Path) -> None:
        driver = f"driver = dummy-ups\nport = {self.variables}\nmode = dummy-loop\npollinterval = 1\n"
        (folder / "ups.conf").write_text(f'[till]\n{driver}desc = "Till UPS"\n')
        host, port = self.address
        (folder / "upsd.conf").write_text(f"LISTEN {host} {port}\nMAXAGE {MAXAGE_SECONDS}\n")
        (folder / "upsd.users").touch()
        self.variables.write_text(VARIABLES)
        for path in folder.iterdir():
            path.chmod(0o640)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        user = ["-u", "root"] if os.geteuid() == 0 else []
        return subprocess.Popen(
            [*command, *user],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, command: str) -> str:
        return ask(self.address, command)

    def wait_for(self, command: str, wanted: str) -> None:
        deadline = time.monotonic() + 15
        while self._try(command) != wanted:
            assert time.monotonic() < deadline, f"{command} still answers {self._try(command)!r}"
            time.sleep(0.05)

    def _try(self, command: str) -> str:
        try:
            return self.ask(command)
        except ConnectionError as error:
            return repr(error)

    def copy(self) -> dict[str, str]:
        rows = [shlex.split(row) for row in self.ask("LIST VAR till").splitlines()[1:-1]]
        return {name: value for _, _, name, value in rows}

    def stop(self) -> None:
        for process in (self.server, self.driver):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(10)


def ask(address: tuple[str, int], command: str) -> str:
    with socket.create_connection(address, timeout=5) as connection, connection.makefile("rw") as lines:
        lines.write(command + "\n")
        lines.flush()
        reply = [lines.readline()]
        while reply[0].startswith("BEGIN") and not reply[-1].startswith("END"):
            reply.append(lines.readline())
        return "".join(reply)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealUps]:
    yield from _running(tmp_path_factory.mktemp("nut"))


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealUps]:
    yield from _running(tmp_path)


def _running(folder: Path) -> Iterator[RealUps]:
    started = RealUps(folder)
    try:
        started.wait_for("GET VAR till ups.status", 'VAR till ups.status "OL CHRG"\n')
        yield started
    finally:
        started.stop()


@pytest.mark.parametrize(
    "command",
    [
        "VER",
        "NETVER",
        "PROTVER",
        "HELP",
        "LIST UPS",
        "LIST VAR till",
        "LIST CLIENT till",
        "GET VAR till ups.status",
        "GET VAR till battery.charge",
        "get var till battery.runtime",
        "GET VAR till ups.nothing",
        "GET VAR other ups.status",
        "LIST VAR other",
        "GET UPSDESC till",
        "GET UPSDESC other",
        "GET NUMLOGINS till",
        "GET VAR till",
        "GET",
        "LIST",
        "LIST VAR",
        "LIST NOTHING",
        "GET NOTHING till",
        "NOTHING",
        "",
        "LOGIN till",
        "MASTER till",
        "PRIMARY till",
        "FSD till",
        "USERNAME till",
        "PASSWORD till",
        "STARTTLS",
        "SET VAR till ups.status OL",
        "INSTCMD till shutdown.now",
        "LOGOUT",
    ],
)
def test_the_same_reply(healthy: RealUps, command: str) -> None:
    """With the same variables both answer with the same bytes."""
    with Ups(variables=healthy.copy()) as simulated:
        assert ask(simulated.address, command) == healthy.ask(command)


def test_values_with_backslashes(healthy: RealUps) -> None:
    """Both escape a backslash by another; dummy-ups itself unescapes its file twice on a re-read."""
    healthy.variables.write_text(VARIABLES + "ups.model: back" + "\\" * 4 + "slash\n")
    with Ups(variables={"ups.model": "back\\slash"}) as simulated:
        healthy.wait_for("GET VAR till ups.model", ask(simulated.address, "GET VAR till ups.model"))


def test_on_battery(healthy: RealUps) -> None:
    """Mains lost: the tokens and the runtime follow."""
    healthy.variables.write_text("ups.status: OB DISCHRG LB\nbattery.charge: 8\nbattery.runtime: 60\n")
    with Ups(variables=healthy.copy()) as simulated:
        simulated.status, simulated.charge, simulated.runtime_seconds = "OB DISCHRG LB", 8, 60
        for name in ("ups.status", "battery.charge", "battery.runtime"):
            healthy.wait_for(f"GET VAR till {name}", ask(simulated.address, f"GET VAR till {name}"))


QUESTIONS = ("GET VAR till ups.status", "LIST VAR till", "GET UPSDESC till", "LIST UPS", "LIST CLIENT till")


def test_driver_died(real: RealUps) -> None:
    """ERR DRIVER-NOT-CONNECTED to what needs the driver, the usual answer to the rest."""
    with Ups(variables=real.copy()) as simulated:
        real.driver.terminate()
        simulated.driver_gone = True
        real.wait_for(QUESTIONS[0], "ERR DRIVER-NOT-CONNECTED\n")
        assert [ask(simulated.address, line) for line in QUESTIONS] == [real.ask(line) for line in QUESTIONS]


def test_driver_hangs(real: RealUps) -> None:
    """ERR DATA-STALE once the driver is silent for longer than MAXAGE."""
    with Ups(variables=real.copy()) as simulated:
        real.driver.send_signal(signal.SIGSTOP)
        simulated.stale = True
        real.wait_for(QUESTIONS[0], "ERR DATA-STALE\n")
        assert [ask(simulated.address, line) for line in QUESTIONS] == [real.ask(line) for line in QUESTIONS]


def test_upsd_not_running() -> None:
    """Gone, a connect is refused; back at the same port, it answers."""
    with Ups() as simulated:
        simulated.gone = True
        with pytest.raises(ConnectionRefusedError):
            ask(simulated.address, "VER")
        simulated.gone = False
        assert ask(simulated.address, "GET VAR till ups.status") == 'VAR till ups.status "OL"\n'


def test_upsd_hangs() -> None:
    """It takes the line and says nothing."""
    with Ups() as simulated, socket.create_connection(simulated.address, timeout=0.3) as connection:
        simulated.silent = True
        connection.sendall(b"VER\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert [line for _, line in simulated.commands] == ["VER"]


def test_upsc_reads_the_simulated_ups() -> None:
    """NUT's own client prints what the simulator holds."""
    with Ups() as simulated:
        host, port = simulated.address
        done = subprocess.run(
            ["upsc", f"till@{host}:{port}"], capture_output=True, text=True, timeout=10, check=True
        )
        printed = dict(line.split(": ", 1) for line in done.stdout.splitlines())
        assert printed == simulated.variables
