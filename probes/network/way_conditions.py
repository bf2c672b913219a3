"""What can be wrong beside the till's plain way out: the way through a proxy, and IPv6 beside IPv4."""

from __future__ import annotations

from typing import Final

from probes.network.conditions import (
    ADDRESS_TAKEN,
    ANSWERS_DIFFER,
    BEYOND_THE_STORE,
    GATEWAY_SILENT,
    NAME_UNKNOWN,
    NO_ADDRESS,
    NO_DEFAULT_ROUTE,
    PORTAL,
    RESOLVER_FAILING,
    RESOLVER_GARBLED,
    RESOLVER_INVENTING,
    RESOLVER_LYING,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
    THE_LINE,
    VPN_DOWN,
    VPN_PEER_SILENT,
)
from probes.network.link_conditions import (
    INTERFACE_DOWN,
    MODEM_OFFLINE,
    NO_CARRIER,
    SIM_LOCKED,
    SIM_MISSING,
    SIM_REFUSED,
    WIFI_LOST,
    WIFI_WEAK,
)
from vocabulary.condition import Condition, Owner, Rung, Severity

BY_NAME: Final = (
    RESOLVER_SILENT,
    RESOLVER_GARBLED,
    RESOLVER_FAILING,
    RESOLVER_REFUSING,
    NAME_UNKNOWN,
    RESOLVER_INVENTING,
    RESOLVER_LYING,
)
PROXY_UNREACHABLE: Final = Condition(
    code="network.proxy-unreachable",
    title="Web proxy not answering",
    text="The web proxy {subject} cannot be used: {seen}.",
    remedy="Have the proxy started, or its address in the settings corrected.",
    prepare="Proxy {subject}: {seen}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(*BY_NAME, *THE_LINE, *BEYOND_THE_STORE),
)
PROXY_LOGIN: Final = Condition(
    code="network.proxy-login",
    title="Web proxy wants a login",
    text="The web proxy {subject} lets nobody through to {wanted} without a login (answer {status}).",
    remedy="Have this till let through without login, by its address.",
    prepare="Proxy {subject}, CONNECT {wanted}: {status}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(PROXY_UNREACHABLE, *THE_LINE, *BEYOND_THE_STORE),
)
PROXY_FORBIDS: Final = Condition(
    code="network.proxy-forbids",
    title="Web proxy blocks a host",
    text="The web proxy {subject} does not let this till through to {wanted} (answer {status}).",
    remedy="Have {wanted} allowed on the proxy.",
    prepare="please allow CONNECT {wanted} on {subject}, answered {status}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(PROXY_UNREACHABLE, *THE_LINE, *BEYOND_THE_STORE),
)
PROXY_FAILING: Final = Condition(
    code="network.proxy-failing",
    title="Web proxy fails",
    text="The web proxy {subject} does not get through to {wanted} itself: {seen}.",
    remedy="Have the proxy's own line and name lookup checked.",
    prepare="Proxy {subject}, CONNECT {wanted}: {seen}",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.SITE_FIREWALL,
    depends_on=(PROXY_UNREACHABLE, *THE_LINE, *BEYOND_THE_STORE),
)
PROXY: Final = (PROXY_UNREACHABLE, PROXY_LOGIN, PROXY_FORBIDS, PROXY_FAILING)
IPV6_ADDRESS_TAKEN: Final = Condition(
    code="network.ipv6-address-taken",
    title="IPv6 address is used twice",
    text="The IPv6 address {address} of {subject} belongs to another device already.",
    remedy="Have one of the two given another address.",
    prepare="{subject}: duplicate address detection failed for {address} (RFC 4862)",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.ADDRESS,
)
IPV6_BROKEN: Final = Condition(
    code="network.ipv6-broken",
    title="IPv6 there, but not working",
    text="{subject} has IPv6, but {target} cannot be reached by it, only by IPv4: {seen}. Connections stall.",
    remedy="Have IPv6 repaired on the store's router, or switched off.",
    prepare="{subject}: IPv6 to {target}: {seen}; IPv4 works",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.GATEWAY,
    depends_on=(IPV6_ADDRESS_TAKEN, *BEYOND_THE_STORE),
)

CONDITIONS: Final = (
    INTERFACE_DOWN,
    NO_CARRIER,
    WIFI_LOST,
    WIFI_WEAK,
    SIM_MISSING,
    SIM_LOCKED,
    SIM_REFUSED,
    MODEM_OFFLINE,
    NO_ADDRESS,
    ADDRESS_TAKEN,
    NO_DEFAULT_ROUTE,
    GATEWAY_SILENT,
    *THE_LINE,
    PORTAL,
    VPN_DOWN,
    VPN_PEER_SILENT,
    RESOLVER_SILENT,
    RESOLVER_GARBLED,
    RESOLVER_FAILING,
    NAME_UNKNOWN,
    RESOLVER_REFUSING,
    RESOLVER_INVENTING,
    RESOLVER_LYING,
    ANSWERS_DIFFER,
    *PROXY,
    IPV6_ADDRESS_TAKEN,
    IPV6_BROKEN,
)
"""All that the probe can say, up the ladder."""
