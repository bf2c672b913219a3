"""The service with the right to look says who holds a port, and nothing else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from privileged.port_holders import is_a_port
from simulators.escpos_printer import EscposPrinter
from tests.holding import WAYS, held

NEITHER = "unknown this is neither a serial port nor a printer\n"


def ask(path: str, *questions: str) -> str:
    """All it answers on one connection, until it hangs up."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        answers = []
        for question in questions:
            connection.sendall(question.encode())
            answers.append(connection.recv(4096).decode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096) == b""
        return "".join(answers)


def who(path: str) -> str:
    device = Path(path).stat().st_rdev
    return f"who {os.major(device)}:{os.minor(device)}\n"


@pytest.mark.parametrize("way", [way for way in WAYS if way != "inherited"])
def test_it_names_process_and_program(way: str, holders_socket: str) -> None:
    with EscposPrinter() as printer, held(printer.pty_path, way) as pid:
        name = Path(f"/proc/{pid}/comm").read_text().strip().replace("\n", "?")
        assert ask(holders_socket, who(printer.pty_path)) == f"held {pid} {name}\nend\n"


def test_it_answers_anew_each_time(holders_socket: str) -> None:
    """The second question of a connection is a second look."""
    with EscposPrinter() as printer:
        question = who(printer.pty_path)
        assert ask(holders_socket, question, question) == "end\nend\n"


@pytest.mark.parametrize("path", ["/dev/null", "/dev/tty", "/dev/ptmx", "/dev/urandom"])
def test_of_other_devices_it_does_not_speak(path: str, holders_socket: str) -> None:
    """Who reads a keyboard or a disk is none of poshealth's business."""
    assert ask(holders_socket, who(path)) == NEITHER


DRIVERS = """\
/dev/console         /dev/console    5       1 system:console
usbserial            /dev/ttyUSB   188 0-511 serial
serial               /dev/ttyS       4 64-95 serial
pty_slave            /dev/pts      136 0-1048575 pty:slave
pty_master           /dev/ptm      128 0-1048575 pty:master
unknown              /dev/tty        4 1-63 console
"""


@pytest.mark.parametrize(
    ("major", "minor", "is_one"),
    [
        (4, 64, True),
        (4, 95, True),
        (4, 1, False),
        (4, 96, False),
        (188, 511, True),
        (136, 3, True),
        (128, 3, False),
        (5, 1, False),
        (180, 15, True),
        (180, 96, False),  # hiddev, not usblp
        (6, 0, True),
    ],
)
def test_serial_ports_pseudo_terminals_and_printers_are_ports(major: int, minor: int, is_one: bool) -> None:
    """As Linux 6.1 lists its drivers with an FTDI adapter in it; a virtual console is none."""
    assert is_a_port(major, minor, DRIVERS) is is_one


@pytest.mark.parametrize("nonsense", ["who\n", "who 4:64 5\n", "who /etc/shadow\n", "\n", 32 * "x"])
def test_anything_else_ends_the_connection(nonsense: str, holders_socket: str) -> None:
    assert ask(holders_socket, nonsense) == "what\n"
