"""What can be wrong above cable and SIM: address, router, what stands in the way, and name lookup."""

from __future__ import annotations

from typing import Final

from probes.maintenance.conditions import DOWNTIME
from probes.network.link_conditions import LINK, WIFI_WEAK
from vocabulary.condition import Condition, Owner, Rung, Severity

BLOCKED_BY_ITSELF: Final = "blocked by the till's own firewall"
_ASK_THE_PROVIDER: Final = "Check the router's line light; call the line provider."

NO_ADDRESS: Final = Condition(
    code="network.no-address",
    title="No network address",
    text="{subject} was given no address by the store network (it has: {found}).",
    remedy="Switch the store router off and on once and wait two minutes.",
    prepare="{subject} gets no address by DHCP, has {found}",
    owner=Owner.SITE_IT,
    severity=Severity.CRITICAL,
    rung=Rung.ADDRESS,
    depends_on=LINK,
    visible_after_seconds=13,  # RFC 2131 4.1: a DHCP client asks again after 4 and 8 s, give or take one
)
ADDRESS_TAKEN: Final = Condition(
    code="network.address-taken",
    title="Address is used twice",
    text="Another device uses this till's address {address} too: its hardware address is {other}.",
    remedy="Have one of the two given another address; until then unplug the other device.",
    prepare="{address} on {subject} is also used by {other}",
    owner=Owner.SITE_IT,
    severity=Severity.CRITICAL,
    rung=Rung.ADDRESS,
    depends_on=(NO_ADDRESS, *LINK),
)
NO_DEFAULT_ROUTE: Final = Condition(
    code="network.no-default-route",
    title="No way out of the store",
    text="The till has an address on {subject} but knows no router that leads out of the store.",
    remedy="Have the gateway checked: the till's setting, or DHCP.",
    prepare="Till interface {subject} has no default route",
    owner=Owner.SITE_IT,
    severity=Severity.CRITICAL,
    rung=Rung.GATEWAY,
    depends_on=(NO_ADDRESS, *LINK),
)
GATEWAY_SILENT: Final = Condition(
    code="network.gateway-silent",
    title="Store router not answering",
    text="The store router {subject} does not answer (tried: {asked}).",
    remedy="Check the power light of the store router; switch it off and on once and wait two minutes.",
    prepare="Gateway {subject} silent, seen from {interface}; tried: {asked}",
    owner=Owner.SITE_IT,
    severity=Severity.CRITICAL,
    rung=Rung.GATEWAY,
    depends_on=(NO_DEFAULT_ROUTE, ADDRESS_TAKEN, NO_ADDRESS, *LINK, WIFI_WEAK),
)
_TO_THE_ROUTER: Final = (GATEWAY_SILENT, NO_DEFAULT_ROUTE, ADDRESS_TAKEN, NO_ADDRESS, *LINK, WIFI_WEAK)
PORTAL: Final = Condition(
    code="network.captive-portal",
    title="A login page is in the way",
    text="The network shows a login page of {portal} instead of letting the till through ({seen}).",
    remedy="Have this till let through without login, or put it on the till network.",
    prepare="Login page {portal}, seen at {address}: {seen}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=_TO_THE_ROUTER,
)
LINE_DOWN: Final = Condition(
    code="path.line-down",
    title="The store's line is down",
    text="The store router {offender} says that its line out is down.",
    remedy=_ASK_THE_PROVIDER,
    prepare="Router {offender} has no line out since {since} (ICMP {icmp})",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(PORTAL, *_TO_THE_ROUTER),
)
NO_WAY: Final = Condition(
    code="firewall.no-way",
    title="Line leads nowhere",
    text="{purpose}: {offender} knows no way to {address}.",
    remedy=_ASK_THE_PROVIDER,
    prepare="{source} > {address}: {offender} knows no way on since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(PORTAL, *_TO_THE_ROUTER),
)
ROUTING_LOOP: Final = Condition(
    code="path.routing-loop",
    title="Line goes in a circle",
    text="{purpose}: packets to {address} go round between {offender} and {other}.",
    remedy="Call the line provider: only its engineers can mend the way.",
    prepare="{source} > {address}: goes round between {offender} and {other} since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(PORTAL, *_TO_THE_ROUTER),
)
HOST_GONE: Final = Condition(
    code="path.host-gone",
    title="Far end is off the network",
    text="{purpose}: {address} is gone; the way to it answers up to {offender}.",
    remedy="Ask the acquirer whether {address} is switched on.",
    prepare="{source} > {address}: host gone since {since}, says {offender} (ICMP {icmp})",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(DOWNTIME, PORTAL, *_TO_THE_ROUTER),
)
UPSTREAM_SILENT: Final = Condition(
    code="path.upstream-silent",
    title="Nothing beyond the router",
    text="The store router {offender} answers, but nothing beyond it does.",
    remedy=_ASK_THE_PROVIDER,
    prepare="Router {offender} is well, nothing beyond it answers since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    # Who says of a host that no way leads there lives beyond the router, and says it seldom.
    depends_on=(LINE_DOWN, NO_WAY, ROUTING_LOOP, HOST_GONE, PORTAL, *_TO_THE_ROUTER),
)
THE_LINE: Final = (LINE_DOWN, UPSTREAM_SILENT)
VPN_DOWN: Final = Condition(
    code="network.vpn-down",
    title="VPN tunnel is down",
    text="The VPN tunnel {subject} is down: {state}.",
    remedy="Have the VPN program of this till started again; if it does not stay up, check its other end.",
    prepare="Tunnel {subject}: {state}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(*THE_LINE, PORTAL, *_TO_THE_ROUTER),
)
VPN_PEER_SILENT: Final = Condition(
    code="network.vpn-peer-silent",
    title="VPN: other end silent",
    text="The tunnel {subject} is up, but {peer} behind it does not answer (tried: {asked}).",
    remedy="Have the other end of the VPN checked: its address, its keys, and whether it runs.",
    prepare="Tunnel {subject}: {peer} silent; tried: {asked}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(VPN_DOWN, *THE_LINE, PORTAL, *_TO_THE_ROUTER),
)
BEYOND_THE_STORE: Final = (VPN_PEER_SILENT, VPN_DOWN, PORTAL, *_TO_THE_ROUTER)
_BELOW_NAMES: Final = (*THE_LINE, *BEYOND_THE_STORE)
RESOLVER_SILENT: Final = Condition(
    code="network.resolver-silent",
    title="Name lookup not answering",
    text="The name server {subject} did not answer within {waited_seconds} seconds.",
    remedy="Have this name server checked, or another one set.",
    prepare="Name server {subject}: no answer to {name}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=_BELOW_NAMES,
)
RESOLVER_GARBLED: Final = Condition(
    code="network.resolver-garbled",
    title="Name lookup makes no sense",
    text="What the name server {subject} sends is no answer to the question: {answer}.",
    remedy="Have this name server checked, and what stands between it and the till.",
    prepare="Name server {subject}, asked for {name}: {answer}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=_BELOW_NAMES,
)
RESOLVER_FAILING: Final = Condition(
    code="network.resolver-failing",
    title="Name server has a failure",
    text="The name server {subject} could not find {name} out: {answer}.",
    remedy="Have the line of this name server checked, and whom it asks in turn.",
    prepare="Name server {subject}, asked for {name}: {answer} (SERVFAIL)",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=_BELOW_NAMES,
)
RESOLVER_INVENTING: Final = Condition(
    code="network.resolver-inventing",
    title="Name server makes up names",
    text="The name server {subject} gives {address} for a name that does not exist.",
    remedy="Have this till let past the login page, or the redirect of unknown names switched off.",
    prepare="Name server {subject}: {name} is {address}; no such name exists (RFC 6761)",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=_BELOW_NAMES,
)
RESOLVER_LYING: Final = Condition(
    code="network.resolver-lying",
    title="Name lookup leads astray",
    text="The name server {subject} gives {address} for {name}: {why}.",
    remedy="Have this name server checked: who runs it, and who changed its answer.",
    prepare="Name server {subject}: {name} is {address}; {why}; elsewhere: {elsewhere}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=(RESOLVER_INVENTING, *_BELOW_NAMES),
)
NAME_UNKNOWN: Final = Condition(
    code="network.name-unknown",
    title="A needed name is unknown",
    text="The name server {subject} says that there is no {name}.",
    remedy="Check the spelling of {name}; then have this name server checked.",
    prepare="Name server {subject}: {name} does not exist (NXDOMAIN)",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=(RESOLVER_INVENTING, *_BELOW_NAMES),
)
RESOLVER_REFUSING: Final = Condition(
    code="network.resolver-refusing",
    title="Name lookup fails",
    text="The name server {subject} answers: {answer}.",
    remedy="Have this name server checked, or another one set.",
    prepare="Name server {subject}, asked for {name}: {answer}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=(RESOLVER_GARBLED, RESOLVER_FAILING, NAME_UNKNOWN, *_BELOW_NAMES),
)
ANSWERS_DIFFER: Final = Condition(
    code="network.answers-differ",
    title="Name servers disagree",
    text="The name servers give different addresses for {subject}: {answers}.",
    remedy="Ask whose answer is right, and set lookup_addresses.",
    prepare="{subject}: {answers}",
    owner=Owner.SITE_IT,
    severity=Severity.NOTICE,
    rung=Rung.NAME_LOOKUP,
    depends_on=(RESOLVER_LYING, RESOLVER_INVENTING, *_BELOW_NAMES),
    visible_after_seconds=180.0,  # three rounds: a host of many addresses shows some at a time
)
