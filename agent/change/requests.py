"""Who begins or ends work at the till over the control socket, and what is answered."""

from __future__ import annotations

from agent.change.journal import WorkError, WorkJournal
from agent.change.preflight import preflight
from agent.control import Request
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.own_conditions import WORK_OPEN

Answer = dict[str, object]


def begin_work(
    journal: WorkJournal, heartbeats: Heartbeats, request: Request, account: str, held_seconds: float
) -> Answer:
    """`account` asks. The look before it is the daemon's own, and so is what speaks `against` it: then there
    is `work` only where it was asked for `anyway`. `held_seconds`: how long the POS keeps us off the printer.
    """
    at = now()
    report = heartbeats.of_now(at, debounce=False)
    found = preflight(report, held_seconds)
    if found and not request.anyway:
        return {"against": found}
    try:
        work = journal.begin(
            request.reason, account, report, tuple(each.words("en") for each in found), at.wall
        )
    except WorkError as error:
        return {"error": str(error)}
    return {"against": found, "work": work}


def end_work(journal: WorkJournal, health: Health, heartbeats: Heartbeats) -> Answer:
    """With both looks."""
    at = now()
    health.note(WORK_OPEN.ok(), at)  # the reminder itself is nothing that became worse
    report = heartbeats.of_now(at, debounce=False)
    try:
        before, work = journal.end(report, at.wall)
    except WorkError as error:
        return {"error": str(error)}
    return {"work": work, "before": before, "after": report}
