"""`poshealth path HOST:PORT`: the way there hop by hop, who stops it, and what to send to whom."""

from __future__ import annotations

import sys

import msgspec

from agent.diagnosis import exit_code
from agent.health import now
from agent.settings.settings import Settings
from console import arguments
from console.path import verdict
from console.path.destination import ArgumentError, Destination, find
from console.path.look import Look
from console.path.rows import rows
from console.path.screen import Screen
from console.state_parser import UNKNOWN, StateParser
from protocols.path_trace import way
from vocabulary.moments import as_fact, as_said
from vocabulary.reading import Status
from vocabulary.report import Report
from vocabulary.texts import translate

HEADING = "From this till to {where}, {time}"


def main(words: list[str]) -> int:
    """As `check`: 0 OK, 1 WARNING, 2 CRITICAL, 3 where nothing could be tested or an argument is wrong."""
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return UNKNOWN
    try:
        wanted = find(options.destination, settings, reference=options.reference, tls=options.tls)
    except ArgumentError as error:
        print(f"poshealth path: {error}", file=sys.stderr)
        return UNKNOWN
    language = options.lang or settings.terminal.language
    look = Look(settings, wanted)
    try:
        report = _print_json(look, wanted) if options.json else _draw(look, wanted, settings, language)
    finally:
        look.close()
    return exit_code(report.diagnosis) if report.diagnosis.causes or is_proven(look) else UNKNOWN


def is_proven(look: Look) -> bool:
    """A healthy till says nothing of a port that could not be tried."""
    return any(each.status is Status.OK for each in look.sight.of("firewall_ports"))


def _draw(look: Look, wanted: Destination, settings: Settings, language: str) -> Report:
    screen = Screen()
    heading = translate(HEADING, language).format(
        where=_where(wanted.host, wanted.port), time=as_said(as_fact(now().wall))
    )
    screen.say([*screen.folded(heading), ""])
    while not look.is_over:
        screen.show(rows(look.sight, wanted, language))
        look.step()
    screen.finish(rows(look.sight, wanted, language))
    report = look.report()
    proven = is_proven(look)
    screen.say(["", *verdict.lines(report, settings.contacts, language, screen.folded, proven=proven)])
    return report


def _print_json(look: Look, wanted: Destination) -> Report:
    """The report is as `poshealth check --json` prints it."""
    while not look.is_over:
        look.step()
    report, sight = look.report(), look.sight
    found = {
        "host": wanted.host,
        "port": wanted.port,
        "address": sight.named.address if sight.named else "",
        "hops": way(sight.ways.get(wanted.port, {})),
        "reference": wanted.reference,
        "reference_hops": way(sight.ways.get(wanted.reference, {})),
        "report": report,
    }
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    return report


def _where(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _parser() -> StateParser:
    parser = StateParser(prog="poshealth path", description=__doc__)
    parser.add_argument("destination", metavar="HOST:PORT", help="[2001:db8::1]:443 for IPv6")
    parser.add_argument(
        "--reference",
        type=int,
        metavar="PORT",
        help="an open port of that host; default: one of the settings",
    )
    parser.add_argument("--tls", action="store_true", help="a TLS handshake too; always so on port 443")
    parser.add_argument("--json", action="store_true", help="hops, and the report as it is sent")
    arguments.add_language(parser)
    arguments.add_settings(parser)
    return parser
