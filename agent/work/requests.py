"""Who begins or ends work at the till over the control socket, and what is answered."""

from __future__ import annotations

from agent.control import Request
from agent.health import now
from agent.heartbeat import Heartbeats
from agent.work.journal import WorkError, WorkJournal


def answer_work(journal: WorkJournal, heartbeats: Heartbeats, request: Request) -> dict[str, object]:
    """The looks before and after are the daemon's own, taken from the last readings as they are."""
    at = now()
    report = heartbeats.of_now(at, debounce=False)
    try:
        if request.do == "begin-change":
            return {"work": journal.begin(request.reason, report, request.warned, at.wall)}
        before, work = journal.end(report, at.wall)
    except WorkError as error:
        return {"error": str(error)}
    return {"work": work, "before": before, "after": report}
