"""`poshealth emergency-plan`: whom to call and in which order to look, for the wall beside the till."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.health import now
from agent.slip.composing import Order
from agent.slip.emergency_plan import emergency_plan
from agent.slip.slips import Slip
from console import arguments
from console.printing import draw, print_slip


def main(words: list[str]) -> int:
    """0; 1 where it could not be printed or drawn; 78 where the settings are wrong."""
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    language = options.lang or settings.terminal.language

    def make() -> Slip:
        return emergency_plan(settings, language, options.columns or settings.slip.columns, now().wall)

    if options.print:
        return 0 if print_slip(settings, Order(language=language, plan=True), make) else 1
    if options.preview:
        return draw(make(), options.preview)
    print(make().text(), end="")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth emergency-plan", description=__doc__)
    parser.add_argument("--preview", type=Path, metavar="FILE.png", help="draw it instead")
    parser.add_argument("--print", action="store_true", help="print it on the receipt printer")
    parser.add_argument("--columns", type=int, choices=(32, 42, 48))
    arguments.add_language(parser)
    arguments.add_settings(parser)
    return parser
