"""`poshealth slip`: the diagnostic slip, on paper, as text, or as a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from agent.keys import KeyFileError, read_key
from agent.settings.settings import Settings
from agent.slip.composing import Order
from agent.slip.composing import compose as composed
from agent.slip.slips import Slip
from console import arguments
from console.one_round import report_of_now
from console.printing import draw, print_slip
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
    order = Order(language=language, technician=options.technician, before=before)
    report = report_of_now(settings, ())
    if options.print:
        return 0 if print_slip(settings, order, lambda: compose(report, settings, order)) else 1
    slip = compose(report, settings, order, options.columns)
    if options.preview:
        return draw(slip, options.preview)
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
