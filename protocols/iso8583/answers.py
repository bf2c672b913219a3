"""What an echo reply's field 39 says, as fixed English phrases with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ACCEPTED: Final = frozenset({"00", "000", "800"})  # 1987; 1993; fixed in 1830 replies (PayEx host to host)

_MERCHANT_UNKNOWN: Final = "the merchant number is not known"
_TERMINAL_UNKNOWN: Final = "the terminal number is not known"
_NOT_OPEN: Final = "this function is not open to the terminal"
_SIGN_IN: Final = "the terminal must sign in again"
_SECURITY: Final = "the security check failed"
_NO_SUCH_MESSAGE: Final = "the host does not take this message"
_UNREADABLE: Final = "the host cannot read the message"
_CLOSING: Final = "the host is closing its day, try again soon"
_BEHIND_DOWN: Final = "the network behind the host is down"
_NO_ROUTE: Final = "the host does not know where to pass it on"
_TWICE: Final = "the same trace number came twice"
_MALFUNCTION: Final = "the host has a malfunction"
_LATE: Final = "the answer came too late"

# Field 39 of ISO 8583:1987, annex A, as the tables of iso8583sim 1.6.0 (core/codes.py) and of allpayx
# (b2c-docs, expup/4.md) have it.
_OF_1987: Final[Mapping[str, str]] = {
    "03": _MERCHANT_UNKNOWN,
    "05": "declined without a reason",
    "06": _MALFUNCTION,
    "09": "the host is still working on it",
    "12": _NO_SUCH_MESSAGE,
    "13": "the host does not take this amount",
    "20": "the host got an answer it cannot use",
    "22": _MALFUNCTION,
    "30": _UNREADABLE,
    "31": "the host does not know this acquirer",
    "40": "the host does not offer this function",
    "57": _NOT_OPEN,
    "58": _NOT_OPEN,
    "63": _SECURITY,
    "68": _LATE,
    "90": _CLOSING,
    "91": _BEHIND_DOWN,
    "92": _NO_ROUTE,
    "94": _TWICE,
    "95": "the totals do not agree",
    "96": _MALFUNCTION,
}
# What UnionPay-type hosts add (sxfpos.com/408734 and www.ismpos.cn/problem/pos-problem/3046.html: 77 where
# the batch numbers differ, 97 terminal not registered, 98 no answer from behind, 99 and A0 sign in again).
_OF_UNIONPAY: Final[Mapping[str, str]] = {
    "77": _SIGN_IN,
    "89": _TERMINAL_UNKNOWN,
    "97": _TERMINAL_UNKNOWN,
    "98": _BEHIND_DOWN,
    "99": _SIGN_IN,
    "A0": _SIGN_IN,
    "A7": _SECURITY,
}
# Action codes of ISO 8583:1993, as SAP's POS documentation quotes them ("Action Codes", saphelp_pos22).
_OF_1993: Final[Mapping[str, str]] = {
    "109": _MERCHANT_UNKNOWN,
    "902": _NO_SUCH_MESSAGE,
    "904": _UNREADABLE,
    "905": "the host does not know this acquirer",
    "906": _CLOSING,
    "907": _BEHIND_DOWN,
    "908": _NO_ROUTE,
    "909": _MALFUNCTION,
    "910": _BEHIND_DOWN,
    "911": _BEHIND_DOWN,
    "912": _BEHIND_DOWN,
    "913": _TWICE,
    "923": "the host is still working on it",
}
ANSWERS: Final[Mapping[str, str]] = {
    **_OF_1987,
    **_OF_UNIONPAY,
    **_OF_1993,
    "": "the reply carries no answer code",
}
# What a host says that has nothing against the terminal: it offers no echo, cannot read it, or is still busy.
ABOUT_THE_QUESTION: Final = frozenset({"09", "12", "13", "30", "40", "94", "902", "904", "913", "923"})
UNEXPLAINED: Final = "a code this program does not know"


def answer_in_words(code: str) -> str:
    """What field 39 says; UNEXPLAINED for every code that is not in the tables."""
    return ANSWERS.get(code, UNEXPLAINED)
