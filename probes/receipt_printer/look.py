"""One look at the receipt printer: is it there, does it answer, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from probes.memory import Memory
from probes.receipt_printer import silence as printer_silence
from probes.receipt_printer.asking import Asked, after, ask, learnt
from probes.receipt_printer.beside_pos import HoldersUnknownError
from probes.receipt_printer.broker import BrokerAwayError
from probes.receipt_printer.conditions import (
    GARBLED,
    MISSING,
    NEAR_END,
    NO_ANSWER,
    PAPER_LASTS_DAYS,
    REPLIES_LOST,
    STATES,
    THERE,
    VANISHED,
    WRONG_SPEED,
)
from probes.receipt_printer.families import Family, Told, family_of
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, Trouble, grant_command, has_speed, is_device
from probes.receipt_printer.probe import all_but
from probes.receipt_printer.remembered import SUBJECT, Remembered, recall, remember
from probes.receipt_printer.roll import lasts_days
from probes.receipt_printer.wear import wear
from probes.till import Till
from protocols.escpos.interview import Interview, Outcome
from vocabulary.reading import Reading, Reason

_IN_USE = "another program is using the printer"
_UNANSWERED = "the printer did not answer this question"
_NEVER_ANSWERED = "this printer does not answer this question"
_NOT_SAID = "this kind of printer does not say this"
_TOO_FEW = "one question a round is too few to tell"
_PAPER = {0: "thermal paper", 58: "58 mm thermal paper", 80: "80 mm thermal paper"}

_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`


def read(options: ReceiptPrinterOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """Open, ask, judge; say of everything else why it is not known. Never longer than three seconds."""
    if not options.port:
        yield from all_but((), Reason.NOT_SET_UP)
        return
    family = family_of(options.family, options.model)
    facts = _facts(options, till)
    known = recall(memory, SUBJECT, options.what_is_remembered_for)
    try:
        asked = ask(options, till, known, family)
    except PortTroubleError as error:
        known = after(error.trouble, known)
        remember(memory, SUBJECT, known)
        if error.held_by:
            facts["held_by"] = error.held_by
        yield from _unreachable(error.trouble, known, facts, grant_command(till, options.door))
        return
    except HoldersUnknownError as error:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from all_but(THERE, error.reason, error.because)
        return
    except BrokerAwayError as error:
        yield from all_but((), Reason.NOT_TESTED, error.because)
        return
    told = asked.told
    known = learnt(asked)
    remember(memory, SUBJECT, known)
    lines = printer_silence.as_fact(asked.lines_up)
    yield MISSING.ok(SUBJECT, **facts)
    yield VANISHED.ok(SUBJECT, **facts)
    match told.heard.outcome:
        case Outcome.SHARED:
            yield from all_but(THERE, Reason.BUSY, _IN_USE)
        case Outcome.SILENT:
            yield from _silent(asked, known, {**facts, "lines_up": lines})
        case Outcome.GARBLED:
            yield from _garbled(told.heard, known, facts)
        case Outcome.ANSWERED:
            itself: _Facts = {"drawer_pin_high": told.said.drawer_pin_high, "lines_up": lines}
            itself |= {**(known.identity or {}), **known.counters}
            yield NO_ANSWER.ok(SUBJECT, **facts, **itself)
            facts["paper"] = _PAPER[options.paper_mm]
            yield from _answered(told, family, known, facts, _left(options, known, till.wall_seconds()))
            yield wear(SUBJECT, known.counters, options.limits, facts)


def _unreachable(trouble: Trouble, known: Remembered, facts: _Facts, grant: str) -> Iterator[Reading]:
    """A port in use is well. A network printer serves one host: if it answered before and now refuses us or
    hangs up, it is in use.
    """
    hung_up = trouble in (Trouble.REFUSED, Trouble.LOST) and not is_device(facts["port"]) and known.answered
    if trouble is Trouble.HELD or hung_up:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from all_but(THERE, Reason.BUSY, _IN_USE)
    elif trouble is Trouble.NO_PERMISSION:
        yield from (condition.ok(SUBJECT, **facts) for condition in THERE)
        yield from all_but(THERE, Reason.NO_PERMISSION, grant)
    else:
        gone = VANISHED if known.present else MISSING
        yield gone.failing(SUBJECT, **facts)
        yield from all_but((gone,), Reason.NOT_TESTED, gone.code)


def _silent(asked: Asked, known: Remembered, facts: _Facts) -> Iterator[Reading]:
    """Only a printer that has answered at this setting is known to be at fault when it does not."""
    may_be = printer_silence.may_be(
        asked.lines_up, known.lines, has_speed=_has_speed(facts), answered_before=bool(known.answered)
    )
    if known.answered:
        yield NO_ANSWER.failing(SUBJECT, **facts, may_be=may_be)
    else:
        yield NO_ANSWER.unknown(Reason.TIMED_OUT, SUBJECT, because=may_be, **facts)
    yield from all_but((*THERE, NO_ANSWER), Reason.NOT_TESTED, NO_ANSWER.code)


def _garbled(heard: Interview, known: Remembered, facts: _Facts) -> Iterator[Reading]:
    """Noise that follows the questions is a wrong speed, unless this speed was right before: then only noise
    that repeats is, for a printer exchanged or reset.
    """
    like_speed = heard.follows_questions and (heard.repeats or not known.answered)
    broken = WRONG_SPEED if like_speed and _has_speed(facts) else GARBLED
    yield broken.failing(SUBJECT, **facts, heard=heard.heard[:8].hex(" ").upper())
    yield from all_but((*THERE, broken), Reason.NOT_TESTED, broken.code)


def _left(options: ReceiptPrinterOptions, known: Remembered, now: float) -> _Facts:
    """Where the counters are read, and it is known whose they are."""
    is_known = options.owner == "ours" and known.identity is not None
    days = lasts_days(known.roll, now) if is_known else None
    return {} if days is None else {PAPER_LASTS_DAYS: days}


def _answered(
    told: Told, family: Family, known: Remembered, facts: _Facts, left: _Facts
) -> Iterator[Reading]:
    """A question never answered is one this model does not know. `left` is told beside the near end."""
    answered = known.answered
    port = {key: facts[key] for key in ("port", "setting")}
    yield GARBLED.ok(SUBJECT, **port)
    yield WRONG_SPEED.ok(SUBJECT, **port)
    yield _replies_lost(told, family, answered, port)
    for condition, sign in STATES.items():
        numbers = family.read_from[condition]
        if any(number in told.answered for number in numbers):
            broken = getattr(told.said, sign)
            more = left if condition is NEAR_END else {}
            yield condition.failing_if(broken, SUBJECT, **facts, **more, replies=told.replies)
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


def _facts(options: ReceiptPrinterOptions, till: Till) -> _Facts:
    if has_speed(till, options.port):
        return {"port": options.port, "setting": f"{options.speed} 8{options.parity[0].upper()}1"}
    return {"port": options.port, "setting": "USB" if is_device(options.port) else "TCP"}


def _has_speed(facts: _Facts) -> bool:
    return facts["setting"] not in ("USB", "TCP")
