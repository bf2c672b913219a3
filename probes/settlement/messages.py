"""What an application says of a settlement that failed, as a known phrase; its own words never leave.

What is not known is told by a hash, under which the vendor finds it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from protocols.iso8583.answers import ANSWERS, answer_in_words


class Kind(StrEnum):
    """Who can do something about it."""

    ACCOUNT = "account"  # the acquirer: merchant, terminal, account, limit, policy
    HOST = "host"  # the acquirer, later: its host or what lies behind it
    LINE = "line"
    SIGN_IN = "sign-in"
    BALANCE = "balance"
    FULL = "full"
    OTHER = "other"


class Message(Struct, frozen=True):
    """`mark`: eight hexadecimal digits of what is not known, else "-"."""

    kind: Kind
    phrase: str
    mark: str = "-"


# Field 39 (sources: protocols/iso8583/answers.py). Signing in again brings new working keys.
_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("03", "57", "58", "89", "97", "109"), Kind.ACCOUNT),
    **dict.fromkeys(("77", "99", "A0", "A7", "63"), Kind.SIGN_IN),
    **dict.fromkeys(("06", "22", "68", "90", "91", "92", "96", "98"), Kind.HOST),
    **dict.fromkeys(("906", "907", "908", "909", "910", "911", "912"), Kind.HOST),
    "95": Kind.BALANCE,
}
_CODE: Final = re.compile(
    r"(?:应答码|响应码|answer code|response code|\brc|\bf?39)\W{0,3}([A-Z]?\d{1,3})\b", re.IGNORECASE
)
_BARE_CODE: Final = re.compile(r"[A-Z]?\d{1,3}")
# Causes of 批结算失败 as merchants' help pages list them (xie8.net/18363, xingzhifupos.com/wenti/3500):
# line, keys, sign-in, journal full, the bank's maintenance, a frozen account.
_WORDS: Final[tuple[tuple[str, Message], ...]] = (
    (
        r"冻结|限额|额度|风控|审核|frozen|suspended|limit exceeded|policy",
        Message(Kind.ACCOUNT, "the account is held back"),
    ),
    (
        r"存储满|存储已满|journal full|batch full|memory full",
        Message(Kind.FULL, "the terminal's memory is full"),
    ),
    (
        r"签到|密钥|工作密钥|sign.?in|working key|\bmac error",
        Message(Kind.SIGN_IN, "the terminal must sign in again"),
    ),
    (
        r"对账不平|不平|out of balance|do(?:es)? not balance|totals? mismatch",
        Message(Kind.BALANCE, "the totals do not agree"),
    ),
    (
        r"维护|通道关闭|maintenance|channel closed|host (?:is )?down",
        Message(Kind.HOST, "the host is under maintenance"),
    ),
    (
        r"超时|网络|连接|timed? ?out|unreachable|connection|no route|network",
        Message(Kind.LINE, "no connection to the host"),
    ),
)
_PATTERNS: Final = tuple((re.compile(words, re.IGNORECASE), message) for words, message in _WORDS)
_LONGEST: Final = 2000


def recognise(said: str) -> Message:
    """A code of field 39 first, then known words."""
    said = said[:_LONGEST].strip()
    code = _BARE_CODE.fullmatch(said) or _CODE.search(said)
    if code and (known := _of_code(code[code.lastindex or 0].upper())):
        return known
    for pattern, message in _PATTERNS:
        if pattern.search(said):
            return message
    if not said:
        return Message(Kind.OTHER, "no reason is given")
    return Message(Kind.OTHER, "its message is not known here", _hash(said))


def _of_code(code: str) -> Message | None:
    if code not in ANSWERS:
        return None
    return Message(_KINDS.get(code, Kind.OTHER), answer_in_words(code))


def _hash(said: str) -> str:
    """Of its letters alone: numbers and times in it differ from day to day."""
    letters = re.sub(r"[\W\d_]+", " ", said).lower()
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:8]
