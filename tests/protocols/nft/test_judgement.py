"""Rules as the real nft lists them, and what they do to one connection."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from protocols.nft.judgement import Judgement, judge
from protocols.nft.packet import Flow, Turn, Way
from protocols.nft.ruleset import parse
from tests.protocols.nft.listing import base, loaded, output

CARD = Flow(
    source="10.8.0.2",
    destination="10.8.3.2",
    port=8583,
    interface="eth0",
    uid=101,
    gid=102,
    source_ports=(40000, 50000),
)
SIX = Flow(source="fd00::2", destination="fd00:8::3", port=8583, interface="eth0", uid=101, gid=102)


def judged(*rules: str, flow: Flow = CARD) -> Judgement:
    """The request, which is all that this chain sees of the first two packets."""
    return judge(loaded(output(*rules)), flow).among(lambda one: one.turn is Turn.REQUEST)


BLOCKS, PASSES, UNKNOWN = True, False, None
CONDITIONS = [
    # ports
    ("tcp dport 8583", BLOCKS),
    ("tcp dport 8584", PASSES),
    ("tcp dport != 8583", PASSES),
    ("tcp dport 8000-9000", BLOCKS),
    ("tcp dport != 8000-9000", PASSES),
    ("tcp dport { 443, 8583 }", BLOCKS),
    ("tcp dport { 443, 8580-8590 }", BLOCKS),
    ("tcp dport != { 443, 8580-8590 }", PASSES),
    ("tcp dport != { 443, 80 }", BLOCKS),
    ("tcp dport > 8583", PASSES),
    ("tcp dport >= 8583", BLOCKS),
    ("tcp dport < 8583", PASSES),
    ("tcp dport <= 8583", BLOCKS),
    ("meta l4proto { tcp, udp } th dport 8583", BLOCKS),
    ("tcp sport 8583", PASSES),
    ("tcp sport 40000-50000", BLOCKS),
    ("tcp sport 1024-65535", BLOCKS),
    ("tcp sport 45000", UNKNOWN),
    ("tcp sport 45000-60000", UNKNOWN),
    # another protocol's condition does not mean this packet, negated or not
    ("udp dport 8583", PASSES),
    ("udp dport != 53", PASSES),
    ("icmp type echo-request", PASSES),
    ("ip6 daddr != ::1", PASSES),
    # addresses
    ("ip daddr 10.8.3.2", BLOCKS),
    ("ip daddr != 10.8.3.2", PASSES),
    ("ip daddr 10.8.3.0/24", BLOCKS),
    ("ip daddr != 10.0.0.0/8", PASSES),
    ("ip daddr 10.8.3.1-10.8.3.9", BLOCKS),
    ("ip daddr 10.8.3.3-10.8.3.9", PASSES),
    ("ip daddr { 192.168.0.0/16, 10.8.3.2 }", BLOCKS),
    ("ip saddr 10.8.0.2", BLOCKS),
    ("ip saddr 10.8.3.2", PASSES),
    ("ip daddr . tcp dport { 10.8.3.2 . 8583 }", BLOCKS),
    ("ip daddr . tcp dport { 10.8.3.2 . 443, 10.8.4.0/24 . 8000-9000 }", PASSES),
    ("ip daddr . tcp dport { 10.8.3.0/24 . 8000-9000 }", BLOCKS),
    ("ip daddr . tcp sport { 10.8.3.2 . 45000 }", UNKNOWN),
    ("ip daddr . tcp sport { 10.8.4.2 . 45000 }", PASSES),
    # kinds of packet
    ("meta l4proto tcp", BLOCKS),
    ("meta l4proto != tcp", PASSES),
    ("meta nfproto ipv4", BLOCKS),
    ("meta nfproto ipv6", PASSES),
    ("meta protocol ip", BLOCKS),
    ("ip protocol tcp", BLOCKS),
    ("ip protocol { udp, icmp }", PASSES),
    ("tcp flags syn", BLOCKS),
    ("tcp flags ack", PASSES),
    ("tcp flags != syn", PASSES),
    ("tcp flags & (fin|syn|rst|ack) == syn", BLOCKS),
    ("tcp flags & (fin|syn|rst|ack) != syn", PASSES),
    ("tcp flags & (fin|rst) != 0", PASSES),
    ("tcp flags { syn, syn|ack }", BLOCKS),
    # the way out, and whose it is
    ('oifname "eth0"', BLOCKS),
    ('oif "eth0"', BLOCKS),
    ('oif "lo"', PASSES),
    ('oifname != "lo"', BLOCKS),
    ('oifname "eth*"', BLOCKS),
    ('oifname "wlan*"', PASSES),
    ('oifname { "lo", "eth*" }', BLOCKS),
    ('iifname "eth0"', PASSES),
    ('iifname != "lo"', UNKNOWN),
    ("meta skuid 101", BLOCKS),
    ("meta skuid 0", PASSES),
    ("meta skuid != 101", PASSES),
    ("meta skuid 100-200", BLOCKS),
    ("meta skuid { 0, 33 }", PASSES),
    ("meta skgid 102", BLOCKS),
    ("meta skgid 101", PASSES),
    # connection tracking
    ("ct state new", BLOCKS),
    ("ct state established,related", PASSES),
    ("ct state { new, untracked }", BLOCKS),
    ("ct state != established", BLOCKS),
    ("ct state != { new, established }", PASSES),
    ("ct state invalid", PASSES),
    ("ct direction original", BLOCKS),
    ("ct direction reply", PASSES),
    # what is told by nobody
    ("meta mark 5", UNKNOWN),
    ("ip ttl 1", UNKNOWN),
    ("ip dscp cs1", UNKNOWN),
    ("fib daddr type local", UNKNOWN),
    ("meta cgroup 5", UNKNOWN),
    ("socket transparent 1", UNKNOWN),
    ("numgen random mod 2 < 1", UNKNOWN),
    ("limit rate over 5/second", UNKNOWN),
    ("limit rate 5/second", UNKNOWN),
    ("ct count over 5", UNKNOWN),
    ("quota over 5 bytes", UNKNOWN),
    ("ct status dnat", UNKNOWN),
    ("@th,20,8 5", UNKNOWN),
    # several at once
    ("ip daddr 10.8.3.2 tcp dport 8583 meta skuid 101", BLOCKS),
    ("ip daddr 10.8.3.2 tcp dport 8583 meta skuid 0", PASSES),
    ("meta mark 5 tcp dport 8584", PASSES),
    ("meta mark 5 tcp dport 8583", UNKNOWN),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_a_condition_is_yes_no_or_unknown(condition: str, expected: bool | None) -> None:
    """A rule that drops on it blocks, lets pass, or cannot be told; what may block is named."""
    found = judged(f"{condition} drop")

    assert found.blocks is expected
    assert len(found.blockers) == (expected is not PASSES)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ip6 daddr fd00:8::/32", BLOCKS),
        ("ip6 daddr fd00:9::/32", PASSES),
        ("ip6 daddr fd00:8::1-fd00:8::9", BLOCKS),
        ("ip daddr != 10.0.0.1", PASSES),
        ("meta nfproto ipv6", BLOCKS),
        ("ip6 nexthdr tcp", BLOCKS),
        ("tcp dport 8583", BLOCKS),
    ],
)
def test_ipv6_is_told_as_well(condition: str, expected: bool | None) -> None:
    assert judged(f"{condition} drop", flow=SIX).blocks is expected


RULES = [  # the chain; what it does; the handles' words of what blocks or may
    (["accept", "drop"], PASSES, []),
    (["tcp dport 8583 accept", "drop"], PASSES, []),
    (["tcp dport 8584 accept", "drop"], BLOCKS, ["drop"]),
    (["drop", "reject"], BLOCKS, ["drop"]),
    (
        ["meta mark 5 drop", "tcp dport 8583 reject"],
        BLOCKS,
        ["meta mark 5 drop", "tcp dport 8583 reject with icmpx port-unreachable"],
    ),
    (["meta mark 5 accept", "drop"], UNKNOWN, ["drop"]),
    (["meta mark 5 return", "drop"], UNKNOWN, ["drop"]),
    (["return", "drop"], PASSES, []),
    (["continue", "drop"], BLOCKS, ["drop"]),
    (["counter", 'log prefix "x"', "drop"], BLOCKS, ["drop"]),
    (["reject"], BLOCKS, ["reject with icmpx port-unreachable"]),
    (["reject with icmp admin-prohibited"], BLOCKS, ["reject with icmp admin-prohibited"]),
    (["reject with icmpx host-unreachable"], BLOCKS, ["reject with icmpx host-unreachable"]),
    (["reject with tcp reset"], BLOCKS, ["meta l4proto tcp reject with tcp reset"]),
    (
        ["tcp dport vmap { 8583 : drop, 443 : accept }"],
        BLOCKS,
        ["tcp dport vmap { 443 : accept, 8583 : drop }"],
    ),
    (["tcp dport vmap { 8583 : accept, 443 : drop }", "drop"], PASSES, []),
    (["tcp dport vmap { 443 : accept, 80 : drop }"], PASSES, []),
    (["tcp dport vmap { * : drop, 8583 : accept }"], PASSES, []),
    (["tcp dport vmap { * : drop, 443 : accept }"], BLOCKS, ["tcp dport vmap { 443 : accept, * : drop }"]),
    (["ct state vmap { invalid : drop, new : accept }", "drop"], PASSES, []),
    (
        ["meta mark vmap { 5 : accept, 6 : drop }", "tcp dport 8583 drop"],
        UNKNOWN,
        ["meta mark vmap { 5 : accept, 6 : drop }", "tcp dport 8583 drop"],
    ),
    (["meta mark set 5", "tcp dport 8583 drop"], BLOCKS, ["tcp dport 8583 drop"]),
    (["tcp dport set 8584", "tcp dport 8583 drop"], UNKNOWN, ["tcp dport 8583 drop"]),
]


@pytest.mark.parametrize(("rules", "expected", "words"), RULES, ids=lambda value: str(value)[:60])
def test_the_first_that_blocks_for_certain_is_the_last_named(
    rules: list[str], expected: bool | None, words: list[str]
) -> None:
    """Those before it that may do so are named too; behind what certainly ends the chain nothing counts."""
    found = judged(*rules)

    assert (found.blocks, [blocker.words for blocker in found.blockers]) == (expected, words)


SETS = """
set ports { type inet_service; flags interval; elements = { 443, 8580-8590 }; }
set hosts { type ipv4_addr; flags interval; elements = { 10.8.3.0/24, 192.168.1.1-192.168.1.9 }; }
set empty { type ipv4_addr; }
set both { type ipv4_addr . inet_service; elements = { 10.8.3.2 . 8583 }; }
set aged { type ipv4_addr; flags timeout; elements = { 10.8.3.2 timeout 1h }; }
map doors { type inet_service : verdict; elements = { 8583 : drop, 443 : accept }; }
map jumps { type inet_service : verdict; elements = { 8583 : jump closed }; }
"""
CLOSED = "chain closed {\ndrop\n}"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tcp dport @ports drop", BLOCKS),
        ("tcp dport != @ports drop", PASSES),
        ("ip daddr @hosts drop", BLOCKS),
        ("ip saddr @hosts drop", PASSES),
        ("ip daddr @empty drop", PASSES),
        ("ip daddr . tcp dport @both drop", BLOCKS),
        ("ip daddr @aged drop", BLOCKS),
        ("tcp dport vmap @doors", BLOCKS),
        ("tcp sport vmap @doors", PASSES),
        ("tcp dport vmap @jumps", BLOCKS),
    ],
)
def test_named_sets_and_maps_are_looked_into(rule: str, expected: bool | None) -> None:
    assert judge(loaded(CLOSED, SETS, output(rule)), CARD).blocks is expected


JUMPS = [
    ("drop", ["jump other", "accept"], BLOCKS),
    ("drop", ["goto other"], BLOCKS),
    ("accept", ["jump other", "drop"], PASSES),
    ("return", ["jump other", "drop"], BLOCKS),
    ("return", ["goto other", "drop"], PASSES),
    ("", ["jump other", "drop"], BLOCKS),
    ("", ["goto other", "drop"], PASSES),
    ("tcp dport 443 accept", ["jump other", "drop"], BLOCKS),
    ("meta mark 5 accept", ["jump other", "drop"], UNKNOWN),
    ("meta mark 5 return\ndrop", ["jump other", "accept"], UNKNOWN),
    ("meta mark 5 return\naccept", ["jump other", "drop"], UNKNOWN),
    ("meta mark 5 return", ["jump other", "drop"], BLOCKS),
    ("meta mark 5 return", ["goto other", "drop"], PASSES),
    ("drop", ["meta mark 5 jump other", "accept"], UNKNOWN),
    ("drop", ["meta mark 5 goto other", "drop"], BLOCKS),
]


@pytest.mark.parametrize(("other", "rules", "expected"), JUMPS)
def test_jumps_come_back_and_gotos_do_not(other: str, rules: list[str], expected: bool | None) -> None:
    found = judge(loaded(f"chain other {{\n{other}\n}}", output(*rules)), CARD)

    assert found.blocks is expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], BLOCKS),
        (["tcp dport 8583 accept"], PASSES),
        (["tcp dport 443 accept"], BLOCKS),
        (["return"], BLOCKS),
        (["meta mark 5 accept"], UNKNOWN),
        (["meta mark 5 drop"], BLOCKS),
    ],
)
def test_a_policy_of_drop_is_a_rule_without_a_handle(rules: list[str], expected: bool | None) -> None:
    found = judge(loaded(output(*rules, policy="drop")), CARD)

    assert found.blocks is expected
    assert [(one.handle, one.words) for one in found.blockers[-1:]] == [(0, "policy drop")] * (
        expected is not PASSES
    )


MASQUERADE = base("postrouting", "masquerade", kind="nat", priority="100")


def redirecting(condition: str) -> str:
    return base("output", f"{condition} redirect to :1", kind="nat", priority="-100")


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ([output("accept"), output("drop", priority="1")], BLOCKS),  # accepting ends one chain only
        ([output("drop", priority="1"), output("reject")], BLOCKS),
        ([output("ct state new drop", priority="raw")], UNKNOWN),  # before connections are tracked
        ([output("tcp dport 8583 drop", priority="raw")], BLOCKS),
        ([output("tcp dport 8583 notrack", priority="raw"), output("ct state new drop")], UNKNOWN),
        ([output("tcp dport 443 notrack", priority="raw"), output("ct state new drop")], BLOCKS),
        ([redirecting("tcp dport 8583"), output("tcp dport 8583 drop")], UNKNOWN),
        ([redirecting("tcp dport 443"), output("tcp dport 8583 drop")], BLOCKS),
        ([base("postrouting", "tcp dport 8583 drop")], BLOCKS),
        ([base("output", "ct state established drop", kind="nat", priority="-100")], PASSES),
        ([base("prerouting", "tcp sport 8583 drop", kind="nat", priority="-100")], PASSES),
        ([MASQUERADE, base("input", "tcp sport 8583 drop")], UNKNOWN),
        ([base("forward", "drop")], PASSES),
        # the answer on its way in
        ([base("input", "tcp sport 8583 drop")], BLOCKS),
        ([base("input", "tcp dport 8583 drop")], PASSES),
        ([base("input", "ct state established,related accept", policy="drop")], PASSES),
        ([base("input", "ct state new accept", policy="drop")], BLOCKS),
        ([base("input", 'iifname "eth0" ip saddr 10.8.3.2 drop')], BLOCKS),
        ([base("input", 'iifname "lo" accept', policy="drop")], BLOCKS),
        ([base("input", "tcp flags & (syn|ack) == syn drop")], PASSES),
        ([base("input", "ct direction reply drop")], BLOCKS),
        ([base("input", "meta skuid 101 drop")], UNKNOWN),
        ([base("prerouting", "tcp sport 8583 drop", priority="raw")], BLOCKS),
        # and out again
        ([output("ct state new accept", policy="drop")], BLOCKS),
        ([output("tcp flags & (syn|ack) == ack tcp dport 8583 reject")], BLOCKS),
        ([output("tcp flags fin drop")], PASSES),
    ],
)  # fmt: skip
def test_every_chain_on_the_way_out_and_back_is_asked(chains: list[str], expected: bool | None) -> None:
    """In the order of their priorities."""
    assert judge(loaded(*chains), CARD).blocks is expected


def test_the_way_in_is_told_from_the_way_out() -> None:
    """So that nobody looks for the rule in the wrong chain."""
    (blocker,) = judge(loaded(base("input", "tcp sport 8583 drop")), CARD).blockers

    assert (blocker.way, blocker.chain) == (Way.IN, "input")


@pytest.mark.parametrize(
    ("family", "flow", "expected"),
    [("ip", CARD, BLOCKS), ("ip", SIX, PASSES), ("ip6", SIX, BLOCKS), ("ip6", CARD, PASSES)],
)
def test_a_table_of_one_family_means_its_own_packets(family: str, flow: Flow, expected: bool | None) -> None:
    assert judge(loaded(output("drop"), family=family), flow).blocks is expected


def test_over_loopback_both_packets_go_out_and_come_in() -> None:
    """A till that talks to itself meets its input chain with a new connection."""
    here = Flow(source="127.0.0.1", destination="127.0.0.1", port=8583, interface="lo")
    rules = loaded(base("input", "ct state new tcp dport 8583 drop"))

    assert judge(rules, here).blocks is BLOCKS
    assert judge(rules, CARD).blocks is PASSES


DEVICE = """{"nftables": [{"chain": {"family": "netdev", "table": "lab", "name": "in", "handle": 1, "prio": 0,
"type": "filter", "hook": "ingress", "policy": "accept", "dev": %s}},
{"rule": {"family": "netdev", "table": "lab", "chain": "in", "handle": 2, "expr": [{"drop": null}]}}]}"""


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ('"eth0"', BLOCKS),
        ('["lo", "eth0"]', BLOCKS),
        ('"lo"', PASSES),
        ('["lo", "eth1"]', PASSES),
        ("[]", UNKNOWN),
    ],
)
def test_a_chain_of_another_interface_does_not_concern_us(device: str, expected: bool | None) -> None:
    """As libnftables-json(5) writes them."""
    assert judge(parse((DEVICE % device).encode()), CARD).blocks is expected


def test_a_chain_whose_interface_nft_does_not_tell_may_be_ours() -> None:
    """1.0.6 leaves it out."""
    chain = 'chain in {\ntype filter hook ingress device "eth0" priority 0\ntcp sport 8583 drop\n}'

    assert judge(loaded(chain, family="netdev"), CARD).blocks is not PASSES


def test_a_dormant_table_is_never_said_to_block() -> None:
    """Even where nft, as 1.0.6, prints another word in the flag's place."""
    assert judge(loaded("flags dormant", output("drop")), CARD).blocks is not BLOCKS


@pytest.mark.parametrize(
    ("flags", "expected"),
    [('"dormant"', PASSES), ('["owner", "dormant"]', PASSES), ('"owner"', BLOCKS), ('"lab"', UNKNOWN)],
)
def test_flags_of_a_table(flags: str, expected: bool | None) -> None:
    table = f'{{"table": {{"family": "netdev", "name": "lab", "flags": {flags}}}}},'
    text = (DEVICE % '"eth0"').replace("[", f"[{table}", 1)

    assert judge(parse(text.encode()), CARD).blocks is expected


COUNTERS = [
    ("tcp dport 8583 counter packets 7 bytes 9 drop", 7),
    ("meta mark 5 counter packets 7 bytes 9 drop", 7),
    ("counter packets 7 bytes 9 meta mark 5 drop", None),  # counts what it does not drop as well
    ("tcp dport 8583 drop", None),
]


@pytest.mark.parametrize(("rule", "packets"), COUNTERS)
def test_a_counter_counts_only_behind_the_last_condition(rule: str, packets: int | None) -> None:
    (blocker,) = judged(rule).blockers

    assert blocker.packets == packets


def test_an_address_that_is_none_is_an_error() -> None:
    """What it may be given comes from a socket."""
    with pytest.raises(ValueError, match="does not appear"):
        judged("drop", flow=Flow(source="shop", destination="10.8.3.2", port=1))


def test_what_is_not_known_of_a_connection_is_unknown() -> None:
    """No source, no interface, no user."""
    bare = Flow(source="", destination=str(ip_address("10.8.3.2")), port=8583)

    for condition in ("ip saddr 10.8.0.2", 'oifname "eth0"', "meta skuid 101"):
        assert judged(f"{condition} drop", flow=bare).blocks is UNKNOWN
