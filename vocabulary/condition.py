"""What can be wrong, declared before it happens."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

from vocabulary.reading import Fact, Reading, Reason, Status


class Owner(StrEnum):
    """Whom to call; the settings hold a contact for each."""

    STAFF = "staff"
    TECHNICIAN = "technician"
    SITE_IT = "site-it"
    LINE_PROVIDER = "line-provider"
    POWER_COMPANY = "power-company"
    ACQUIRER = "acquirer"
    HEAD_OFFICE = "head-office"
    SOFTWARE_VENDOR = "software-vendor"


class Capability(StrEnum):
    """What a till must be able to do, in the order a cashier asks for it."""

    CARD_PAYMENTS = "card-payments"
    QR_PAYMENTS = "qr-payments"
    RECEIPTS = "receipts"
    SETTLEMENT = "settlement"
    REPORTING = "reporting"
    SURVIVES_POWER_CUT = "survives-power-cut"


PAYMENTS = frozenset({Capability.CARD_PAYMENTS, Capability.QR_PAYMENTS})

SALES = PAYMENTS | {Capability.RECEIPTS, Capability.SETTLEMENT}


class Severity(IntEnum):
    NOTICE = 0
    WARNING = 1
    CRITICAL = 2


class Rung(IntEnum):
    """The ladder from the wall socket to the acquirer's reply."""

    POWER = 1
    LINK = 2
    ADDRESS = 3
    GATEWAY = 4
    NAME_LOOKUP = 5
    SITE_FIREWALL = 6
    ACQUIRER_PORT = 7
    TLS = 8
    ACQUIRER_REPLY = 9


class Condition(Struct, frozen=True, kw_only=True):
    """One thing that can be wrong.

    `text`, `remedy`, `avoid` and `prepare` are English templates over a reading's facts and `{subject}`;
    a template is also the key of its Chinese translation. `title` has no placeholder and fits 28 columns.
    `planned`: known beforehand, such as work that is due. It stands behind every fault, and nobody is called.
    Where `shows_that_it_works` is false, what it stops is not said to work by this one being well alone: a
    card reader that is plugged in is no card payment.
    """

    code: str
    title: str
    text: str
    remedy: str
    owner: Owner
    severity: Severity
    avoid: str = ""
    prepare: str = ""
    stops: tuple[Capability, ...] = ()
    rung: Rung | None = None
    depends_on: tuple[Condition, ...] = ()
    visible_after_seconds: float = 0.0
    planned: bool = False
    shows_that_it_works: bool = True

    def __hash__(self) -> int:
        return hash(self.code)

    def failing(self, subject: str = "", *, through: tuple[str, ...] = (), **facts: Fact) -> Reading:
        return Reading(code=self.code, subject=subject, status=Status.FAILING, facts=facts, through=through)

    def ok(self, subject: str = "", *, through: tuple[str, ...] = (), **facts: Fact) -> Reading:
        return Reading(code=self.code, subject=subject, status=Status.OK, facts=facts, through=through)

    def failing_if(
        self, broken: bool, subject: str = "", *, through: tuple[str, ...] = (), **facts: Fact
    ) -> Reading:
        return (self.failing if broken else self.ok)(subject, through=through, **facts)

    def unknown(
        self,
        reason: Reason,
        subject: str = "",
        *,
        because: str = "",
        through: tuple[str, ...] = (),
        **facts: Fact,
    ) -> Reading:
        """`because` is the code of the condition in the way, or a short English phrase."""
        return Reading(
            code=self.code,
            subject=subject,
            status=Status.UNKNOWN,
            facts=facts,
            through=through,
            reason=reason,
            because=because,
        )
