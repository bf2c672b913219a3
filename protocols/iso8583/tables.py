"""Field formats of ISO 8583:1987, and what answer codes mean in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The notation of the standard's own tables: kind, one dot per digit of the length prefix, size.
_NUMBERS: Final[Mapping[str, tuple[int, ...]]] = {
    "n1": (27, 66),
    "n2": (25, 26, 67),
    "n3": (19, 20, 21, 22, 23, 24, 68, 69, 70),
    "n4": (13, 14, 15, 16, 17, 18, 71, 72),
    "n6": (3, 11, 12, 73),
    "n8": (8, 9, 10),
    "n10": (7, *range(74, 82)),
    "n12": (4, 5, 6, *range(82, 86)),
    "n16": (53, 86, 87, 88, 89),
    "n42": (90,),
    "n..11": (32, 33, 99, 100),
    "n..19": (2,),
    "z..37": (35,),
    "z...104": (36,),
    "an1": (91,),
    "an2": (39, 92),
    "an3": (40, 49, 50, 51),
    "an5": (93,),
    "an6": (38,),
    "an7": (94,),
    "an9": (28, 29, 30, 31),
    "an12": (37,),
    "an17": (97,),
    "an42": (95,),
    "an...120": (54,),
    "ans8": (41,),
    "ans15": (42,),
    "ans25": (98,),
    "ans40": (43,),
    "ans..17": (101,),
    "ans..25": (44,),
    "ans..28": (34, 102, 103),
    "ans..76": (45,),
    "ans...100": (104,),
    "ans...999": (46, 47, 48, *range(56, 64), *range(105, 128)),
    "b...999": (55,),
    "b8": (52, 64, 96, 128),
}
FORMATS: Final[Mapping[str, str]] = {
    str(number): form for form, numbers in _NUMBERS.items() for number in numbers
}

ACCEPTED: Final = frozenset({"00", "000", "800"})  # 1987; 1993; fixed in 1830 replies (PayEx host to host)

# ISO 8583:1987 two digits; 77, 97 to A7 as UnionPay-type hosts use them; ISO 8583:1993 three digits.
ANSWERS: Final[Mapping[str, str]] = {
    "03": "the merchant number is not known",
    "05": "declined without a reason",
    "12": "the host does not take this message",
    "30": "the host cannot read the message",
    "40": "the host does not offer this function",
    "57": "this function is not open to the terminal",
    "58": "this function is not open to the terminal",
    "63": "the security check failed",
    "68": "the answer came too late",
    "77": "the terminal must sign in again",
    "90": "the host is closing its day, try again soon",
    "91": "the network behind the host is down",
    "92": "the host does not know where to pass it on",
    "94": "the same trace number came twice",
    "96": "the host has a malfunction",
    "97": "the terminal number is not known",
    "98": "the network behind the host is down",
    "99": "the terminal must sign in again",
    "A0": "the terminal must sign in again",
    "A7": "the security check failed",
    "109": "the merchant number is not known",
    "902": "the host does not take this message",
    "904": "the host cannot read the message",
    "906": "the host is closing its day, try again soon",
    "907": "the network behind the host is down",
    "908": "the host does not know where to pass it on",
    "909": "the host has a malfunction",
    "911": "the network behind the host is down",
    "913": "the same trace number came twice",
    "": "the reply carries no answer code",
}
UNEXPLAINED: Final = "the acquirer knows what it means"


def answer_in_words(code: str) -> str:
    """What field 39 says, as a fixed English phrase."""
    return ANSWERS.get(code, UNEXPLAINED)
