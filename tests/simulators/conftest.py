"""A fresh printer on a pty, and a host on its serial port."""

from collections.abc import Iterator

import pytest
import serial

from simulators.escpos_printer import EscposPrinter


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    with EscposPrinter(columns=32) as started:
        yield started


@pytest.fixture
def host(printer: EscposPrinter) -> Iterator[serial.Serial]:
    with serial.Serial(printer.pty_path, 9600, timeout=2, write_timeout=2) as opened:
        yield opened
