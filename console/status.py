"""`poshealth status`: what the daemon knows, without probing."""

from __future__ import annotations

import argparse
import json
import os
import sys

from console.control_client import NoDaemonError, ask

CONTROL_SOCKET = "/run/poshealth/control.sock"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="poshealth status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the daemon's answer as it is")
    parser.add_argument("--socket", default=os.environ.get("POSHEALTH_SOCKET", CONTROL_SOCKET))
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    options = parser.parse_args(arguments)
    try:
        status = ask(options.socket, {"do": "status"}, timeout_seconds=5)
    except NoDaemonError as error:
        print(f"The daemon does not answer at {options.socket}: {error.strerror}.", file=sys.stderr)
        print("Start it: systemctl start poshealth. Probe without it: poshealth check.", file=sys.stderr)
        return 3
    if options.json:
        print(json.dumps(status, ensure_ascii=False, indent=2))
    else:
        _print(status, options.lang)
    return _exit_code(status)


def _print(status: dict[str, object], language: str) -> None:
    causes = status["causes"]
    assert isinstance(causes, list)
    print(f"terminal {status['terminal']}, {status['checks']} checks, {status['untested']} not tested")
    if not causes:
        print("No fault." if status["checks"] else "No round has ended yet.")
    for cause in causes:
        words = cause["words"][language]
        print(f"{cause['code']}: {words['title']}. {words['text']}")
        print(f"  {words['remedy']} ({cause['owner']})")
    outbox, office = status["outbox"], status["head_office"]
    assert isinstance(outbox, dict)
    assert isinstance(office, dict)
    print(f"reports waiting: {outbox['waiting']}" + (f" ({outbox['trouble']})" if outbox["trouble"] else ""))
    slip = status["slip"]
    assert isinstance(slip, dict)
    if slip["waiting"]:
        print(f"a slip waits ({slip['waiting']})" + (f": {slip['because']}" if slip["because"] else ""))
    if slip["held_seconds"]:
        print(f"the POS keeps poshealth off the receipt printer for {slip['held_seconds']:.0f} s more")
    if slip["journal_trouble"]:
        print(f"no slip prints by itself: {slip['journal_trouble']}")
    if office["failures"]:
        print(f"{office['whom']} did not take reports {office['failures']} times: {office['trouble']}")


def _exit_code(status: dict[str, object]) -> int:
    """As `check`: the worst severity; 3 where nothing was tested."""
    causes = status["causes"]
    assert isinstance(causes, list)
    if causes:
        return max(int(cause["severity"]) for cause in causes)
    return 0 if status["checks"] else 3
