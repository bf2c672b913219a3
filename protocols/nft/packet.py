"""A connection of ours, and its packets as a rule sees them: at one hook, with what is known of each."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from msgspec import Struct

EPHEMERAL: Final = (32768, 60999)  # net.ipv4.ip_local_port_range where nobody has set it


class Span(Struct, frozen=True):
    """A number that lies between these, both included."""

    low: int
    high: int


Value = Span | str | frozenset[str] | IPv4Address | IPv6Address


class Way(StrEnum):
    OUT = "out"
    IN = "in"


class Turn(StrEnum):
    """Of a TCP handshake (RFC 9293, section 3.5); other protocols have no third."""

    REQUEST = "request"
    ANSWER = "answer"
    THIRD = "third"


# The order in which Linux asks the hooks (nft(8), ADDRESS FAMILIES).
HOOKS: Final = {Way.OUT: ("output", "postrouting", "egress"), Way.IN: ("ingress", "prerouting", "input")}
_OTHER_END: Final = {"sport": "dport", "dport": "sport", "saddr": "daddr", "daddr": "saddr"}


class Flow(Struct, frozen=True, kw_only=True):
    """A connection this machine begins. Addresses are numeric, `interface` is the one it leaves by.

    `source` and `interface` may be "", for not known.
    """

    source: str
    destination: str
    port: int
    protocol: str = "tcp"
    source_ports: tuple[int, int] = EPHEMERAL
    interface: str = ""
    uid: int | None = None
    gid: int | None = None

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.destination


class Packet(Struct):
    """`fields` by nft's own names ("tcp dport"); one that is missing is not known."""

    way: Way
    turn: Turn
    protocol: str
    is_ipv6: bool
    interface: str
    fields: dict[str, Value]

    def forget(self, *beginnings: str) -> None:
        """Something has changed these, nobody can say into what."""
        self.fields = {
            key: value
            for key, value in self.fields.items()
            if not key.partition(" ")[2].startswith(beginnings)
        }


def packets(flow: Flow) -> list[Packet]:
    """The request's way out, the answer's way in, and out again; over loopback each goes out and comes in.

    Raise ValueError where an address is none.
    """
    turns = list(Turn) if flow.protocol == "tcp" else [Turn.REQUEST, Turn.ANSWER]
    if flow.interface == "lo":
        return [_packet(flow, turn, way) for turn in turns for way in Way]
    return [_packet(flow, turn, Way.IN if turn is Turn.ANSWER else Way.OUT) for turn in turns]


def _packet(flow: Flow, turn: Turn, way: Way) -> Packet:
    device = "oif" if way is Way.OUT else "iif"
    named: dict[str, Value] = {f"meta {device}": flow.interface, f"meta {device}name": flow.interface}
    is_ours = way is Way.OUT and turn is not Turn.ANSWER
    return Packet(
        way=way,
        turn=turn,
        protocol=flow.protocol,
        is_ipv6=flow.is_ipv6,
        interface=flow.interface,
        fields={
            **_ends(flow, is_answer=turn is Turn.ANSWER),
            **_kinds(flow, turn),
            **(named if flow.interface else {}),
            **(_owner(flow) if is_ours else {}),
        },
    )


def _ends(flow: Flow, *, is_answer: bool) -> dict[str, Value]:
    network = "ip6" if flow.is_ipv6 else "ip"
    ends: dict[str, Value] = {
        **({"saddr": ip_address(flow.source)} if flow.source else {}),
        "daddr": ip_address(flow.destination),
        "sport": Span(*flow.source_ports),
        "dport": Span(flow.port, flow.port),
    }
    if is_answer:
        ends = {_OTHER_END[name]: value for name, value in ends.items()}
    return {
        f"{layer} {name}": value
        for name, value in ends.items()
        for layer in ((network,) if name.endswith("addr") else (flow.protocol, "th"))
    }


_FLAGS: Final = {Turn.REQUEST: {"syn"}, Turn.ANSWER: {"syn", "ack"}, Turn.THIRD: {"ack"}}


def _kinds(flow: Flow, turn: Turn) -> dict[str, Value]:
    return {
        ("ip6 nexthdr" if flow.is_ipv6 else "ip protocol"): flow.protocol,
        "meta l4proto": flow.protocol,
        "meta nfproto": "ipv6" if flow.is_ipv6 else "ipv4",
        "meta protocol": "ip6" if flow.is_ipv6 else "ip",
        "ct state": frozenset({"new" if turn is Turn.REQUEST else "established"}),
        "ct direction": "reply" if turn is Turn.ANSWER else "original",
        **({"tcp flags": frozenset(_FLAGS[turn])} if flow.protocol == "tcp" else {}),
    }


def _owner(flow: Flow) -> dict[str, Value]:
    """An answer belongs to nobody yet where rules look at it."""
    found = {"meta skuid": flow.uid, "meta skgid": flow.gid}
    return {key: Span(number, number) for key, number in found.items() if number is not None}
