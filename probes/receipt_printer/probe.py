"""The receipt printer: is it there, does it answer, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, structs

from probes.base import Probe
from probes.memory import Memory
from probes.receipt_printer import silence as printer_silence
from probes.receipt_printer.beside_pos import HoldersUnknownError
from probes.receipt_printer.broker import BrokerAwayError
from probes.receipt_printer.conditions import (
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
from probes.receipt_printer.families import STATES, Family, Told, family_of
from probes.receipt_printer.opening import opened_for_questions
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, Trouble, grant_command, has_speed, is_device
from probes.receipt_printer.remembered import Remembered, recall, remember
from probes.receipt_printer.wear import is_due, wear
from probes.till import Till
from protocols.escpos.counters import ask_counters
from protocols.escpos.identity import ask_identity
from protocols.escpos.interview import Interview, Outcome
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

SUBJECT: Final = "receipt-printer"
_DEADLINE_SECONDS: Final = 2.5

_IN_USE = "another program is using the printer"
_UNANSWERED = "the printer did not answer this question"
_NEVER_ANSWERED = "this printer does not answer this question"
_NOT_SAID = "this kind of printer does not say this"
_TOO_FEW = "one question a round is too few to tell"
_PAPER = {0: "thermal paper", 58: "58 mm thermal paper", 80: "80 mm thermal paper"}

_CONDITIONS: Final = (*THERE, *HEARD, REPLIES_LOST, *STATES, WEAR)

_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`


def read(options: ReceiptPrinterOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """Open, ask, judge; say of everything else why it is not known. Never longer than three seconds."""
    if not options.port:
        yield from _all_but((), Reason.NOT_SET_UP)
        return
    family = family_of(options.family, options.model)
    facts = _facts(options, till)
    known = recall(memory, SUBJECT, options.what_is_remembered_for)
    try:
        asked = _ask(options, till, known, family)
    except PortTroubleError as error:
        known = _after(error.trouble, known)
        remember(memory, SUBJECT, known)
        if error.held_by:
            facts["held_by"] = error.held_by
        yield from _unreachable(error.trouble, known, facts, grant_command(till, options.door))
        return
    except HoldersUnknownError as error:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from _all_but(THERE, error.reason, error.because)
        return
    except BrokerAwayError as error:
        yield from _all_but((), Reason.NOT_TESTED, error.because)
        return
    told = asked.told
    known = _learnt(asked)
    remember(memory, SUBJECT, known)
    lines = printer_silence.as_fact(asked.lines_up)
    yield MISSING.ok(SUBJECT, **facts)
    yield VANISHED.ok(SUBJECT, **facts)
    match told.heard.outcome:
        case Outcome.SHARED:
            yield from _all_but(THERE, Reason.BUSY, _IN_USE)
        case Outcome.SILENT:
            yield from _silent(asked, known, {**facts, "lines_up": lines})
        case Outcome.GARBLED:
            yield from _garbled(told.heard, known, facts)
        case Outcome.ANSWERED:
            itself: _Facts = {"drawer_pin_high": told.said.drawer_pin_high, "lines_up": lines}
            itself |= {**(known.identity or {}), **known.counters}
            yield NO_ANSWER.ok(SUBJECT, **facts, **itself)
            yield from _answered(told, family, known.answered, {**facts, "paper": _PAPER[options.paper_mm]})
            yield wear(SUBJECT, known.counters, options.limits, facts)


def left_alone(because: str) -> tuple[Reading, ...]:
    """What to say without touching the port: what was known of it stands, and ages."""
    return tuple(_all_but((), Reason.BUSY, because))


class _Asked(Struct, frozen=True):
    told: Told
    known: Remembered
    lines_up: tuple[str, ...] | None


def _ask(options: ReceiptPrinterOptions, till: Till, known: Remembered, family: Family) -> _Asked:
    """GS I and GS g wait in the printer's buffer behind a fault, so they are put to one without: who
    it is, once; how much it has done, once a day and in another round.
    """
    deadline = till.monotonic_seconds() + _DEADLINE_SECONDS
    now = till.wall_seconds()
    with opened_for_questions(options, till) as port:
        told = family.ask(port, deadline)
        lines_up = port.lines_up()
        if options.owner == "ours" and family.tells_identity and told.is_well:
            if known.identity is None:
                known = structs.replace(known, identity=ask_identity(port, deadline))
            elif is_due(now, known.counted_at):
                known = structs.replace(known, counters=ask_counters(port, deadline), counted_at=now)
        return _Asked(told, known, lines_up)


def _learnt(asked: _Asked) -> Remembered:
    """The lines count only where the printer itself was heard beside them."""
    lines = (asked.lines_up or ()) if asked.told.heard.outcome is Outcome.ANSWERED else ()
    return structs.replace(
        asked.known,
        present=True,
        answered=tuple(sorted({*asked.known.answered, *asked.told.answered})),
        lines=tuple(sorted({*asked.known.lines, *lines})),
    )


def _after(trouble: Trouble, known: Remembered) -> Remembered:
    """What is plugged in next may be another printer; what was there for a moment was there."""
    if trouble is Trouble.GONE:
        return structs.replace(known, identity=None, counters={}, counted_at=None)
    return structs.replace(known, present=known.present or trouble is not Trouble.REFUSED)


def _unreachable(trouble: Trouble, known: Remembered, facts: _Facts, grant: str) -> Iterator[Reading]:
    """A port in use is well. A network printer serves one host: if it answered before and now refuses us or
    hangs up, it is in use.
    """
    hung_up = trouble in (Trouble.REFUSED, Trouble.LOST) and not is_device(facts["port"]) and known.answered
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


def _silent(asked: _Asked, known: Remembered, facts: _Facts) -> Iterator[Reading]:
    """Only a printer that has answered at this setting is known to be at fault when it does not."""
    may_be = printer_silence.may_be(
        asked.lines_up, known.lines, has_speed=_has_speed(facts), answered_before=bool(known.answered)
    )
    if known.answered:
        yield NO_ANSWER.failing(SUBJECT, **facts, may_be=may_be)
    else:
        yield NO_ANSWER.unknown(Reason.TIMED_OUT, SUBJECT, because=may_be, **facts)
    yield from _all_but((*THERE, NO_ANSWER), Reason.NOT_TESTED, NO_ANSWER.code)


def _garbled(heard: Interview, known: Remembered, facts: _Facts) -> Iterator[Reading]:
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


def _facts(options: ReceiptPrinterOptions, till: Till) -> _Facts:
    if has_speed(till, options.port):
        return {"port": options.port, "setting": f"{options.speed} 8{options.parity[0].upper()}1"}
    return {"port": options.port, "setting": "USB" if is_device(options.port) else "TCP"}


def _has_speed(facts: _Facts) -> bool:
    return facts["setting"] not in ("USB", "TCP")


PROBE: Final = Probe(
    id="receipt_printer",
    title="Receipt printer",
    conditions=_CONDITIONS,
    options=ReceiptPrinterOptions,
    read=read,
    timeout_seconds=5.0,
)
