"""A report as a slip of paper: one for the cashier, one for the technician."""

from __future__ import annotations

from msgspec import Struct

from agent.slip.cashier import LINES, cashier_parts, fit
from agent.slip.layout import COLUMNS, Line, Style, centred
from agent.slip.words import FRAME, Speech
from vocabulary.contact import Contacts
from vocabulary.report import Report

__all__ = ["Line", "Slip", "Style", "cashier_slip", "technician_slip"]


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
    parts = cashier_parts(report, contacts, Speech(language), columns, with_qr=bool(qr))
    return Slip(columns=columns, lines=(_frame(columns), *fit(parts, columns, LINES)), qr=qr)


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
    lines = technician_lines(report, contacts, Speech(language), columns, before, with_qr=bool(qr))
    return Slip(columns=columns, lines=(_frame(columns), *lines), qr=qr)


def _frame(columns: int) -> Line:
    return Line(centred(FRAME, columns), Style.STRONG)


def _check(columns: int) -> None:
    if columns not in COLUMNS:
        raise ValueError(f"a slip has {', '.join(map(str, COLUMNS))} columns, not {columns}")
