"""receiptio 2.1.2, a printing host nobody here wrote, finds the simulated printer to be a printer."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.escpos_printer import EscposPrinter

pytestmark = pytest.mark.slow
COMMAND = Path(__file__).parents[1] / "outside/node_modules/receiptio/bin/cli.js"
RECEIPT = """\
^^^门店0412
刷卡不通 | 2 | 12.00
_underlined_ | "bold"
{code:HTTPS://EXAMPLE.TEST/7K4P2Q; option:qrcode,6,m}
"""


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    """receiptio only talks to port 9100, so every run takes a loopback address of its own."""
    pid = os.getpid()
    address = f"127.91.{pid >> 8 & 0xFF}.{pid % 254 + 1}"
    with EscposPrinter(columns=48, host=address, tcp_port=9100) as started:
        yield started


def receiptio(printer: EscposPrinter, *options: str, receipt: str = "") -> str:
    """What receiptio says about the printer: one word on its standard error."""
    command = ["node", str(COMMAND), "-d", printer.tcp_address[0], *options]
    done = subprocess.run(command, input=receipt, capture_output=True, text=True, timeout=30, check=False)
    return done.stderr.strip()


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
    ],
)
def test_state(printer: EscposPrinter, sensor: str, word: str) -> None:
    """It reads the state from our status bytes; near end is still online."""
    setattr(printer.state, sensor, True)
    assert receiptio(printer, "-q") == word


def test_online(printer: EscposPrinter) -> None:
    """A printer with nothing wrong is online."""
    assert receiptio(printer, "-q") == "online"


def test_drawer(printer: EscposPrinter) -> None:
    """Pin 3 high is its closed drawer."""
    printer.state.drawer_pin = True
    assert receiptio(printer, "-q", "drawer") == "drawerclosed"


def test_printing(printer: EscposPrinter) -> None:
    """Its job, with status back and identity asked first, prints what the receipt says and ends well."""
    assert receiptio(printer, "-c", "48", "-l", "zh-hans", "-t", "20", receipt=RECEIPT) == "success"
    text = printer.text()
    assert [
        word for word in ("门店0412", "刷卡不通", "underlined", "bold", "[image ", "cut]") if word not in text
    ] == []


def test_printing_without_paper(printer: EscposPrinter) -> None:
    """Out of paper it prints nothing and says why."""
    printer.state.paper_out = True
    assert receiptio(printer, "-l", "zh-hans", "-t", "20", receipt=RECEIPT) == "paperempty"
    assert printer.text() == ""
