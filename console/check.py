"""`poshealth check`: one round now."""

from __future__ import annotations

import sys

from agent.diagnosis import exit_code
from console import arguments, formats
from console.one_round import UnknownProbeError, report_of_now
from console.state_parser import UNKNOWN, StateParser


def main(words: list[str]) -> int:
    """0 OK, 1 WARNING, 2 CRITICAL, 3 nothing could be tested or the settings are wrong."""
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return UNKNOWN
    try:
        report = report_of_now(settings, tuple(options.probes))
    except UnknownProbeError as error:
        print(error, file=sys.stderr)
        return UNKNOWN
    language = options.lang or settings.terminal.language
    form = "json" if options.json else options.format
    print(formats.FORMATS[form](report, language))
    if options.slip:
        from agent.slip.composing import Order  # noqa: PLC0415  only where a slip is wanted
        from console.printing import print_slip  # noqa: PLC0415
        from console.slip import compose  # noqa: PLC0415

        order = Order(language=language)
        print_slip(settings, order, lambda: compose(report, settings, order))
    if report.question and form == "text":
        from console.question import ask_about  # noqa: PLC0415  only where something is asked

        ask_about(report.question, settings.daemon.control_socket, language)
    return exit_code(report.diagnosis)


def _parser() -> StateParser:
    parser = StateParser(prog="poshealth check", description=__doc__)
    parser.add_argument("probes", nargs="*", metavar="PROBE", help="default: all")
    parser.add_argument("--json", action="store_true", help="the whole report, as it is sent")
    parser.add_argument("--format", choices=tuple(formats.FORMATS), default="text")
    parser.add_argument("--slip", action="store_true", help="print the cashier's slip as well")
    arguments.add_language(parser)
    arguments.add_settings(parser)
    return parser
