"""`poshealth change begin|end`: a look before work at the till, a look after it, and what is different."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from agent.change.journal import WorkError, WorkJournal
from agent.change.preflight import Finding, preflight
from agent.settings.settings import Settings
from agent.slip.composing import Order
from console import arguments
from console.change_words import said_after
from console.control_client import AnswerLostError, NoDaemonError, ask
from console.login import login
from console.one_round import report_of_now
from console.printing import print_slip
from console.slip import compose
from vocabulary import texts
from vocabulary.report import Report
from vocabulary.work import LONGEST_REASON, Verdict, Work

_ANSWER_SECONDS = 10.0

Language = Literal["en", "zh"]


def main(words: list[str]) -> int:
    """0; 1 where this is no good moment to begin, or something is worse at the end; 75 where it was begun or
    ended already; 78 where the settings are wrong.
    """
    options = _parser().parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    language: Language = options.lang or settings.terminal.language
    try:
        if options.do == "begin":
            return _begin(settings, language, options.reason, anyway=options.anyway)
        return _end(settings, language, on_paper=options.print)
    except WorkError as error:
        print(error, file=sys.stderr)
        return arguments.EX_TEMPFAIL


def _begin(settings: Settings, language: Language, reason: str, *, anyway: bool) -> int:
    """Raise WorkError."""
    report = report_of_now(settings, ())
    found, work = _begun(settings, reason, report, anyway=anyway)
    for finding in found:
        print(f"- {finding.words(language)}")
    if work is None:
        print(texts.translate("Not begun. With --anyway it is, and this is noted.", language))
        return 1
    template = "Begun: {reason}. {count} checks are kept to compare with. When done: poshealth change end"
    print(texts.fill(template, language, {"reason": work.reason, "count": report.diagnosis.checks}))
    return 0


def _end(settings: Settings, language: Language, *, on_paper: bool) -> int:
    """Raise WorkError."""
    before, report, work = _ended(settings)
    order = Order(language=language, technician=True, before=before)
    if on_paper:
        print_slip(settings, order, lambda: compose(report, settings, order))
    else:
        print(compose(report, settings, order).text())
    for line in said_after(work, language):
        print(line)
    return 1 if work.verdict in {Verdict.WORSE, Verdict.MIXED} else 0


def _begun(
    settings: Settings, reason: str, report: Report, *, anyway: bool
) -> tuple[tuple[Finding, ...], Work | None]:
    """What speaks against it, and what was begun if it was. By the daemon, which then tells head office; else
    in its folder. Raise WorkError.
    """
    request = {"do": "begin-change", "reason": reason, "anyway": anyway, "by": login()}
    try:
        answer = _asked(settings, request)
        return (
            msgspec.convert(answer["against"], tuple[Finding, ...]),
            msgspec.convert(answer.get("work"), Work | None),
        )
    except NoDaemonError:
        found = preflight(report)
    if found and not anyway:
        return found, None
    warned = tuple(finding.words("en") for finding in found)
    return found, _journal(settings).begin(reason, login(), report, warned, _now())


def _ended(settings: Settings) -> tuple[Report, Report, Work]:
    """The looks before and after. Raise WorkError."""
    report = report_of_now(settings, ())
    try:
        answer = _asked(settings, {"do": "end-change"})
    except NoDaemonError:
        before, work = _journal(settings).end(report, _now())
        return before, report, work
    before, report = (msgspec.convert(answer[name], Report) for name in ("before", "after"))
    return before, report, msgspec.convert(answer["work"], Work)


def _asked(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """Raise WorkError or NoDaemonError."""
    try:
        answer = ask(settings.daemon.control_socket, request, _ANSWER_SECONDS)
    except AnswerLostError:
        raise WorkError("the daemon ended before it said what became of it: poshealth status") from None
    if "error" in answer:
        raise WorkError(str(answer["error"]))
    return answer


def _journal(settings: Settings) -> WorkJournal:
    return WorkJournal(Path(settings.daemon.state_folder))


def _now() -> float:
    return time.time()  # noqa: TID251  the command line's own clock


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"between 1 and {LONGEST_REASON} characters")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth change", description=__doc__)
    commands = parser.add_subparsers(dest="do", required=True)
    begin = commands.add_parser("begin", help="look whether this is a good moment, and keep the look")
    begin.add_argument("--reason", type=_reason, required=True, help='what is done, such as "new card"')
    begin.add_argument("--anyway", action="store_true", help="though something speaks against it")
    end = commands.add_parser("end", help="look again, and say what is different")
    end.add_argument("--print", action="store_true", help="the slip on the receipt printer")
    for each in (begin, end):
        arguments.add_language(each)
        arguments.add_settings(each)
    return parser
