"""A report as the slip that was asked for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from agent.drill.rehearsal import as_if
from agent.slip.codes_only import without_addresses
from agent.slip.qr import qr_payload
from agent.slip.slips import Slip, cashier_slip, drill_slip, technician_slip
from vocabulary.contact import Contacts
from vocabulary.report import Report


class Order(Struct, frozen=True, kw_only=True):
    """Which slip: `before` is the report from before the repair, for the technician's. `drill`: the rehearsed
    one, where a drill is on. `plan`: the emergency plan, which needs no report.
    """

    language: Literal["en", "zh"]
    technician: bool = False
    before: Report | None = None
    plan: bool = False
    drill: bool = False


def compose(
    report: Report, contacts: Contacts, order: Order, columns: int, key: bytes, *, addresses: bool = True
) -> Slip:
    """Both readers' slips come from the one report; the QR only where there is a key to sign it.

    Without `addresses` codes stand in the place of addresses, host names and ports.
    """
    if order.drill and report.drill_on:
        rehearsed = as_if(report, report.drill_on)
        alone = not report.diagnosis.faults
        report = rehearsed if addresses else without_addresses(rehearsed)
        return drill_slip(report, contacts, order.language, columns, alone=alone)
    before = order.before
    if not addresses:
        report, before = without_addresses(report), without_addresses(before) if before else None
    qr = qr_payload(report, key) if key and report.sequence else ""
    if order.technician or before is not None:
        return technician_slip(report, contacts, order.language, columns, before, qr=qr)
    return cashier_slip(report, contacts, order.language, columns, qr=qr)
