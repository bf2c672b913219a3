"""Whether a packet is one that a rule's condition means: yes, no, or not to be known (None).

Statements and expressions: libnftables-json(5). What is not read here is not known, never "no".
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from protocols.nft.packet import Packet, Span, Value, Way

Answer = bool | None

# A block list with 10,000 elements, looked through for each packet of ten connections, needs three quarters.
# All of it takes 0.7 s (Python 3.11 on one of two cores).
MAX_STEPS: Final = 400_000
_PROTOCOLS: Final = {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"}
_OVER_IP: Final = frozenset(
    {"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "igmp", "ah", "esp", "comp", "gre"}
)
_FOREIGN: Final = {Way.OUT: frozenset({"iif", "iifname"}), Way.IN: frozenset({"oif", "oifname"})}


class TooLongError(Exception):
    """More comparisons than any till's own rules need."""


class Steps:
    """What all matchers and walks of one judgement may look at together."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self) -> None:
        """Raise TooLongError."""
        self._left -= 1
        if self._left < 0:
            raise TooLongError


class _Elsewhere:
    """What this packet does not have: another protocol's port, the interface of another hook."""


_OTHER_PROTOCOL: Final = _Elsewhere()
_NO_DEVICE: Final = _Elsewhere()


class Matcher:
    """Compares one packet with conditions of one table; `sets` are that table's, by name."""

    def __init__(self, packet: Packet, steps: Steps) -> None:
        self._packet = packet
        self._steps = steps

    def condition(self, body: Any, sets: dict[str, list[Any]]) -> Answer:  # noqa: ANN401  JSON
        """A "match" statement. "udp dport != 53" does not mean a TCP packet either."""
        if not isinstance(body, dict):
            return None
        operator, right = body.get("op"), body.get("right")
        value = self._value(body.get("left"))
        if value is _OTHER_PROTOCOL:
            return False
        if value is _NO_DEVICE:  # kernels differ: "" or no match at all
            return False if operator in {"==", "in"} else None
        if value is None or isinstance(value, _Elsewhere):
            return None
        if operator == "in":
            return _any_flag(value, right)
        if operator in {"==", "!="}:
            found = self._is_one_of(value, right, sets)
            return found if operator == "==" or found is None else not found
        return _ordered(value, operator, right)

    def key(self, expression: Any, element: Any, sets: dict[str, list[Any]]) -> Answer:  # noqa: ANN401  JSON
        """Whether a map's element is the one for this packet."""
        return self.condition({"op": "==", "left": expression, "right": element}, sets)

    def _value(self, left: Any) -> Value | tuple[Any, ...] | _Elsewhere | None:  # noqa: ANN401  JSON
        match left:
            case {"payload": {"protocol": str(protocol), "field": str(name)}}:
                return self._payload(protocol, name)
            case {"meta": {"key": str(name)}} if name in _FOREIGN[self._packet.way]:
                return _NO_DEVICE
            case {"meta": {"key": str(name)}}:
                return self._packet.fields.get(f"meta {name}")
            case {"ct": {"key": str(name), **rest}} if not rest:
                return self._packet.fields.get(f"ct {name}")
            case {"&": [inner, mask]}:
                value, kept = self._value(inner), _flags(mask)
                return value & kept if isinstance(value, frozenset) and kept is not None else None
            case {"concat": [*parts]}:
                return self._concatenated(parts)
        return None

    def _payload(self, protocol: str, name: str) -> Value | _Elsewhere | None:
        if protocol in {"ip", "ip6"} and (protocol == "ip6") is not self._packet.is_ipv6:
            return _OTHER_PROTOCOL
        if protocol in _OVER_IP and protocol != self._packet.protocol:
            return _OTHER_PROTOCOL
        return self._packet.fields.get(f"{protocol} {name}")

    def _concatenated(self, parts: list[Any]) -> tuple[Any, ...] | _Elsewhere | None:
        values = tuple(self._value(part) for part in parts)
        elsewhere = next((value for value in values if isinstance(value, _Elsewhere)), None)
        return elsewhere if elsewhere is not None else values

    def _is_one_of(self, value: Any, right: Any, sets: dict[str, list[Any]]) -> Answer:  # noqa: ANN401  JSON
        self._steps.take()
        match right:
            case {"set": [*elements]}:
                return self._any(value, elements, sets)
            case str(name) if name.startswith("@"):
                return self._any(value, sets[name[1:]], sets) if name[1:] in sets else None
            case {"elem": {"val": inner}}:
                return self._is_one_of(value, inner, sets)
            case "*":  # a set's element for all others (nft(8), SETS)
                return True
            case {"concat": [*parts]} if isinstance(value, tuple) and len(parts) == len(value):
                return _all(
                    None if one is None else self._is_one_of(one, part, sets)
                    for one, part in zip(value, parts, strict=True)
                )
        return None if isinstance(value, tuple) else _equals(value, right)

    def _any(self, value: Any, elements: list[Any], sets: dict[str, list[Any]]) -> Answer:  # noqa: ANN401
        unknown = False
        for element in elements:
            answer = self._is_one_of(value, element, sets)
            if answer:
                return True
            unknown = unknown or answer is None
        return None if unknown else False


def _all(answers: Any) -> Answer:  # noqa: ANN401  a generator of Answer
    found = list(answers)
    return False if False in found else (None if None in found else True)


def _equals(value: Value, right: Any) -> Answer:  # noqa: ANN401  JSON
    match value:
        case Span():
            return _in_span(value, right)
        case IPv4Address() | IPv6Address():
            return _in_network(value, right)
        case frozenset():
            wanted = _flags(right)
            return None if wanted is None else value == wanted
        case str():
            return _is_named(value, right)


def _in_span(value: Span, right: Any) -> Answer:  # noqa: ANN401  JSON
    match right:
        case bool():
            return None
        case int():
            low = high = right
        case {"range": [int(low), int(high)]}:
            pass
        case _:
            return None
    if low <= value.low and value.high <= high:
        return True
    return None if low <= value.high and value.low <= high else False


def _in_network(value: IPv4Address | IPv6Address, right: Any) -> Answer:  # noqa: ANN401  JSON
    bits = value.max_prefixlen
    try:
        match right:
            case str():
                return int(value) == _number(right, bits)
            case {"prefix": {"addr": str(address), "len": int(length)}} if 0 <= length <= bits:
                return (int(value) ^ _number(address, bits)) >> (bits - length) == 0
            case {"range": [str(low), str(high)]}:
                return _number(low, bits) <= int(value) <= _number(high, bits)
    except (OSError, ValueError):
        return None
    return None


def _number(address: str, bits: int) -> int:
    """A tenth of the time that ipaddress takes. Raise OSError or ValueError where it is no such address."""
    family = socket.AF_INET if bits == 32 else socket.AF_INET6
    return int.from_bytes(socket.inet_pton(family, address))


def _is_named(value: str, right: Any) -> Answer:  # noqa: ANN401  JSON
    """A protocol without a name in /etc/protocols is a number; an interface may end in "*"."""
    if isinstance(right, int) and value in _PROTOCOLS.values():
        return value == _PROTOCOLS.get(right)
    if not isinstance(right, str):
        return None
    return value.startswith(right[:-1]) if right.endswith("*") else value == right


def _flags(right: Any) -> frozenset[str] | None:  # noqa: ANN401  JSON
    match right:
        case 0:
            return frozenset()
        case str():
            return frozenset({right})
        case [*names] | {"|": [*names]} if all(isinstance(name, str) for name in names):
            return frozenset(names)
    return None


def _any_flag(value: Any, right: Any) -> Answer:  # noqa: ANN401  JSON
    wanted = _flags(right)
    return None if wanted is None or not isinstance(value, frozenset) else bool(value & wanted)


def _ordered(value: Any, operator: Any, right: Any) -> Answer:  # noqa: ANN401  JSON
    if not isinstance(value, Span) or not isinstance(right, int):
        return None
    match operator:
        case "<":
            return _in_span(value, {"range": [0, right - 1]})
        case "<=":
            return _in_span(value, {"range": [0, right]})
        case ">":
            return _in_span(value, {"range": [right + 1, 1 << 32]})
        case ">=":
            return _in_span(value, {"range": [right, 1 << 32]})
    return None
