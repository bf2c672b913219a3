"""Ten evenings of one store's till as the product diagnoses them, for the tests and pictures of slips."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS, HEAD_OFFICE_UNREACHABLE
from agent.settings.settings import Settings, Terminal
from probes.maintenance import conditions as planned
from probes.maintenance.options import MaintenanceOptions, Spare
from probes.network.conditions import NO_WAY, RESOLVER_REFUSING
from probes.path import conditions as firewall
from probes.payment_lines import conditions as lines
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.power import conditions as power
from probes.receipt_printer import conditions as printer
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from probes.settlement.conditions import OVERDUE
from probes.settlement.options import SettlementOptions
from probes.settlement.posting_conditions import NONE_SINCE_CHANGE
from probes.software.conditions import VERSION_TOO_OLD
from tests.agent.till_readings import (
    CARD_LINE,
    CARD_PORT,
    PRINTER,
    QR_LINE,
    QR_PORT,
    ROUTER,
    UPS,
    failing,
    not_tested,
    subjects,
    well,
)
from vocabulary.condition import Capability, Condition, Owner
from vocabulary.contact import Contact, Contacts
from vocabulary.reading import Fact, Reading, Status
from vocabulary.report import Clock, Identity, Known, Report

KEY: Final = b"a terminal's key of 32 bytes ..."
NOW: Final = datetime(2026, 11, 21, 21, 52, tzinfo=UTC).timestamp()
SINCE: Final = NOW - 12 * 60
CARD, QR, RECEIPTS, SETTLEMENT, REPORTING, UPS_HOLDS = Capability

CONTACTS: Final[dict[str, Contacts]] = {
    "en": {
        Owner.TECHNICIAN: Contact(name="technician", phone="555-0138", hours="8:00-22:00"),
        Owner.SITE_IT: Contact(name="network team", phone="555-0100", hours="24 h"),
        Owner.LINE_PROVIDER: Contact(name="line provider", phone="555-0110", quote="line 0755-1234"),
        Owner.POWER_COMPANY: Contact(name="power company", phone="555-0105"),
        Owner.ACQUIRER: Contact(name="acquirer", phone="555-0116", hours="24 h"),
        Owner.HEAD_OFFICE: Contact(name="head office", phone="555-0120", hours="9:00-18:00"),
        Owner.SOFTWARE_VENDOR: Contact(name="POS vendor", phone="555-0142"),
    },
    "zh": {
        Owner.TECHNICIAN: Contact(name="技术员", phone="138-0000-0138", hours="8:00-22:00"),
        Owner.SITE_IT: Contact(name="网络组", phone="400-000-0000", hours="全天"),
        Owner.LINE_PROVIDER: Contact(name="宽带", phone="10000", quote="宽带号0755-1234"),
        Owner.POWER_COMPANY: Contact(name="供电", phone="95598"),
        Owner.ACQUIRER: Contact(name="收单", phone="400-000-0001", hours="全天"),
        Owner.HEAD_OFFICE: Contact(name="总部", phone="400-000-0002", hours="9:00-18:00"),
        Owner.SOFTWARE_VENDOR: Contact(name="软件商", phone="400-000-0003"),
    },
}


def report(*changes: Reading, since: float = SINCE) -> Report:
    """The till's round with these readings in the place of its healthy ones."""
    merged = well() | {reading.identity: reading for reading in (*VERSIONS, *changes)}
    known = tuple(
        Known(reading=each, since=NOW - 86_400 if each.status is Status.OK else since, age_seconds=4.0)
        for each in merged.values()
    )
    return Report(
        identity=Identity(terminal="0412-2", store="0412", till="2", version="0.1.0"),
        boot_id="3f6b1f4e-68b5-4b52-9dd5-6e2c0a3a9c11",
        spool_id="5f0c1d2e3a4b",
        sequence=1837,
        clock=Clock(wall=NOW, boottime=86_400.0, synchronised=True),
        code="7K4P-2Q",
        diagnosis=diagnose(known, ALL_CONDITIONS),
        readings=known,
    )


def stopped_line(line: str, condition: Condition, **facts: Fact) -> Iterator[Reading]:
    """What is said of the only line of its kind that stops there: nothing beyond was tested."""
    group = next(group for group in lines.LADDER if condition in group)
    beyond = [each for later in lines.LADDER[lines.LADDER.index(group) + 1 :] for each in later]
    if lines.TLS[0] in beyond:
        beyond += (lines.CLOCK_AT_FAULT, lines.TLS_PIN_MISMATCH, firewall.MTU_BLACK_HOLE)
    for each in (*beyond, *lines.QUALITY):
        if line in subjects(each):
            yield not_tested(each, line, condition.code)
    yield failing(condition, line, **facts)
    yield failing(lines.LINE_DOWN, line, **facts)
    yield failing(lines.QR_LINES_DOWN if line == QR_LINE else lines.CARD_LINES_DOWN, "", lines=line)


def blocked(condition: Condition, explained: Condition) -> Iterator[Reading]:
    """The card line's port, and the line over it."""
    yield failing(condition, CARD_PORT)
    yield from stopped_line(CARD_LINE, explained, host="10.8.3.2")


VERSIONS: Final = (
    VERSION_TOO_OLD.ok("openssl", installed="3.0.15-1", wanted="3.0.9"),
    printer.NO_ANSWER.ok(
        PRINTER, port="/dev/ttyS0", setting="9600 8N1", model="SP-POS88V", serial_number="A1D2217"
    ),
)

QR_HOST: Final[dict[str, Fact]] = {
    "host": "pay.wallet.example",
    "port": 443,
    "resolvers": ROUTER,
    "seen": "the name servers fail",
}

ALL_WELL: Final = report(
    printer.NEAR_END.ok(PRINTER, port="/dev/ttyS0", setting="9600 8N1", paper_lasts_days=6)
)

NEAR_END: Final = report(failing(printer.NEAR_END, PRINTER, replies="16 12 12 1E", setting="9600 8N1"))

PAPER_OUT: Final = report(
    failing(printer.PAPER_OUT, PRINTER, replies="1E 32 12 7E", setting="9600 8N1"),
    failing(printer.NEAR_END, PRINTER, replies="1E 32 12 7E", setting="9600 8N1"),
    failing(printer.OFFLINE, PRINTER, replies="1E 32 12 7E"),
)

PRINTER_SILENT: Final = report(
    failing(printer.NO_ANSWER, PRINTER),
    *(
        not_tested(each, PRINTER, printer.NO_ANSWER.code)
        for each in RECEIPT_PRINTER.conditions
        if each not in (*printer.THERE, printer.NO_ANSWER)
    ),
)

FIREWALL: Final = report(*blocked(firewall.PORT_DROPPED, lines.DROPPED))

TLS_EXPIRED: Final = report(*stopped_line(CARD_LINE, lines.TLS_EXPIRED))

MAINS_OFF: Final = report(
    failing(power.UPS_ON_BATTERY, UPS, ups_status="OB DISCHRG", ups_model="TG-BOX 850", load_percent=23),
    not_tested(power.UPS_NOT_CHARGED, UPS, power.UPS_ON_BATTERY.code),
    since=NOW - 20,
)

LINE_DOWN: Final = report(
    *blocked(NO_WAY, lines.UNREACHABLE),
    failing(RESOLVER_REFUSING, ROUTER, name="pay.wallet.example"),
    *(not_tested(each, QR_PORT, RESOLVER_REFUSING.code) for each in firewall.PATH),
    *stopped_line(QR_LINE, lines.NAME_NOT_FOUND, **QR_HOST),
    failing(HEAD_OFFICE_UNREACHABLE, ""),
)
"""The store's router is well and knows no way out: it can neither reach the acquirer nor look a name up."""

BEFORE: Final = replace(
    report(*blocked(NO_WAY, lines.UNREACHABLE), failing(printer.PAPER_OUT, PRINTER)),
    clock=replace(LINE_DOWN.clock, wall=SINCE + 60),
    sequence=1835,
    code="3MQ9-XT",
)
"""The same till when the technician came: no line and no paper."""

NOT_SETTLED: Final = report(failing(OVERDUE, ""), since=NOW - 86_400)

CARD_CHANGE: Final = report(failing(NONE_SINCE_CHANGE, ""), since=NOW - 2 * 86_400)

SITUATIONS: Final = {
    "all-well": ALL_WELL,
    "near-end": NEAR_END,
    "paper-out": PAPER_OUT,
    "printer-silent": PRINTER_SILENT,
    "firewall": FIREWALL,
    "tls-expired": TLS_EXPIRED,
    "mains-off": MAINS_OFF,
    "line-down": LINE_DOWN,
    "not-settled": NOT_SETTLED,
    "card-change": CARD_CHANGE,
}

_REMINDED: Final = {
    "en": failing(planned.DUE, "print-head"),
    "zh": failing(planned.DUE, "print-head", task="清洁打印头"),
}
_ANNOUNCED: Final = {
    "en": [failing(planned.DOWNTIME, each) for each in (CARD_LINE, CARD_PORT)],
    "zh": [failing(planned.DOWNTIME, each, who="收单") for each in (CARD_LINE, CARD_PORT)],
}
PLANNED: Final = {
    "reminder": {language: report(reading) for language, reading in _REMINDED.items()},
    "announced-outage": {
        language: report(*readings, *stopped_line(CARD_LINE, lines.DROPPED))
        for language, readings in _ANNOUNCED.items()
    },
}
"""By language: the store's own words stand in them."""

_CARD: Final = Line(
    name="card/primary",
    host="10.8.3.2",
    port=8583,
    echo="0800/301 bcd",
    terminal_id="10480412",
    merchant_id="898440350000412",
)
PLANS: Final = {
    language: Settings(
        terminal=Terminal(id="0412-2", store="0412", till="2"),
        contacts=dict(CONTACTS[language]),
        options={
            "maintenance": MaintenanceOptions(spare=Spare(where=where)),
            "payment_lines": PaymentLinesOptions(lines=(_CARD,)),
            "settlement": SettlementOptions(),
        },
    )
    for language, where in (("en", "back office, top shelf"), ("zh", "后间 上层货架"))
}
"""Of the emergency plan."""
