"""What of a printer's automatic status is news: all but the drawer and a finger on the feed button."""

from __future__ import annotations

from msgspec import structs

from protocols.escpos.status import Automatic, decode_automatic

PROBES = ("receipt_printer",)


def sign_of(frame: bytes) -> Automatic | None:
    """Two frames with equal signs tell the same; None where the four bytes are no frame."""
    said = decode_automatic(frame)
    if said is None:
        return None
    # a finger on the button takes the printer offline for as long as it stays there
    offline = said.offline and not said.feed_button
    return structs.replace(said, drawer_pin_high=False, feed_button=False, offline=offline)
