"""How a parcel is posted to a head office of ours, and what its signed answers mean."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from msgspec import Struct

from agent.answered import Answered, refusal, somebody_else
from agent.delivery import Delivered, Outcome, Route
from vocabulary import wire


class HeadOffice:
    """docs/protocol.md."""

    def __init__(self, route: Route) -> None:
        self.url = route.url + wire.PATH
        self.ca_file = route.ca_file
        self._terminal = route.terminal
        self._key = route.key

    def headers(self, body: bytes) -> dict[str, str]:
        return {
            wire.TERMINAL_HEADER: self._terminal,
            wire.SIGNATURE_HEADER: wire.signature(self._key, body),
        }

    def judge(self, answered: Answered, body: bytes) -> Outcome:
        """Only what head office signed may cost a record its place."""
        signed = self._is_signed(answered)
        if answered.status != HTTPStatus.OK:
            return refusal(answered, is_theirs=signed)
        if not signed:
            return somebody_else("a 200 that head office did not sign")
        return _answer(answered.content, _spool_of(body))

    def _is_signed(self, answered: Answered) -> bool:
        claimed = answered.headers.get(wire.SIGNATURE_HEADER, "")
        return claimed.isascii() and wire.signed_rightly(self._key, answered.content, claimed)


def _answer(content: bytes, spool: str) -> Outcome:
    try:
        answer = wire.decode_answer(content)
    except msgspec.MsgspecError as error:
        return somebody_else(f"{type(error).__name__}: {error}"[:200])
    return Delivered(answer) if answer.spool == spool else somebody_else("an answer to another parcel")


def _spool_of(body: bytes) -> str:
    class Head(Struct):
        spool: str

    return msgspec.json.decode(body, type=Head).spool
