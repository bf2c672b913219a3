"""A report as a slip of paper: one for the cashier, one for the technician."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from agent.slip.cashier import LINES, Cut, Part, cashier_parts, fit
from agent.slip.layout import COLUMNS, Line, Style, centred
from agent.slip.words import FRAME, Say, Speech
from vocabulary.contact import Contacts
from vocabulary.report import DrillEnding, Report

__all__ = ["Line", "Slip", "Style", "cashier_slip", "drill_slip", "frame", "technician_slip"]

REMEMBERED_SECONDS: Final = 3600.0
"""How long the slip of a real fault says that it ended a drill: not everybody heard of it at once."""


class Slip(Struct, frozen=True, kw_only=True):
    """`lines` as they will stand on the paper, the frame first; `qr` is printed below them, "" for none."""

    columns: int
    lines: tuple[Line, ...]
    qr: str = ""

    def text(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines)


def cashier_slip(report: Report, contacts: Contacts, language: str, columns: int, *, qr: str = "") -> Slip:
    """At most ten lines below the frame. Raise ValueError for columns other than 32, 42 and 48."""
    _check(columns)
    speech = Speech(language)
    parts = cashier_parts(report, contacts, speech, columns, with_qr=bool(qr))
    return _framed(fit(parts, columns, LINES), _mark(report), speech, columns, qr)


def drill_slip(rehearsed: Report, contacts: Contacts, language: str, columns: int, *, alone: bool) -> Slip:
    """What the staff would hold in hand if it were true; it has neither a code nor a QR to be taken for one.

    `rehearsed` is of rehearsal.as_if; `alone`: nothing really is broken. Raise ValueError as above.
    """
    _check(columns)
    speech = Speech(language)
    header, *parts = cashier_parts(rehearsed, contacts, speech, columns, with_qr=False)
    no_code = Part("code", (speech.say(Say.NO_CODE),), cut=Cut.NEVER)
    mark = Say.DRILL if alone else Say.DRILL_BESIDE
    return _framed(fit([header, no_code, *parts], columns, LINES), mark, speech, columns, "")


def technician_slip(
    report: Report,
    contacts: Contacts,
    language: str,
    columns: int,
    before: Report | None = None,
    *,
    qr: str = "",
) -> Slip:
    """As long as it takes. `before` is the report of when the repair began. Raise ValueError as above."""
    from agent.slip.technician import technician_lines  # noqa: PLC0415  the daemon itself makes cashiers' slips

    _check(columns)
    speech = Speech(language)
    lines = technician_lines(report, contacts, speech, columns, before, with_qr=bool(qr))
    return _framed(lines, _mark(report), speech, columns, qr)


def _framed(lines: Iterable[Line], mark: Say | None, speech: Speech, columns: int, qr: str) -> Slip:
    """A drill is said above and below: a slip may be torn."""
    said = (Line(centred(speech.say(mark), columns), Style.STRONG),) if mark else ()
    return Slip(columns=columns, lines=(frame(columns), *said, *lines, *said), qr=qr)


def frame(columns: int) -> Line:
    return Line(centred(FRAME, columns), Style.STRONG)


def _mark(report: Report) -> Say | None:
    """On a slip of what is true."""
    faults, drill = report.diagnosis.faults, report.drill
    if report.drill_on:
        return Say.REAL_IN_A_DRILL if faults else Say.DRILL
    if drill and faults and drill.ending == DrillEnding.CAUSE:
        return Say.DRILL_OVER if report.clock.wall - drill.ended < REMEMBERED_SECONDS else None
    return None


def _check(columns: int) -> None:
    if columns not in COLUMNS:
        raise ValueError(f"a slip has {', '.join(map(str, COLUMNS))} columns, not {columns}")
