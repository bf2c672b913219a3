"""What the printer's sensors say, and how that is spelled in the status bytes."""

from collections.abc import Callable
from dataclasses import dataclass, field

# TM-T88III programming guide, GS a n: which bits of the four ASB bytes each enable bit watches.
ASB_WATCHES = {
    0x01: (0x04, 0x00, 0x00, 0x00),
    0x02: (0x28, 0x01, 0x00, 0x00),
    0x04: (0x00, 0x6C, 0x00, 0x00),
    0x08: (0x00, 0x00, 0x0F, 0x00),
    0x40: (0x40, 0x02, 0x00, 0x00),
}


@dataclass
class State:
    """Sensors and errors; assigning one while the printer runs is the same as the thing happening.

    `paper_out` sets the near-end bits too when `near_end_sensor` is fitted, as a real empty roll does
    (the reply triple 1A 32 7E).
    """

    offline: bool = False
    cover_open: bool = False
    near_end: bool = False
    paper_out: bool = False
    cutter_error: bool = False
    recoverable_error: bool = False
    unrecoverable_error: bool = False
    head_hot: bool = False
    feed_button: bool = False
    drawer_pin: bool = False
    waiting_recovery: bool = False
    near_end_sensor: bool = True
    changed: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self.__dataclass_fields__:
            raise AttributeError(f"a printer has no {name!r}")
        before = self.__dict__.get(name)
        super().__setattr__(name, value)
        notify = self.__dict__.get("changed")
        if notify is not None and name != "changed" and before != value:
            notify()

    @property
    def error(self) -> bool:
        return self.cutter_error or self.recoverable_error or self.unrecoverable_error or self.head_hot

    @property
    def is_offline(self) -> bool:
        stopped = self.cover_open or self.paper_out or self.feed_button or self.waiting_recovery
        return self.offline or stopped or self.error

    @property
    def paper_low(self) -> bool:
        return self.near_end or (self.paper_out and self.near_end_sensor)

    def real_time(self, number: int) -> int:
        """Reply to DLE EOT 1..4, TM-T88III guide pp. 304 ff.: bits 1 and 4 set, 0 and 7 clear."""
        bits = {
            1: _bits(
                (0x04, self.drawer_pin),
                (0x08, self.is_offline),
                (0x20, self.waiting_recovery),
                (0x40, self.feed_button),
            ),
            2: _bits(
                (0x04, self.cover_open),
                (0x08, self.feed_button),
                (0x20, self.paper_out),
                (0x40, self.error),
            ),
            3: self._error_bits(),
            4: _bits((0x0C, self.paper_low), (0x60, self.paper_out)),
        }
        return 0x12 | bits[number]

    def automatic(self) -> bytes:
        """The four bytes of Automatic Status Back, TM-T88III guide pp. 316-325."""
        first = 0x10 | _bits(
            (0x04, self.drawer_pin),
            (0x08, self.is_offline),
            (0x20, self.cover_open),
            (0x40, self.feed_button),
        )
        second = self._error_bits() | _bits((0x01, self.waiting_recovery), (0x02, self.feed_button))
        return bytes((first, second, self.roll(), 0x00))

    def roll(self) -> int:
        """GS r 1, ESC v and ASB byte 3: 03 near end, 0C end."""
        return _bits((0x03, self.paper_low), (0x0C, self.paper_out))

    def drawer(self) -> int:
        """GS r 2 and ESC u 0: bit 0 is drawer pin 3."""
        return _bits((0x01, self.drawer_pin))

    def _error_bits(self) -> int:
        return _bits(
            (0x04, self.recoverable_error),
            (0x08, self.cutter_error),
            (0x20, self.unrecoverable_error),
            (0x40, self.head_hot),
        )


def asb_differs(before: bytes, after: bytes, enabled: int) -> bool:
    """Whether a bit that `enabled` (the n of GS a n) watches has changed between two frames."""
    masks = [mask for bit, mask in ASB_WATCHES.items() if enabled & bit]
    return any(
        (old ^ new) & watched for mask in masks for old, new, watched in zip(before, after, mask, strict=True)
    )


def _bits(*pairs: tuple[int, bool]) -> int:
    return sum(bit for bit, on in pairs if on)


@dataclass
class Faults:
    """How the printer's interface misbehaves; every field may be set while it runs.

    `silent`: takes bytes, does nothing, as when switched off. `one_way`: prints, never answers.
    `garble`: every answer is junk. `half_reply`: answers of several bytes lose their second half, of the
    single-byte ones every second is lost. `drip`: junk for ever, one byte each `drip_seconds`, no answers.
    `answers_noise`: at a wrong speed DLE EOT is answered, heard as noise; off, it stays silent.
    `dies_after`: so many bytes more are taken and carried out, then its plug is pulled; None: it lives.
    """

    silent: bool = False
    one_way: bool = False
    garble: bool = False
    half_reply: bool = False
    drip: bool = False
    drip_seconds: float = 0.05
    answers_noise: bool = True
    dies_after: int | None = None


@dataclass
class Identity:
    """What GS I tells; `answers=False` is the clone that tells nothing.

    The font names are those of TM-J2000 guide p. 469 ("CHINA GB18030", "CHINA GB2312").
    """

    answers: bool = True
    firmware: str = "1.23 ESC/POS"
    maker: str = "EPSON"
    model: str = "TM-T81III"
    serial: str = "SIM0000001"
    font: str = "CHINA GB18030"
    model_id: int = 0x0F
    rom_version: int = 0x03
