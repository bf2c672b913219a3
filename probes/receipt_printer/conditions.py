"""What can be wrong with the receipt printer, from the port to the roll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from probes.power.conditions import MAINS_OFF, UPS_BATTERY_LOW, UPS_ON_BATTERY
from vocabulary.condition import Capability, Condition, Owner, Severity

_NO_RECEIPT: Final = "No receipt is not no payment: look it up, do not charge twice."
_PREPARE: Final = "Printer port {port} {setting}"
_STOPS: Final = (Capability.RECEIPTS,)
# A printer without a UPS of its own goes dark with the mains while the till runs on.
_MAINS: Final = (MAINS_OFF, UPS_ON_BATTERY, UPS_BATTERY_LOW)

PAPER_LASTS_DAYS: Final = "paper_lasts_days"
"""A fact of NEAR_END's readings, failing or not: whole days, 0 for less than one; left out where unknown."""

MISSING = Condition(
    code="receipt-printer.missing",
    title="Printer not found",
    text="There is no printer at {port}, and none was seen there since it was set up.",
    remedy="Plug the printer in and switch it on, or correct the port in the settings.",
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
VANISHED = Condition(
    code="receipt-printer.vanished",
    title="Printer unplugged",
    text="The printer was at {port} before and is gone now.",
    remedy="Push the printer's cable in at both ends; switch it on.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=_MAINS,
)
THERE: Final = (MISSING, VANISHED)
NO_ANSWER = Condition(
    code="receipt-printer.no-answer",
    title="Printer does not answer",
    text="The printer at {port} answered before and is silent now. It is one of: {may_be}.",
    remedy="Switch it on, check its light; push its cable in at both ends.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=(*_MAINS, *THERE),
)
WRONG_SPEED = Condition(
    code="receipt-printer.wrong-speed",
    title="Printer speed does not match",
    text="What comes back from {port} at {setting} is no printer's answer ({heard}): "
    "most likely the printer is set to another speed.",
    remedy="Print the printer's self-test slip and make its speed and the one in the settings the same.",
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=THERE,
)
GARBLED = Condition(
    code="receipt-printer.garbled",
    title="Printer answers garbled",
    text="What comes back from {port} is no printer's answer ({heard}): "
    "a loose or damaged cable, or something else is connected there.",
    remedy="Check what is connected to {port}, then swap the cable.",
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=THERE,
)
HEARD: Final = (NO_ANSWER, WRONG_SPEED, GARBLED)
REPLIES_LOST = Condition(
    code="receipt-printer.replies-lost",
    title="Printer answers get lost",
    text="Of {asked} questions to the printer at {port}, {lost} had no answer at the first try.",
    remedy="Push the printer's cable in at both ends; swap it if this goes on.",
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=HEARD,
    visible_after_seconds=150.0,  # three rounds at 60 s: one round may meet a printer busy with a picture
)
COVER_OPEN = Condition(
    code="receipt-printer.cover-open",
    title="Printer cover open",
    text="The printer at {port} says that its cover is open.",
    remedy="Check that the roll lies in it, coated side to the print head, and press the cover shut.",
    avoid=_NO_RECEIPT,
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=HEARD,
)
PAPER_OUT = Condition(
    code="receipt-printer.paper-out",
    title="Paper out",
    text="The printer at {port} has no paper. Receipts do not print.",
    remedy="Fit {paper}, coated side to the print head, shut the cover. Reprint the last receipt.",
    avoid=_NO_RECEIPT,
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    # An open cover lifts the paper off its sensor, and whoever changes the roll has opened it.
    depends_on=(COVER_OPEN, *HEARD),
)
NEAR_END = Condition(
    code="receipt-printer.near-end",
    title="Paper is running low",
    text="The roll in the printer at {port} is nearly used up.",
    remedy="Change the roll while nobody waits: {paper}, coated side to the print head.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    depends_on=(PAPER_OUT, *HEARD),
)
CUTTER_ERROR = Condition(
    code="receipt-printer.cutter-error",
    title="Cutter is stuck",
    text="The printer at {port} reports that its cutter is stuck ({replies}).",
    remedy="Switch it off, clear paper at the cutter, switch it on; repair it if it sticks again.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=HEARD,
)
RECOVERABLE_ERROR = Condition(
    code="receipt-printer.recoverable-error",
    title="Printer is stuck",
    text="The printer at {port} reports a mechanical error that can be cleared ({replies}).",
    remedy="Switch it off, take out jammed paper, switch it on; repair it if the error comes back.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=(CUTTER_ERROR, *HEARD),  # some models set this bit beside the cutter's
)
UNRECOVERABLE_ERROR = Condition(
    code="receipt-printer.unrecoverable-error",
    title="Printer defective",
    text="The printer at {port} reports an error that it cannot recover from ({replies}).",
    remedy="Switch it off and on once; replace it if the error stays.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=HEARD,
)
OVERHEATED = Condition(
    code="receipt-printer.overheated",
    title="Print head too hot",
    text="The printer at {port} has paused to cool its print head and goes on by itself.",
    remedy="Wait a few minutes; leave it on, keep its vents free.",
    avoid=_NO_RECEIPT,
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    stops=_STOPS,
    depends_on=(COVER_OPEN, *HEARD),  # a cover opened while printing sets the same bit
)
RECOVERING = Condition(
    code="receipt-printer.recovering",
    title="Printer waits to go online",
    text="The printer at {port} waits to be put back online.",
    remedy="Press FEED once. No change? Switch the printer off and on.",
    avoid=_NO_RECEIPT,
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    stops=_STOPS,
    depends_on=(
        COVER_OPEN,
        PAPER_OUT,
        CUTTER_ERROR,
        RECOVERABLE_ERROR,
        UNRECOVERABLE_ERROR,
        OVERHEATED,
        *HEARD,
    ),
)
OFFLINE = Condition(
    code="receipt-printer.offline",
    title="Printer offline",
    text="The printer at {port} says that it is offline ({replies}).",
    remedy="Press FEED once. No change? Switch the printer off and on.",
    avoid=_NO_RECEIPT,
    prepare=_PREPARE,
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_STOPS,
    depends_on=(RECOVERING, *RECOVERING.depends_on),
)
WEAR = Condition(
    code="receipt-printer.wear",
    title="Printer near end of its life",
    text="The printer at {port} counts {counted} {what}; its limit in the settings is {limit}.",
    remedy="Plan its service: have the print head and the cutter looked at before they fail.",
    prepare=_PREPARE,
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=HEARD,
)

KEEPS_FROM_PRINTING: Final = (
    VANISHED,
    NO_ANSWER,
    COVER_OPEN,
    PAPER_OUT,
    CUTTER_ERROR,
    RECOVERABLE_ERROR,
    UNRECOVERABLE_ERROR,
    OVERHEATED,
    RECOVERING,
    OFFLINE,
)

# Which sign of `RealTime` (and of `Automatic`) a condition is.
STATES: Final[Mapping[Condition, str]] = {
    PAPER_OUT: "paper_out",
    COVER_OPEN: "cover_open",
    NEAR_END: "near_end",
    CUTTER_ERROR: "cutter_error",
    RECOVERABLE_ERROR: "recoverable_error",
    UNRECOVERABLE_ERROR: "unrecoverable_error",
    OVERHEATED: "head_hot",
    RECOVERING: "waiting_recovery",
    OFFLINE: "is_stopped",
}
