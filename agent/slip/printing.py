"""A slip onto paper: asked for by a person, sent once, and told apart: printed, accepted, or unknown."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, Protocol

import msgspec

from agent.running.account import probe_account
from agent.running.children import Write, start
from agent.slip.outcome import Printing, PrintResult
from agent.slip.way import PortWay, Way
from probes.receipt_printer.beside_pos import HoldersUnknownError
from probes.receipt_printer.opening import opened_for_slip
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, Trouble
from probes.till import Till
from protocols.escpos import status
from protocols.escpos.interview import Outcome, interview
from protocols.escpos.port import Port
from protocols.escpos.print_end import answer, end_of_job, is_fence_answer, new_mark
from protocols.escpos.stream import sort
from protocols.escpos.vendors import MODELS, Model

__all__ = ["PrintResult", "Printing", "print_slip"]

JOB_SECONDS: Final = 45.0  # 17 kB of raster at 9600 baud takes 18 s; a cold head pauses
_STATUS_SECONDS: Final = 2.5
_CONFIRM_SECONDS: Final = 10.0  # print time of a 40-line slip after the last byte, with margin
_HELD_SECONDS: Final = 3.0  # the longest our own probe keeps the port
_HELD: Final = "another program is using the printer"
_TROUBLES: Final = {
    Trouble.GONE: "the printer is not there",
    Trouble.LOST: "the printer went away",
    Trouble.HELD: _HELD,
    Trouble.REFUSED: "the printer takes no connection",
    Trouble.NO_PERMISSION: "no permission to open the printer's port",
}

_PORT: Final = PortWay()


class Talk(Protocol):
    """What a printer's language has to say about a slip. All raise OSError where the port goes."""

    end_of_job: bytes

    def hindrance(self, port: Port, deadline: float) -> str:
        """Why nothing must be sent; empty where the printer is ready, or is one that never answers."""

    def confirmed(self, port: Port, until: float) -> PrintResult:
        """What the printer says to `end_of_job`."""


def print_slip(
    options: ReceiptPrinterOptions, job: bytes, root: Path = Path("/"), way: Way = _PORT
) -> PrintResult:
    """Send `job` in an unprivileged child; never a second time, whatever comes back."""

    def work(write: Write) -> None:
        write(msgspec.json.encode(_sent(options, job, Till(root), way)))

    child = start("slip", work, timeout_seconds=_most_seconds(options, way), account=probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        if not child.read():
            break
        time.sleep(0.01)
    try:
        return msgspec.json.decode(bytes(child.output), type=PrintResult)
    except msgspec.MsgspecError:
        return PrintResult(Printing.UNKNOWN, f"the printing child ended: {child.ending}")


def _most_seconds(options: ReceiptPrinterOptions, way: Way) -> float:
    """After that the child is ended, and nothing is known. Each way keeps its own, shorter deadline."""
    return 100.0 if way.through == "port" and options.owner == "broker" else JOB_SECONDS


def _sent(options: ReceiptPrinterOptions, job: bytes, till: Till, way: Way) -> PrintResult:
    """Each way is loaded by the child that goes it."""
    if way.through == "command":
        from agent.slip.by_command import print_by_command  # noqa: PLC0415

        return print_by_command(way.command, job)
    if way.through == "cups":
        from agent.slip.by_cups import print_by_cups  # noqa: PLC0415

        return print_by_cups(way.cups_socket, way.queue, job, till)
    if options.owner == "broker":
        from agent.slip.by_broker import print_by_broker  # noqa: PLC0415

        return print_by_broker(options.broker_socket, _talk(options), job, till)
    return _print(options, job, till)


def _print(options: ReceiptPrinterOptions, job: bytes, till: Till) -> PrintResult:
    """A port that is held is waited for a little: it may be our own probe, asking its four questions."""
    until = till.monotonic_seconds() + _HELD_SECONDS
    result = _try_to_print(options, job, till)
    while result.detail == _HELD and till.monotonic_seconds() < until:
        time.sleep(0.05)
        result = _try_to_print(options, job, till)
    return result


def _try_to_print(options: ReceiptPrinterOptions, job: bytes, till: Till) -> PrintResult:
    deadline = till.monotonic_seconds() + JOB_SECONDS - 3.0
    began = _Began()
    try:
        with opened_for_slip(options, till) as port:
            talk = _talk(options)
            if hindrance := talk.hindrance(port, deadline):
                return PrintResult(Printing.NOT_SENT, hindrance)
            port.obey(options.flow_control, deadline)
            began.from_here(port)
            port.write(job, deadline)
            port.write(talk.end_of_job, deadline)
            return talk.confirmed(port, min(deadline, time.monotonic() + _CONFIRM_SECONDS))
    except HoldersUnknownError as error:
        return PrintResult(Printing.NOT_SENT, error.because)
    except (PortTroubleError, OSError) as error:
        detail = _TROUBLES[error.trouble] if isinstance(error, PortTroubleError) else str(error)
        return PrintResult(Printing.UNKNOWN if began else Printing.NOT_SENT, detail)


def _talk(options: ReceiptPrinterOptions) -> Talk:
    if options.family == "star":
        from agent.slip.star_talk import StarTalk  # noqa: PLC0415

        return StarTalk()
    return EscposTalk(MODELS[options.model])


class _Began:
    """True once a byte of the job has gone out, whatever came after."""

    def __init__(self) -> None:
        self._port: Port | None = None
        self._before = 0

    def from_here(self, port: Port) -> None:
        self._port, self._before = port, len(port.written)

    def __bool__(self) -> bool:
        return self._port is not None and len(self._port.written) > self._before


class EscposTalk:
    """GS ( H where the printer knows it, else the GS r fence, else nothing is claimed."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._mark = new_mark()
        self.end_of_job = end_of_job(self._mark)

    def hindrance(self, port: Port, deadline: float) -> str:
        found = interview(port, min(deadline, time.monotonic() + _STATUS_SECONDS))
        if found.outcome is Outcome.SILENT:
            return ""
        if found.outcome is not Outcome.ANSWERED:
            return "its answers are not understood"
        said = status.decode_real_time(found.replies, self._model)
        return "the printer says it cannot print now" if said.is_stopped or said.paper_out else ""

    def confirmed(self, port: Port, until: float) -> PrintResult:
        received = b""
        silence = "the printer took the slip and said nothing of it"
        while time.monotonic() < until:
            try:
                received += port.read(min(until, time.monotonic() + 0.5))
            except OSError:
                silence, until = "the printer went away", 0.0
            if result := self._heard(received):
                return result
        return PrintResult(Printing.UNKNOWN, silence)

    def _heard(self, received: bytes) -> PrintResult | None:
        found = sort(received)
        if any(answer(self._mark) == bytes((each.head, *each.body, 0)) for each in found.blocks):
            return PrintResult(Printing.PRINTED)
        fenced = any(map(is_fence_answer, found.junk))
        return PrintResult(Printing.ACCEPTED) if fenced else None
