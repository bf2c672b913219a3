"""`poshealth maintenance add TASK` and `poshealth maintenance list`: what was done, when and by whom."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from agent import maintenance_log
from agent.health import now
from agent.settings.settings import Settings
from console import arguments
from console.control_client import AnswerLostError, NoDaemonError, ask
from console.login import login
from probes.maintenance.log import MOST_BY, Entry
from probes.maintenance.options import MaintenanceOptions
from vocabulary.calendar import Calendar

_ANSWER_SECONDS: Final = 10.0
_TIMES: Final = ("%H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


def main(words: list[str]) -> int:
    """0; 1 where it could not be noted or read; 78 where the settings are wrong."""
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    command: Callable[[argparse.Namespace, Settings], int] = options.command
    return command(options, settings)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    calendar = settings.calendar.calendar()
    try:
        at = _moment(options.at, calendar) if options.at else calendar.local(now().wall)
        given = {"task": options.task, "at": _with_zone(at), "by": options.by, "note": options.note}
        entry = msgspec.convert(given, Entry)
    except ValueError as error:
        print(f"{options.task} is not noted: {error}", file=sys.stderr)
        return 1
    answer = _said(settings, entry)
    if "error" in answer:
        print(f"{options.task} is not noted: {answer['error']}", file=sys.stderr)
        return 1
    print(f"Noted: {_line(msgspec.convert(answer['noted'], Entry), calendar)}")
    return 0


def _list(options: argparse.Namespace, settings: Settings) -> int:
    answer = _said(settings, None)
    if "error" in answer:
        print(answer["error"], file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(answer["entries"], ensure_ascii=False, indent=2))
        return 0
    for entry in msgspec.convert(answer["entries"], list[Entry]):
        print(_line(entry, settings.calendar.calendar()))
    if not answer["entries"]:
        print("Nothing was noted yet.")
    return 0


def _said(settings: Settings, entry: Entry | None) -> dict[str, Any]:
    """By the daemon, whose folder it is; without one by ourselves, as far as we may."""
    request = {"do": "maintenance"} | ({"entry": msgspec.to_builtins(entry)} if entry else {})
    try:
        return ask(settings.daemon.control_socket, request, _ANSWER_SECONDS)
    except AnswerLostError:
        return {"error": "the daemon ended before it answered; look with: poshealth maintenance list"}
    except NoDaemonError as error:
        if error.errno == errno.EACCES:
            return {"error": "a daemon runs here, and you may not ask it: join the group poshealth"}
    return maintenance_log.answer(cast("MaintenanceOptions", settings.options["maintenance"]), entry)


def _line(entry: Entry, calendar: Calendar) -> str:
    note = f": {entry.note}" if entry.note else ""
    return f"{calendar.local(entry.at.timestamp()):%Y-%m-%d %H:%M}  {entry.task}  {entry.by}{note}"


def _moment(text: str, calendar: Calendar) -> datetime:
    """By the store's clock; a time alone is of today. Raise ValueError."""
    today = calendar.local(now().wall)
    for form in _TIMES:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007  its zone comes below
        except ValueError:
            continue
        moment = datetime.combine(today.date(), found.time()) if form == "%H:%M" else found
        if moment > today.replace(tzinfo=None):
            raise ValueError(f"{text} has not come yet")
        return moment.replace(tzinfo=calendar.zone)
    raise ValueError(f'{text!r} is no time; write "2026-11-30 14:30", "2026-11-30" or "14:30"')


def _with_zone(moment: datetime) -> datetime:
    """That of this machine where the store has none of its own."""
    return (moment if moment.tzinfo else moment.astimezone()).replace(microsecond=0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth maintenance", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="add | list")
    add = commands.add_parser("add", help="note that a task was done")
    add.set_defaults(command=_add)
    add.add_argument("task", metavar="TASK", help='a name of [[maintenance.tasks]], or "spare"')
    add.add_argument(
        "--by", default=login()[:MOST_BY], metavar="NAME", help="who did it; default: you (%(default)s)"
    )
    add.add_argument("--note", default="", metavar="TEXT")
    add.add_argument("--at", metavar="TIME", help="by the store's clock; default: now")
    show = commands.add_parser("list", help="what was noted, oldest first")
    show.set_defaults(command=_list)
    show.add_argument("--json", action="store_true")
    for command in (add, show):
        arguments.add_settings(command)
    return parser
