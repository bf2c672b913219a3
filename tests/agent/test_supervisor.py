"""The daemon as a process: asked, disturbed, reloaded, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest

from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table

pytestmark = pytest.mark.slow  # real processes

HOLD = """
[power]
ups = "ups@127.0.0.1:{port}"
ups_timeout_seconds = 5
[every_seconds]
power = 1
"""


def test_a_hanging_probe_costs_no_heartbeat(tmp_path: Path) -> None:
    """While a UPS host keeps a probe waiting, head office goes on hearing of the rest."""
    office = HeadOffice(tmp_path)
    office.start()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        tables = HOLD.format(port=mute.getsockname()[1])
        with daemon(write_settings(tmp_path, office.url, tables, every=0.5)):
            wait_for(office.terminals)
            first = office.terminals()[0]["last_contact"]
            wait_for(lambda: office.terminals()[0]["last_contact"] > first + 3)
    office.stop()


def asked(upsd: socket.socket) -> int:
    """How many probes have come since this was asked last."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            upsd.accept()[0].close()
            count += 1
    return count


def test_a_daemon_that_was_stopped_makes_one_round(tmp_path: Path) -> None:
    """Ten rounds were missed: one comes at once, the next at their regular moments. Both the schedule and the
    sweep see to it: either alone is enough.
    """
    with socket.create_server(("127.0.0.1", 0)) as upsd:
        upsd.setblocking(False)
        tables = HOLD.format(port=upsd.getsockname()[1]).replace("_seconds = 5", "_seconds = 0.1")
        settings = write_settings(tmp_path, "", tables)
        settings.write_text(settings.read_text().replace("[daemon]", "[daemon]\nwatch_events = false"))
        with daemon(settings) as process:
            wait_for(lambda: asked(upsd))
            process.send_signal(signal.SIGSTOP)
            time.sleep(10)
            before = asked(upsd)
            process.send_signal(signal.SIGCONT)
            time.sleep(2)
            assert 1 <= asked(upsd) <= 4
            assert ask(str(tmp_path / "control.sock"), {"do": "status"}, 5)["self"]["rounds_missed"] >= 7
    assert before <= 1


def test_check_asks_the_daemon(tmp_path: Path, holders_socket: str) -> None:
    """A technician's check is answered by the running daemon, for the probes asked."""
    with EscposPrinter(columns=32) as printer:
        settings = write_settings(tmp_path, "", printer_table(printer.pty_path, holders_socket))
        with daemon(settings):
            printer.state.cover_open = True
            done = poshealth("check", "receipt_printer", "--json", "--settings", str(settings))

    causes = json.loads(done.stdout)["diagnosis"]["causes"]
    assert [cause["code"] for cause in causes] == ["receipt-printer.cover-open"]
    assert "No daemon" not in done.stderr


@pytest.mark.parametrize(
    "line",
    [b"\n", b"{}\n", b'{"do":"rm"}\n', b"\xff\xfe\n", b"[" * 5000 + b"\n"],
    ids=["empty line", "empty object", "no such request", "no text", "nested"],
)
def test_nonsense_on_the_control_socket_is_answered(tmp_path: Path, line: bytes) -> None:
    """With an error, and the next one is served."""
    settings = write_settings(tmp_path, "", "")
    with daemon(settings):
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(tmp_path / "control.sock"))
            channel.sendall(line)
            assert b"error" in channel.recv(4096)
        assert ask(str(tmp_path / "control.sock"), {"do": "status"}, 5)["terminal"] == "0412-2"


def test_the_control_socket_is_not_for_everybody(tmp_path: Path) -> None:
    """Mode 0660: the group `poshealth`, no others."""
    with daemon(write_settings(tmp_path, "", "")):
        assert (tmp_path / "control.sock").stat().st_mode & 0o777 == 0o660


def test_a_bad_reload_keeps_the_last_good_settings(tmp_path: Path) -> None:
    """The daemon says what is wrong and goes on; a good file takes the notice away."""
    settings = write_settings(tmp_path, "", "")
    good = settings.read_text()
    with daemon(settings) as process:
        settings.write_text(good + "\n[slip]\ncolums = 32\n")
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: "agent.settings-rejected" in codes(tmp_path))
        settings.write_text(good)
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: "agent.settings-rejected" not in codes(tmp_path))


def codes(folder: Path) -> list[str]:
    return [cause["code"] for cause in ask(str(folder / "control.sock"), {"do": "status"}, 5)["causes"]]


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    """Exit 75 with the reason; the first one is untouched."""
    settings = write_settings(tmp_path, "", "")
    with daemon(settings):
        second = poshealth("run", "--settings", str(settings))

    assert second.returncode == 75
    assert "another poshealth" in second.stderr


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """After an orderly stop: no child, no socket, and a marker that says so."""
    with daemon(write_settings(tmp_path, "", "")) as process:
        wait_for(lambda: ask(str(tmp_path / "control.sock"), {"do": "status"}, 5)["checks"])
        children = psutil.Process(process.pid).children(recursive=True)

    assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    assert not (tmp_path / "control.sock").exists()
    assert json.loads((tmp_path / "state" / "last-stop.json").read_bytes())["clean"] is True


def test_no_network_port_is_open(tmp_path: Path) -> None:
    """The daemon listens on nothing but its Unix socket."""
    with daemon(write_settings(tmp_path, "", "")) as process:
        wait_for(lambda: ask(str(tmp_path / "control.sock"), {"do": "status"}, 5)["checks"])
        open_ports = psutil.Process(process.pid).net_connections("inet")

    assert [port for port in open_ports if port.status == "LISTEN"] == []
