"""What a printer says of itself, in the same words for every family and model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from probes.receipt_printer.conditions import (
    RECOVERING,
    STATES,
)
from protocols.escpos import status
from protocols.escpos.interview import Interview, Outcome, interview
from protocols.escpos.port import Port
from protocols.escpos.status import RealTime
from protocols.escpos.vendors import MODELS, Model
from protocols.star import interview as star_interview
from protocols.star import status as star
from vocabulary.condition import Condition

# Star's automatic status has no bit for a printer that waits to be put back online.
_NOT_IN_STAR: Final = (RECOVERING,)


class Told(Struct, frozen=True, kw_only=True):
    """One round: how it went, which questions were answered, what was said, and the bytes as text."""

    heard: Interview
    said: RealTime = RealTime()
    answered: tuple[int, ...] = ()
    replies: str = ""

    @property
    def is_well(self) -> bool:
        return self.heard.outcome is Outcome.ANSWERED and not self.said.is_stopped


class Family(Struct, frozen=True, kw_only=True):
    """`read_from`: the questions a condition is read from, none where this printer cannot say it.
    `tells_identity`: it knows GS I.
    """

    ask: Callable[[Port, float], Told]
    asked: tuple[int, ...]
    read_from: Mapping[Condition, tuple[int, ...]]
    tells_identity: bool


def family_of(name: str, model: str) -> Family:
    """`name` "escpos" or "star"; `model` a key of `MODELS`, or KeyError, of no meaning to Star."""
    return _STAR if name == "star" else _escpos(MODELS[model])


def _escpos(model: Model) -> Family:
    def ask(port: Port, deadline: float) -> Told:
        heard = interview(port, deadline)
        return Told(
            heard=heard,
            said=status.decode_real_time(heard.replies, model),
            answered=tuple(heard.replies),
            replies=" ".join(
                f"{heard.replies[n]:02X}" if n in heard.replies else "--" for n in status.QUESTIONS
            ),
        )

    places = {
        condition: model.questions("offline" if sign == "is_stopped" else sign)
        for condition, sign in STATES.items()
    }
    return Family(ask=ask, asked=status.QUESTIONS, read_from=places, tells_identity=True)


def _ask_star(port: Port, deadline: float) -> Told:
    heard, frame = star_interview.interview(port, deadline)
    said = star.decode_automatic(frame)
    if said is None:
        return Told(heard=heard)
    return Told(
        heard=heard,
        said=star_signs(said),
        answered=(star_interview.REQUEST_NUMBER,),
        replies=frame.hex(" ").upper(),
    )


def star_signs(said: star.Automatic) -> RealTime:
    """A raised head is an open cover, a jam in the presenter one that staff can clear."""
    return RealTime(
        drawer_pin_high=said.drawer_switch,
        offline=said.offline,
        cover_open=said.cover_open or said.head_up,
        paper_out=said.paper_out,
        recoverable_error=said.mechanical_error or said.presenter_jam,
        cutter_error=said.cutter_error,
        unrecoverable_error=said.unrecoverable_error,
        head_hot=said.head_hot,
        near_end=said.near_end,
    )


_STAR: Final = Family(
    ask=_ask_star,
    asked=(star_interview.REQUEST_NUMBER,),
    read_from={
        condition: () if condition in _NOT_IN_STAR else (star_interview.REQUEST_NUMBER,)
        for condition in STATES
    },
    tells_identity=False,
)
