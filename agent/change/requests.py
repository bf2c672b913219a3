"""Who begins or ends work at the till over the control socket, and what is answered."""

from __future__ import annotations

from agent.change.journal import WorkError, WorkJournal
from agent.control import Request
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.own_conditions import WORK_OPEN


def answer_work(
    journal: WorkJournal, health: Health, heartbeats: Heartbeats, request: Request, account: str
) -> dict[str, object]:
    """`account` asks. Both looks are the daemon's own, taken from the last readings as they are."""
    at = now()
    try:
        if request.do == "begin-change":
            report = heartbeats.of_now(at, debounce=False)
            work = journal.begin(request.reason, account, report, request.warned, at.wall)
            return {"work": work}
        health.note(WORK_OPEN.ok(), at)  # the reminder itself is nothing that became worse
        report = heartbeats.of_now(at, debounce=False)
        before, work = journal.end(report, at.wall)
    except WorkError as error:
        return {"error": str(error)}
    return {"work": work, "before": before, "after": report}
