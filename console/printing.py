"""A slip onto paper for a command: by the daemon where one runs, else by ourselves."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from agent.settings.settings import Settings
from agent.slip.composing import Order
from agent.slip.job import JobError, job
from agent.slip.printing import Printing
from agent.slip.printing import print_slip as send
from agent.slip.sending import COMPOSE_SECONDS, SEND_SECONDS
from agent.slip.slips import Slip
from agent.slip.way import NO_WAY, has_way
from console.control_client import AnswerLostError, NoDaemonError, ask
from probes.receipt_printer.options import ReceiptPrinterOptions

_DAEMON_SECONDS = COMPOSE_SECONDS + SEND_SECONDS + 10.0


def print_slip(settings: Settings, order: Order, make: Callable[[], Slip]) -> bool:
    """Whether bytes went out; what became of them is said on standard error.

    Where a daemon runs, it makes its own and prints it: it alone knows of the slips under way and of the
    quiet the POS asked for.
    """
    try:
        outcome, detail = by_daemon(settings, order)
    except NoDaemonError:
        outcome, detail = _by_ourselves(settings, make)
    print(f"Slip {outcome}{': ' if detail else ''}{detail}", file=sys.stderr)
    if outcome == Printing.NOT_SENT:
        print(make().text(), end="")
    return outcome != Printing.NOT_SENT


def by_daemon(settings: Settings, order: Order) -> tuple[str, str]:
    """Raise NoDaemonError where none answers; one that was asked and then died may have printed it."""
    request = {"do": "slip", **msgspec.to_builtins(order)}
    try:
        answer = ask(settings.daemon.control_socket, request, _DAEMON_SECONDS)
    except AnswerLostError:
        return Printing.UNKNOWN, "the daemon ended before it said what became of it"
    except NoDaemonError as error:
        if error.errno != errno.EACCES:
            raise
        return Printing.NOT_SENT, "a daemon runs here, and you may not ask it: join the group poshealth"
    if "error" in answer:
        return Printing.NOT_SENT, str(answer["error"])
    return str(answer["outcome"]), str(answer["detail"])


def _by_ourselves(settings: Settings, make: Callable[[], Slip]) -> tuple[str, str]:
    printer = cast("ReceiptPrinterOptions", settings.options["receipt_printer"])
    if not has_way(printer.port, settings.slip):
        return Printing.NOT_SENT, NO_WAY
    try:
        octets = job(make(), settings.slip, printer.family)
        result = send(printer, octets, way=settings.slip)
    except JobError as error:
        return Printing.NOT_SENT, str(error)
    return result.outcome, result.detail


def draw(slip: Slip, path: Path) -> int:
    from agent.slip.picture import FontMissingError, write_png  # noqa: PLC0415  Pillow only for a picture

    try:
        write_png(slip, path)
    except (FontMissingError, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0
