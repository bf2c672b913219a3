"""`poshealth status`: what the daemon knows, without probing."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from console.control_client import NoDaemonError, ask
from console.state_parser import UNKNOWN, StateParser

CONTROL_SOCKET = "/run/poshealth/control.sock"


def main(arguments: list[str]) -> int:
    parser = StateParser(prog="poshealth status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the daemon's answer as it is")
    parser.add_argument("--socket", default=os.environ.get("POSHEALTH_SOCKET", CONTROL_SOCKET))
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    options = parser.parse_args(arguments)
    try:
        status = ask(options.socket, {"do": "status"}, timeout_seconds=5)
    except NoDaemonError as error:
        print(f"The daemon does not answer at {options.socket}: {error.strerror}.", file=sys.stderr)
        print("Start it: systemctl start poshealth. Probe without it: poshealth check.", file=sys.stderr)
        return UNKNOWN
    if options.json:
        print(json.dumps(status, ensure_ascii=False, indent=2))
    else:
        _print(status, options.lang)
        if question := status.get("question"):
            _ask(question, options.socket, options.lang)
    return _exit_code(status)


def _print(status: dict[str, object], language: str) -> None:
    causes = status["causes"]
    assert isinstance(causes, list)
    if drill := status.get("drill"):
        _print_drill(drill, language)
    print(f"terminal {status['terminal']}, {status['checks']} checks, {status['untested']} not tested")
    if all(_is_reminder(cause) for cause in causes):
        print("No fault." if status["checks"] else "No round has ended yet.")
    for cause in causes:
        words = cause["words"][language]
        mark = "reminder, " if _is_reminder(cause) else ""
        print(f"{mark}{cause['code']}: {words['title']}. {words['text']}")
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
    if work := status.get("work"):
        assert isinstance(work, dict)
        print(f"“{work['reason']}” goes on, begun by {work['by']}; when done: poshealth change end")
    _print_self(status, office["whom"])
    if office["failures"]:
        print(f"{office['whom']} did not take reports {office['failures']} times: {office['trouble']}")


def _is_reminder(cause: dict[str, Any]) -> bool:
    """As vocabulary.report has it, which would cost this command its imports."""
    return bool(cause.get("planned")) and not cause.get("consequences")


def _print_drill(drill: object, language: str) -> None:
    """What this takes to load is loaded only here: `status` must be quick."""
    import msgspec  # noqa: PLC0415

    from console.drill_words import said_of_drill  # noqa: PLC0415
    from vocabulary.report import Drill  # noqa: PLC0415

    print(said_of_drill(msgspec.convert(drill, Drill), language))


def _ask(question: object, socket: str, language: str) -> None:
    """As above."""
    import msgspec  # noqa: PLC0415

    from console.question import ask_about  # noqa: PLC0415
    from vocabulary.question import Question  # noqa: PLC0415

    ask_about(msgspec.convert(question, Question), socket, language)


def _print_self(status: dict[str, object], whom: str) -> None:
    """The agent's own state; what is in order is one line."""
    own = status["self"]
    assert isinstance(own, dict)
    size, days = own["memory_bytes"] / (1 << 20), own["up_seconds"] / 86400
    print(
        f"poshealth {own['version']}: {size:.1f} MiB in {own['processes']} processes,"
        f" {own['cpu_seconds']:.1f} s of CPU in {days:.1f} days,"
        f" {own['rounds']} rounds, {own['rounds_missed']} missed"
    )
    for name, times in own["ended_early"].items():
        print(f"the check {name} did not finish {times} times")
    for child in ("watcher", "courier"):
        if own[f"{child}_restarts"]:
            print(f"the {child} was started again {own[f'{child}_restarts']} times")
    if own["waiting_seconds"] >= 60:
        print(f"some report or other has been waiting for {own['waiting_seconds'] / 60:.0f} min")
    if own["given_up_reports"]:
        print(f"{own['given_up_reports']} reports had to be given up; {whom} is told when it is reached")
    print("clock: " + ("synchronised" if own["clock_synchronised"] else "not known to be synchronised"))
    if own["settings_rejected"]:
        print("the changed settings were not taken: poshealth config check")
    if own["textfile_trouble"]:
        print(f"no samples for Prometheus: {own['textfile_trouble']}")


def _exit_code(status: dict[str, object]) -> int:
    """As `check`: the worst severity; 3 where nothing was tested."""
    causes = status["causes"]
    assert isinstance(causes, list)
    if causes:
        return max(int(cause["severity"]) for cause in causes)
    return 0 if status["checks"] else UNKNOWN
