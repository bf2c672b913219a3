"""receiptio 2.1.2, a printing host nobody here wrote, finds the simulated printer to be a printer."""

import os
import subprocess
import threading
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


def test_a_drawer_that_is_open(printer: EscposPrinter) -> None:
    """Pin 3 low."""
    assert receiptio(printer, "-q", "drawer") == "draweropen"


@pytest.mark.parametrize("fault", ["silent", "one_way"])
def test_one_that_does_not_answer_is_offline_to_it(printer: EscposPrinter, fault: str) -> None:
    """Its last word: whoever does not answer it is offline."""
    setattr(printer.faults, fault, True)
    assert receiptio(printer, "-q") == "offline"


def test_one_that_is_unplugged(printer: EscposPrinter) -> None:
    """Nobody takes the connection."""
    address = printer.tcp_address[0]
    printer.vanish()
    command = ["node", str(COMMAND), "-d", address, "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr.strip() == "disconnect"


def test_one_that_falls_silent_in_a_job_times_out(printer: EscposPrinter) -> None:
    """It waits for the automatic status that says the job is over."""
    hushing = threading.Thread(target=hush_once_told_to_tell, args=(printer,))
    hushing.start()
    assert receiptio(printer, "-l", "zh-hans", "-t", "3", receipt=RECEIPT) == "timeout"
    hushing.join()


def hush_once_told_to_tell(printer: EscposPrinter) -> None:
    printer.wait_until(lambda: b"\x1da" in printer.received, 10.0)
    printer.faults.one_way = True


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
