"""What one round found, as one object that slip, screen and head office all read."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from vocabulary.absence import Absence, Closing
from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.question import Judgement, Question
from vocabulary.reading import Reading, Reason, Status
from vocabulary.work import Work


class Words(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cause in one language, as the terminal says it."""

    title: str
    text: str
    remedy: str
    avoid: str = ""
    prepare: str = ""


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One condition failing on one or more subjects, and what follows from it.

    `severity` and `stops` are the worst of the condition's own and its consequences'. `since` is seconds
    since 1970 UTC by the terminal's clock. `words` maps "en" and "zh" to sentences, `consequence_titles` each
    consequence's code to its title in both. `planned`: known beforehand, and no fault.
    """

    code: str
    subjects: tuple[str, ...]
    owner: Owner
    severity: Severity
    words: dict[str, Words]
    since: float
    stops: tuple[Capability, ...] = ()
    rung: Rung | None = None
    consequences: tuple[tuple[str, str], ...] = ()
    consequence_titles: dict[str, dict[str, str]] = {}
    planned: bool = False

    @property
    def is_reminder(self) -> bool:
        """What was planned and stops nothing: it is said, but it is nothing wrong."""
        return self.planned and not self.consequences


class Untested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    code: str
    subject: str = ""
    reason: Reason
    because: str = ""


class Step(Struct, frozen=True):
    """A rung of one line's ladder: OK, FAILING, or UNKNOWN for "not tested"."""

    rung: Rung
    status: Status


class Ladder(Struct, frozen=True, kw_only=True):
    line: str
    steps: tuple[Step, ...]


class Diagnosis(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`causes[0]` is the headline, the rest are "also", reminders last. `works` holds only what was just
    probed; `unseen` is what this till cannot judge because a part of it goes another way.
    """

    causes: tuple[Cause, ...] = ()
    untested: tuple[Untested, ...] = ()
    lost: tuple[Capability, ...] = ()
    works: tuple[Capability, ...] = ()
    unseen: tuple[Capability, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    checks: int = 0
    healthy: int = 0

    @property
    def faults(self) -> tuple[Cause, ...]:
        return tuple(cause for cause in self.causes if not cause.is_reminder)

    @property
    def reminders(self) -> tuple[Cause, ...]:
        return tuple(cause for cause in self.causes if cause.is_reminder)


class Identity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who speaks. `terminal` is unique at head office."""

    terminal: str
    store: str = ""
    till: str = ""
    language: str = "en"
    version: str = ""


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`wall` and `boottime` in seconds; `synchronised` is None where the kernel would not say."""

    wall: float
    boottime: float
    synchronised: bool | None = None


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reading as the tracker keeps it: since when, and how old by now."""

    reading: Reading
    since: float
    age_seconds: float = 0.0


class Occasion(StrEnum):
    """Why a slip is printed: a cause came, all causes went, a time of day, or a person asked."""

    CAUSE = "cause"
    RECOVERY = "recovery"
    TIME = "time"
    ASKED = "asked"


class Fate(StrEnum):
    """What became of a slip. Only a WAITING one may be sent.

    SENDING: it may lie on the paper already. ACCEPTED: the printer processed it, which is less than PRINTED.
    UNKNOWN: sent, and nobody can say whether it was printed; it is never sent again.
    """

    WAITING = "waiting"
    SENDING = "sending"
    PRINTED = "printed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    NOT_SENT = "not-sent"
    DROPPED = "dropped"


class SlipNote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One slip of this terminal. `at`: when it got this fate, seconds since 1970 UTC by its own clock."""

    id: str
    occasion: Occasion
    wanted_at: float
    at: float
    fate: Fate
    because: str = ""


class DrillEnding(StrEnum):
    """Why a drill is over: its time came, a person ended it, or a real cause came."""

    TIME = "time"
    ASKED = "asked"
    CAUSE = "cause"


class Drill(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fault that is rehearsed: nothing of `cause` is true, and it is none of the diagnosis' causes.

    `began`, `until` (when it ends by itself) and `ended` (0 while it is on) are seconds since 1970 UTC by the
    terminal's clock. `by` is the account that began it. `ending` is a DrillEnding, or a newer terminal's own
    word. `slip` is the slip that the staff see, by language, while it is on.
    """

    cause: Cause
    by: str
    began: float
    until: float
    ended: float = 0.0
    ending: str = ""
    slip: dict[str, tuple[str, ...]] = {}


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One terminal's whole state. `code` is what a person reads out to find it again.

    `slip` is this report as a cashier's slip, by language; `slips` are the newest ones wanted, oldest first.
    `absences` are the newest times in which it was not heard, oldest first; `closing` is None where the store
    never closes. `drill` is the one that is on, or was within a day. `question` is the one that nobody has
    answered yet, `judgements` the newest answers given at the till, oldest first. `work` is the
    newest done at it, oldest first.
    """

    identity: Identity
    boot_id: str
    spool_id: str
    sequence: int
    clock: Clock
    code: str
    diagnosis: Diagnosis
    readings: tuple[Known, ...]
    slip: dict[str, tuple[str, ...]] = {}
    slips: tuple[SlipNote, ...] = ()
    absences: tuple[Absence, ...] = ()
    closing: Closing | None = None
    drill: Drill | None = None
    question: Question | None = None
    judgements: tuple[Judgement, ...] = ()
    work: tuple[Work, ...] = ()

    @property
    def drill_on(self) -> Drill | None:
        """None also where the last one is over."""
        return self.drill if self.drill and not self.drill.ended else None
