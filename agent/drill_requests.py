"""What a person may ask of a drill, and what stands against it."""

from __future__ import annotations

from agent.control import Request
from agent.drill import rehearsal
from agent.drill.drills import Drills
from agent.health import Health
from agent.heartbeat import Heartbeats
from agent.own_conditions import ALL_CONDITIONS
from agent.tracker import Moment
from vocabulary.condition import SALES
from vocabulary.report import DrillEnding

Answer = dict[str, object]


def begin_drill(
    drills: Drills, heartbeats: Heartbeats, health: Health, request: Request, *, by: str, at: Moment
) -> Answer:
    """With the drill that is on from now; or with an error, and whatever was on goes on. `by`: an account."""
    condition = ALL_CONDITIONS.get(request.code)
    if condition is None:
        import difflib  # noqa: PLC0415  for a mistake, not for the daemon's life

        near = difflib.get_close_matches(request.code, ALL_CONDITIONS, n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        return {"error": f"no condition {request.code}{hint}"}
    if condition.planned:
        return {"error": f"{request.code} is no fault: there is nothing to rehearse"}
    diagnosis, known = health.diagnosis(at), health.known(at)
    if SALES.intersection(diagnosis.lost):
        title = diagnosis.causes[0].words["en"].title
        return {"error": f"a real fault is there ({title}): no drill while a part of a sale is lost"}
    possible = rehearsal.subjects(condition, known)
    if request.subject and request.subject not in possible:
        there = ", ".join(possible[:10]) or "none"
        return {"error": f"{request.subject} is nothing that this till looks at; there are: {there}"}
    cause = rehearsal.rehearsed(condition, request.subject, known, ALL_CONDITIONS, at.wall)
    _end_the_one_before(drills, heartbeats, at)
    return {"drill": drills.begin(cause, by, request.minutes, diagnosis, at)}


def end_drill(drills: Drills, at: Moment) -> Answer:
    return {"ended": drills.end(DrillEnding.ASKED, at)}


def _end_the_one_before(drills: Drills, heartbeats: Heartbeats, at: Moment) -> None:
    """A report tells of one drill: that of its end does not wait until the round is over."""
    drills.end(DrillEnding.ASKED, at)
    if heartbeats.last is None:
        return
    before, told = drills.shown(at.wall), heartbeats.last.report.drill
    if before and (told is None or (told.began, told.ended) != (before.began, before.ended)):
        heartbeats.put_end_of_drill(at)
