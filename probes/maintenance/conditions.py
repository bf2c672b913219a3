"""What was planned: work that is due, a spare device to be tried, an outage that was announced."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Condition, Owner, Severity

_DUE: Final = "{task} (due {due}; {used} of {every} {unit})."
_BY_STAFF: Final = "Do it while nobody queues; note it with: poshealth maintenance add {subject}"
_BY_VISIT: Final = "Plan a visit for it; note it with: poshealth maintenance add {subject}"

DUE_SOON = Condition(
    code="maintenance.due-soon",
    title="Maintenance is due soon",
    text=_DUE,
    remedy=_BY_STAFF,
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    planned=True,
)
DUE = Condition(
    code="maintenance.due",
    title="Maintenance is due",
    text=_DUE,
    remedy=_BY_STAFF,
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    planned=True,
)
OVERDUE = Condition(
    code="maintenance.overdue",
    title="Maintenance is overdue",
    text=_DUE,
    remedy=_BY_STAFF,
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    planned=True,
)
VISIT_DUE_SOON = Condition(
    code="maintenance.visit-due-soon",
    title="A service visit is due soon",
    text=_DUE,
    remedy=_BY_VISIT,
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    planned=True,
)
VISIT_DUE = Condition(
    code="maintenance.visit-due",
    title="A service visit is due",
    text=_DUE,
    remedy=_BY_VISIT,
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    planned=True,
)
VISIT_OVERDUE = Condition(
    code="maintenance.visit-overdue",
    title="A service visit is overdue",
    text=_DUE,
    remedy=_BY_VISIT,
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    planned=True,
)
SPARE_NOT_READY = Condition(
    code="maintenance.spare-not-ready",
    title="Spare device: try it",
    text="Spare device ({where}): last tried {tried_on}; to be tried every {every} days.",
    remedy="Switch the spare device on and try it; note it with: poshealth maintenance add spare",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    planned=True,
)
DOWNTIME_AHEAD = Condition(
    code="maintenance.downtime-ahead",
    title="Outage announced",
    text="{who}: {what} announced down {span}.",
    remedy="Plan for cash meanwhile, and settle before it begins.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    planned=True,
)
DOWNTIME = Condition(
    code="maintenance.downtime",
    title="Announced outage",
    text="{who}: {what} announced down {span}.",
    remedy="Wait until {until}, then try again. Nobody need be called before.",
    avoid="Until settled: no reset, no swap, nothing deleted.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    planned=True,
)

BY_STAFF: Final = (DUE_SOON, DUE, OVERDUE)
BY_VISIT: Final = (VISIT_DUE_SOON, VISIT_DUE, VISIT_OVERDUE)
DOWNTIMES: Final = (DOWNTIME_AHEAD, DOWNTIME)
CONDITIONS: Final = (*BY_STAFF, *BY_VISIT, SPARE_NOT_READY, *DOWNTIMES)
