"""What can be wrong with the agent itself."""

from __future__ import annotations

from typing import Final

from probes.catalogue import CONDITIONS
from probes.device import disk_conditions as disks
from vocabulary.condition import Capability, Condition, Owner, Severity

PROBE_ENDED: Final = Condition(
    code="agent.probe-ended",
    title="A check could not finish",
    text="The check {subject} was ended {times} times in a row, last because: {why}.",
    remedy="Report this to the software vendor; all other checks go on.",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.NOTICE,
    prepare="poshealth: {subject}, {why}",
)
SPOOL_IN_MEMORY: Final = Condition(
    code="agent.spool-in-memory",
    title="Reports are not saved",
    text="Reports wait in memory only, because the disk refused: {why}. A power cut would lose them.",
    remedy="Free some space on the disk of this till, or replace it; saving begins again by itself.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(disks.DISK_READ_ONLY, disks.DISK_FULL, disks.TOO_MANY_FILES),
)
DISK_FULL: Final = Condition(
    code="agent.disk-full",
    title="This till's disk is full",
    text="The disk under {folder} is full. Reports are still saved, in the room of a reserve file.",
    remedy="Free some space on the disk of this till.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(disks.DISK_FULL, disks.TOO_MANY_FILES),
)
SPOOL_DAMAGED: Final = Condition(
    code="agent.spool-damaged",
    title="Saved reports were damaged",
    text="The file with the waiting reports was damaged and set aside. Of its reports {saved} could be read"
    " back, {lost} could not.",
    remedy="Test the disk of this till; replace it if this comes again.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
IDENTITY_USED_TWICE: Final = Condition(
    code="agent.identity-used-twice",
    title="This till's name used twice",
    text="Head office already has other reports of {terminal} under the same numbers: the till was copied,"
    " or an old backup was restored. It goes on in a new series.",
    remedy="Check that no other till runs as {terminal}; give a copy a name of its own.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
HEAD_OFFICE_UNREACHABLE: Final = Condition(
    code="agent.head-office-unreachable",
    title="Reports not confirmed",
    text="No good answer from {whom}, {failures} times in a row: {why}. {waiting} reports wait on this till.",
    remedy="Wait for the line; the reports are sent by themselves."
    " Tell whoever runs {whom} if this lasts a day.",
    owner=Owner.HEAD_OFFICE,
    severity=Severity.NOTICE,
    stops=(Capability.REPORTING,),
    visible_after_seconds=180,  # three missed heartbeats at the default 60 s
)
HEAD_OFFICE_REFUSES: Final = Condition(
    code="agent.head-office-refuses",
    title="Reports are refused",
    text="Who this till says it is was not accepted by {whom}: {why}. {waiting} reports wait on this till.",
    remedy="Compare id and secret in the settings of this till with what {whom} has.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=(Capability.REPORTING,),
)

SETTINGS_REJECTED: Final = Condition(
    code="agent.settings-rejected",
    title="New settings have mistakes",
    text="The changed settings were not taken, the last good ones are in use: {why}",
    remedy="Run poshealth config check on this till and correct what it names.",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)

MEMORY_HIGH: Final = Condition(
    code="agent.memory-high",
    title="Health check grows too large",
    text="The health check itself uses {mebibytes} MiB of memory. It should stay below {most_mebibytes} MiB.",
    remedy="Report this to the software vendor; restart poshealth if this till has become slow.",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.NOTICE,
    prepare="poshealth: {mebibytes} MiB",
    visible_after_seconds=180,  # three heartbeats at the default 60 s: a check at its peak is no leak
)

EVENTS_UNNOTICED: Final = Condition(
    code="agent.events-unnoticed",
    title="Changes are noticed late",
    text="The part of the health check that notices a change at once has ended {times} times in a row."
    " Changes are found by the regular checks only.",
    remedy="Report this to the software vendor; all checks go on.",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.NOTICE,
    prepare="poshealth: watcher, {times}",
)

WORK_OPEN: Final = Condition(
    code="change.still-open",
    title="A change was not ended",
    text="The change “{reason}” was begun {begun} and is not ended.",
    remedy="Check the till once more with: poshealth change end",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    planned=True,
)

OWN_CONDITIONS: Final = (
    PROBE_ENDED,
    SPOOL_IN_MEMORY,
    DISK_FULL,
    SPOOL_DAMAGED,
    IDENTITY_USED_TWICE,
    HEAD_OFFICE_UNREACHABLE,
    HEAD_OFFICE_REFUSES,
    SETTINGS_REJECTED,
    MEMORY_HIGH,
    EVENTS_UNNOTICED,
    WORK_OPEN,
)
ALL_CONDITIONS: Final[dict[str, Condition]] = {
    **CONDITIONS,
    **{condition.code: condition for condition in OWN_CONDITIONS},
}
