"""`poshealth drill CODE`: a fault is rehearsed; slip, screen and head office show it, marked as a drill."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from agent.drill.drills import MOST_MINUTES
from agent.settings.settings import Settings
from agent.slip.composing import Order
from console import arguments
from console.control_client import AnswerLostError, NoDaemonError, ask
from console.drill_words import said_of_drill
from console.login import login
from console.printing import by_daemon
from vocabulary.report import Drill, Fate
from vocabulary.texts import translate

_ASK_SECONDS = 10.0


def main(words: list[str]) -> int:
    """0; 1 where there is no such drill, or no daemon; 64 without a code; 78 where the settings are wrong."""
    parser = _parser()
    options = parser.parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    if not options.code and not options.end:
        parser.print_usage(sys.stderr)
        return 64
    try:
        return _end(settings) if options.end else _begin(settings, options)
    except AnswerLostError:
        print("The daemon ended before it said what became of it: poshealth status", file=sys.stderr)
        return 1
    except NoDaemonError as error:
        print(f"No daemon answers: {error}. A drill is the daemon's: poshealth run", file=sys.stderr)
        return 1


def _begin(settings: Settings, options: argparse.Namespace) -> int:
    language = options.lang or settings.terminal.language
    request = {"code": options.code, "subject": options.subject, "minutes": options.minutes}
    answer = _asked(settings, {"do": "drill", "by": login(), **request})
    if "error" in answer:
        print(answer["error"], file=sys.stderr)
        return 1
    print(said_of_drill(msgspec.convert(answer["drill"], Drill), language))
    print(
        translate("Over by itself then; now with: poshealth drill --end. What the staff see:", language), "\n"
    )
    print("\n".join(answer["slips"][language]))
    return _print(settings, Order(language=language, drill=True)) if options.print else 0


def _print(settings: Settings, order: Order) -> int:
    outcome, detail = by_daemon(settings, order)
    print(f"Slip {outcome}{': ' if detail else ''}{detail}", file=sys.stderr)
    return 1 if outcome == Fate.NOT_SENT else 0


def _end(settings: Settings) -> int:
    if _asked(settings, {"do": "end-drill"}).get("ended"):
        print("The drill is over.")
        return 0
    print("No drill is on.", file=sys.stderr)
    return 1


def _asked(settings: Settings, request: dict[str, object]) -> dict[str, Any]:
    return ask(settings.daemon.control_socket, request, _ASK_SECONDS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth drill", description=__doc__)
    parser.add_argument("code", nargs="?", metavar="CODE", help="a condition: poshealth explain lists them")
    parser.add_argument("--subject", default="", help="on which device or line; default: the first there is")
    parser.add_argument(
        "--minutes", type=_minutes, default=10.0, help=f"at most {MOST_MINUTES:g}; default 10"
    )
    parser.add_argument("--print", action="store_true", help="print its slip on the receipt printer")
    parser.add_argument("--end", action="store_true", help="end the drill that is on")
    arguments.add_language(parser)
    arguments.add_settings(parser)
    return parser


def _minutes(text: str) -> float:
    """Raise ValueError."""
    minutes = float(text)
    if not 0 < minutes <= MOST_MINUTES:
        raise ValueError(text)
    return minutes
