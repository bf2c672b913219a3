"""`poshealth slip`: the diagnostic slip, on paper, as text, or as a picture."""

from __future__ import annotations

import argparse
import errno
import sys
from pathlib import Path
from typing import cast

import msgspec

from agent.keys import KeyFileError, read_key
from agent.settings import Settings
from agent.slip.composing import Order
from agent.slip.composing import compose as composed
from agent.slip.job import JobError, job
from agent.slip.printing import Printing
from agent.slip.printing import print_slip as send
from agent.slip.sending import COMPOSE_SECONDS, SEND_SECONDS
from agent.slip.slips import Slip
from agent.slip.way import NO_WAY, has_way
from console import arguments
from console.control_client import AnswerLostError, NoDaemonError, ask
from console.one_round import report_of_now
from probes.receipt_printer.options import ReceiptPrinterOptions
from vocabulary.report import Report

_DAEMON_SECONDS = COMPOSE_SECONDS + SEND_SECONDS + 10.0


def main(words: list[str]) -> int:
    """0; 1 where the slip could not be printed or drawn; 78 where the settings are wrong."""
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    language = options.lang or settings.terminal.language
    try:
        before = read_report(options.before) if options.before else None
    except (OSError, msgspec.MsgspecError) as error:
        print(f"{options.before}: {error}; make one with: poshealth check --json > FILE", file=sys.stderr)
        return arguments.EX_CONFIG
    order = Order(language=language, technician=options.technician, before=before)
    report = report_of_now(settings, ())
    if options.print:
        return 0 if print_slip(report, settings, order) else 1
    slip = compose(report, settings, order, options.columns)
    if options.preview:
        return _draw(slip, options.preview)
    print(slip.text(), end="")
    return 0


def read_report(path: Path) -> Report:
    """What `poshealth check --json` printed. Raise OSError or msgspec.MsgspecError."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def compose(report: Report, settings: Settings, order: Order, columns: int | None = None) -> Slip:
    try:
        key = read_key(settings.head_office.token_file)
    except KeyFileError:
        key = b""  # a technician without the right to read the key still gets the slip, unsigned
    slip = settings.slip
    return composed(report, settings.contacts, order, columns or slip.columns, key, addresses=slip.addresses)


def print_slip(report: Report, settings: Settings, order: Order) -> bool:
    """Whether bytes went out; what became of them is said on standard error.

    Where a daemon runs, it prints: it alone knows of the slips under way and of the quiet the POS asked for.
    """
    try:
        outcome, detail = by_daemon(settings, order)
    except NoDaemonError:
        outcome, detail = _by_ourselves(report, settings, order)
    print(f"Slip {outcome}{': ' if detail else ''}{detail}", file=sys.stderr)
    if outcome == Printing.NOT_SENT:
        print(compose(report, settings, order).text(), end="")
    return outcome != Printing.NOT_SENT


def by_daemon(settings: Settings, order: Order) -> tuple[str, str]:
    """Raise NoDaemonError where none answers; one that was asked and then died may have printed it."""
    request = {"do": "slip", **msgspec.to_builtins(order)}
    try:
        answer = ask(settings.daemon.control_socket, request, _DAEMON_SECONDS)
    except (AnswerLostError, ValueError):
        return Printing.UNKNOWN, "the daemon ended before it said what became of it"
    except NoDaemonError as error:
        if error.errno != errno.EACCES:
            raise
        return Printing.NOT_SENT, "a daemon runs here, and you may not ask it: join the group poshealth"
    if "error" in answer:
        return Printing.NOT_SENT, str(answer["error"])
    return str(answer["outcome"]), str(answer["detail"])


def _by_ourselves(report: Report, settings: Settings, order: Order) -> tuple[str, str]:
    printer = cast("ReceiptPrinterOptions", settings.options["receipt_printer"])
    if not has_way(printer.port, settings.slip):
        return Printing.NOT_SENT, NO_WAY
    try:
        octets = job(compose(report, settings, order), settings.slip, printer.family)
        result = send(printer, octets, way=settings.slip)
    except JobError as error:
        return Printing.NOT_SENT, str(error)
    return result.outcome, result.detail


def _draw(slip: Slip, path: Path) -> int:
    from agent.slip.picture import FontMissingError, write_png  # noqa: PLC0415  Pillow only for a picture

    try:
        write_png(slip, path)
    except (FontMissingError, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth slip", description=__doc__)
    parser.add_argument("--preview", type=Path, metavar="FILE.png", help="draw it instead")
    parser.add_argument("--print", action="store_true", help="print it on the receipt printer")
    parser.add_argument("--technician", action="store_true", help="with ladder, evidence and versions")
    parser.add_argument(
        "--before",
        type=Path,
        metavar="FILE.json",
        help="technician's slip with before and after: FILE is an earlier `poshealth check --json`",
    )
    parser.add_argument("--columns", type=int, choices=(32, 42, 48))
    arguments.add_language(parser)
    arguments.add_settings(parser)
    return parser
