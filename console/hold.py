"""`poshealth hold SECONDS`: the POS keeps poshealth off the receipt printer; 0 lets it go again."""

from __future__ import annotations

import argparse
import os
import sys
import time

from console.control_client import NoDaemonError, ask
from console.status import CONTROL_SOCKET

EX_UNAVAILABLE, EX_TEMPFAIL = 69, 75  # sysexits.h
PATIENCE_SECONDS = 5.0  # a probe has the port for three seconds at most
MAX_SECONDS = 600


def main(words: list[str]) -> int:
    """0 once nothing of ours has the printer's port; 75 while a slip is still being printed; 69 without a
    daemon, which then disturbs nobody.
    """
    options = _parser().parse_args(words)
    what = "printing" if options.printing else "hold-off"
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        while _is_in_use(options.socket, what, options.seconds) and options.seconds:
            if time.monotonic() > until:
                print("poshealth is printing a slip; after that it keeps off.", file=sys.stderr)
                return EX_TEMPFAIL
            time.sleep(0.1)
    except NoDaemonError as error:
        print(f"The daemon does not answer at {options.socket}: {error.strerror}.", file=sys.stderr)
        return EX_UNAVAILABLE
    return 0


def _is_in_use(path: str, what: str, seconds: int) -> bool:
    return bool(ask(path, {"do": what, "seconds": seconds}, 5)["in_use"])


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"between 0 and {MAX_SECONDS}")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth hold", description=__doc__)
    parser.add_argument("seconds", type=_seconds, help=f"how long, at most {MAX_SECONDS}; 0: it is over")
    parser.add_argument(
        "--printing", action="store_true", help="for one print job; a hold for a whole sale goes on beside it"
    )
    parser.add_argument("--socket", default=os.environ.get("POSHEALTH_SOCKET", CONTROL_SOCKET))
    return parser
