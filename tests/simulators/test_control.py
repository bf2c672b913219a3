"""Every simulator as a process: it says where it listens, takes faults, and ends with its input."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


class Process:
    """`where` is the first line; `ask` sends one request on standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self.where: dict[str, str] = json.loads(self._output.readline())

    def ask(self, request: object) -> Any:
        self._input.write(json.dumps(request) + "\n")
        self._input.flush()
        return json.loads(self._output.readline())

    def ask_over_tcp(self, request: object) -> Any:
        host, port = self.where["control"].split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile() as lines:
                return json.loads(lines.readline())


@contextmanager
def running(module: str, *options: str) -> Iterator[Process]:
    command = [sys.executable, "-m", f"simulators.{module}", *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        yield Process(process)
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("module", "options", "plugs"),
    [
        ("escpos_printer", ("--columns", "48"), {"pty", "tcp"}),
        ("acquirer", ("--dialect", "unionpay", "--tpdu"), {"tcp", "authority"}),
        ("https_host", ("--certificate", "expired"), {"tcp", "authority"}),
        ("ups", ("--name", "counter"), {"tcp", "ups"}),
        ("dns_server", ("--name", "acquirer.test=10.8.3.2"), {"udp"}),
        ("black_hole", (), {"tcp"}),
        ("tlcp_host", ("--refusal", "close"), {"tcp"}),
        ("hostile_endpoint", ("--certificate", "valid"), {"tcp", "authority"}),
    ],
)
def test_each_runs_and_ends(module: str, options: tuple[str, ...], plugs: set[str]) -> None:
    """One JSON line names its plugs and its control port; closing its input ends it with status 0."""
    with running(module, *options) as process:
        assert set(process.where) == plugs | {"control"}
        assert process.ask({})["ok"] is True


def test_faults_by_input_and_by_tcp() -> None:
    """What one channel sets the other reads."""
    with running("dns_server") as process:
        assert process.ask({"set": {"mode": "silent"}}) == {"ok": True, "value": {}}
        answer = process.ask_over_tcp({"get": ["mode", "slow_seconds"]})
        assert answer == {"ok": True, "value": {"mode": "silent", "slow_seconds": 3.0}}


def test_the_printer_process_prints(tmp_path: Path) -> None:
    """Bytes over its TCP port come back as text and as a picture."""
    with running("escpos_printer") as process:
        host, port = process.where["tcp"].split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall("上盖未合\n".encode("gb18030") + b"\x1dI\x42")
            assert connection.recv(16) == b"\x5fEPSON\x00"
        assert process.ask({"call": "text"})["value"] == "上盖未合"
        picture = tmp_path / "slip.png"
        assert process.ask({"call": "write_png", "arguments": {"path": str(picture)}})["ok"] is True
        assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def printer_process() -> Iterator[Process]:
    with running("escpos_printer") as process:
        yield process


@pytest.mark.parametrize(
    "request_body",
    [
        {"set": {"faults.sillent": True}},
        {"set": {"journal": 1}},
        {"call": "stop"},
        {"set": 3},
        [1],
        {"get": ["nothing"]},
    ],
)
def test_mistakes_are_answers(printer_process: Process, request_body: object) -> None:
    """A misspelt fault is refused, and the simulator goes on."""
    assert printer_process.ask(request_body)["ok"] is False
    assert printer_process.ask({"get": ["state.offline"]})["ok"] is True


def test_a_line_that_is_no_json(printer_process: Process) -> None:
    """Answered as a mistake."""
    printer_process._input.write("paper out please\n")
    printer_process._input.flush()
    assert json.loads(printer_process._output.readline())["ok"] is False


def test_stop() -> None:
    """{"stop": true} ends it."""
    with running("ups") as process:
        assert process.ask({"stop": True})["ok"] is True
