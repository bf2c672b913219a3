"""Runs in, report out: what the supervisor and a single `poshealth check` share."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS, OWN_CONDITIONS, PROBE_ENDED
from agent.running.children import Ending
from agent.running.probe_run import AnyProbe, ProbeRun
from agent.settings.settings import Settings
from agent.tracker import Moment, Tracker
from vocabulary.absence import Absence, Closing
from vocabulary.condition import Condition
from vocabulary.question import Judgement, Question
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Clock, Diagnosis, Drill, Identity, Known, Report, SlipNote
from vocabulary.texts import facts_named
from vocabulary.version import VERSION
from vocabulary.work import Work


def now() -> Moment:
    return Moment(time.monotonic(), time.time())  # noqa: TID251  the agent's own clock


class Health:
    """The tracker, and what to say of it. `ended_early` counts the runs that did not finish, by probe.

    `closing` tells of a moment (wall seconds) when the store closes next, `drill` what is rehearsed,
    and `question` what is asked then.
    """

    def __init__(self, settings: Settings, conditions: Mapping[str, Condition] = ALL_CONDITIONS) -> None:
        self._settings = settings
        self._conditions = conditions
        self._tracker = Tracker(conditions)
        self._ended: dict[str, int] = {}
        self.ended_early: Counter[str] = Counter()
        self._own: dict[tuple[str, str], Reading] = {}
        self.slips: tuple[SlipNote, ...] = ()
        self.absences: Callable[[], tuple[Absence, ...]] = tuple
        self.closing: Callable[[float], Closing | None] = lambda _: None
        self.work: Callable[[], tuple[Work, ...]] = tuple
        self.drill: Callable[[float], Drill | None] = lambda _: None
        self.question: Callable[[float], Question | None] = lambda _: None
        self.judgements: Callable[[], tuple[Judgement, ...]] = tuple

    def take(self, probe: AnyProbe, run: ProbeRun, every_seconds: float, at: Moment) -> bool:
        """One probe's run; one that was ended early leaves UNKNOWN behind and is counted.

        Whether it found something failing that was not failing before.
        """
        failed = self._tracker.failing()
        early = None if run.complete else _reason(run.ending)
        readings = [self._tellable(reading) for reading in run.readings]
        self._tracker.take(probe.id, probe.conditions, readings, at, every_seconds, early)
        self.ended_early[probe.id] += not run.complete
        self._ended[probe.id] = 0 if run.complete else self._ended.get(probe.id, 0) + 1
        times = self._ended[probe.id]
        why = run.error if run.ending is Ending.DONE else f"{run.ending}; {run.error}"
        self.note(PROBE_ENDED.failing_if(times > 0, run.probe_id, times=times, why=why), at)
        return bool(self._tracker.failing() - failed)

    def _tellable(self, reading: Reading) -> Reading:
        """A fault whose sentences lack a fact cannot be told, and must not end whoever would tell it."""
        condition = self._conditions.get(reading.code)
        if reading.status is not Status.FAILING or condition is None:
            return reading
        missing = sorted(facts_named(condition) - reading.facts.keys() - {"subject"})
        if not missing:
            return reading
        print(f"poshealth: {reading.code} lacks the fact {missing[0]}", file=sys.stderr)
        return condition.unknown(Reason.PROBE_FAILED, reading.subject, because="a fact is missing")

    def leave_alone(
        self, probe: AnyProbe, readings: Iterable[Reading], every_seconds: float, at: Moment
    ) -> None:
        """A probe that was not run: its readings say why."""
        self._tracker.take(probe.id, probe.conditions, readings, at, every_seconds)

    def note(self, reading: Reading, at: Moment) -> None:
        """A reading of the agent's own; it never grows stale."""
        self._own[reading.identity] = reading
        said = {code for code, _ in self._own}
        own = [condition for condition in OWN_CONDITIONS if condition.code in said]
        self._tracker.take("", own, self._own.values(), at, float("inf"))

    def slept(self, seconds: float) -> None:
        """All that is known is older by so much."""
        self._tracker.grow_older(seconds)

    def next_visible(self, monotonic: float) -> float | None:
        return self._tracker.next_visible(monotonic)

    def diagnosis(self, at: Moment, *, debounce: bool = True) -> Diagnosis:
        return diagnose(self._tracker.known(at.monotonic, debounce=debounce), self._conditions)

    def known(self, at: Moment) -> tuple[Known, ...]:
        """Every last reading, one that only settles as failing already."""
        return self._tracker.known(at.monotonic, debounce=False)

    def report(
        self, at: Moment, spool_id: str, sequence: int, code: str = "", *, debounce: bool = True
    ) -> Report:
        """Everything of this moment as one object."""
        known = self._tracker.known(at.monotonic, debounce=debounce)
        terminal = self._settings.terminal
        return Report(
            identity=Identity(
                terminal=terminal.id,
                store=terminal.store,
                till=terminal.till,
                language=terminal.language,
                version=VERSION,
            ),
            boot_id=boot_id(),
            spool_id=spool_id,
            sequence=sequence,
            clock=_clock(at),
            code=code,
            diagnosis=diagnose(known, self._conditions),
            readings=known,
            slips=self.slips,
            absences=self.absences(),
            closing=self.closing(at.wall),
            work=self.work(),
            drill=self.drill(at.wall),
            question=self.question(at.wall),
            judgements=self.judgements(),
        )


def fingerprint(report: Report) -> bytes:
    """What must differ before a full report is due again: statuses and causes, not latencies or charges."""
    return msgspec.msgpack.encode(
        (
            report.boot_id,
            [(cause.code, cause.subjects) for cause in report.diagnosis.causes],
            [(entry.reading.code, entry.reading.subject, entry.reading.status) for entry in report.readings],
            [(slip.id, slip.fate) for slip in report.slips],
            report.absences,
            report.work,
            (report.drill.began, report.drill.ended) if report.drill else None,
            report.question,
            report.judgements,
        )
    )


def boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_synchronised() -> bool | None:
    """systemd-timesyncd leaves a file once the clock was set; without it nothing is claimed."""
    return True if Path("/run/systemd/timesync/synchronized").exists() else None


def _clock(at: Moment) -> Clock:
    boottime = time.clock_gettime(time.CLOCK_BOOTTIME)
    return Clock(wall=round(at.wall, 3), boottime=round(boottime, 3), synchronised=is_synchronised())


def _reason(ending: Ending) -> Reason:
    return Reason.TIMED_OUT if ending is Ending.TIMED_OUT else Reason.PROBE_FAILED
