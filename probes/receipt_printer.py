"""The receipt printer: is it there, does it answer, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from probes.base import Options, Probe
from probes.memory import Memory
from probes.printer_port import (
    PortTroubleError,
    Trouble,
    grant_command,
    has_speed,
    is_device,
    opened,
    tcp_address,
)
from probes.receipt_printer_conditions import (
    GARBLED,
    HEARD,
    MISSING,
    NO_ANSWER,
    REPLIES_LOST,
    THERE,
    VANISHED,
    WEAR,
    WRONG_SPEED,
)
from probes.receipt_printer_families import STATES, Family, Told, family_of
from probes.receipt_printer_wear import is_due, wear
from probes.till import Till
from protocols.escpos.counters import ask_counters
from protocols.escpos.identity import ask_identity
from protocols.escpos.interview import Interview, Outcome
from protocols.escpos.vendors import MODELS
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

SUBJECT: Final = "receipt-printer"
_DEADLINE_SECONDS: Final = 2.5

_IN_USE = "another program is using the printer"
_UNANSWERED = "the printer did not answer this question"
_NEVER_ANSWERED = "this printer does not answer this question"
_NOT_SAID = "this kind of printer does not say this"
_TOO_FEW = "one question a round is too few to tell"
_SILENCE = "switched off, cable, or a model that never answers"
_SILENCE_WITH_SPEED = "switched off, cable, speed, or a model that never answers"
_PAPER = {0: "thermal paper", 58: "58 mm thermal paper", 80: "80 mm thermal paper"}

_CONDITIONS: Final = (*THERE, *HEARD, REPLIES_LOST, *STATES, WEAR)


class ReceiptPrinterOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`port`: "/dev/ttyS0", "/dev/serial/by-id/...", "/dev/usb/lp0", "socket://192.168.1.60:9100", or empty
    for no printer. `speed` in baud, 8N1. `owner`: the POS application, beside which nothing but DLE EOT is
    ever written, or us. `paper_mm`: width of the roll in mm, 0 where it is not known. `family`: its language,
    Star's has ESC ACK SOH instead. `model`: a key of `MODELS`, for status bits that differ from Epson's.
    The limits are what the maker gives for mechanism, head, cutter and hours; 0 where it is not watched.
    """

    port: Annotated[str, msgspec.Meta(max_length=255)] = ""
    speed: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 9600
    owner: Literal["pos", "ours"] = "pos"
    paper_mm: Literal[0, 58, 80] = 0
    family: Literal["escpos", "star"] = "escpos"
    model: str = "generic"
    lines_limit: Annotated[int, msgspec.Meta(ge=0)] = 0
    head_limit: Annotated[int, msgspec.Meta(ge=0)] = 0
    cuts_limit: Annotated[int, msgspec.Meta(ge=0)] = 0
    hours_limit: Annotated[int, msgspec.Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model: {self.model!r} is not known; known: {', '.join(MODELS)}")
        if self.port and not is_device(self.port):
            tcp_address(self.port)

    @property
    def limits(self) -> dict[str, int]:
        """By the names of `protocols.escpos.counters`."""
        return {
            "lines_fed": self.lines_limit,
            "head_energisings": self.head_limit,
            "cuts": self.cuts_limit,
            "hours_on": self.hours_limit,
        }


_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`


class _Remembered(Struct, frozen=True):
    """Of this port at this speed: whether a device was ever there, which questions it ever answered, and what
    it told of itself; None before it was asked. `counters` are of `counted_at`, wall seconds.
    """

    setting: str = ""
    present: bool = False
    answered: tuple[int, ...] = ()
    identity: _Facts | None = None
    counters: dict[str, int] = {}
    counted_at: float | None = None


def read(options: ReceiptPrinterOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """Open, ask, judge; say of everything else why it is not known. Never longer than three seconds."""
    if not options.port:
        yield from _all_but((), Reason.NOT_SET_UP)
        return
    family = family_of(options.family, options.model)
    known = _recall(memory, _setting(options))
    facts = _facts(options, till)
    try:
        told, known_now = _ask(options, till, known, family)
    except PortTroubleError as error:
        known = _after(error.trouble, known)
        _remember(memory, known)
        yield from _unreachable(error.trouble, known, facts, grant_command(till, options.port))
        return
    answered = tuple(sorted({*known.answered, *told.answered}))
    _remember(memory, structs.replace(known_now, present=True, answered=answered))
    yield MISSING.ok(SUBJECT, **facts)
    yield VANISHED.ok(SUBJECT, **facts)
    match told.heard.outcome:
        case Outcome.SHARED:
            yield from _all_but(THERE, Reason.BUSY, _IN_USE)
        case Outcome.SILENT:
            yield from _silent(known, facts)
        case Outcome.GARBLED:
            yield from _garbled(told.heard, known, facts)
        case Outcome.ANSWERED:
            itself = {**(known_now.identity or {}), **known_now.counters}
            yield NO_ANSWER.ok(SUBJECT, **facts, drawer_pin_high=told.said.drawer_pin_high, **itself)
            yield from _answered(told, family, answered, {**facts, "paper": _PAPER[options.paper_mm]})
            yield wear(SUBJECT, known_now.counters, options.limits, facts)


def _ask(
    options: ReceiptPrinterOptions, till: Till, known: _Remembered, family: Family
) -> tuple[Told, _Remembered]:
    """GS I and GS g wait in the printer's buffer behind a fault, so they are put to one without: who
    it is, once; how much it has done, once a day and in another round.
    """
    deadline = till.monotonic_seconds() + _DEADLINE_SECONDS
    now = till.wall_seconds()
    with opened(till, options.port, options.speed) as port:
        told = family.ask(port, deadline)
        if options.owner != "ours" or not family.tells_identity or not told.is_well:
            return told, known
        if known.identity is None:
            return told, structs.replace(known, identity=ask_identity(port, deadline))
        if is_due(now, known.counted_at):
            return told, structs.replace(known, counters=ask_counters(port, deadline), counted_at=now)
        return told, known


def _after(trouble: Trouble, known: _Remembered) -> _Remembered:
    """What is plugged in next may be another printer; what was there for a moment was there."""
    if trouble is Trouble.GONE:
        return structs.replace(known, identity=None, counters={}, counted_at=None)
    return structs.replace(known, present=known.present or trouble is not Trouble.REFUSED)


def _unreachable(trouble: Trouble, known: _Remembered, facts: _Facts, grant: str) -> Iterator[Reading]:
    """A port in use is well. A network printer serves one host: if it answered before and now refuses us or
    hangs up, it is in use.
    """
    hung_up = trouble in (Trouble.REFUSED, Trouble.LOST) and facts["setting"] == "TCP" and known.answered
    if trouble is Trouble.HELD or hung_up:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from _all_but(THERE, Reason.BUSY, _IN_USE)
    elif trouble is Trouble.NO_PERMISSION:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from _all_but(THERE, Reason.NO_PERMISSION, grant)
    else:
        gone = VANISHED if known.present else MISSING
        yield gone.failing(SUBJECT, **facts)
        yield from _all_but((gone,), Reason.NOT_TESTED, gone.code)


def _silent(known: _Remembered, facts: _Facts) -> Iterator[Reading]:
    """Only a printer that has answered at this setting is known to be at fault when it does not."""
    may_be = _SILENCE_WITH_SPEED if _has_speed(facts) else _SILENCE
    if known.answered:
        yield NO_ANSWER.failing(SUBJECT, **facts, may_be=may_be)
    else:
        yield NO_ANSWER.unknown(Reason.TIMED_OUT, SUBJECT, because=may_be, **facts)
    yield from _all_but((*THERE, NO_ANSWER), Reason.NOT_TESTED, NO_ANSWER.code)


def _garbled(heard: Interview, known: _Remembered, facts: _Facts) -> Iterator[Reading]:
    """Noise that follows the questions is a wrong speed, unless this speed was right before: then only noise
    that repeats is, for a printer exchanged or reset.
    """
    like_speed = heard.follows_questions and (heard.repeats or not known.answered)
    broken = WRONG_SPEED if like_speed and _has_speed(facts) else GARBLED
    yield broken.failing(SUBJECT, **facts, heard=heard.heard[:8].hex(" ").upper())
    yield from _all_but((*THERE, broken), Reason.NOT_TESTED, broken.code)


def _answered(told: Told, family: Family, answered: tuple[int, ...], facts: _Facts) -> Iterator[Reading]:
    """A question never answered is one this model does not know."""
    port = {key: facts[key] for key in ("port", "setting")}
    yield GARBLED.ok(SUBJECT, **port)
    yield WRONG_SPEED.ok(SUBJECT, **port)
    yield _replies_lost(told, family, answered, port)
    for condition, sign in STATES.items():
        numbers = family.read_from[condition]
        if any(number in told.answered for number in numbers):
            broken = getattr(told.said, sign)
            yield condition.failing_if(broken, SUBJECT, **facts, replies=told.replies)
        elif any(number in answered for number in numbers):
            yield condition.unknown(Reason.TIMED_OUT, SUBJECT, because=_UNANSWERED)
        else:
            because = _NEVER_ANSWERED if numbers else _NOT_SAID
            yield condition.unknown(Reason.NOT_SUPPORTED, SUBJECT, because=because)


def _replies_lost(told: Told, family: Family, answered: tuple[int, ...], port: _Facts) -> Reading:
    asked = len(family.asked)
    if asked == 1:
        return REPLIES_LOST.unknown(Reason.NOT_SUPPORTED, SUBJECT, because=_TOO_FEW)
    lost = sum(number in answered for number in told.heard.repeated)
    return REPLIES_LOST.failing_if(lost > 1, SUBJECT, **port, lost=lost, asked=asked)


def _all_but(said: tuple[Condition, ...], reason: Reason, because: str = "") -> Iterator[Reading]:
    for condition in _CONDITIONS:
        if condition not in said:
            yield condition.unknown(reason, SUBJECT, because=because)


def _setting(options: ReceiptPrinterOptions) -> str:
    """What an answer proves something for."""
    return f"{options.port} {options.speed}" + (" star" if options.family == "star" else "")


def _facts(options: ReceiptPrinterOptions, till: Till) -> _Facts:
    if has_speed(till, options.port):
        return {"port": options.port, "setting": f"{options.speed} 8N1"}
    return {"port": options.port, "setting": "USB" if is_device(options.port) else "TCP"}


def _has_speed(facts: _Facts) -> bool:
    return facts["setting"] not in ("USB", "TCP")


def _recall(memory: Memory, setting: str) -> _Remembered:
    try:
        known = msgspec.convert(memory.get(SUBJECT, {}), _Remembered)
    except msgspec.ValidationError:
        known = _Remembered()
    return known if known.setting == setting else _Remembered(setting=setting)


def _remember(memory: Memory, known: _Remembered) -> None:
    memory.set(SUBJECT, msgspec.to_builtins(known))


PROBE: Final = Probe(
    id="receipt_printer",
    title="Receipt printer",
    conditions=_CONDITIONS,
    options=ReceiptPrinterOptions,
    read=read,
    timeout_seconds=5.0,
)
