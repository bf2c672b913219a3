"""Field formats of ISO 8583:1987."""

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
