"""Which ports are worth a scan, and when an answer counts."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from probes.receipt_printer.scan import Finding, Found, candidates, scan
from probes.till import Till
from simulators.escpos_printer import EscposPrinter


def tree(root: Path, *names: str, **links: str) -> Till:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for folder, name in (("by-id", "usb-FTDI-if00"), ("by-path", "pci-0-usb-2")):
        if folder.replace("-", "_") in links:
            (root / "dev/serial" / folder).mkdir(parents=True)
            (root / "dev/serial" / folder / name).symlink_to(f"../../{links[folder.replace('-', '_')]}")
    return Till(root)


def test_a_device_with_many_names_is_tried_once_by_the_lasting_one(tmp_path: Path) -> None:
    """by-id survives a re-plug into another socket, by-path one into the same."""
    till = tree(tmp_path, "dev/ttyUSB0", "dev/ttyUSB1", by_id="ttyUSB0", by_path="ttyUSB0")

    assert candidates(till) == ["/dev/serial/by-id/usb-FTDI-if00", "/dev/ttyUSB1"]


def test_without_an_id_the_socket_is_the_name(tmp_path: Path) -> None:
    """An adapter without a serial number has its by-id name to share with its twin."""
    till = tree(tmp_path, "dev/ttyACM0", "dev/usb/lp0", "dev/ttyS0", by_path="ttyACM0")

    assert candidates(till) == ["/dev/serial/by-path/pci-0-usb-2", "/dev/ttyS0", "/dev/usb/lp0"]


def test_ports_without_hardware_and_the_console_are_left_out(tmp_path: Path) -> None:
    """The kernel names four ttyS where there is one; a shell may wait on its console."""
    till = tree(tmp_path, *(f"dev/ttyS{n}" for n in range(4)), "dev/tty1", "dev/ttyprintk")
    for name, kind in (("ttyS0", "4"), ("ttyS1", "0"), ("ttyS2", "4")):
        (tmp_path / "sys/class/tty" / name).mkdir(parents=True)
        (tmp_path / "sys/class/tty" / name / "type").write_text(f"{kind}\n")
    (tmp_path / "sys/class/tty/console").mkdir()
    (tmp_path / "sys/class/tty/console/active").write_text("tty0 ttyS2\n")

    assert candidates(till) == ["/dev/ttyS0", "/dev/ttyS3"]


@pytest.mark.parametrize(("fault", "found"), [("half_reply", Found.SILENT), ("drip", Found.GARBLED)])
def test_one_answer_alone_proves_nothing(fault: str, found: Found) -> None:
    """Noise passes the fixed bits once in 16 bytes."""
    with EscposPrinter(speed=None) as printer:
        setattr(printer.faults, fault, True)

        assert scan(Till(), printer.pty_path).found is found


def answer_from_the_second_on(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(3)
        while connection.recv(3):
            connection.send(b"\x12")


def test_a_first_question_may_be_eaten() -> None:
    """What came at another speed before can look like the beginning of a command."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        printer = threading.Thread(target=answer_from_the_second_on, args=(server,))
        printer.start()
        name = f"socket://127.0.0.1:{server.getsockname()[1]}"
        finding = scan(Till(), name)
        printer.join()

    assert finding == Finding(port=name, found=Found.ANSWERS)
