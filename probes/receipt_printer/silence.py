"""What a printer's silence may be, by what its modem lines tell."""

from __future__ import annotations

# A clone that only prints, a cable that only sends, a printer deselected by ESC =, one that holds its answer
# back or is held back by its port server, look the same from here. Switched off is what it mostly is.
NO_LINES = "not available"
NO_LINE_UP = "none"

_SILENCE = "switched off, cable, deselected, or a model that never answers"
_SILENCE_WITH_SPEED = "switched off, cable, speed, flow control, deselected, or a model that never answers"
_FELL_SILENT = "switched off, cable, deselected, or exchanged for one that never answers"
_FELL_SILENT_WITH_SPEED = (
    "switched off, cable, speed, flow control, deselected, or exchanged for one that never answers"
)
_DARK = "switched off, or its cable is out"
_ON = "another speed, flow control, deselected, or one wire of its cable (it is switched on)"
_ON_NEVER_HEARD = (
    "another speed, a cable that only sends, flow control, deselected, or a model that never answers"
    " (it is switched on)"
)
_WIRE_BROKEN = "a damaged cable (it is switched on, and one of its lines is gone)"


def as_fact(lines_up: tuple[str, ...] | None) -> str:
    if lines_up is None:
        return NO_LINES
    return " ".join(lines_up) or NO_LINE_UP


def may_be(
    lines_up: tuple[str, ...] | None, seen_up: tuple[str, ...], *, has_speed: bool, answered_before: bool
) -> str:
    """`lines_up` now, `seen_up` ever while it answered; only CTS and DSR are the printer's own.

    An unpowered or unplugged printer drives no line, so all are low; but a three-wire cable never carried
    one: low lines say something only where one was up before. Printers hold DTR, which arrives as DSR and
    often as CTS (TM-T88III specification pp. 21-24), except while busy in DTR/DSR mode, where they drop both
    together and still answer.
    """
    now, before = _own(lines_up or ()), _own(seen_up)
    if now and before - now:
        return _WIRE_BROKEN
    if now:
        return _ON if answered_before else _ON_NEVER_HEARD
    if before and lines_up is not None:
        return _DARK
    if answered_before:
        return _FELL_SILENT_WITH_SPEED if has_speed else _FELL_SILENT
    return _SILENCE_WITH_SPEED if has_speed else _SILENCE


def _own(lines: tuple[str, ...]) -> set[str]:
    return {"CTS", "DSR"} & set(lines)
