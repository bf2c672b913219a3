"""HOST:PORT as a person types it, and what the settings know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct
from msgspec.structs import replace

from agent.settings.settings import Settings
from probes import host_names
from probes.base import Options
from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.network.probe import NetworkOptions
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.routing import hosts_of
from probes.till import Till
from vocabulary.redaction import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

_HTTPS: Final = 443  # IANA: the one port where a TLS handshake surprises nobody
_SHOWN: Final = 60  # characters of a bad argument that are repeated


class Destination(Struct, frozen=True, kw_only=True):
    """`reference` is another port of this host, 0 for none; `line` is how TLS is looked at, None for not;
    `vpn` and `reference_vpn` the tunnels that must lead to either port.
    """

    host: str
    port: int
    purpose: str = ""
    reference: int = 0
    line: Line | None = None
    vpn: str = ""
    reference_vpn: str = ""

    @property
    def subject(self) -> str:
        """Under which the probes speak of it."""
        return Outbound(host=self.host, port=self.port).subject

    @property
    def is_name(self) -> bool:
        return not host_names.is_address(self.host)


class ArgumentError(ValueError):
    """What is wrong with the argument, and how it is written."""


def parse(text: str) -> tuple[str, int]:
    """Host and port of "10.8.3.2:443", "pos.example:443" or "[::1]:443". Raise ArgumentError."""
    host, _, digits = text.rpartition(":")
    if not host or (":" in host and not (host[0] == "[" and host[-1] == "]")):
        raise ArgumentError(f"{_shown(text)}: write HOST:PORT, such as pos.example:443 or [2001:db8::1]:443")
    if not (digits.isascii() and digits.isdecimal() and 1 <= int(digits[:6]) <= 65535):
        raise ArgumentError(f"{_shown(text)}: a port is a number from 1 to 65535")
    bracketed = host.startswith("[")
    host = host.removeprefix("[").removesuffix("]")
    try:
        host_names.check_host(host)
    except ValueError as error:
        raise ArgumentError(str(error)) from None
    if bracketed and not (host_names.is_address(host) and host.isprintable()):
        raise ArgumentError(f"{_shown(text)}: brackets are for IPv6 addresses, such as [2001:db8::1]:443")
    return host, int(digits)


def find(text: str, settings: Settings, *, reference: int | None = None, tls: bool = False) -> Destination:
    """What the settings say of the destination goes along. Raise ArgumentError.

    TLS is looked at where it is asked for, where a payment line there uses it, and on port 443: to another
    port nothing is sent, as a payment host may take a stranger's bytes ill.
    """
    host, port = parse(text)
    if reference is not None and not (1 <= reference <= 65535 and reference != port):
        raise ArgumentError(f"--reference {reference}: another port of {_shown(host)}, from 1 to 65535")
    ports = {each.port: each for each in reversed(outbound_of(settings)) if _same(each.host, host)}
    lines = {each.port: each for each in reversed(lines_of(settings)) if _same(each.host, host)}
    others = sorted({*ports, *lines} - {port}, key=lambda each: not (each in ports and ports[each].reference))
    reference = reference or next(iter(others), 0)
    vpn = _tunnel_to(host, port, settings)
    return Destination(
        host=host,
        port=port,
        purpose=ports[port].purpose if port in ports else "",
        reference=reference,
        line=_line(lines.get(port), host, port, vpn, tls=tls),
        vpn=vpn,
        reference_vpn=_tunnel_to(host, reference, settings) if reference else "",
    )


def _tunnel_to(host: str, port: int, settings: Settings) -> str:
    """The port's own, else that of any other port there: a host behind a tunnel is so with all its ports."""
    entries: tuple[Outbound | Line, ...] = (*outbound_of(settings), *lines_of(settings))
    there = sorted((each for each in entries if _same(each.host, host)), key=lambda each: each.port != port)
    return next((each.vpn for each in there if each.vpn), "")


def options_for(wanted: Destination, settings: Settings, till: Till) -> dict[str, Options]:
    """Every probe's own, but for this destination alone."""
    network = cast("NetworkOptions", settings.options["network"])
    firewall = cast("FirewallOptions", settings.options["firewall_ports"])
    payment = cast("PaymentLinesOptions", settings.options["payment_lines"])
    if wanted.is_name and wanted.host.lower() not in hosts_of(till):
        network = replace(network, lookup_name=wanted.host)
    return {
        **settings.options,
        "network": network,
        "firewall_ports": replace(firewall, outbound=tuple(_ports(wanted)), listening_allowed=None),
        "payment_lines": replace(payment, lines=(wanted.line,) if wanted.line else ()),
    }


def outbound_of(settings: Settings) -> tuple[Outbound, ...]:
    return cast("FirewallOptions", settings.options["firewall_ports"]).outbound


def lines_of(settings: Settings) -> tuple[Line, ...]:
    return cast("PaymentLinesOptions", settings.options["payment_lines"]).lines


def _ports(wanted: Destination) -> Iterator[Outbound]:
    yield Outbound(host=wanted.host, port=wanted.port, purpose=wanted.purpose, vpn=wanted.vpn)
    if wanted.reference:
        yield Outbound(host=wanted.host, port=wanted.reference, reference=True, vpn=wanted.reference_vpn)


def _line(configured: Line | None, host: str, port: int, vpn: str, *, tls: bool) -> Line | None:
    """No echo test and no request: a handshake, and goodbye."""
    if not (tls or port == _HTTPS or (configured and configured.tls)):
        return None
    name = Outbound(host=host, port=port).subject
    known = configured or Line(name=name, host=host, port=port)
    return replace(known, name=name, kind="card", tls=True, echo="", tpdu="", tries=1, vpn=vpn)


def _same(left: str, right: str) -> bool:
    return left.lower() == right.lower()


def _shown(text: str) -> str:
    """Printable, and no longer than a line."""
    clean = text if text.isprintable() else ascii(text)
    return clean if len(clean) <= _SHOWN else f"{shortened(clean, _SHOWN)}..."
