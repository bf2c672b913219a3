"""The receipt printer: is it there, does it answer, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Struct, structs

from probes import printer_silence
from probes.base import Options, Probe
from probes.memory import Memory
from probes.printer_broker import BrokerAwayError, opened_by_broker
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
    COVER_OPEN,
    CUTTER_ERROR,
    GARBLED,
    HEARD,
    MISSING,
    NEAR_END,
    NO_ANSWER,
    OFFLINE,
    OVERHEATED,
    PAPER_OUT,
    RECOVERABLE_ERROR,
    RECOVERING,
    REPLIES_LOST,
    THERE,
    UNRECOVERABLE_ERROR,
    VANISHED,
    WRONG_SPEED,
)
from probes.till import Till
from protocols.escpos import status
from protocols.escpos.identity import ask_identity
from protocols.escpos.interview import Interview, Outcome, interview
from protocols.escpos.port import FlowControl, Parity, Port
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

SUBJECT: Final = "receipt-printer"
_DEADLINE_SECONDS: Final = 2.5

_IN_USE = "another program is using the printer"
_UNANSWERED = "the printer did not answer this question"
_NEVER_ANSWERED = "this printer does not answer this question"
_PAPER = {0: "thermal paper", 58: "58 mm thermal paper", 80: "80 mm thermal paper"}

# Which DLE EOT n a condition is read from.
_STATES: Final[tuple[tuple[Condition, tuple[int, ...], Callable[[status.RealTime], bool]], ...]] = (
    (PAPER_OUT, (2, 4), lambda said: said.paper_out),
    (COVER_OPEN, (2,), lambda said: said.cover_open),
    (NEAR_END, (4,), lambda said: said.near_end),
    (CUTTER_ERROR, (3,), lambda said: said.cutter_error),
    (RECOVERABLE_ERROR, (3,), lambda said: said.recoverable_error),
    (UNRECOVERABLE_ERROR, (3,), lambda said: said.unrecoverable_error),
    (OVERHEATED, (3,), lambda said: said.head_hot),
    (RECOVERING, (1,), lambda said: said.waiting_recovery),
    (OFFLINE, (1,), lambda said: said.is_stopped),
)

_CONDITIONS: Final = (*THERE, *HEARD, REPLIES_LOST, *(condition for condition, _, _ in _STATES))


class ReceiptPrinterOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`port`: "/dev/ttyS0", "/dev/serial/by-id/...", "/dev/usb/lp0", "socket://192.168.1.60:9100",
    "rfc2217://192.168.1.70:2217", or empty for no printer. `speed` in baud, 8 data bits, 1 stop bit.
    `flow_control` is obeyed while a slip prints; status is asked without it, for a printer in trouble holds
    everything back. `owner`: the POS application, beside which nothing but DLE EOT is ever written; us; or
    the printer broker, which is asked at `broker_socket`. `paper_mm`: width of the roll in mm, 0 where it is
    not known.
    """

    port: Annotated[str, msgspec.Meta(max_length=255)] = ""
    speed: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 9600
    parity: Parity = "none"
    flow_control: FlowControl = "xonxoff"
    owner: Literal["pos", "ours", "broker"] = "pos"
    broker_socket: Annotated[str, msgspec.Meta(pattern="^/", max_length=107)] = (
        "/run/poshealth-printer/broker.sock"
    )
    paper_mm: Literal[0, 58, 80] = 0

    def __post_init__(self) -> None:
        if self.port and not is_device(self.port):
            tcp_address(self.port)


_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`


class _Remembered(Struct, frozen=True):
    """Of this port at this speed: whether a device was ever there, which DLE EOT it ever answered, which
    modem lines it held up meanwhile, and what it told of itself; None before it was asked.
    """

    setting: str = ""
    present: bool = False
    answered: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()
    identity: _Facts | None = None


def read(options: ReceiptPrinterOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """Open, ask, judge; say of everything else why it is not known. Never longer than three seconds."""
    if not options.port:
        yield from _all_but((), Reason.NOT_SET_UP)
        return
    facts = _facts(options, till)
    known = _recall(memory, _setting(options))
    try:
        asked = _ask(options, till, known)
    except PortTroubleError as error:
        known = _after(error.trouble, known)
        _remember(memory, known)
        yield from _unreachable(error.trouble, known, facts, grant_command(till, _door(options)))
        return
    except BrokerAwayError as error:
        yield from _all_but((), Reason.NOT_TESTED, error.because)
        return
    heard = asked.heard
    known = _learnt(asked, known)
    _remember(memory, known)
    lines = printer_silence.as_fact(asked.lines_up)
    yield MISSING.ok(SUBJECT, **facts)
    yield VANISHED.ok(SUBJECT, **facts)
    match heard.outcome:
        case Outcome.SHARED:
            yield from _all_but(THERE, Reason.BUSY, _IN_USE)
        case Outcome.SILENT:
            yield from _silent(asked, known, {**facts, "lines_up": lines})
        case Outcome.GARBLED:
            yield from _garbled(heard, known, facts)
        case Outcome.ANSWERED:
            drawer = status.decode_real_time(heard.replies).drawer_pin_high
            told = {"drawer_pin_high": drawer, "lines_up": lines, **(known.identity or {})}
            yield NO_ANSWER.ok(SUBJECT, **facts, **told)
            yield from _answered(heard, known.answered, facts, _PAPER[options.paper_mm])


class _Asked(Struct, frozen=True):
    heard: Interview
    identity: _Facts | None
    lines_up: tuple[str, ...] | None


def _ask(options: ReceiptPrinterOptions, till: Till, known: _Remembered) -> _Asked:
    """GS I waits in the printer's buffer behind a fault, so it is asked once, of a printer without one."""
    deadline = till.monotonic_seconds() + _DEADLINE_SECONDS
    with _way_to(options, till) as port:
        heard = interview(port, deadline)
        lines_up = port.lines_up()
        is_well = heard.outcome is Outcome.ANSWERED and not status.decode_real_time(heard.replies).is_stopped
        if options.owner != "ours" or known.identity is not None or not is_well:
            return _Asked(heard, known.identity, lines_up)
        return _Asked(heard, ask_identity(port, deadline), lines_up)


def _learnt(asked: _Asked, known: _Remembered) -> _Remembered:
    """The lines count only where the printer itself was heard beside them."""
    lines = (asked.lines_up or ()) if asked.heard.outcome is Outcome.ANSWERED else ()
    return structs.replace(
        known,
        present=True,
        answered=tuple(sorted({*known.answered, *asked.heard.replies})),
        lines=tuple(sorted({*known.lines, *lines})),
        identity=asked.identity,
    )


def _door(options: ReceiptPrinterOptions) -> str:
    return options.broker_socket if options.owner == "broker" else options.port


def _way_to(options: ReceiptPrinterOptions, till: Till) -> AbstractContextManager[Port]:
    if options.owner == "broker":
        return opened_by_broker(till, options.broker_socket)
    return opened(till, options.port, options.speed, options.parity)


def _after(trouble: Trouble, known: _Remembered) -> _Remembered:
    """What is plugged in next may be another printer; what was there for a moment was there."""
    if trouble is Trouble.GONE:
        return structs.replace(known, identity=None)
    return structs.replace(known, present=known.present or trouble is not Trouble.REFUSED)


def _unreachable(trouble: Trouble, known: _Remembered, facts: _Facts, grant: str) -> Iterator[Reading]:
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


def _silent(asked: _Asked, known: _Remembered, facts: _Facts) -> Iterator[Reading]:
    """Only a printer that has answered at this setting is known to be at fault when it does not."""
    may_be = printer_silence.may_be(
        asked.lines_up, known.lines, has_speed=_has_speed(facts), answered_before=bool(known.answered)
    )
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


def _answered(heard: Interview, answered: tuple[int, ...], facts: _Facts, paper: str) -> Iterator[Reading]:
    """A question never answered is one this model does not know."""
    yield GARBLED.ok(SUBJECT, **facts)
    yield WRONG_SPEED.ok(SUBJECT, **facts)
    lost = sum(number in answered for number in heard.repeated)
    yield REPLIES_LOST.failing_if(lost > 1, SUBJECT, **facts, lost=lost, asked=len(status.QUESTIONS))
    replies = " ".join(f"{heard.replies[n]:02X}" if n in heard.replies else "--" for n in status.QUESTIONS)
    said = status.decode_real_time(heard.replies)
    for condition, numbers, is_broken in _STATES:
        if any(number in heard.replies for number in numbers):
            yield condition.failing_if(is_broken(said), SUBJECT, **facts, replies=replies, paper=paper)
        elif any(number in answered for number in numbers):
            yield condition.unknown(Reason.TIMED_OUT, SUBJECT, because=_UNANSWERED)
        else:
            yield condition.unknown(Reason.NOT_SUPPORTED, SUBJECT, because=_NEVER_ANSWERED)


def _all_but(said: tuple[Condition, ...], reason: Reason, because: str = "") -> Iterator[Reading]:
    for condition in _CONDITIONS:
        if condition not in said:
            yield condition.unknown(reason, SUBJECT, because=because)


def _facts(options: ReceiptPrinterOptions, till: Till) -> _Facts:
    if has_speed(till, options.port):
        return {"port": options.port, "setting": f"{options.speed} 8{options.parity[0].upper()}1"}
    return {"port": options.port, "setting": "USB" if is_device(options.port) else "TCP"}


def _setting(options: ReceiptPrinterOptions) -> str:
    """What is remembered holds for one port at one speed and parity."""
    parity = "" if options.parity == "none" else f" {options.parity}"
    return f"{options.port} {options.speed}{parity}"


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
