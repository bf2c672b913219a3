"""A slip onto paper: asked for by a person, sent once, and told apart: printed, accepted, or unknown."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from agent.account import probe_account
from agent.children import Write, start
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, Trouble, opened
from probes.till import Till
from protocols.escpos import status
from protocols.escpos.interview import Outcome, interview
from protocols.escpos.port import Port
from protocols.escpos.stream import PRINT_ENDED, sort
from protocols.escpos.vendors import MODELS, Model

JOB_SECONDS: Final = 45.0  # 17 kB of raster at 9600 baud takes 18 s; a cold head pauses
_STATUS_SECONDS: Final = 2.5
_CONFIRM_SECONDS: Final = 10.0  # print time of a 40-line slip after the last byte, with margin
_END_OF_JOB: Final = b"\x1d(H\x06\x0000PHSL"  # GS ( H fn 48: sent back when what stands before it is printed
_HELD_SECONDS: Final = 3.0  # the longest our own probe keeps the port
_HELD: Final = "another program is using the printer"
_TROUBLES: Final = {
    Trouble.GONE: "the printer is not there",
    Trouble.LOST: "the printer went away",
    Trouble.HELD: _HELD,
    Trouble.REFUSED: "the printer takes no connection",
    Trouble.NO_PERMISSION: "no permission to open the printer's port",
}
_FENCE: Final = b"\x1dr\x01"  # GS r 1: answered in order, so the data before it was processed


class Printing(StrEnum):
    """ACCEPTED: the printer processed the bytes; UNKNOWN: it took them and said nothing."""

    PRINTED = "printed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    NOT_SENT = "not-sent"


class PrintResult(Struct, frozen=True):
    outcome: Printing
    detail: str = ""


def print_slip(options: ReceiptPrinterOptions, job: bytes, root: Path = Path("/")) -> PrintResult:
    """Send `job` in an unprivileged child; never a second time, whatever comes back."""

    def work(write: Write) -> None:
        write(msgspec.json.encode(_print(options, job, Till(root))))

    child = start("slip", work, timeout_seconds=JOB_SECONDS, account=probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        if not child.read():
            break
        time.sleep(0.01)
    try:
        return msgspec.json.decode(bytes(child.output), type=PrintResult)
    except msgspec.MsgspecError:
        return PrintResult(Printing.UNKNOWN, f"the printing child ended: {child.ending}")


def _print(options: ReceiptPrinterOptions, job: bytes, till: Till) -> PrintResult:
    """A port that is held is waited for a little: it may be our own probe, asking its four questions."""
    until = till.monotonic_seconds() + _HELD_SECONDS
    result = _try_to_print(options, job, till)
    while result.detail == _HELD and till.monotonic_seconds() < until:
        time.sleep(0.05)
        result = _try_to_print(options, job, till)
    return result


def _try_to_print(options: ReceiptPrinterOptions, job: bytes, till: Till) -> PrintResult:
    if options.family == "star":
        return PrintResult(
            Printing.NOT_SENT, "slips are sent in ESC/POS, and this printer speaks Star's language"
        )
    deadline = till.monotonic_seconds() + JOB_SECONDS - 3.0
    sent = False
    try:
        with opened(till, options.port, options.speed, options.parity) as port:
            if hindrance := _hindrance(port, MODELS[options.model], deadline):
                return PrintResult(Printing.NOT_SENT, hindrance)
            port.obey(options.flow_control, deadline)
            sent = True
            port.write(job, deadline)
            return _confirmed(port, deadline)
    except (PortTroubleError, OSError) as error:
        detail = _TROUBLES[error.trouble] if isinstance(error, PortTroubleError) else str(error)
        return PrintResult(Printing.UNKNOWN if sent else Printing.NOT_SENT, detail)


def _hindrance(port: Port, model: Model, deadline: float) -> str:
    """Why nothing must be sent; empty where the printer is ready, or is one that never answers."""
    found = interview(port, min(deadline, time.monotonic() + _STATUS_SECONDS))
    if found.outcome is Outcome.SILENT:
        return ""
    if found.outcome is not Outcome.ANSWERED:
        return "its answers are not understood"
    said = status.decode_real_time(found.replies, model)
    return "the printer says it cannot print now" if said.is_stopped or said.paper_out else ""


def _confirmed(port: Port, deadline: float) -> PrintResult:
    """GS ( H where the printer knows it, else the GS r fence, else nothing is claimed."""
    until = min(deadline, time.monotonic() + _CONFIRM_SECONDS)
    port.write(_END_OF_JOB, until)
    port.write(_FENCE, until)
    received = b""
    while time.monotonic() < until:
        received += port.read(min(until, time.monotonic() + 0.5))
        found = sort(received)
        if any(block.head == PRINT_ENDED for block in found.blocks):
            return PrintResult(Printing.PRINTED)
        if _fence_answered(found.junk):
            return PrintResult(Printing.ACCEPTED)
    return PrintResult(Printing.UNKNOWN, "the printer took the slip and said nothing of it")


def _fence_answered(junk: bytes) -> bool:
    """A GS r 1 reply is `0xx0xxxx`: no reply to a real-time question, no frame (printer manuals, GS r)."""
    return any(byte & 0x90 == 0 for byte in junk)
