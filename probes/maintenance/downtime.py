"""Outages that were announced: told before, and while they last an explanation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from probes.maintenance.conditions import DOWNTIME, DOWNTIME_AHEAD
from probes.maintenance.options import Downtime
from vocabulary.calendar import Calendar
from vocabulary.reading import Reading, Reason

_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`

_EARLY: Final = timedelta(minutes=2)  # hosts go a little before their time, and this is read once a minute


def read_downtimes(
    downtimes: Sequence[Downtime], announce_hours: float, calendar: Calendar, wall: float
) -> Iterator[Reading]:
    """Each line by the announcement that is nearest to it. `wall` in seconds since 1970 UTC."""
    now = calendar.local(wall).replace(tzinfo=None)
    if not downtimes:
        yield DOWNTIME_AHEAD.unknown(Reason.NOT_SET_UP)
        yield DOWNTIME.unknown(Reason.NOT_SET_UP)
    by_line: dict[str, Downtime | None] = {}
    for one in downtimes:
        for line in one.lines or ("",):
            by_line[line] = _nearer(by_line.get(line), one, now)
    for line, nearest in by_line.items():
        lasts = nearest is not None and nearest.begins - _EARLY <= now
        ahead = nearest is not None and not lasts
        is_near = nearest is not None and nearest.begins - now <= timedelta(hours=announce_hours)
        facts = _facts(nearest, calendar, now) if nearest and (is_near or lasts) else {}
        yield DOWNTIME_AHEAD.failing_if(ahead and is_near, line, **facts)
        yield DOWNTIME.failing_if(lasts, line, **facts)


def _nearer(known: Downtime | None, one: Downtime, now: datetime) -> Downtime | None:
    """Of those that are not over: the one that lasts longest of what has begun, else what begins first."""
    if one.ends <= now:
        return known
    if known is None:
        return one
    if max(known.begins, one.begins) - _EARLY <= now:
        return max(known, one, key=lambda each: each.ends)
    return min(known, one, key=lambda each: each.begins)


def _facts(one: Downtime, calendar: Calendar, now: datetime) -> _Facts:
    """Hours and minutes as people say them; with the day where it is not today."""
    return {
        "who": one.who,
        "what": one.what,
        "span": f"{_said(one.begins, now)}-{_said(one.ends, one.begins)}",
        "until": _said(one.ends, now),
        "begins": _instant(one.begins, calendar),
        "ends": _instant(one.ends, calendar),
    }


def _instant(moment: datetime, calendar: Calendar) -> str:
    return calendar.said(moment.replace(tzinfo=calendar.zone).timestamp())


def _said(moment: datetime, beside: datetime) -> str:
    return f"{moment:%H:%M}" if moment.date() == beside.date() else f"{moment:%Y-%m-%d %H:%M}"
