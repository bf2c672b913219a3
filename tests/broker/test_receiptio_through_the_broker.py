"""receiptio 2.1.2, a printing host nobody here wrote, prints through the broker and notices nothing of it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import FakePos
from tests.broker.service import ROOT, Service, wait_for

pytestmark = pytest.mark.slow
COMMAND = ROOT / "tests/outside/node_modules/receiptio/bin/cli.js"
LINES = "".join(f"item {number} | {number}.00\n" for number in range(60))
RECEIPT = f"^^^门店0412\n{LINES}刷卡不通 | 2 | 12.00\n{{code:HTTPS://EXAMPLE.TEST/7K; option:qrcode,6,m}}\n"


class Bridge:
    """From TCP port 9100, the only one receiptio knows, to a serial port; keeps what crossed it."""

    def __init__(self, pos: FakePos) -> None:
        self.address = f"127.92.{os.getpid() >> 8 & 0xFF}.{os.getpid() % 254 + 1}"
        self.to_printer, self.to_host = bytearray(), bytearray()
        self._port = pos.port
        self._listener = socket.create_server((self.address, 9100))
        self._stop, self._stopper = os.pipe()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stopper, b"!")
        self._thread.join()
        self._listener.close()
        os.close(self._stop)
        os.close(self._stopper)

    def _run(self) -> None:
        while self._stop not in select.select([self._listener.fileno(), self._stop], [], [])[0]:
            with self._listener.accept()[0] as host:
                while self._carry(host):
                    pass

    def _carry(self, host: socket.socket) -> bool:
        """False once the host has hung up, or the test is over."""
        ready = select.select([host.fileno(), self._port, self._stop], [], [])[0]
        if self._port in ready:
            self.to_host += (heard := os.read(self._port, 4096))
            host.sendall(heard)
        if host.fileno() in ready:
            self.to_printer += (said := host.recv(4096))
            rest = said
            while rest:
                rest = rest[os.write(self._port, rest) :]
            return bool(said)
        return self._stop not in ready


@pytest.fixture
def printer(till_folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(columns=48, speed=None, link=till_folder / "ttyS7") as started:
        yield started


@pytest.fixture
def bridge(till_folder: Path, printer: EscposPrinter) -> Iterator[Bridge]:
    with (
        Service(till_folder, str(till_folder / "ttyS7")) as broker,
        FakePos(broker.link) as pos,
        Bridge(pos) as started,
    ):
        yield started


def receiptio(bridge: Bridge, *options: str, receipt: str = "") -> str:
    command = ["node", str(COMMAND), "-d", bridge.address, *options]
    done = subprocess.run(command, input=receipt, capture_output=True, text=True, timeout=30, check=False)
    return done.stderr.strip()


def test_a_whole_document_arrives_byte_for_byte(bridge: Bridge, printer: EscposPrinter) -> None:
    """Its questions, its status back, a picture, Chinese and a QR code; and each answer reaches it."""
    assert receiptio(bridge, "-c", "48", "-l", "zh-hans", "-t", "20", receipt=RECEIPT) == "success"
    wait_for(lambda: printer.received == bytes(bridge.to_printer))
    wait_for(lambda: printer.sent == bytes(bridge.to_host))
    text = printer.text()
    assert [word for word in ("门店0412", "刷卡不通", "item 59", "cut]") if word not in text] == []
    assert len(bridge.to_printer) > len(RECEIPT)


@pytest.mark.parametrize(
    ("sensor", "word"),
    [
        ("near_end", "online"),
        ("cover_open", "coveropen"),
        ("paper_out", "paperempty"),
        ("cutter_error", "error"),
        ("recoverable_error", "error"),
        ("unrecoverable_error", "error"),
        ("head_hot", "error"),
        ("drawer_pin", "online"),
    ],
)
def test_the_printer_s_state_reaches_it(
    bridge: Bridge, printer: EscposPrinter, sensor: str, word: str
) -> None:
    """The same word as without the broker."""
    setattr(printer.state, sensor, True)
    assert receiptio(bridge, "-q") == word
