"""Who keeps a connection from its destination, and where on the way."""

from __future__ import annotations

from typing import Final

from probes.maintenance.conditions import DOWNTIME
from probes.network.conditions import (
    BEYOND_THE_STORE,
    HOST_GONE,
    LINE_DOWN,
    NO_WAY,
    ROUTING_LOOP,
    THE_LINE,
    UPSTREAM_SILENT,
)
from vocabulary.condition import Condition, Owner, Rung, Severity

_OPEN_THE_PORT: Final = "Have the network team open the port."

PORT_REFUSED: Final = Condition(
    code="firewall.port-refused",
    title="Port refused",
    text="{purpose}: {target} refuses the connection ({where}).",
    remedy=_OPEN_THE_PORT,
    prepare="Please allow {flow}, refused since {since} ({where})",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(DOWNTIME, *BEYOND_THE_STORE),
)
RESET_ON_THE_WAY: Final = Condition(
    code="firewall.reset-on-the-way",
    title="Firewall cuts a port off",
    text="{purpose}: a firewall at or just after {offender} cuts {target} off.",
    remedy=_OPEN_THE_PORT,
    prepare="Please allow {flow}, reset at or just after {offender} since {since}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=BEYOND_THE_STORE,
)
PORT_REJECTED: Final = Condition(
    code="firewall.port-rejected",
    title="Firewall blocks a port",
    text="{purpose}: the firewall at {offender} does not let {target} through.",
    remedy=_OPEN_THE_PORT,
    prepare="Please allow {flow}, rejected by {offender} (ICMP {icmp}) since {since}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=BEYOND_THE_STORE,
)
BLOCKED_HERE: Final = Condition(
    code="firewall.blocked-here",
    title="The till blocks a port",
    text="{purpose}: the till itself does not let {target} out ({how}).",
    remedy="Allow the port in the till's own firewall.",
    prepare="Please allow in the till's own firewall: {flow}, since {since} (rule: {rule})",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=BEYOND_THE_STORE,
)
PAST_THE_TUNNEL: Final = Condition(
    code="path.past-the-tunnel",
    title="Not through its VPN tunnel",
    text="{purpose}: {target} was not tried, for no route to it leads into the VPN tunnel {tunnel}.",
    remedy="Have the VPN of this till checked: {address} must be reached through {tunnel}.",
    prepare="{source} > {address}: no route leads into {tunnel} since {since}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=BEYOND_THE_STORE,
)
# What holds for all ports of a host, though only some of their packets may be told so.
TO_THE_HOST: Final = (LINE_DOWN, NO_WAY, ROUTING_LOOP, HOST_GONE)
PORT_DROPPED: Final = Condition(
    code="firewall.port-dropped",
    title="No answer, maybe a firewall",
    text="{purpose}: {target} does not answer; last hop answering: {last_hop}.",
    remedy=_OPEN_THE_PORT,
    prepare="Please allow {flow}, no answer since {since}; last hop answering: {last_hop}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(DOWNTIME, *TO_THE_HOST, *THE_LINE, *BEYOND_THE_STORE),
)
INTERCEPTED: Final = Condition(
    code="path.intercepted",
    title="Another machine answers",
    text="{purpose}: what answers as {target} is at hop {near}, the host itself at hop {far}.",
    remedy="Ask whether a proxy or login page stands in between.",
    prepare="{flow}: answered at hop {near} instead of {far}, at or just after {offender}, since {since}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=BEYOND_THE_STORE,
)
MTU_BLACK_HOLE: Final = Condition(
    code="path.mtu-black-hole",
    title="Big packets get lost",
    text="{purpose}: {target} works with small packets only; big ones vanish (limit near {offender}).",
    remedy="Have the MTU of the store's line set right on the router.",
    prepare="{flow}: packets of {size} bytes vanish, small ones pass; last hop {offender}; since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.TLS,
    depends_on=BEYOND_THE_STORE,
)
# At most one fails for a subject: one look tells them apart.
PATH: Final = (
    PORT_REFUSED,
    RESET_ON_THE_WAY,
    PORT_DROPPED,
    PORT_REJECTED,
    BLOCKED_HERE,
    PAST_THE_TUNNEL,
    LINE_DOWN,
    UPSTREAM_SILENT,
    NO_WAY,
    ROUTING_LOOP,
    HOST_GONE,
    INTERCEPTED,
)
