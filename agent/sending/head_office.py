"""How a parcel is posted to a head office of ours, and what its signed answers mean."""

from __future__ import annotations

import time
import zlib
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct
from urllib3.util import SKIP_HEADER

from agent.sending.answered import Answered, Asking, refusal, somebody_else
from agent.sending.delivery import Delivered, Outcome, Route
from vocabulary import wire

PACKED_FROM_BYTES: Final = 1000  # it goes into one packet as it is
PLAIN_SECONDS: Final = 86400.0  # then head office may have been renewed
_LEVEL: Final = 6  # a report of 113 kB: 2.3 ms; 9 takes twice that for 1 % less
_UNSAID: Final = dict.fromkeys(("User-Agent", "Accept-Encoding"), SKIP_HEADER)  # 50 bytes in each heartbeat


class HeadOffice:
    """docs/protocol.md."""

    def __init__(self, route: Route) -> None:
        self.url = route.url + wire.PATH
        self.ca_file = route.ca_file
        self._terminal = route.terminal
        self._key = route.key
        self._plain_until = time.monotonic()

    def asking(self, body: bytes) -> Asking:
        """Packed where that saves something; the signature is over the bytes as they are sent."""
        packs = len(body) >= PACKED_FROM_BYTES and time.monotonic() >= self._plain_until
        content = zlib.compress(body, _LEVEL, wbits=wire.GZIP_WINDOW) if packs else body
        headers = {
            wire.TERMINAL_HEADER: self._terminal,
            wire.SIGNATURE_HEADER: wire.signature(self._key, content),
            **_UNSAID,
        }
        return Asking(headers | {wire.PACKED_HEADER: wire.GZIP} if packs else headers, content)

    def wants_it_otherwise(self, asking: Asking, answered: Answered) -> bool:
        """A head office of an earlier release says 415; a box in front of it may say 400, unsigned."""
        refuses = answered.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE or (
            answered.status == HTTPStatus.BAD_REQUEST and not self._is_signed(answered)
        )
        if wire.PACKED_HEADER not in asking.headers or not refuses:
            return False
        self._plain_until = time.monotonic() + PLAIN_SECONDS
        return True

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
