"""What can be wrong with a till's software, from the POS application to the operating system."""

from __future__ import annotations

from typing import Final

from probes.payment_lines.conditions import CLOCK_AT_FAULT
from vocabulary.condition import Capability, Condition, Owner, Severity

POS_NOT_RUNNING = Condition(
    code="software.pos-not-running",
    title="POS application not running",
    text="The POS application is not running: {missing} is not there.",
    remedy="Start the POS application from the desktop. If it closes again, restart the till, then call.",
    avoid="Do not charge twice: look it up.",
    prepare="not running: {missing}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.CRITICAL,
    stops=(
        Capability.CARD_PAYMENTS,
        Capability.QR_PAYMENTS,
        Capability.RECEIPTS,
        Capability.SETTLEMENT,
    ),
    shows_that_it_works=False,  # a program that runs has not sold anything yet
    visible_after_seconds=30.0,  # someone restarts it by hand: it is back before one could call
)
SERVICE_DOWN = Condition(
    code="software.service-down",
    title="A service is not running",
    text="The service {subject} is not running; its state is {state}.",
    remedy="Restart the till after this sale; if the service stays down, call.",
    prepare="{subject}: {state}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
    visible_after_seconds=90.0,  # systemd-system.conf(5): DefaultTimeoutStartSec=90s
)
PACKAGE_MISSING = Condition(
    code="software.package-missing",
    title="A package is not installed",
    text="The package {subject} should be installed; its state is {state}.",
    remedy="Install the package, or take it out of the settings.",
    prepare="{subject}: {state}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
PROGRAM_MISSING = Condition(
    code="software.program-missing",
    title="A program is not there",
    text="{subject} should be on this till but is not.",
    remedy="Install the program again, or take it out of the settings.",
    prepare="{subject} is missing",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
VERSION_TOO_OLD = Condition(
    code="software.version-too-old",
    title="Software version too old",
    text="{subject} is version {installed}; {wanted} or newer is wanted.",
    remedy="Update the software to the wanted version after closing time.",
    prepare="{subject} has {installed}, wants {wanted}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
VERSION_DIFFERS = Condition(
    code="software.version-differs",
    title="Not the wanted version",
    text="{subject} is {installed}; exactly {wanted} is wanted.",
    remedy="Install exactly the wanted version after closing time.",
    prepare="{subject} has {installed}, wants {wanted}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
AGENT_TOO_OLD = Condition(
    code="software.agent-too-old",
    title="Health check too old",
    text="The health check is version {installed}; {wanted} or newer is wanted.",
    remedy="Update the health check after closing time.",
    owner=Owner.HEAD_OFFICE,
    severity=Severity.NOTICE,
)
RESTART_NEEDED = Condition(
    code="software.restart-needed",
    title="Till needs a restart",
    text="{why}: running kernel {running}, newest installed {newest}.",
    remedy="Restart the till after the last settlement of the day.",
    avoid="Do not restart during a sale or a settlement.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
)
SYSTEM_END_OF_LIFE = Condition(
    code="software.system-end-of-life",
    title="Operating system outdated",
    text="{system_name} gets no security updates since {last_day}.",
    remedy="Plan the upgrade of the operating system, or enter an extended contract in the settings.",
    prepare="{system_name}, ended {last_day}",
    owner=Owner.HEAD_OFFICE,
    severity=Severity.WARNING,
)
SYSTEM_ENDS_SOON = Condition(
    code="software.system-ends-soon",
    title="Operating system ends soon",
    text="{system_name} gets security updates until {last_day}; days left: {days_left}.",
    remedy="Plan the upgrade of the operating system.",
    owner=Owner.HEAD_OFFICE,
    severity=Severity.NOTICE,
    depends_on=(SYSTEM_END_OF_LIFE,),
)
DRIVER_MISSING = Condition(
    code="software.driver-missing",
    title="A driver is not loaded",
    text="The kernel module {subject} is not loaded.",
    remedy="Load the driver and check that it is installed for the running kernel.",
    prepare="{subject}, kernel {kernel}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)

CERTIFICATE_UNUSABLE = Condition(
    code="software.certificate-unusable",
    title="Own certificate not usable",
    text="{subject} should hold a certificate of this till, but {seen}.",
    remedy="Put the certificate there again, or take it out of the settings.",
    prepare="{subject}: {seen}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
CERTIFICATE_NOT_VALID = Condition(
    code="software.certificate-not-valid",
    title="Own certificate not valid",
    text="Certificate {ending} in {subject} is valid from {begins} to {ends}, not today.",
    remedy="Install the certificate that {issuer} made for this time; if there is none, order it.",
    avoid="Do not delete the old file or its key.",
    prepare="{subject}: {ending} from {issuer}, {begins} to {ends}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(CLOCK_AT_FAULT,),
)
CERTIFICATE_EXPIRING_TOMORROW = Condition(
    code="software.certificate-expiring-tomorrow",
    title="Own certificate: 1 day",
    text="Certificate {ending} in {subject} ends at {stops_at}.",
    remedy="Install the new certificate now, before {stops_at}.",
    avoid="Do not delete the old file or its key.",
    prepare="{subject}: {ending} from {issuer}, ends {stops_at}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
CERTIFICATE_EXPIRING_THIS_WEEK = Condition(
    code="software.certificate-expiring-this-week",
    title="Own certificate: 7 days",
    text="Certificate {ending} in {subject} ends on {ends}; days left: {days_left}.",
    remedy="Install the new certificate before {ends}; if it is not there, call {issuer} today.",
    prepare="{subject}: {ending} from {issuer}, ends {ends}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(CERTIFICATE_EXPIRING_TOMORROW,),
)
CERTIFICATE_EXPIRING_VERY_SOON = Condition(
    code="software.certificate-expiring-very-soon",
    title="Own certificate: 14 days",
    text="Certificate {ending} in {subject} ends on {ends}; days left: {days_left}.",
    remedy="Ask {issuer} today when the new certificate comes, and plan its installation.",
    prepare="{subject}: {ending} from {issuer}, ends {ends}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(CERTIFICATE_EXPIRING_THIS_WEEK,),
)
CERTIFICATE_EXPIRING_SOON = Condition(
    code="software.certificate-expiring-soon",
    title="Own certificate: 30 days",
    text="Certificate {ending} in {subject} ends on {ends}; days left: {days_left}.",
    remedy="Order the new certificate from {issuer}.",
    prepare="{subject}: {ending} from {issuer}, ends {ends}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=(CERTIFICATE_EXPIRING_VERY_SOON,),
)

VERSIONS: Final = (VERSION_TOO_OLD, VERSION_DIFFERS)
CONDITIONS: Final = (
    POS_NOT_RUNNING,
    SERVICE_DOWN,
    PACKAGE_MISSING,
    PROGRAM_MISSING,
    VERSION_TOO_OLD,
    VERSION_DIFFERS,
    AGENT_TOO_OLD,
    RESTART_NEEDED,
    SYSTEM_END_OF_LIFE,
    SYSTEM_ENDS_SOON,
    DRIVER_MISSING,
    CERTIFICATE_UNUSABLE,
    CERTIFICATE_NOT_VALID,
    CERTIFICATE_EXPIRING_TOMORROW,
    CERTIFICATE_EXPIRING_THIS_WEEK,
    CERTIFICATE_EXPIRING_VERY_SOON,
    CERTIFICATE_EXPIRING_SOON,
)
