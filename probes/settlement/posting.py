"""Whether what was sold is posted (入账) in the acquirer's time, above all after another settlement card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from probes.memory import Memory, MemoryFullError
from probes.settlement import binding, posting_time
from probes.settlement.binding import PARTS, Bound
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.posting_conditions import (
    AFTER_A_CHANGE,
    AWAITED,
    BACKLOG,
    CHANGED_OFTEN,
    NONE_SINCE_CHANGE,
)
from probes.settlement.posting_time import PostingTime, posted_by
from probes.settlement.questions import Posted, Sold, Unposted
from probes.till import Till
from vocabulary.calendar import Calendar
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading, Reason

OFTEN: Final = 3  # a change and its correction are two
OFTEN_SECONDS: Final = 30 * 86400.0
NO_FILE: Final = "not all of binding_files can be read"
_DAY_SECONDS: Final = 86400.0


class Look(Struct, frozen=True):
    """One round's look at it. `unread`: why a part that is to be looked at was not."""

    journal: Journal
    options: SettlementOptions
    calendar: Calendar
    bound: Bound
    unread: str = ""

    @property
    def today(self) -> date:
        return self.calendar.business_date(self.journal.now)

    def day(self, at: float) -> str:
        return self.calendar.local(at).date().isoformat()


def read_posting(
    journal: Journal, options: SettlementOptions, calendar: Calendar, till: Till, memory: Memory
) -> Iterator[Reading]:
    """1. Has anything changed that decides whom the money goes to? 2. What was sold since, and posted?
    3. The acquirer's time counts from then; without a change from each sale.
    """
    before = binding.recall(memory)
    parts = binding.look(journal, options, till, before.key)
    try:
        bound = _bound(journal, before, parts, memory)
    except MemoryFullError:
        for condition in (*AFTER_A_CHANGE, BACKLOG):
            yield condition.unknown(Reason.PROBE_FAILED, because="no room to remember it")
        return
    unread = NO_FILE if options.binding_files and not parts["files"] else ""
    look = Look(journal, options, calendar, bound, unread)
    if not bound.parts:
        for condition in AFTER_A_CHANGE:
            yield condition.unknown(Reason.NOT_SET_UP, because="nothing tells whom the money goes to")
        yield _backlog(look, "")
        return
    readings = tuple(_after_a_change(look))
    yield from readings
    yield _often(look)
    waits = next((each.code for each in readings if each.status == "failing"), "")
    yield _backlog(look, waits)


def _bound(journal: Journal, before: Bound, parts: Mapping[str, str], memory: Memory) -> Bound:
    """Raise MemoryFullError."""
    bound = binding.seen(before, parts, journal.now)
    if bound.since:
        bound = _since_the_change(journal, bound)
    if bound != before:
        binding.remember(memory, bound)
    return bound


def _since_the_change(journal: Journal, bound: Bound) -> Bound:
    """The wait is over with the first posting; it is one for money from the first sale on."""
    try:
        sold = journal.row(Sold, since=bound.since) or Sold()
        posted = journal.row(Posted, since=bound.since) or Posted()
    except NotToldError:
        return bound
    if posted.posted:
        return replace(bound, since=0.0, sold_at=0.0)
    if sold.sales and not bound.sold_at:
        return replace(bound, sold_at=sold.first_at or sold.newest_at or journal.now)
    return bound


def _after_a_change(look: Look) -> Iterator[Reading]:
    bound, options = look.bound, look.options
    facts: dict[str, Fact] = {"binding": bound.fingerprint, "changes": len(bound.changes)}
    if not bound.since:
        if look.unread:
            yield NONE_SINCE_CHANGE.unknown(Reason.NOT_TESTED, "", because=look.unread, through=(), **facts)
        else:
            yield NONE_SINCE_CHANGE.ok("", through=(), **facts)
        yield AWAITED.ok()
        return
    try:
        sold = look.journal.row(Sold, since=bound.since) or Sold()
        look.journal.row(Posted, since=bound.since)
    except NotToldError as gap:
        for condition in (NONE_SINCE_CHANGE, AWAITED):
            yield condition.unknown(gap.reason, because=gap.because)
        return
    last_day = _expected(look)
    if last_day is None:
        for condition in (NONE_SINCE_CHANGE, AWAITED):
            yield _no_working_days(look, condition)
        return
    calendar, since = look.calendar, bound.since
    facts |= {
        **_whose(options),
        "part": _part(bound, since),
        "changed": look.day(since),
        "sales": sold.sales,
        "posted": 0,
        "working_days": posting_time.working_days_passed(calendar, calendar.business_date(since), look.today),
        "expected": last_day.isoformat(),
    }
    is_late = look.today > last_day
    yield NONE_SINCE_CHANGE.failing_if(is_late and sold.sales > 0, "", through=(), **facts)
    yield AWAITED.failing_if(not is_late, "", through=(), **facts)


def _expected(look: Look) -> date | None:
    """The last day on which what was sold since the change is in time; None where no calendar tells."""
    calendar, options, bound = look.calendar, look.options, look.bound
    effect = PostingTime(options.change_days, are_working=True)
    days = [posted_by(calendar, effect, calendar.business_date(bound.since))]
    if bound.sold_at:
        usual = posting_time.parse(options.posting_days)
        days.append(posted_by(calendar, usual, calendar.business_date(bound.sold_at)))
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def _often(look: Look) -> Reading:
    """Said only while nothing is posted: who gets the money does not ask how often."""
    now, bound = look.journal.now, look.bound
    recent = [each for each in bound.changes if now - each.at <= OFTEN_SECONDS]
    if not bound.since or len(recent) < OFTEN:
        return CHANGED_OFTEN.ok()
    return CHANGED_OFTEN.failing(
        "",
        through=(),
        **_whose(look.options),
        changes=len(recent),
        span_days=max(1, round((now - recent[0].at) / _DAY_SECONDS)),
        last_change=look.day(recent[-1].at),
        part=_part(bound, recent[-1].at),
    )


def _backlog(look: Look, waits: str) -> Reading:
    """`waits`: the code of what is said of a change; what was sold since is told there."""
    if waits:
        return BACKLOG.unknown(Reason.NOT_TESTED, because=waits)
    try:
        found = look.journal.row(Unposted) or Unposted()
    except NotToldError as gap:
        return BACKLOG.unknown(gap.reason, because=gap.because)
    if not found.unposted:
        return BACKLOG.ok(unposted=0)
    if found.oldest_at is None:
        return BACKLOG.unknown(Reason.NOT_TESTED, because="the books do not tell since when they wait")
    usual = posting_time.parse(look.options.posting_days)
    last_day = posted_by(look.calendar, usual, look.calendar.business_date(found.oldest_at))
    if last_day is None:
        return _no_working_days(look, BACKLOG)
    return BACKLOG.failing_if(
        look.today > last_day,
        "",
        through=(),
        **_whose(look.options),
        unposted=found.unposted,
        oldest=look.day(found.oldest_at),
        expected=last_day.isoformat(),
    )


def _no_working_days(look: Look, condition: Condition) -> Reading:
    country = look.options.calendar.country if look.options.calendar else ""
    if not country:
        return condition.unknown(Reason.NOT_SET_UP, because="country is not set: no working days are known")
    if not look.calendar.days:
        return condition.unknown(Reason.NOT_TESTED, because=f"no public calendar of {country} is known here")
    return condition.unknown(Reason.NOT_TESTED, because="working days are not published that far")


def _whose(options: SettlementOptions) -> dict[str, Fact]:
    return {"terminal_id": options.terminal_id or "-", "merchant": options.merchant}


def _part(bound: Bound, at: float) -> str:
    """What changed then; several are told by the most telling one."""
    change = next((each for each in bound.changes if each.at >= at), None)
    names = change.parts if change else ()
    return PARTS[next((name for name in PARTS if name in names), "account")]
