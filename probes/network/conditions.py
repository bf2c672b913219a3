"""What can be wrong with the till's own network."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Condition, Owner, Rung, Severity

BLOCKED_BY_ITSELF: Final = "blocked by the till's own firewall"

INTERFACE_DOWN: Final = Condition(
    code="network.interface-down",
    title="Network card is off",
    text="{subject}: {state}.",
    remedy="Switch the network card on in the till's network settings; if it is missing, plug it in again.",
    prepare="Network card {subject}: {state}",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
)
NO_CARRIER: Final = Condition(
    code="network.no-carrier",
    title="Network cable not in",
    text="{subject} gets no signal: the cable is out or broken, or the box at its other end is off.",
    remedy="Push the network cable in at the till and at the wall until it clicks and the small light is on.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
WIFI_LOST: Final = Condition(
    code="network.wifi-lost",
    title="Wi-Fi not connected",
    text="{subject} is not connected to any Wi-Fi.",
    remedy="Check that the Wi-Fi router has power, then connect the till to the shop's Wi-Fi again.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
WIFI_WEAK: Final = Condition(
    code="network.wifi-weak",
    title="Wi-Fi signal is weak",
    text="{subject} receives {signal_dbm} dBm; below {weak_below_dbm} dBm payments stall.",
    remedy="Move the till or the Wi-Fi router, or take away what stands between them.",
    prepare="Wi-Fi {subject}: {signal_dbm} dBm",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.LINK,
    depends_on=(WIFI_LOST, INTERFACE_DOWN),
    visible_after_seconds=90,  # a person or trolley in the way is gone by the next round (60 s)
)
MODEM_OFFLINE: Final = Condition(
    code="network.modem-offline",
    title="Mobile line not up",
    text="The mobile line of {subject} is not up: {state}.",
    remedy="Push the SIM card in; switch the modem off and on; ask whether the SIM is active.",
    prepare="Mobile line {subject}: {state}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
_LINK: Final = (INTERFACE_DOWN, NO_CARRIER, WIFI_LOST, MODEM_OFFLINE)
NO_ADDRESS: Final = Condition(
    code="network.no-address",
    title="No network address",
    text="{subject} was given no address by the store network (it has: {found}).",
    remedy="Switch the store router off and on once and wait two minutes.",
    prepare="{subject} gets no address by DHCP, has {found}",
    owner=Owner.SITE_IT,
    severity=Severity.CRITICAL,
    rung=Rung.ADDRESS,
    depends_on=_LINK,
    visible_after_seconds=13,  # RFC 2131 4.1: a DHCP client asks again after 4 and 8 s, give or take one
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
    depends_on=(NO_ADDRESS, *_LINK),
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
    depends_on=(NO_DEFAULT_ROUTE, NO_ADDRESS, *_LINK, WIFI_WEAK),
)
BEYOND_THE_STORE: Final = (GATEWAY_SILENT, NO_DEFAULT_ROUTE, NO_ADDRESS, *_LINK, WIFI_WEAK)
LINE_DOWN: Final = Condition(
    code="path.line-down",
    title="The store's line is down",
    text="The store router {offender} says that its line out is down.",
    remedy="Check the router's line light; call the line provider.",
    prepare="Router {offender} has no line out since {since} (ICMP {icmp})",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=BEYOND_THE_STORE,
)
UPSTREAM_SILENT: Final = Condition(
    code="path.upstream-silent",
    title="Nothing beyond the router",
    text="The store router {offender} answers, but nothing beyond it does.",
    remedy="Check the router's line light; call the line provider.",
    prepare="Router {offender} is well, nothing beyond it answers since {since}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(LINE_DOWN, *BEYOND_THE_STORE),
)
THE_LINE: Final = (LINE_DOWN, UPSTREAM_SILENT)
RESOLVER_SILENT: Final = Condition(
    code="network.resolver-silent",
    title="Name lookup not answering",
    text="The name server {subject} did not answer within {waited_seconds} seconds.",
    remedy="Have this name server checked, or another one set.",
    prepare="Name server {subject}: no answer to {name}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.NAME_LOOKUP,
    depends_on=(*THE_LINE, *BEYOND_THE_STORE),
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
    depends_on=(*THE_LINE, *BEYOND_THE_STORE),
)
