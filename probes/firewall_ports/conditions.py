"""What can be wrong with the ports a store needs, and with those it must not have."""

from __future__ import annotations

from typing import Final

from probes.network.conditions import BEYOND_THE_STORE
from vocabulary.condition import Condition, Owner, Rung, Severity

PORT_REFUSED: Final = Condition(
    code="firewall.port-refused",
    title="Port refused",
    text="{purpose}: {subject} refuses the connection ({where}).",
    remedy="Have the network team open the port.",
    prepare="Please allow {flow}, refused since {since} ({where})",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
)
PORT_DROPPED: Final = Condition(
    code="firewall.port-dropped",
    title="No answer, maybe a firewall",
    text="{purpose}: {subject} does not answer; last hop answering: {last_hop}.",
    remedy="Have the network team open the port.",
    prepare="Please allow {flow}, no answer since {since}; last hop answering: {last_hop}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=BEYOND_THE_STORE,
)
PORT_REJECTED: Final = Condition(
    code="firewall.port-rejected",
    title="Firewall blocks a port",
    text="{purpose}: the firewall at {offender} does not let {subject} through.",
    remedy="Have the network team open the port.",
    prepare="Please allow {flow}, rejected by {offender} (ICMP {icmp}) since {since}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
)
BLOCKED_HERE: Final = Condition(
    code="firewall.blocked-here",
    title="The till blocks a port",
    text="{purpose}: the till itself does not let {subject} out ({how}).",
    remedy="Allow the port in the till's own firewall.",
    prepare="Please allow in the till's own firewall: {flow}, since {since} (rule: {rule})",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
)
NO_WAY: Final = Condition(
    code="firewall.no-way",
    title="Line leads nowhere",
    text="{purpose}: {offender} knows no way to {subject}.",
    remedy="Check the router's line light; call the line provider.",
    prepare="{flow}: {offender} knows no way on since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=BEYOND_THE_STORE,
)
UNEXPECTED_LISTENER: Final = Condition(
    code="firewall.unexpected-listener",
    title="Unexpected open port",
    text="Programs on this till wait for connections on ports that are not on its list: {ports}.",
    remedy="Stop that program, or add its port to listening_allowed.",
    prepare="Listening TCP ports not on the list (with the user): {ports}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    visible_after_seconds=90,  # an update or a print job may open a port for the length of one round (60 s)
)
OUTBOUND: Final = (PORT_REFUSED, PORT_DROPPED, PORT_REJECTED, BLOCKED_HERE, NO_WAY)
