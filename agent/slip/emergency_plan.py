"""The emergency plan on paper, printed before it is needed: where to look, whom to call, what not to do.

The order is the one a technician takes: power, cables, printer, network, firewall, software.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, cast

from agent.settings.settings import Settings
from agent.slip.cashier import unbroken
from agent.slip.layout import Line, Style, fold
from agent.slip.slips import Slip, frame
from agent.slip.words import OWNER_NAMES, WORKS_NAMES, Say, Speech
from probes.maintenance.options import MaintenanceOptions
from probes.payment_lines.options import PaymentLinesOptions
from probes.settlement.options import SettlementOptions
from vocabulary.condition import Capability, Owner
from vocabulary.contact import Contact
from vocabulary.moments import local
from vocabulary.texts import translate

BLANK: Final = "." * 14
"""What the settings do not say is written in by hand."""

_SHOWN: Final = 4  # digits of a merchant number


class Plan(StrEnum):
    """English templates, which are the keys of their translations."""

    TITLE = "Emergency plan"
    AS_OF = "As of {day}; print it anew when a number changes"
    ORDER = "Look in this order"
    POWER = "1 Power: are other lights out, too? Look at plug, switch, breaker and UPS."
    CABLES = "2 Cables: push in all of till, printer, router and payment terminal."
    PRINTER = "3 Printer: is there paper, is the cover shut? Switch it off and on once."
    NETWORK = "4 Network: is the router's line light on? If not, switch the router off and on once."
    FIREWALL = "5 Firewall: web pages open, but no card goes through? Have the port opened."
    SOFTWARE = "6 Software: does only the POS fail? Note what it says; install nothing."
    ACQUIRER = "Cards or settlement still fail, or money is missing:"
    ANYTHING = "Nobody helps, or you do not know whom to ask:"
    DO_NOT = "What not to do"
    UNTIL_SETTLED = "Until settled: no reset, no swap, nothing deleted."
    TWICE = "Do not charge twice: look it up."
    SECRETS = "Tell nobody a PIN, a password or a card number, not even on the phone."
    MEANWHILE = "Meanwhile"
    CASH = "Take cash, and write each sale down with its time."
    SPARE = "Spare device: {where}"
    NUMBERS = "Numbers you are asked for"
    LINE = "{line}: terminal {terminal}, merchant {merchant}"
    NO_PHONE = "{who}: {blank}"


STEPS: Final = (
    (Plan.POWER, Owner.POWER_COMPANY),
    (Plan.CABLES, Owner.TECHNICIAN),
    (Plan.PRINTER, Owner.TECHNICIAN),
    (Plan.NETWORK, Owner.LINE_PROVIDER),
    (Plan.FIREWALL, Owner.SITE_IT),
    (Plan.SOFTWARE, Owner.SOFTWARE_VENDOR),
    (Plan.ACQUIRER, Owner.ACQUIRER),
    (Plan.ANYTHING, Owner.HEAD_OFFICE),
)
_DO_NOT: Final = (Plan.UNTIL_SETTLED, Plan.TWICE, Plan.SECRETS)


def emergency_plan(settings: Settings, language: str, columns: int, wall: float) -> Slip:
    """From the settings alone: no probe, no daemon, no network. `wall` in seconds since 1970 UTC."""
    speech = _Speech(language)
    lines = [
        Line(piece, style)
        for text, style in _thoughts(settings, speech, columns, wall)
        for piece in fold(text, columns)
    ]
    return Slip(columns=columns, lines=(frame(columns), *lines))


class _Speech(Speech, frozen=True):
    def tell(self, template: Plan, **facts: str) -> str:
        return translate(template, self.language).format_map(facts)


def _thoughts(settings: Settings, speech: _Speech, columns: int, wall: float) -> Iterator[tuple[str, Style]]:
    rule = ("-" * columns, Style.PLAIN)
    terminal = settings.terminal
    yield speech.tell(Plan.TITLE), Style.STRONG
    if terminal.store and terminal.till:
        yield speech.say(Say.STORE, store=terminal.store, till=terminal.till), Style.PLAIN
    yield speech.say(Say.TERMINAL, terminal=terminal.id), Style.PLAIN
    yield speech.tell(Plan.AS_OF, day=f"{local(wall):%Y-%m-%d}"), Style.PLAIN
    yield rule
    yield speech.tell(Plan.ORDER), Style.STRONG
    seen: set[Owner] = set()
    for template, owner in STEPS:
        yield speech.tell(template), Style.PLAIN
        yield from _call(owner, settings, speech, with_quote=owner not in seen)
        seen.add(owner)
    yield rule
    yield speech.tell(Plan.DO_NOT), Style.STRONG
    yield from ((speech.tell(template), Style.PLAIN) for template in _DO_NOT)
    yield rule
    yield speech.tell(Plan.MEANWHILE), Style.STRONG
    yield speech.tell(Plan.CASH), Style.PLAIN
    yield speech.tell(Plan.SPARE, where=_spare(settings)), Style.PLAIN
    numbers = list(_numbers(settings, speech))
    if numbers:
        yield rule
        yield speech.tell(Plan.NUMBERS), Style.STRONG
        yield from numbers


def _call(
    owner: Owner, settings: Settings, speech: _Speech, *, with_quote: bool
) -> Iterator[tuple[str, Style]]:
    contact = settings.contacts.get(owner, Contact())
    who = contact.name or speech.name(OWNER_NAMES[owner])
    if not contact.phone:
        yield speech.tell(Plan.NO_PHONE, who=who, blank=BLANK), Style.STRONG
        return
    template = Say.CALL_HOURS if contact.hours else Say.CALL
    said = speech.say(template, who=who, phone=unbroken(contact.phone), hours=unbroken(contact.hours))
    yield said, Style.STRONG
    if contact.quote and with_quote:
        yield speech.say(Say.QUOTE, quote=contact.quote), Style.PLAIN


def _spare(settings: Settings) -> str:
    spare = cast("MaintenanceOptions", settings.options["maintenance"]).spare
    return spare.where if spare else BLANK


def _numbers(settings: Settings, speech: _Speech) -> Iterator[tuple[str, Style]]:
    """The paper hangs in the open: of a merchant's number, the end only."""
    lines = cast("PaymentLinesOptions", settings.options["payment_lines"]).lines
    settlement = cast("SettlementOptions", settings.options["settlement"])
    known = [(line.name, line.terminal_id, line.merchant_id) for line in lines]
    if settlement.terminal_id not in {terminal for _, terminal, _ in known}:
        name = speech.name(WORKS_NAMES[Capability.SETTLEMENT])
        known.append((name, settlement.terminal_id, settlement.merchant_id))
    for name, terminal, number in known:
        if terminal:
            merchant = f"*{number[-_SHOWN:]}" if number else BLANK
            yield speech.tell(Plan.LINE, line=name, terminal=terminal, merchant=merchant), Style.PLAIN
