"""The till's own interface by the kernel's word alone: card, cable or Wi-Fi, address, way out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from probes.network import modem
from probes.network.conditions import NO_ADDRESS, NO_DEFAULT_ROUTE
from probes.network.gateway import is_link_local
from probes.network.link import USES, Link, Medium
from probes.network.link_conditions import INTERFACE_DOWN, NO_CARRIER, WIFI_LOST, WIFI_WEAK
from probes.till import Till
from protocols.routes import Route
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

_NO_CARD: Final = "network card"
_MISSING: Final = "not found in this till"
_OFF: Final = "switched off"


def readings(
    link: Link, way_out: Route | None, till: Till, *, weak_below_dbm: int, needs_ipv4: bool
) -> Iterator[Reading]:
    """In the order of the ladder: the first that fails is what everything above stands on.

    `needs_ipv4`: its gateway is one of IPv4, so an IPv6 address is no substitute for a lease that is lost.
    """
    return chain(
        _link(link, weak_below_dbm, till), _address(link, till, needs_ipv4=needs_ipv4), _route(link, way_out)
    )


def _link(link: Link, weak_below_dbm: int, till: Till) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    down = not (link.present and link.up)
    yield INTERFACE_DOWN.failing_if(down, subject, state=_state(link))
    if down:
        for condition in (NO_CARRIER, WIFI_LOST, WIFI_WEAK, *modem.CONDITIONS):
            yield condition.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)
        return
    yield _carrier(NO_CARRIER, link, Medium.CABLE)
    yield _carrier(WIFI_LOST, link, Medium.WIFI)
    yield _signal(link, weak_below_dbm)
    yield from modem.readings(link, till)


def _state(link: Link) -> str:
    if not link.present:
        return _MISSING
    return "switched on" if link.up else _OFF


def _carrier(condition: Condition, link: Link, medium: Medium) -> Reading:
    if link.medium is not medium:
        return condition.unknown(Reason.NOT_SUPPORTED, link.name, because=USES[link.medium])
    if link.carrier is None:
        return condition.unknown(Reason.NOT_SUPPORTED, link.name, because="the driver does not say")
    return condition.failing_if(not link.carrier, link.name)


def _signal(link: Link, weak_below_dbm: int) -> Reading:
    if link.medium is not Medium.WIFI:
        return WIFI_WEAK.unknown(Reason.NOT_SUPPORTED, link.name, because=USES[link.medium])
    if link.carrier is False:
        return WIFI_WEAK.unknown(Reason.NOT_TESTED, link.name, because=WIFI_LOST.code)
    if link.signal_dbm is None:
        return WIFI_WEAK.unknown(Reason.NOT_SUPPORTED, link.name, because="the driver does not say")
    return WIFI_WEAK.failing_if(
        link.signal_dbm < weak_below_dbm,
        link.name,
        signal_dbm=link.signal_dbm,
        weak_below_dbm=weak_below_dbm,
    )


def _address(link: Link, till: Till, *, needs_ipv4: bool) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    if not link.present:
        yield NO_ADDRESS.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)
        return
    try:
        own = [found.address for found in till.addresses() if found.interface == link.name]
    except OSError:
        allow = "RestrictAddressFamilies=AF_NETLINK"
        yield NO_ADDRESS.unknown(Reason.NO_PERMISSION, subject, because=allow)
        return
    useful = [each for each in own if not is_link_local(each) and not (needs_ipv4 and ":" in each)]
    found = next(iter(useful or own), "none")
    yield NO_ADDRESS.failing_if(not useful, subject, through=(subject,), found=found)


def ipv4_address(link: Link, till: Till) -> str:
    """Its first that was given to it, "" for none."""
    try:
        own = till.addresses()
    except OSError:
        return ""
    given = (each.address for each in own if each.interface == link.name and ":" not in each.address)
    return next((address for address in given if not is_link_local(address)), "")


def _route(link: Link, way_out: Route | None) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    if way_out is not None:
        yield NO_DEFAULT_ROUTE.ok(subject, through=(way_out.interface,), gateway=way_out.gateway or "none")
    elif link.present:
        yield NO_DEFAULT_ROUTE.failing(subject, through=(subject,))
    else:
        yield NO_DEFAULT_ROUTE.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)
