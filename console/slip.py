"""`poshealth slip`: the diagnostic slip, on paper, as text, or as a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

import msgspec

from agent.keys import KeyFileError, read_key
from agent.settings import Settings
from agent.slip.job import JobError, job
from agent.slip.printing import Printing, PrintResult
from agent.slip.printing import print_slip as send
from agent.slip.qr import qr_payload
from agent.slip.slips import Slip, cashier_slip, technician_slip
from console import arguments
from console.borrowing import printer_port
from console.one_round import report_of_now
from probes.receipt_printer.options import ReceiptPrinterOptions
from vocabulary.report import Report


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
    technician = options.technician or before is not None
    report = report_of_now(settings, ())
    if options.print:
        return 0 if print_slip(report, settings, language, technician=technician, before=before) else 1
    slip = compose(report, settings, language, options.columns, technician=technician, before=before)
    if options.preview:
        return _draw(slip, options.preview)
    print(slip.text(), end="")
    return 0


def read_report(path: Path) -> Report:
    """What `poshealth check --json` printed. Raise OSError or msgspec.MsgspecError."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def compose(
    report: Report,
    settings: Settings,
    language: str,
    columns: int | None = None,
    *,
    technician: bool = False,
    before: Report | None = None,
) -> Slip:
    """Both readers' slips come from the one report; the QR only where there is a key to sign it."""
    try:
        key = read_key(settings.head_office.token_file)
    except KeyFileError:
        key = b""  # a technician without the right to read the key still gets the slip, unsigned
    qr = qr_payload(report, key) if key and report.sequence else ""
    width = columns or settings.slip.columns
    if technician:
        return technician_slip(report, settings.contacts, language, width, before, qr=qr)
    return cashier_slip(report, settings.contacts, language, width, qr=qr)


def print_slip(
    report: Report, settings: Settings, language: str, *, technician: bool, before: Report | None = None
) -> bool:
    """Whether the bytes went out; what became of them is said on standard error."""
    printer = cast("ReceiptPrinterOptions", settings.options["receipt_printer"])
    slip = compose(report, settings, language, technician=technician, before=before)
    try:
        result = _send(printer, job(slip, settings.slip), settings) if printer.port else None
    except JobError as error:
        print(f"The slip cannot be printed: {error}", file=sys.stderr)
        return False
    if result is None:
        print("The slip cannot be printed: no printer is set up ([receipt_printer] port).", file=sys.stderr)
        return False
    print(f"Slip {result.outcome}{': ' if result.detail else ''}{result.detail}", file=sys.stderr)
    if result.outcome is Printing.NOT_SENT:
        print(slip.text(), end="")
    return result.outcome is not Printing.NOT_SENT


def _send(printer: ReceiptPrinterOptions, octets: bytes, settings: Settings) -> PrintResult:
    with printer_port(settings.daemon.control_socket):
        return send(printer, octets)


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
