"""The POS's port is opened only when it is known to be free; who holds it is told."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.receipt_printer.beside_pos import LOOK_AT, START
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from protocols.file_opens import OpenWatch
from simulators.escpos_printer import EscposPrinter
from tests.conftest import RunProbe
from tests.holding import WAYS, held
from vocabulary.reading import Reading, Reason, Status


@pytest.fixture
def printer(till_folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(link=till_folder / "ttyS7") as started:
        (till_folder / "lp0").symlink_to(started.pty_path)
        yield started


def beside(folder: Path, service: str, port: str = "ttyS7") -> ReceiptPrinterOptions:
    return ReceiptPrinterOptions(port=f"{folder}/{port}", holders_socket=service)


def reading(run: ProbeRun, code: str) -> Reading:
    assert run.error == ""
    return next(each for each in run.readings if each.code == f"receipt-printer.{code}")


def is_in_use(run: ProbeRun) -> bool:
    """The printer is there, what it would say is not known, and nothing is wrong."""
    assert {each.status for each in run.readings} == {Status.OK, Status.UNKNOWN}
    return reading(run, "paper-out").reason is Reason.BUSY


@pytest.mark.parametrize(
    ("way", "port"), [*((way, "ttyS7") for way in WAYS), ("without a lock", "lp0"), ("with a lock", "lp0")]
)
def test_a_port_another_program_holds_is_left_alone(  # noqa: PLR0917  fixtures
    way: str, port: str, printer: EscposPrinter, till_folder: Path, holders_socket: str, run_probe: RunProbe
) -> None:
    """Not a byte, not even an opening; and its name is told."""
    with held(printer.pty_path, way) as pid, OpenWatch(printer.pty_path) as watch:
        run = run_probe(PROBE, beside(till_folder, holders_socket, port))
        assert not watch.was_opened()
    assert is_in_use(run)
    assert f"({pid})" in str(reading(run, "missing").facts["held_by"]) or way == "inherited"
    assert printer.received == b""


def test_a_port_nobody_holds_is_asked(
    printer: EscposPrinter, till_folder: Path, holders_socket: str, run_probe: RunProbe
) -> None:
    run = run_probe(PROBE, beside(till_folder, holders_socket))
    assert reading(run, "paper-out").status is Status.OK
    assert printer.received == b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"


@contextmanager
def service(folder: Path, *answers: bytes | Callable[[], bytes]) -> Iterator[str]:
    """One that gives these answers, one to each question, and then says nothing."""
    path = f"{folder}/service.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        Path(path).chmod(0o666)

        def serve() -> None:
            with listener.accept()[0] as connection:
                for answer in answers:
                    connection.recv(64)
                    connection.sendall(answer() if callable(answer) else answer)
                while connection.recv(64):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"what\n",
        b"unknown not every process could be looked into\n",
        b"end",
        b"held\nend\n",
        9000 * b"x",
    ],
    ids=["silent", "refused", "unknown", "half a line", "nonsense", "endless"],
)
def test_where_it_cannot_be_known_the_port_is_not_opened(
    answer: bytes, printer: EscposPrinter, till_folder: Path, run_probe: RunProbe
) -> None:
    """Unknown, with the command that shows why; and in time."""
    with service(till_folder, answer) as path, OpenWatch(printer.pty_path) as watch:
        run = run_probe(PROBE, beside(till_folder, path))
        assert not watch.was_opened()
    paper = reading(run, "paper-out")
    assert (paper.status, paper.reason, paper.because) == (Status.UNKNOWN, Reason.NOT_TESTED, LOOK_AT)
    assert reading(run, "missing").status is Status.OK
    assert run.seconds < 3.0


def test_without_the_service_the_port_is_not_opened(
    printer: EscposPrinter, till_folder: Path, run_probe: RunProbe
) -> None:
    """And the command that starts it is told."""
    with OpenWatch(printer.pty_path) as watch:
        run = run_probe(PROBE, beside(till_folder, f"{till_folder}/no-such.sock"))
        assert not watch.was_opened()
    assert reading(run, "paper-out").because == START


def test_a_service_we_may_not_ask_is_a_missing_right(
    printer: EscposPrinter, till_folder: Path, run_probe: RunProbe
) -> None:
    """Its socket belongs to the group poshealth."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{till_folder}/service.sock")
        Path(f"{till_folder}/service.sock").chmod(0)
        run = run_probe(PROBE, beside(till_folder, f"{till_folder}/service.sock"))
    assert reading(run, "paper-out").reason is Reason.NO_PERMISSION
    assert printer.received == b""


@pytest.mark.parametrize("question", [0, 1], ids=["before we open", "after we opened"])
def test_a_pos_that_opens_after_the_look_hears_nothing_of_us(
    question: int, printer: EscposPrinter, till_folder: Path, run_probe: RunProbe
) -> None:
    """The service said that nobody holds it, and was right when it looked."""
    opened: list[int] = []

    def open_and_say_free() -> bytes:
        opened.append(os.open(printer.pty_path, os.O_RDWR | os.O_NOCTTY))
        return b"end\n"

    answers: list[bytes | Callable[[], bytes]] = [b"end\n", b"end\n"]
    answers[question] = open_and_say_free
    with service(till_folder, *answers[: question + 1]) as path:
        run = run_probe(PROBE, beside(till_folder, path))
    os.close(opened[0])
    assert is_in_use(run)
    assert printer.received == b""


def test_a_pos_that_opens_between_two_questions_hears_no_more_of_them(
    printer: EscposPrinter, till_folder: Path, holders_socket: str, run_probe: RunProbe
) -> None:
    """The question under way has left; the next is not put."""
    printer.faults.silent = True
    opened: list[int] = []

    def open_when_asked() -> None:
        printer.wait_until(lambda: printer.received == b"\x10\x04\x01")
        opened.append(os.open(printer.pty_path, os.O_RDWR | os.O_NOCTTY))

    pos = threading.Thread(target=open_when_asked)
    pos.start()
    run = run_probe(PROBE, beside(till_folder, holders_socket))
    pos.join()
    os.close(opened[0])
    assert is_in_use(run)
    assert printer.received == b"\x10\x04\x01"
