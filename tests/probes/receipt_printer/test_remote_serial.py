"""A printer behind pyserial's own RFC 2217 server: settings, bytes, modem lines."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from agent.slip.printing import Printing, print_slip
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, Trouble, opened
from probes.receipt_printer.probe import PROBE
from probes.receipt_printer.scan import Finding, Found, scan
from probes.till import Till
from protocols.escpos.port import FlowControl, Parity
from tests.conftest import RunProbe
from tests.remote_serial import SerialPrinter, served
from vocabulary.reading import Reading, Reason, Status


@pytest.fixture
def printer() -> SerialPrinter:
    return SerialPrinter()


@pytest.fixture
def url(printer: SerialPrinter) -> Iterator[str]:
    with served(printer) as address:
        yield address


def said(readings: tuple[Reading, ...], code: str) -> Reading:
    return next(reading for reading in readings if reading.code == f"receipt-printer.{code}")


def test_a_printer_behind_a_port_server_is_asked(
    url: str, printer: SerialPrinter, run_probe: RunProbe
) -> None:
    """As any serial printer: nothing but DLE EOT, no flow control, and DTR up."""
    printer.state.paper_out = True
    run = run_probe(PROBE, ReceiptPrinterOptions(port=url))

    failing = [reading.code for reading in run.readings if reading.status is Status.FAILING]
    assert (run.error, failing[0]) == ("", "receipt-printer.paper-out")
    assert bytes(printer.received) == b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
    assert set(printer.flow_controls) == {(False, False)}
    assert (printer.dtr, printer.rts, printer.bytesize, printer.stopbits) == (True, True, 8, 1)


@pytest.mark.parametrize(("parity", "letter"), [("none", "N"), ("even", "E"), ("odd", "O")])
def test_the_parity_of_the_settings_is_used(
    parity: Parity, letter: str, url: str, printer: SerialPrinter, run_probe: RunProbe
) -> None:
    """A printer at another parity would be silent here."""
    printer.listens_at = (19200, letter)
    run = run_probe(PROBE, ReceiptPrinterOptions(port=url, speed=19200, parity=parity))

    assert said(run.readings, "no-answer").status is Status.OK
    assert said(run.readings, "no-answer").facts["setting"] == f"19200 8{letter}1"


@pytest.mark.parametrize(
    ("flow_control", "flags"),
    [("none", (False, False)), ("xonxoff", (True, False)), ("rtscts", (False, True))],
)
def test_flow_control_is_obeyed_only_while_printing(
    flow_control: FlowControl, flags: tuple[bool, bool], url: str, printer: SerialPrinter
) -> None:
    """The status before it is asked without: a printer in trouble would hold the question back."""
    result = print_slip(ReceiptPrinterOptions(port=url, flow_control=flow_control), b"Paper\xff out\n" * 3)

    assert result.outcome is Printing.ACCEPTED
    assert b"Paper\xff out\n" * 3 in printer.received
    assert printer.flow_controls[0] == (False, False)
    assert printer.flow_controls[-1] == flags


def test_a_scan_finds_the_speed(url: str, printer: SerialPrinter) -> None:
    printer.listens_at = (38400, "N")

    assert scan(Till(), url) == Finding(port=url, found=Found.ANSWERS, speed=38400)


DARK = "switched off, or its cable is out"
ON = "another speed, flow control, deselected, or one wire of its cable (it is switched on)"
WIRE = "a damaged cable (it is switched on, and one of its lines is gone)"
ANYTHING = "switched off, cable, speed, flow control, deselected, or exchanged for one that never answers"


@pytest.mark.parametrize(
    ("before", "now", "lines_up", "may_be"),
    [
        ("cts dsr", "", "none", DARK),
        ("cts dsr cd", "cd", "CD", DARK),
        ("cts dsr", "cts dsr", "CTS DSR", ON),
        ("cts dsr", "dsr", "DSR", WIRE),
        ("dsr", "dsr cd", "DSR CD", ON),
        ("", "", "none", ANYTHING),
        ("", "cd", "CD", ANYTHING),
    ],
)
def test_the_lines_tell_what_silence_may_be(
    *,
    before: str,
    now: str,
    lines_up: str,
    may_be: str,
    url: str,
    printer: SerialPrinter,
    run_probe: RunProbe,
) -> None:
    """Low lines say something only where one was up while it answered: some cables carry none."""
    set_lines(printer, before)
    memory = run_probe(PROBE, ReceiptPrinterOptions(port=url)).memory
    set_lines(printer, now)
    printer.listens_at = None
    reading = said(run_probe(PROBE, ReceiptPrinterOptions(port=url), memory=memory).readings, "no-answer")

    assert reading.status is Status.FAILING
    assert (reading.facts["lines_up"], reading.facts["may_be"]) == (lines_up, may_be)


def set_lines(printer: SerialPrinter, up: str) -> None:
    printer.cts, printer.dsr, printer.cd = (name in up.split() for name in ("cts", "dsr", "cd"))


def test_a_printer_never_heard_but_switched_on_is_no_fault(
    url: str, printer: SerialPrinter, run_probe: RunProbe
) -> None:
    """It may be a model that never answers."""
    printer.listens_at = None
    reading = said(run_probe(PROBE, ReceiptPrinterOptions(port=url)).readings, "no-answer")

    assert (reading.status, reading.reason) == (Status.UNKNOWN, Reason.TIMED_OUT)
    assert reading.because.endswith("(it is switched on)")


def hang_up(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.send(b"Port already in use\r\n")
    connection.close()


def say_nothing(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.settimeout(5)
    with connection:
        while connection.recv(512):
            pass


def refuse(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.send(b"\xff\xfe\x2c")
    with connection:
        while connection.recv(512):
            pass


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [(hang_up, Trouble.REFUSED), (say_nothing, Trouble.GONE), (refuse, Trouble.GONE)],
)
def test_what_is_no_port_server_is_told_in_time(
    behaviour: Callable[[socket.socket], None], trouble: Trouble
) -> None:
    """In use by another client; a plain TCP service; a Telnet server without the option."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=behaviour, args=(server,))
        thread.start()
        began = time.monotonic()
        name = f"rfc2217://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(PortTroubleError) as caught, opened(Till(), name, 9600):
            pass
        thread.join()

    assert caught.value.trouble is trouble
    assert time.monotonic() - began < 2.0
