"""Rulesets of one table, of the kinds of rule that are read for certain, and some that are not."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.lab.shop_network import ACQUIRER, TERMINAL

PORTS = (21000, 21001, 21002, 21003, 21004, 21005)

ports = st.sampled_from((*PORTS, 443))
negation = st.sampled_from(("", "", "!= "))


def lists(elements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(elements, min_size=1, max_size=3, unique=True).map(
        lambda each: f"{{ {', '.join(each)} }}"
    )


spans = st.tuples(ports, st.integers(0, 3)).map(lambda each: f"{each[0]}-{each[0] + 1 + each[1]}")
port_values = st.one_of(ports.map(str), spans, lists(ports.map(str)), st.just("@doors"))
networks = ("10.8.3.0/24", "10.8.0.1-10.8.0.9", "192.168.0.0/16", f"{{ 10.9.0.0/16, {ACQUIRER} }}", "@hosts")
addresses = st.sampled_from((ACQUIRER, TERMINAL, *networks))
sets_of_flags = (
    "syn",
    "ack",
    "!= syn",
    "& (syn|ack) == syn",
    "& (fin|syn|rst|ack) != syn",
    "{ syn, syn|ack }",
)
states = ("new", "established,related", "!= established", "{ new, invalid }", "invalid")
devices = ('"eth0"', '"lo"', '"eth*"', '{ "lo", "wlan*" }')
kinds = (
    "meta nfproto ipv4",
    "meta nfproto ipv6",
    "meta l4proto != tcp",
    "ip protocol tcp",
    "meta protocol ip",
)
untold = ("meta mark 0", "meta mark 7", "fib daddr type local", "ip ttl 64", "limit rate over 1/hour")


def said(template: str, *choices: tuple[object, ...] | st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.builds(template.format, *(st.sampled_from(x) if isinstance(x, tuple) else x for x in choices))


conditions = st.one_of(
    said("tcp {} {}{}", ("dport", "sport"), negation, port_values),
    said("meta l4proto tcp th dport {}{}", negation, port_values),
    said("tcp dport {} {}", ("<", ">", "<=", ">="), ports),
    said("ip {} {}{}", ("saddr", "daddr"), negation, addresses),
    said("ip daddr . tcp dport {{ {} . {}, 10.9.0.1 . 1 }}", (ACQUIRER, "10.8.3.0/24"), ports),
    said("meta {} {}{}", ("skuid", "skgid"), negation, (0, "0-99", 101, "{ 5, 6 }")),
    said("{} {}{}", ("oifname", "iifname"), negation, devices),
    said("ct state {}", states),
    said("ct direction {}", ("original", "reply")),
    said("tcp flags {}", sets_of_flags),
    st.sampled_from(kinds),
    st.sampled_from(untold),
)
foreign = st.one_of(
    said("udp dport {}{}", negation, ports),
    said("ip6 daddr {}::1", negation),
    st.just("meta nfproto ipv6"),
)
ENDINGS = (
    *("accept", "accept", "drop", "reject", "reject with tcp reset", "reject with icmpx host-unreachable"),
    *("return", "continue", ""),
)
vmaps = said("tcp dport vmap {{ {} : {}, 443 : drop }}", PORTS, ("accept", "drop", "return", "continue"))


def rule(*more: str) -> st.SearchStrategy[str]:
    means = st.lists(conditions, max_size=2).map(" ".join)
    ending = st.one_of(st.sampled_from((*ENDINGS, *more)), vmaps)
    ours = st.builds("{} counter {}".format, means, ending)
    return st.one_of(ours, ours, ours, said("{} counter {}", foreign, ("accept", "drop", "return")))


def rules(*more: str) -> st.SearchStrategy[str]:
    return st.lists(rule(*more), max_size=4).map("\n".join)


policies = st.sampled_from(("accept", "accept", "drop"))
JUMPS = ("jump side", "goto side", "jump deep", "goto deep")
TABLE = """flush ruleset
table inet lab {{
set doors {{ type inet_service; flags interval; elements = {{ 443, 21002-21003 }}; }}
set hosts {{ type ipv4_addr; flags interval; elements = {{ 10.8.3.0/24, 172.16.0.0/12 }}; }}
chain deep {{
{}
}}
chain side {{
{}
}}
chain early {{
type filter hook output priority {}; policy accept;
{}
}}
chain out {{
type filter hook output priority 0; policy {};
{}
}}
chain in {{
type filter hook input priority 0; policy {};
{}
}}
}}"""
tables = st.builds(
    TABLE.format,
    rules(),
    rules("jump deep", "goto deep"),
    st.sampled_from((-300, -150, 10)),
    st.one_of(st.just(""), rules()),
    policies,
    rules(*JUMPS),
    policies,
    st.one_of(st.just("accept"), rules(*JUMPS)),
)
