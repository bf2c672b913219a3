"""What can be wrong with a payment terminal on the store's network, in its own words."""

from __future__ import annotations

from typing import Final

from probes.network.conditions import BEYOND_THE_STORE, RESOLVER_REFUSING, RESOLVER_SILENT
from vocabulary.condition import Capability, Condition, Owner, Severity

_KEEP: Final = "Do not reset or swap the terminal yet."

UNREACHABLE = Condition(
    code="payment-terminal.unreachable",
    title="Payment terminal not there",
    text="Payment terminal {subject} does not answer at {host} port {port}: {seen}.",
    remedy="Check that the payment terminal is on, and on the store's Wi-Fi or cable.",
    avoid=_KEEP,
    prepare="{source} > {host} TCP {port}: {seen}",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    depends_on=(RESOLVER_SILENT, RESOLVER_REFUSING, *BEYOND_THE_STORE),
)
NOT_RECOGNISED = Condition(
    code="payment-terminal.not-recognised",
    title="Is it the payment terminal?",
    text="What answers at {host} port {port} cannot be taken for payment terminal {subject}: {seen}.",
    remedy="Check the terminal's address, its id and its certificate in the settings.",
    prepare="{host} port {port}: {seen}; certificate of {names}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
MAINTENANCE = Condition(
    code="payment-terminal.maintenance",
    title="Terminal is being updated",
    text="Payment terminal {subject} says that it is in maintenance.",
    remedy="Wait until the payment terminal has finished its update.",
    avoid="Do not switch it off meanwhile.",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
)
HOST_UNREACHABLE = Condition(
    code="payment-terminal.host-unreachable",
    title="Terminal has no connection",
    text="Payment terminal {subject} answers, but says that it does not reach its acquirer: {seen}.",
    remedy="Check the connection sign on the terminal's screen; then call the line provider.",
    avoid=_KEEP,
    prepare="terminal {poi_id}: {seen}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    depends_on=BEYOND_THE_STORE,
)
ACQUIRER_UNREACHABLE = Condition(
    code="payment-terminal.acquirer-unreachable",
    title="One acquirer not reached",
    text="Payment terminal {subject} reaches other hosts, but not these: {hosts}.",
    remedy="Ask the acquirer whether its host is running.",
    prepare="terminal {poi_id}: not reached: {hosts}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(HOST_UNREACHABLE,),
)
UNCONFIRMED = Condition(
    code="payment-terminal.unconfirmed-batches",
    title="Payments not confirmed yet",
    text="Payment terminal {subject} holds {unconfirmed} payments that the acquirer has not confirmed.",
    remedy="Leave the terminal on and connected; if it stays, call the acquirer.",
    avoid="Until confirmed: no reset, no swap.",
    prepare="terminal {poi_id}: {unconfirmed} payments not confirmed",
    owner=Owner.ACQUIRER,
    severity=Severity.NOTICE,
    depends_on=(HOST_UNREACHABLE, ACQUIRER_UNREACHABLE),
)
PAPER_OUT = Condition(
    code="payment-terminal.paper-out",
    title="Payment terminal: no paper",
    text="Payment terminal {subject} has no paper for card receipts; payments go on.",
    remedy="Put a new roll into the payment terminal.",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
)
PAPER_LOW = Condition(
    code="payment-terminal.paper-low",
    title="Payment terminal: low paper",
    text="Payment terminal {subject} is running low on paper.",
    remedy="Have a roll for the payment terminal at hand.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
)
PRINTER_FAULT = Condition(
    code="payment-terminal.printer-fault",
    title="Payment terminal's printer",
    text="The printer of payment terminal {subject} does not print: {seen}; payments go on.",
    remedy="Open its printer and take out jammed paper; if it stays, call the technician.",
    prepare="terminal {poi_id}: printer {seen}",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
)
TERMINAL_DOWN = Condition(
    code="payment-terminal.down",
    title="Payment terminal is down",
    text="Payment terminal {subject} cannot take a card payment.",
    remedy="Ask the acquirer about payment terminal {subject}.",
    prepare="payment terminal {subject}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(UNREACHABLE, MAINTENANCE, HOST_UNREACHABLE),
)
NO_TERMINAL = Condition(
    code="card-payments.no-terminal",
    title="No payment terminal works",
    text="No card can be taken and nothing settled: none of the payment terminals works: {terminals}.",
    remedy="Take cash, or QR where it works; call the acquirer.",
    avoid="Until settled: no reset, no swap, nothing deleted.",
    prepare="no payment terminal works: {terminals}",
    owner=Owner.ACQUIRER,
    severity=Severity.CRITICAL,
    stops=(Capability.CARD_PAYMENTS, Capability.SETTLEMENT),
    depends_on=(TERMINAL_DOWN,),
)

OF_A_TERMINAL: Final = (
    UNREACHABLE,
    NOT_RECOGNISED,
    MAINTENANCE,
    HOST_UNREACHABLE,
    ACQUIRER_UNREACHABLE,
    UNCONFIRMED,
    PAPER_OUT,
    PAPER_LOW,
    PRINTER_FAULT,
    TERMINAL_DOWN,
)
