"""Rulesets of the shapes that machines have: nothing is blamed that lets the card line pass."""

from __future__ import annotations

import pytest

from protocols.nft.judgement import judge
from protocols.nft.packet import Flow
from protocols.nft.ruleset import parse
from tests.protocols.nft.listing import listing

CARD = Flow(source="10.8.0.2", destination="10.8.3.2", port=8583, interface="eth0", uid=101, gid=102)
# in the manner of Debian's example for a workstation: answers and loopback come in, nothing else
WORKSTATION = """
table inet filter {
    chain input {
        type filter hook input priority 0;
        iif lo accept
        ct state established,related accept
        meta nfproto ipv6 icmpv6 type { destination-unreachable, packet-too-big, nd-neighbor-solicit } accept
        ip6 saddr fe80::/10 icmpv6 type { 130, 131, 132, 143, 151, 152, 153 } accept
        counter drop
    }
}
"""
# in the manner of firewalld: chains for zones and policies, a state for translated connections
FIREWALLD = """
table inet firewalld {
    chain mangle_PREROUTING {
        type filter hook prerouting priority mangle + 10; policy accept;
        jump mangle_PREROUTING_ZONES
    }
    chain mangle_PREROUTING_ZONES {
        goto mangle_PRE_public
    }
    chain mangle_PRE_public {
        jump mangle_PRE_public_allow
    }
    chain mangle_PRE_public_allow {
    }
    chain filter_PREROUTING {
        type filter hook prerouting priority filter + 10; policy accept;
        icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
        meta nfproto ipv6 fib saddr . mark . iif oif missing drop
    }
    chain filter_INPUT {
        type filter hook input priority filter + 10; policy accept;
        ct state { established, related } accept
        ct status dnat accept
        iifname "lo" accept
        ct state invalid drop
        jump filter_INPUT_ZONES
        reject with icmpx admin-prohibited
    }
    chain filter_INPUT_ZONES {
        goto filter_IN_public
    }
    chain filter_IN_public {
        meta l4proto { icmp, ipv6-icmp } accept
    }
    chain filter_OUTPUT {
        type filter hook output priority filter + 10; policy accept;
        ct state { established, related } accept
        oifname "lo" accept
        ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24 } reject with icmpv6 addr-unreachable
        jump filter_OUTPUT_POLICIES_pre
    }
    chain filter_OUTPUT_POLICIES_pre {
    }
}
"""
# in the manner of Docker with a published port: translation on the way out, a forward chain that drops
DOCKER = """
table ip nat {
    chain DOCKER {
        iifname "docker0" counter return
        iifname != "docker0" tcp dport 8080 counter dnat to 172.17.0.2:80
    }
    chain OUTPUT {
        type nat hook output priority -100; policy accept;
        ip daddr != 127.0.0.0/8 fib daddr type local counter jump DOCKER
    }
    chain POSTROUTING {
        type nat hook postrouting priority srcnat; policy accept;
        oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade
    }
}
table ip filter {
    chain FORWARD {
        type filter hook forward priority filter; policy drop;
        counter jump DOCKER-USER
    }
    chain DOCKER-USER {
        counter return
    }
}
"""


@pytest.mark.parametrize("text", [WORKSTATION, FIREWALLD, DOCKER], ids=["workstation", "firewalld", "docker"])
def test_the_card_line_passes(text: str) -> None:
    """For certain: no rule is named, not even as one that may."""
    assert judge(parse(listing(text)), CARD).blockers == ()


@pytest.mark.parametrize("text", [WORKSTATION, FIREWALLD, DOCKER], ids=["workstation", "firewalld", "docker"])
def test_one_rule_more_and_it_is_named(text: str) -> None:
    """Beside all the others."""
    more = "table inet shop {\nchain out {\ntype filter hook output priority 5\nip daddr 10.8.3.2 drop\n}\n}"
    (blocker,) = judge(parse(listing(text + more)), CARD).blockers

    assert (blocker.table, blocker.words) == ("shop", "ip daddr 10.8.3.2 drop")


def test_a_workstation_that_forgets_its_answers() -> None:
    """The one line without which nothing comes back."""
    found = judge(parse(listing(WORKSTATION.replace("ct state established,related accept", ""))), CARD)

    assert (found.blocks, found.blockers[-1].words) == (True, "drop")
