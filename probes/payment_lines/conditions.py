"""What can be wrong with a payment line, from its host's name to the acquirer's reply."""

from __future__ import annotations

from typing import Final

from probes.device.conditions import CLOCK_OFF, CLOCK_RESET
from probes.maintenance.conditions import DOWNTIME
from probes.network.conditions import RESOLVER_REFUSING, RESOLVER_SILENT
from probes.path.conditions import INTERCEPTED, MTU_BLACK_HOLE, PATH, PORT_REFUSED
from probes.payment_lines.gateway import LOGIN_PAGE, UNEXPECTED_STATUS
from vocabulary.condition import Capability, Condition, Owner, Rung, Severity

_KEEP_CHECKING: Final = "Do not skip certificate checks."
# Who keeps a line from its host; where that is the host itself, the line's own condition says so.
LINE_PATH: Final = tuple(condition for condition in PATH if condition is not PORT_REFUSED)

NAME_NOT_FOUND = Condition(
    code="payment-line.name-not-found",
    title="Payment host name not found",
    text="Line {subject} cannot be used: no address was found for {host}: {seen}.",
    remedy="Ask the network team why its name servers do not know {host}.",
    prepare="name {host}, asked {resolvers}: {seen}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=(RESOLVER_SILENT, RESOLVER_REFUSING),
)
UNREACHABLE = Condition(
    code="payment-line.unreachable",
    title="No way to the payment host",
    text="Line {subject} cannot be used: {seen_by} has no way to {host}.",
    remedy="Check the router's line light; call the line provider.",
    prepare="{source} > {address} TCP {port}: no way, says {seen_by} ({error})",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_PORT,
    depends_on=LINE_PATH,
)
REJECTED = Condition(
    code="payment-line.rejected",
    title="Payment line is blocked",
    text="Line {subject} cannot be used: {seen_by} forbids the way to {host} port {port}.",
    remedy="Have the port opened at {seen_by}.",
    prepare="please allow {source} > {address} TCP {port}, rejected by {seen_by} ({error})",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_PORT,
    depends_on=LINE_PATH,
)
REFUSED = Condition(
    code="payment-line.refused",
    title="Payment host refuses",
    text="Line {subject} cannot be used: {host} refuses connections on port {port}.",
    remedy="Ask the acquirer whether its payment service is running.",
    prepare="{source} > {address} TCP {port}: refused",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_PORT,
    depends_on=(DOWNTIME, *PATH),
)
DROPPED = Condition(
    code="payment-line.dropped",
    title="Payment host: no answer",
    text="Line {subject} cannot be used: nobody answers at {host} port {port}: firewall or acquirer.",
    remedy="Have the port opened; if it is open, call the acquirer.",
    prepare="please allow {source} > {address} TCP {port}, no answer within {waited_seconds} s",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_PORT,
    depends_on=(DOWNTIME, *LINE_PATH),
)
CLOCK_AT_FAULT = Condition(
    code="payment-line.clock-at-fault",
    title="This till's clock is wrong",
    text="Line {subject} cannot be used: this till's clock says {clock}, so certificates look {look}.",
    remedy="Set this till's date and time; if lost again with the power, change the clock battery.",
    avoid=_KEEP_CHECKING,
    prepare="clock {clock}, cert {begins} to {ends}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(CLOCK_RESET, CLOCK_OFF),
)
NOT_TLS = Condition(
    code="payment-line.not-tls",
    title="Not the payment host",
    text="Line {subject} cannot be used: something else answers at {host} port {port}: {seen}.",
    remedy="Ask whether a login page or a proxy stands in between.",
    prepare="{source} > {address} TCP {port}: {seen} instead of TLS",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(INTERCEPTED,),
)
TLS_OLD_PROTOCOL = Condition(
    code="payment-line.tls-old-protocol",
    title="Payment host: old encryption",
    text="Line {subject} cannot be used: {host} offers only encryption that is too old or weak ({protocol}).",
    remedy="Ask from when on TLS 1.2 or newer is offered, and where.",
    prepare="{host} port {port} offers {protocol}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(INTERCEPTED,),
)
TLS_UNKNOWN_ISSUER = Condition(
    code="payment-line.tls-unknown-issuer",
    title="Certificate not trusted",
    text="Line {subject} cannot be used: the certificate of {host} comes from {issuer}: {why}.",
    remedy="Ask whether a box in between opens connections; if none, ask the acquirer.",
    avoid=_KEEP_CHECKING,
    prepare="{host} port {port}, issuer {issuer}: {why}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(INTERCEPTED,),
)
TLS_WRONG_NAME = Condition(
    code="payment-line.tls-wrong-name",
    title="Certificate: wrong name",
    text="Line {subject} cannot be used: {host} shows a certificate for {names}, not for {wanted_name}.",
    remedy="Ask the acquirer which name belongs to {address}.",
    avoid=_KEEP_CHECKING,
    prepare="{address} port {port}: wanted {wanted_name}, shown {names}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(INTERCEPTED,),
)
TLS_NOT_YET_VALID = Condition(
    code="payment-line.tls-not-yet-valid",
    title="Certificate not valid yet",
    text="Line {subject} cannot be used: certificate {beginning} of {host} begins only on {begins}.",
    remedy="Tell the acquirer: the new certificate came too early.",
    avoid=_KEEP_CHECKING,
    prepare="{host} port {port}: certificate begins {begins}, till's clock {clock}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(CLOCK_AT_FAULT,),
)
TLS_EXPIRED = Condition(
    code="payment-line.tls-expired",
    title="Host certificate expired",
    text="Line {subject} cannot be used: certificate {ending} of {host} expired on {ends}.",
    remedy="Ask the acquirer to renew the certificate of {host}.",
    avoid=_KEEP_CHECKING,
    prepare="{host} port {port}: certificate expired {ends}, till's clock {clock}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=(CLOCK_AT_FAULT,),
)
NO_REPLY = Condition(
    code="payment-line.no-reply",
    title="Payment host: no reply",
    text="Line {subject} cannot be used: {host} takes the connection but does not reply: {seen}.",
    remedy="Tell the acquirer: its host connects but does not reply.",
    prepare="{source} > {address} TCP {port}: connected, then {seen} ({stage})",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_REPLY,
    depends_on=(DOWNTIME, MTU_BLACK_HOLE, INTERCEPTED),
)
GARBLED_REPLY = Condition(
    code="payment-line.garbled-reply",
    title="Reply makes no sense",
    text="Line {subject} cannot be used: what {host} sends is no proper reply: {seen}.",
    remedy="Ask the acquirer what it sends; check the line's dialect in the settings.",
    prepare="{source} > {address} TCP {port}: {seen}; begins {first_bytes}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_REPLY,
    depends_on=(INTERCEPTED,),
)
NOT_ACCEPTED = Condition(
    code="payment-line.not-accepted",
    title="Acquirer does not accept",
    text="Line {subject} cannot be used: {host} replies, but with code {answer_code}: {meaning}.",
    remedy="Give the acquirer terminal number and answer code.",
    avoid="No terminal reset or swap yet.",
    prepare="terminal {terminal_id}, answer code {answer_code} ({meaning})",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    rung=Rung.ACQUIRER_REPLY,
    depends_on=(DOWNTIME,),
)
TLS_PIN_MISMATCH = Condition(
    code="payment-line.tls-pin-mismatch",
    title="Not the pinned certificate",
    text="Line {subject} is not tested further: {host} shows another certificate than set, from {issuer}.",
    remedy="Ask whether a box in between opens connections; if none, ask the acquirer.",
    avoid=_KEEP_CHECKING,
    prepare="{host} port {port}: certificate {fingerprint} from {issuer}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.TLS,
)
TLS_OTHER_ISSUER = Condition(
    code="payment-line.tls-other-issuer",
    title="Certificate issuer changed",
    text="Line {subject} works, but since {since} {authority} vouches for {host}; before it was {earlier}.",
    remedy="Ask whether a box in between opens connections since then; if none, ask the acquirer.",
    prepare="{host} port {port}: since {since} under {authority}, before under {earlier}",
    owner=Owner.SITE_IT,
    severity=Severity.NOTICE,
)
TLS_EXPIRING_TOMORROW = Condition(
    code="payment-line.tls-expiring-tomorrow",
    title="Certificate: 1 day or less",
    text="Line {subject} stops at {stops_at}: certificate {ending} of {host} ends then.",
    remedy="Call the acquirer now: {host} needs its new certificate before {stops_at}.",
    prepare="{host} port {port}: certificate {ending} ends {stops_at}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
)
TLS_EXPIRING_THIS_WEEK = Condition(
    code="payment-line.tls-expiring-this-week",
    title="Certificate: 7 days or less",
    text="Line {subject} stops in {days_left} days: certificate {ending} of {host} ends on {ends}.",
    remedy="Call the acquirer today: {host} needs its new certificate before {ends}.",
    prepare="{host} port {port}: certificate {ending} ends {ends}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(TLS_EXPIRING_TOMORROW,),
)
TLS_EXPIRING_VERY_SOON = Condition(
    code="payment-line.tls-expiring-very-soon",
    title="Certificate: 14 days or less",
    text="Line {subject} stops in {days_left} days: certificate {ending} of {host} ends on {ends}.",
    remedy="Ask the acquirer today when the certificate of {host} is renewed.",
    prepare="{host} port {port}: certificate {ending} ends {ends}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(TLS_EXPIRING_THIS_WEEK,),
)
TLS_EXPIRING_SOON = Condition(
    code="payment-line.tls-expiring-soon",
    title="Certificate: 30 days or less",
    text="Line {subject} has {days_left} days left: certificate {ending} of {host} ends on {ends}.",
    remedy="Ask the acquirer when the certificate of {host} is renewed.",
    prepare="{host} port {port}: certificate {ending} ends {ends}",
    owner=Owner.ACQUIRER,
    severity=Severity.NOTICE,
    depends_on=(TLS_EXPIRING_VERY_SOON,),
)
LOSSY = Condition(
    code="payment-line.lossy",
    title="Payment line loses packets",
    text="Line {subject} works, but {lost} of {tries} tries had to be repeated or got no answer.",
    remedy="Call the line provider and have the line measured for loss.",
    prepare="{source} > {address} TCP {port}: {lost} of {tries} tries lost",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.NOTICE,
    visible_after_seconds=180.0,  # three rounds: a single lost packet is the Internet at work
)
SLOW = Condition(
    code="payment-line.slow",
    title="Payment line is slow",
    text="Line {subject} works, but takes {latency_ms} ms (normal: up to {limit_ms} ms).",
    remedy="Check what else uses the store's line; if nothing does, call the line provider.",
    prepare="{source} > {address} TCP {port}: {latency_ms} ms, varying by {jitter_ms} ms",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.NOTICE,
    visible_after_seconds=180.0,  # three rounds: one slow answer is nobody's fault
    depends_on=(LOSSY,),
)
UNSTEADY = Condition(
    code="payment-line.unsteady",
    title="Payment line is unsteady",
    text="Line {subject} works, but its answers vary by {jitter_ms} ms (normal: up to {limit_ms} ms).",
    remedy="Check what else uses the store's line; if nothing does, call the line provider.",
    prepare="{source} > {address} TCP {port}: {latency_ms} ms, varying by {jitter_ms} ms",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.NOTICE,
    visible_after_seconds=180.0,  # three rounds: one late answer is nobody's fault
    depends_on=(LOSSY, SLOW),
)

PORT: Final = (UNREACHABLE, REJECTED, REFUSED, DROPPED)
TLS: Final = (
    NOT_TLS,
    TLS_OLD_PROTOCOL,
    TLS_UNKNOWN_ISSUER,
    TLS_WRONG_NAME,
    TLS_NOT_YET_VALID,
    TLS_EXPIRED,
)
REPLY: Final = (NO_REPLY, GARBLED_REPLY, LOGIN_PAGE, UNEXPECTED_STATUS, NOT_ACCEPTED)
# Groups in the order a line is walked; the members of a group are told apart by one look.
LADDER: Final[tuple[tuple[Condition, ...], ...]] = (
    (NAME_NOT_FOUND,),
    PORT,
    *((condition,) for condition in (*TLS, *REPLY)),
)
EXPIRING: Final = (
    TLS_EXPIRING_TOMORROW,
    TLS_EXPIRING_THIS_WEEK,
    TLS_EXPIRING_VERY_SOON,
    TLS_EXPIRING_SOON,
)
WITH_TLS: Final = frozenset({*TLS, *EXPIRING, TLS_PIN_MISMATCH, TLS_OTHER_ISSUER})
QUALITY: Final = (*EXPIRING, TLS_OTHER_ISSUER, LOSSY, SLOW, UNSTEADY)

LINE_DOWN = Condition(
    code="payment-line.down",
    title="Payment line is down",
    text="Line {subject} to {host} port {port} cannot carry a payment.",
    remedy="Ask the acquirer about line {subject}.",
    prepare="line {subject}, {host} port {port}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(NAME_NOT_FOUND, *PORT, *TLS, *REPLY),
)
CARD_LINES_DOWN = Condition(
    code="card-payments.no-line",
    title="All card lines are down",
    text="No card can be taken and nothing settled: none of the lines works: {lines}.",
    remedy="Take cash, or QR where it works; call the acquirer.",
    avoid="Until settled: no reset, no swap, nothing deleted.",
    prepare="no line works: {lines}",
    owner=Owner.ACQUIRER,
    severity=Severity.CRITICAL,
    stops=(Capability.CARD_PAYMENTS, Capability.SETTLEMENT),
    depends_on=(LINE_DOWN,),
)
QR_LINES_DOWN = Condition(
    code="qr-payments.no-line",
    title="All QR lines are down",
    text="No scanned code can be taken: none of the lines works: {lines}.",
    remedy="Take cash, or cards where they work; call the payment provider.",
    avoid="Do not charge twice: look it up.",
    prepare="no line works: {lines}",
    owner=Owner.ACQUIRER,
    severity=Severity.CRITICAL,
    stops=(Capability.QR_PAYMENTS,),
    depends_on=(LINE_DOWN,),
)

CONDITIONS: Final = (
    NAME_NOT_FOUND,
    *LINE_PATH,
    MTU_BLACK_HOLE,
    *PORT,
    CLOCK_AT_FAULT,
    *TLS,
    TLS_PIN_MISMATCH,
    *REPLY,
    *QUALITY,
    LINE_DOWN,
    CARD_LINES_DOWN,
    QR_LINES_DOWN,
)
