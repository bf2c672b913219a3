"""`poshealth answer y|n`: whether the cause that has gone was the right one."""

from __future__ import annotations

import argparse
import sys

from console import arguments
from console.control_client import NoDaemonError
from console.question import send_answer


def main(words: list[str]) -> int:
    """0; 1 where nothing is asked, or no daemon answers; 78 where the settings are wrong."""
    parser = argparse.ArgumentParser(prog="poshealth answer", description=__doc__)
    parser.add_argument("answer", choices=("y", "n"), help="y: it was right; n: it was something else")
    arguments.add_settings(parser)
    options = parser.parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    try:
        noted = send_answer(settings.daemon.control_socket, "right" if options.answer == "y" else "wrong")
    except NoDaemonError as error:
        print(f"No daemon answers: {error}", file=sys.stderr)
        return 1
    print("Noted." if noted else "Nothing is asked.", file=sys.stdout if noted else sys.stderr)
    return 0 if noted else 1
