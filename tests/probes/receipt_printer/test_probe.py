"""The receipt printer's probe against a simulated printer on a pty and on TCP."""

from __future__ import annotations

import os
import re
import select
import socket
import tempfile
import threading
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import serial

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from protocols.escpos.interview import Interview, Outcome
from protocols.escpos.status import question
from simulators.escpos_printer import EscposPrinter
from tests.conftest import RunProbe
from tests.probes.case_folders import Case, check, load_cases
from vocabulary import texts
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

CASES = load_cases("receipt_printer")
QUESTIONS_ONLY = re.compile(rb"(\x10\x04[\x01-\x04])*")
MOST_SECONDS = 3.0


@pytest.fixture
def folder(holders_socket: str) -> Iterator[Path]:
    """A folder the unprivileged child may enter, which it may not enter pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "port-holders.sock").symlink_to(holders_socket)
        yield Path(name)


@pytest.fixture
def printer(folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(link=folder / "printer") as started:
        yield started


def at(printer: EscposPrinter, folder: Path, **options: Any) -> ReceiptPrinterOptions:
    """Options for the serial port, or with plug="tcp" for the network."""
    host, port = printer.tcp_address
    name = f"socket://{host}:{port}" if options.pop("plug", "") == "tcp" else str(folder / "printer")
    return msgspec.convert({**port_and_holders(folder, name), **options}, ReceiptPrinterOptions)


def port_and_holders(folder: Path, port: str) -> dict[str, str]:
    return {"port": port, "holders_socket": f"{folder}/port-holders.sock"}


def on(folder: Path, port: str) -> ReceiptPrinterOptions:
    return msgspec.convert(port_and_holders(folder, port), ReceiptPrinterOptions)


def break_it(printer: EscposPrinter, damage: dict[str, Any], port: str, stack: ExitStack) -> None:
    """Do to the printer what a case's [printer] table says; a key not named here is one of its sensors."""
    for key, value in damage.items():
        if key == "faults":
            for fault in value:
                setattr(printer.faults, fault, True)
        elif key == "drip_seconds":
            printer.faults.drip_seconds = value
        elif key == "speed":
            printer.speed = value
        elif key == "held":
            stack.enter_context(serial.Serial(port, exclusive=True))
        elif key == "mode":
            Path(port).chmod(value)
        elif key == "unplugged":
            printer.vanish()
        else:
            setattr(printer.state, key, value)


def play(case: Case, printer: EscposPrinter, folder: Path, run_probe: RunProbe) -> ProbeRun:
    damage = dict(case.settings.get("printer", {}))
    options = at(printer, folder, plug=damage.pop("plug", "serial"), **case.settings.get("options", {}))
    memory = run_probe(PROBE, options).memory if damage.pop("seen_before", False) else {}
    with ExitStack() as stack:
        break_it(printer, damage, options.port, stack)
        return run_probe(PROBE, options, memory=memory)


def causes(readings: tuple[Reading, ...]) -> list[str]:
    conditions = {condition.code: condition for condition in PROBE.conditions}
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)
    return [cause.code for cause in diagnose(known, conditions).causes]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_situation_is_told_as_expected(
    case: Case, printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """One situation, its readings, its one cause; in time, and with nothing written but DLE EOT."""
    run = play(case, printer, folder, run_probe)
    assert run.error == ""
    check(case, run.readings)
    assert causes(run.readings) == case.settings["causes"]
    assert run.seconds < MOST_SECONDS
    assert QUESTIONS_ONLY.fullmatch(printer.received)
    assert {reading.code for reading in run.readings} == {condition.code for condition in PROBE.conditions}
    assert len(run.readings) == len(PROBE.conditions)
    assert sentences(run.readings)


def sentences(readings: tuple[Reading, ...]) -> bool:
    """Every failing reading has the facts its condition's templates name."""
    conditions = {condition.code: condition for condition in PROBE.conditions}
    for reading in readings:
        if reading.status is Status.FAILING:
            texts.words(conditions[reading.code], (reading,), "en")
    return True


def only_failing(run: ProbeRun) -> list[str]:
    return [reading.code for reading in run.readings if reading.status is Status.FAILING]


def status_of(run: ProbeRun, code: str) -> tuple[Status, Reason | None, str]:
    reading = next(reading for reading in run.readings if reading.code == f"receipt-printer.{code}")
    return reading.status, reading.reason, reading.because


def pull_the_plug_when_asked(printer: EscposPrinter) -> threading.Thread:
    def pull() -> None:
        printer.wait_until(lambda: b"\x10" in printer.received)
        printer.vanish()

    printer.faults.silent = True
    puller = threading.Thread(target=pull)
    puller.start()
    return puller


def test_a_printer_pulled_out_between_question_and_answer_has_vanished(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """Even in the very first round: it was there a moment ago."""
    options = at(printer, folder)
    puller = pull_the_plug_when_asked(printer)
    run = run_probe(PROBE, options)
    puller.join()
    assert (run.error, only_failing(run)) == ("", ["receipt-printer.vanished"])


def test_a_network_printer_that_hangs_up_on_us_is_serving_another_till(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """It answered before, so the address is right."""
    options = at(printer, folder, plug="tcp")
    memory = run_probe(PROBE, options).memory
    puller = pull_the_plug_when_asked(printer)
    run = run_probe(PROBE, options, memory=memory)
    puller.join()
    assert only_failing(run) == []
    assert status_of(run, "paper-out")[:2] == (Status.UNKNOWN, Reason.BUSY)


def test_a_printer_of_our_own_is_asked_once_who_it_is(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """GS I waits in its buffer, so it is not part of every round; the answer is told in every round."""
    options = at(printer, folder, owner="ours")
    first = run_probe(PROBE, options)
    asked = printer.received.count(b"\x1dI")
    second = run_probe(PROBE, options, memory=first.memory)
    assert asked == printer.received.count(b"\x1dI") == 5
    for run in (first, second):
        answer = next(reading for reading in run.readings if reading.code == "receipt-printer.no-answer")
        assert answer.facts["model"] == "TM-T81III"
        assert answer.facts["fonts"] == "CHINA GB18030"


def test_a_printer_that_does_not_say_who_it_is_is_well(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """It is asked one question, not five."""
    printer.identity.answers = False
    run = run_probe(PROBE, at(printer, folder, owner="ours"))
    assert only_failing(run) == []
    assert printer.received.count(b"\x1dI") == 1


def test_a_printer_with_a_fault_is_not_asked_who_it_is(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """The question would wait in its buffer until the roll is changed, and be answered then to nobody."""
    printer.state.paper_out = True
    run_probe(PROBE, at(printer, folder, owner="ours"))
    assert b"\x1dI" not in printer.received


def test_an_answer_at_another_speed_proves_nothing_for_this_one(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """Silence after the setting was changed is unknown, not a fault of the printer."""
    memory = run_probe(PROBE, at(printer, folder)).memory
    printer.faults.silent = True
    run = run_probe(PROBE, at(printer, folder, speed=19200), memory=memory)
    assert only_failing(run) == []


@pytest.mark.parametrize("remembered", [5, [], {"answered": "x"}, {"setting": None}], ids=str)
def test_a_memory_of_another_shape_is_no_memory(
    remembered: object, printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """An older or damaged state file does not stop the probe."""
    run = run_probe(PROBE, at(printer, folder), memory={"receipt-printer": remembered})
    assert (run.error, only_failing(run)) == ("", [])


def test_a_usb_printer_is_asked_without_serial_settings(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """/dev/usb/lp0 has no speed; here a pty stands behind that name."""
    (folder / "lp0").symlink_to(printer.pty_path)
    printer.state.paper_out = True
    run = run_probe(PROBE, on(folder, str(folder / "lp0")))
    paper = next(reading for reading in run.readings if reading.code == "receipt-printer.paper-out")
    assert (paper.status, paper.facts["setting"]) == (Status.FAILING, "USB")


def test_a_usb_printer_in_use_is_well(printer: EscposPrinter, folder: Path, run_probe: RunProbe) -> None:
    """The lock is asked for on that way too."""
    (folder / "lp0").symlink_to(printer.pty_path)
    with serial.Serial(printer.pty_path, exclusive=True):
        run = run_probe(PROBE, on(folder, str(folder / "lp0")))
    assert only_failing(run) == []
    assert status_of(run, "paper-out")[1] is Reason.BUSY


@pytest.mark.parametrize("kind", ["file", "folder", "loop"])
def test_what_is_no_port_at_all_is_a_missing_printer(kind: str, folder: Path, run_probe: RunProbe) -> None:
    """A plain file, a folder, a link to itself: a finding, never a traceback."""
    (folder / "folder").mkdir()
    (folder / "file").touch()
    (folder / "file").chmod(0o666)
    (folder / "loop").symlink_to(folder / "loop")
    run = run_probe(PROBE, on(folder, str(folder / kind)))
    assert (run.error, only_failing(run)) == ("", ["receipt-printer.missing"])


def test_the_command_that_grants_access_is_told(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """What is not permitted is unknown, and says what would permit it."""
    Path(printer.pty_path).chmod(0)
    run = run_probe(PROBE, at(printer, folder))
    assert status_of(run, "paper-out") == (
        Status.UNKNOWN,
        Reason.NO_PERMISSION,
        f"chgrp dialout {folder}/printer && chmod 660 {folder}/printer",
    )


@pytest.mark.parametrize(
    "port",
    [
        "COM1",
        "ttyS0",
        "socket://printer.local:9100",
        "socket://10.0.0.9",
        "tcp://10.0.0.9:9100",
        "/" + 300 * "x",
    ],
)
def test_a_port_that_cannot_work_is_refused_in_the_settings(port: str) -> None:
    """A host name too: looking it up could outlast the round."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"port": port}, ReceiptPrinterOptions)


def test_a_network_that_swallows_everything_ends_in_time(run_probe: RunProbe) -> None:
    """A full backlog drops the connection: no printer there, within the deadline."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as stack:
        host, port = server.getsockname()
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((host, port))
        run = run_probe(PROBE, ReceiptPrinterOptions(port=f"socket://{host}:{port}"))
    assert (run.error, only_failing(run)) == ("", ["receipt-printer.missing"])
    assert run.seconds < MOST_SECONDS


@contextmanager
def answering(folder: Path, *replies: bytes) -> Iterator[str]:
    """A pty whose other end gives the n-th reply to DLE EOT n."""
    master, slave = os.openpty()
    tty.setraw(slave)
    Path(os.ttyname(slave)).chmod(0o666)
    (folder / "pty").unlink(missing_ok=True)
    (folder / "pty").symlink_to(os.ttyname(slave))
    stop, stopper = os.pipe()

    def serve() -> None:
        while master in select.select([master, stop], [], [])[0]:
            os.write(master, replies[os.read(master, 3)[-1] - 1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(folder / "pty")
    finally:
        os.write(stopper, b"!")
        thread.join()
        for descriptor in (master, slave, stop, stopper):
            os.close(descriptor)


def test_a_printer_exchanged_for_one_at_another_speed_is_told_from_noise(
    folder: Path, run_probe: RunProbe
) -> None:
    """The setting was right a round ago, and the noise repeats: 2A FC is 19200 heard at 9600 (calculated)."""
    with answering(folder, *4 * [b"\x12"]) as port:
        memory = run_probe(PROBE, on(folder, port)).memory
    with answering(folder, *4 * [b"\x2a\xfc"]) as port:
        run = run_probe(PROBE, on(folder, port), memory=memory)
    assert only_failing(run) == ["receipt-printer.wrong-speed"]


@pytest.mark.parametrize(
    ("before", "reason"), [(b"", Reason.NOT_SUPPORTED), (b"\x12", Reason.TIMED_OUT)], ids=["never", "before"]
)
def test_an_unanswered_question_leaves_its_conditions_unknown(
    before: bytes, reason: Reason, folder: Path, run_probe: RunProbe
) -> None:
    """A clone that never knew DLE EOT 3, and a printer that answered it a round ago."""
    with answering(folder, b"\x12", b"\x12", before, b"\x12") as port:
        memory = run_probe(PROBE, on(folder, port)).memory
    with answering(folder, b"\x12", b"\x12", b"", b"\x12") as port:
        run = run_probe(PROBE, on(folder, port), memory=memory)
    assert status_of(run, "cutter-error")[:2] == (Status.UNKNOWN, reason)
    assert status_of(run, "paper-out")[0] is Status.OK


def test_a_printer_plugged_in_anew_is_asked_again_who_it_is(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe
) -> None:
    """It may be another one."""
    options = at(printer, folder, owner="ours")
    memory = run_probe(PROBE, options).memory
    printer.vanish()
    memory = run_probe(PROBE, options, memory=memory).memory
    printer.identity.model = "TM-L90"
    printer.plug_in()
    run = run_probe(PROBE, options, memory=memory)
    answer = next(reading for reading in run.readings if reading.code == "receipt-printer.no-answer")
    assert answer.facts["model"] == "TM-L90"


def test_a_name_by_id_survives_a_re_plug(till_folder: Path, holders_socket: str, run_probe: RunProbe) -> None:
    """It comes back as another device under the same name, and the next round finds it well."""
    link = till_folder / "dev/serial/by-id/usb-FTDI-if00-port0"
    link.parent.mkdir(parents=True)
    link.parent.chmod(0o755)
    (till_folder / "port-holders.sock").symlink_to(holders_socket)
    options = ReceiptPrinterOptions(
        port="/dev/serial/by-id/usb-FTDI-if00-port0", holders_socket="/port-holders.sock"
    )
    with EscposPrinter(link=link) as printer:
        memory = run_probe(PROBE, options, root=till_folder).memory
        printer.vanish()
        gone = run_probe(PROBE, options, root=till_folder, memory=memory)
        printer.plug_in()
        back = run_probe(PROBE, options, root=till_folder, memory=gone.memory)

    assert only_failing(gone) == ["receipt-printer.vanished"]
    assert only_failing(back) == []
    assert status_of(back, "vanished")[0] is status_of(back, "no-answer")[0] is Status.OK


def test_without_modem_lines_none_are_told(printer: EscposPrinter, folder: Path, run_probe: RunProbe) -> None:
    """A pseudo terminal has none; silence stays one of many things."""
    memory = run_probe(PROBE, at(printer, folder)).memory
    printer.faults.silent = True
    run = run_probe(PROBE, at(printer, folder), memory=memory)
    answer = next(reading for reading in run.readings if reading.code == "receipt-printer.no-answer")

    assert (answer.status, answer.facts["lines_up"]) == (Status.FAILING, "not available")
    assert answer.facts["may_be"] == (
        "switched off, cable, speed, flow control, deselected, or exchanged for one that never answers"
    )


def test_a_printer_another_program_reads_too_is_in_use(
    printer: EscposPrinter, folder: Path, run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who of two readers gets a byte is chance, so the interview's finding is put in its place here."""
    shared = Interview(outcome=Outcome.SHARED)
    monkeypatch.setattr("probes.receipt_printer.families.interview", lambda _port, _deadline: shared)
    run = run_probe(PROBE, at(printer, folder))
    assert only_failing(run) == []
    assert status_of(run, "no-answer")[:2] == (Status.UNKNOWN, Reason.BUSY)


def test_nothing_but_the_real_time_question_is_ever_built() -> None:
    """What a heartbeat writes, byte for byte (TM-T88III guide p. 304)."""
    assert [question(number) for number in (1, 2, 3, 4)] == [
        b"\x10\x04\x01",
        b"\x10\x04\x02",
        b"\x10\x04\x03",
        b"\x10\x04\x04",
    ]
