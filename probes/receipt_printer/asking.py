"""One round with the printer, and what is learnt from it for the next."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from probes.receipt_printer.conditions import COVER_OPEN, NEAR_END, PAPER_OUT
from probes.receipt_printer.families import Family, Told
from probes.receipt_printer.opening import opened_for_questions
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import Trouble
from probes.receipt_printer.remembered import Remembered
from probes.receipt_printer.roll import counted, in_printer, seen
from probes.receipt_printer.wear import is_due
from probes.till import Till
from protocols.escpos.counters import ask_counters
from protocols.escpos.identity import ask_identity
from protocols.escpos.interview import Outcome
from protocols.escpos.port import Port
from vocabulary.redaction import redacted

_DEADLINE_SECONDS: Final = 2.5
_LINES: Final = "lines_fed"
_OF_THE_ROLL: Final = (COVER_OPEN, PAPER_OUT, NEAR_END)


class Asked(Struct, frozen=True):
    told: Told
    known: Remembered
    lines_up: tuple[str, ...] | None


def ask(options: ReceiptPrinterOptions, till: Till, known: Remembered, family: Family) -> Asked:
    """Raise PortTroubleError, BrokerAwayError, HoldersUnknownError. Never longer than three seconds."""
    deadline = till.monotonic_seconds() + _DEADLINE_SECONDS
    with opened_for_questions(options, till) as port:
        told = family.ask(port, deadline)
        lines_up = port.lines_up()
        if options.owner == "ours" and family.tells_identity:
            known = _noticed(told, family, known)
            if told.is_well:
                known = _told_of_itself(port, known, till.wall_seconds(), deadline)
        return Asked(told, known, lines_up)


def _noticed(told: Told, family: Family, known: Remembered) -> Remembered:
    """A fresh roll may be another printer's, so it is asked again who it is."""
    needed = {number for condition in _OF_THE_ROLL for number in family.read_from[condition]}
    if not needed <= set(told.answered):
        return known
    roll = seen(known.roll, told.said)
    if roll.is_new and not known.roll.is_new:
        known = _to_be_asked_again(known)
    return structs.replace(known, roll=roll)


def _to_be_asked_again(known: Remembered) -> Remembered:
    """Who it is; but one that did not know the question may print it as text."""
    return structs.replace(known, identity=None) if known.identity else known


def _told_of_itself(port: Port, known: Remembered, now: float, deadline: float) -> Remembered:
    """GS I and GS g wait in the printer's buffer behind a fault, so they are put to one without: who it is,
    once a day; how much it has done, in another round, once a day, and oftener while a roll is new.
    """
    if is_due(now, known.identified_at):
        known = _to_be_asked_again(known)
    if known.identity is None:
        return _identified(known, ask_identity(port, deadline), now)
    is_wanted = known.roll.is_new and _LINES in known.counters
    if not is_wanted and not is_due(now, known.counted_at):
        return known
    counters = ask_counters(port, deadline)
    roll = counted(known.roll, counters[_LINES], now) if _LINES in counters else known.roll
    return structs.replace(known, counters=counters, counted_at=now, roll=roll)


def _identified(known: Remembered, identity: dict[str, str], now: float) -> Remembered:
    """Another printer has other counters; a serial number is compared as it will be remembered."""
    identity = {name: redacted(text) for name, text in identity.items()}
    if known.roll.serial_number != identity.get("serial_number", ""):
        known = structs.replace(known, counters={}, counted_at=None)
    roll = in_printer(known.roll, identity.get("serial_number", ""))
    return structs.replace(known, identity=identity, identified_at=now, roll=roll)


def learnt(asked: Asked) -> Remembered:
    """The lines count only where the printer itself was heard beside them; one that was silent may be
    another when it is heard again.
    """
    outcome, known = asked.told.heard.outcome, asked.known
    lines = (asked.lines_up or ()) if outcome is Outcome.ANSWERED else ()
    if outcome is Outcome.SILENT:
        known = _to_be_asked_again(known)
    return structs.replace(
        known,
        present=True,
        answered=tuple(sorted({*known.answered, *asked.told.answered})),
        lines=tuple(sorted({*known.lines, *lines})),
    )


def after(trouble: Trouble, known: Remembered) -> Remembered:
    """What is plugged in next may be another printer; what was there for a moment was there."""
    if trouble is Trouble.GONE:
        return structs.replace(known, identity=None, counters={}, counted_at=None)
    return structs.replace(known, present=known.present or trouble is not Trouble.REFUSED)
