"""Which bit of which reply says what, for models that differ from Epson's; with manual and page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

# A sign stands where all bits of one of its places are set: (n of DLE EOT n, bits).
Places = tuple[tuple[int, int], ...]

# Epson TM-T88III guide pp. 304 ff. n=4 sets both bits of a pair; bit 6 alone is a presenter's sensor on
# several printers, so the end of the paper is read from bit 5.
_GENERIC: Final[Mapping[str, Places]] = {
    "drawer_pin_high": ((1, 0x04),),
    "offline": ((1, 0x08),),
    "waiting_recovery": ((1, 0x20),),
    "feed_button": ((1, 0x40), (2, 0x08)),
    "cover_open": ((2, 0x04),),
    "paper_out": ((2, 0x20), (4, 0x20)),
    "error": ((2, 0x40),),
    "recoverable_error": ((3, 0x04),),
    "cutter_error": ((3, 0x08),),
    "unrecoverable_error": ((3, 0x20),),
    "head_hot": ((3, 0x40),),
    "near_end": ((4, 0x0C),),
}
# TM-T88III guide p. 335: both bits of a pair.
_GENERIC_ROLL: Final[Mapping[str, tuple[int, ...]]] = {"near_end": (0x03,), "paper_out": (0x0C,)}

_EITHER_NEAR_END: Final[Places] = ((4, 0x04), (4, 0x08))


class Model(Struct, frozen=True, kw_only=True):
    """`differs` replaces places of the generic table; an empty tuple is a sign the model does not give.

    `roll` is the reply to `roll_question` (GS r 1, else ESC v): a sign stands where all bits of one mask are.
    """

    manual: str
    pages: str
    differs: Mapping[str, Places] = field(default_factory=dict)
    roll_question: bytes = b"\x1dr\x01"
    roll: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _GENERIC_ROLL)

    def places(self, sign: str) -> Places:
        """Raise KeyError where no printer gives such a sign."""
        return self.differs.get(sign, _GENERIC[sign])

    def questions(self, sign: str) -> tuple[int, ...]:
        """The n of DLE EOT n it is read from, ascending; empty where the model does not give it."""
        return tuple(sorted({number for number, _ in self.places(sign)}))


SIGNS: Final = tuple(_GENERIC)
GENERIC: Final = Model(manual="Epson TM-T88III programming guide", pages="304-325, 335")

MODELS: Final[Mapping[str, Model]] = {
    "generic": GENERIC,
    # n=1 bits 5 and 6, n=3 bit 2 undefined.
    "srp-350": Model(
        manual="Samsung SRP-350PG service manual",
        pages="65",
        differs={"waiting_recovery": (), "feed_button": ((2, 0x08),), "recoverable_error": ()},
    ),
    # No near-end sensor: n=4 bits 2 and 3, GS r bits 0 and 1 are the end of the paper too. Neither a sensor
    # at the cover nor a cutter: n=2 bit 2 and n=3 bit 3 undefined, as is n=1 bit 6.
    "srp-250": Model(
        manual="Samsung SRP-250 series user's manual",
        pages="24-25, 36, 38",
        differs={
            "feed_button": ((2, 0x08),),
            "cover_open": (),
            "cutter_error": (),
            "near_end": (),
            "paper_out": ((2, 0x20), (4, 0x04), (4, 0x08), (4, 0x20), (4, 0x40)),
        },
        roll={"paper_out": (0x01, 0x02, 0x04, 0x08)},
    ),
    # n=4 bits 2 and 3 fixed to off.
    "srp-b300": Model(
        manual="Bixolon SRP-B300 command manual",
        pages="15",
        differs={"near_end": ()},
    ),
    # n=3 bit 3 and n=4 bits 5 and 6 undefined: the end of the paper is told by n=2 alone.
    "tm-u375": Model(
        manual="Epson TM-U375 specification",
        pages="1-38",
        differs={"cutter_error": (), "paper_out": ((2, 0x20),)},
    ),
    # A near-end sensor to each bit; bit 6 is the presenter's.
    "pmu2300iii": Model(
        manual="Citizen PMU2300III command reference",
        pages="122",
        differs={"near_end": _EITHER_NEAR_END},
    ),
    "ppu-700": Model(
        manual="Citizen PPU-700 command reference",
        pages="57-58",
        differs={"near_end": _EITHER_NEAR_END},
    ),
    # n=4 bit 6 is the presenter's sensor: the generic places are right, and written out to stay so.
    "ppu-231ii": Model(
        manual="Citizen PPU-231II user's manual",
        pages="DLE EOT n=4; 78",
        differs={"paper_out": ((2, 0x20), (4, 0x20))},
    ),
    # An open cover sets n=3 bit 5 as well, elsewhere the bit of a printer beyond repair. ESC v has a layout
    # of its own, and its bit 4 may be set.
    "814m": Model(
        manual="Microcom 814M programming manual",
        pages="8, 37",
        differs={
            "cover_open": ((2, 0x04), (3, 0x20)),
            "recoverable_error": (),
            "unrecoverable_error": (),
        },
        roll_question=b"\x1bv",
        roll={
            "near_end": (0x01,),
            "cover_open": (0x02,),
            "paper_out": (0x04,),
            "head_hot": (0x08,),
            "cutter_error": (0x10,),
        },
    ),
}
