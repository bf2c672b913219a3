"""What goes into the outbox: a full report on change and every so often, else a pulse."""

from __future__ import annotations

import msgspec

from agent.drill.rehearsal import as_if
from agent.health import Health, fingerprint
from agent.outbox.outbox import Outbox
from agent.sending.dispatch import Unreached
from agent.slip.qr import read_aloud_code
from agent.slip.slips import Slip, cashier_slip, drill_slip
from agent.tracker import Moment
from vocabulary.contact import Contacts
from vocabulary.report import Drill, Report
from vocabulary.texts import LANGUAGES
from vocabulary.wire import Full, Outage, Pulse

SLIP_COLUMNS = 32  # the narrowest roll: it fits every page
# Facts that change without a status (latency, charge) are so many heartbeats old at most: 4 hours of 60 s.
# A full report is as long as 70 pulses: one every 15 heartbeats was four fifths of all bytes of a quiet day.
FULL_EVERY = 240


class Heartbeats:
    """`key` makes the read-aloud code; `last` is the newest full report."""

    def __init__(self, health: Health, outbox: Outbox, key: bytes, contacts: Contacts) -> None:
        self._health = health
        self._contacts = contacts
        self._outbox = outbox
        self._key = key
        self._fingerprint = b""
        self._pulses = 0
        self.last: Full | None = None

    def take_contacts(self, contacts: Contacts) -> None:
        """Others are told with the next heartbeat: they are on the slip."""
        if contacts != self._contacts:
            self._contacts = contacts
            self._fingerprint = b""

    def changed(self, at: Moment) -> bool:
        """Whether a full report would say something else than the last one."""
        return self.last is None or fingerprint(self._report("", 0, at)) != self._fingerprint

    def of_now(self, at: Moment, *, debounce: bool) -> Report:
        """For a person beside the till: under the number and code that head office has."""
        sequence, code = (self.last.sequence, self.last.report.code) if self.last else (0, "")
        return self._health.report(at, self._outbox.spool_id, sequence, code, debounce=debounce)

    def drill_slips(self, at: Moment) -> dict[str, tuple[str, ...]]:
        """What the staff see of the drill that is on, by language."""
        drill = self._drill(self.of_now(at, debounce=True))
        return drill.slip if drill else {}

    def put(self, at: Moment, *, full: bool = False, unreached: Unreached | None = None) -> None:
        """Commit one heartbeat; the caller wakes the courier. While head office is not reached, rounds in
        which nothing changed are one record.
        """
        is_due = self._pulses >= FULL_EVERY and unreached is None
        if full or is_due or self.changed(at):
            self._outbox.put(lambda spool, number: self._full(spool, number, at))
        else:
            self._outbox.put(lambda spool, number: self._unchanged(spool, number, at, unreached))

    def put_end_of_drill(self, at: Moment) -> None:
        """In a full report with what the last one found, as old as that is: a round may be under way, and
        half of one is not judged. Nothing where nothing was reported yet.
        """
        if (last := self.last) is not None:
            self._outbox.put(lambda spool, number: self._full(spool, number, at, found=last.report))

    def _unchanged(
        self, spool: str, number: int, at: Moment, unreached: Unreached | None
    ) -> Full | Pulse | Outage:
        """Nothing is unchanged in a new spool: there it is a full report."""
        if self.last is None or spool != self.last.report.spool_id:
            return self._full(spool, number, at)
        since, now = self.last.sequence, round(at.wall, 1)
        self._pulses += 1
        if unreached is None:
            return Pulse(sequence=number, at=now, unchanged_since=since)
        return Outage(
            sequence=number,
            through=number,
            began=round(at.wall - (at.monotonic - unreached.since), 1),
            ended=now,
            unchanged_since=since,
            cause=unreached.cause,
        )

    def _full(self, spool: str, number: int, at: Moment, *, found: Report | None = None) -> Full:
        report = self._report(spool, number, at)
        if found:
            report = _as_found_in(found, report)
        full = Full(sequence=number, report=self._with_slip(report))
        self.last = full
        self._fingerprint = fingerprint(full.report)
        self._pulses = 0
        return full

    def _report(self, spool: str, sequence: int, at: Moment) -> Report:
        code = read_aloud_code(self._key, spool, sequence) if self._key and sequence else ""
        return self._health.report(at, spool, sequence, code)

    def _with_slip(self, report: Report) -> Report:
        """What the cashier holds in hand, for whoever is called: the same lines."""
        slips = {
            language: _lines(cashier_slip(report, self._contacts, language, SLIP_COLUMNS))
            for language in LANGUAGES
        }
        return msgspec.structs.replace(report, slip=slips, drill=self._drill(report))

    def _drill(self, report: Report) -> Drill | None:
        """While it is on, with the slip that the staff see."""
        if report.drill_on is None:
            return report.drill
        rehearsed, alone = as_if(report, report.drill_on), not report.diagnosis.faults
        slips = {
            language: _lines(drill_slip(rehearsed, self._contacts, language, SLIP_COLUMNS, alone=alone))
            for language in LANGUAGES
        }
        return msgspec.structs.replace(report.drill_on, slip=slips)


def _as_found_in(before: Report, report: Report) -> Report:
    """What it says of this moment beside what was found then."""
    passed = report.clock.boottime - before.clock.boottime
    readings = tuple(
        msgspec.structs.replace(known, age_seconds=known.age_seconds + passed) for known in before.readings
    )
    return msgspec.structs.replace(report, diagnosis=before.diagnosis, readings=readings)


def _lines(slip: Slip) -> tuple[str, ...]:
    return tuple(line.text for line in slip.lines)
