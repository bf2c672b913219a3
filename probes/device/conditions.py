"""What can be wrong with the till itself: memory, processor, clock, screen and what is plugged in."""

from __future__ import annotations

from typing import Final

from probes.device.disk_conditions import BACKUPS, MOUNTS, WEAR
from probes.power.conditions import TOO_HOT, WARM
from vocabulary.condition import Capability, Condition, Owner, Severity

_NOT_NOW: Final = "Do not restart during a sale or a settlement."

RESTART_WOULD_HELP = Condition(
    code="device.restart-would-help",
    title="A restart would help",
    text="The till has run for {days_up} days. Memory left (%): {available_percent}. Leftovers: {zombies}.",
    remedy="Restart the till after the last settlement of the day.",
    avoid=_NOT_NOW,
    owner=Owner.STAFF,
    severity=Severity.WARNING,
)
MEMORY_SHORT = Condition(
    code="device.memory-short",
    title="Till is short of memory",
    text="Memory left (%): {available_percent}, swap: {swap_percent}. Time lost (%): {stalled_percent}.",
    remedy="Close programs that are not needed, such as a browser. If it stays slow after a restart, call.",
    avoid=_NOT_NOW,
    prepare="memory left (%): {available_percent}, PSI full (%): {stalled_percent}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(RESTART_WOULD_HELP,),  # which says all that this one says, and the one step besides
    visible_after_seconds=120.0,  # an update that unpacks itself is over by then
)
OUT_OF_MEMORY = Condition(
    code="device.out-of-memory",
    title="Program ended: no memory",
    text="The system had no memory left and ended programs; their number: {times}. Noticed at {noticed}.",
    remedy="Check that the POS application still works; send what `poshealth check --json` prints.",
    avoid="Do not charge twice: look it up.",
    prepare="OOM kills: {times}, noticed at {noticed}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
PROCESSOR_BUSY = Condition(
    code="device.processor-busy",
    title="Till is overloaded",
    text="Programs wait for the processor. Load of 5 minutes: {load}, processors: {processors}.",
    remedy="Close programs that are not needed, such as a browser or a video. If it stays slow, call.",
    prepare="load {load} on {processors} processors",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
)
THROTTLED = Condition(
    code="device.throttled",
    title="Processor slows itself down",
    text="The processor runs slower than it could: {signs}.",
    remedy="Clear the air vents of the till and move it away from heat; check its power supply.",
    prepare="{signs}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=(TOO_HOT, WARM),
    visible_after_seconds=120.0,  # a load peak heats a processor for seconds; a blocked vent for good
)

CLOCK_RESET = Condition(
    code="device.clock-reset",
    title="Till's clock is years slow",
    text="The till's clock says {clock}; that was before this program was made.",
    remedy="Set this till's date and time; if lost again with the power, change the clock battery.",
    prepare="clock {clock}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
CLOCK_BATTERY_DEAD = Condition(
    code="device.clock-battery-dead",
    title="Clock battery is empty",
    text="The till's hardware clock lost the time while it was off: it said {hardware_clock}.",
    remedy="Order and fit a new battery (mostly a CR2032) on the till's board.",
    avoid="Do not switch the till off at the wall overnight.",
    prepare="hardware clock said {hardware_clock}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=(CLOCK_RESET,),  # first the time is set, then the battery is ordered
)
CLOCK_OFF = Condition(
    code="device.clock-off",
    title="Till's clock is wrong",
    text="The till's clock is wrong by {seconds_off} s, says the time server {server}.",
    remedy="Set the clock: run chronyc makestep as root.",
    prepare="off by {seconds_off} s against {server}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(CLOCK_RESET,),
)
CLOCK_NOT_SYNCHRONISED = Condition(
    code="device.clock-not-synchronised",
    title="Till's clock is not set",
    text="No time server sets the till's clock; it says {clock}.",
    remedy="Switch on systemd-timesyncd or chrony, with a time server that this store can reach.",
    prepare="clock {clock}, not synchronised",
    owner=Owner.SITE_IT,
    severity=Severity.NOTICE,
    depends_on=(CLOCK_RESET, CLOCK_OFF),
    # timesyncd.conf(5): PollIntervalMaxSec=2048, the longest it waits between two tries
    visible_after_seconds=2048.0,
)

DISPLAY_MISSING = Condition(
    code="device.display-missing",
    title="Screen not connected",
    text="The till sees no screen at {subject}.",
    remedy="Check the screen's cable at both ends, and that the screen is on.",
    prepare="{subject}: not connected",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    visible_after_seconds=10.0,  # some screens go from the wire for a moment when they wake
)
USB_HUB_GONE = Condition(
    code="device.usb-hub-gone",
    title="USB hub is gone",
    text="The USB hub {subject} is gone, and with it: {devices}.",
    remedy="Plug in the hub again at the till, and its own power supply if it has one.",
    prepare="USB {subject} gone, with {devices}",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    visible_after_seconds=10.0,  # as of a single device below
)
CARD_READER_MISSING = Condition(
    code="device.card-reader-missing",
    title="Card reader not connected",
    text="The till does not see its {subject} any more.",
    remedy="Plug the card reader in again at the same socket; check that it has power.",
    prepare="{subject} is missing",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=(Capability.CARD_PAYMENTS,),
    shows_that_it_works=False,
    depends_on=(USB_HUB_GONE,),
    visible_after_seconds=10.0,  # a USB device that resets itself is back within a few seconds
)
DEVICE_MISSING = Condition(
    code="software.device-missing",  # of the software probe until 0.1.0: a code is never renamed
    title="A device is not connected",
    text="The device {subject} is not there.",
    remedy="Plug the device in again at the same socket; check that it has power.",
    prepare="{subject} is missing",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(USB_HUB_GONE,),
    visible_after_seconds=10.0,  # a USB device that resets itself is back within a few seconds
)

MEMORY: Final = (RESTART_WOULD_HELP, MEMORY_SHORT, OUT_OF_MEMORY)
PROCESSOR: Final = (PROCESSOR_BUSY, THROTTLED)
CLOCK: Final = (CLOCK_BATTERY_DEAD, CLOCK_RESET, CLOCK_OFF, CLOCK_NOT_SYNCHRONISED)
PLUGGED_IN: Final = (DISPLAY_MISSING, USB_HUB_GONE, CARD_READER_MISSING, DEVICE_MISSING)
CONDITIONS: Final = (*MOUNTS, *WEAR, *MEMORY, *PROCESSOR, *CLOCK, *PLUGGED_IN, *BACKUPS)
