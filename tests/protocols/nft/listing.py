"""What the real nft says of a ruleset, loaded into a network namespace of its own."""

from __future__ import annotations

import subprocess

from protocols.nft.ruleset import Ruleset, parse

_LOAD_AND_LIST = (
    "ip link set lo up; ip link add eth0 type veth peer name eth1; nft -f - && nft -j list ruleset"
)


def listing(text: str) -> bytes:
    """Its JSON, byte by byte."""
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", _LOAD_AND_LIST],
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def loaded(*chains: str, family: str = "inet") -> Ruleset:
    body = "\n".join(chains)
    return parse(listing(f"table {family} lab {{\n{body}\n}}\n"))


def output(*rules: str, policy: str = "accept", priority: str = "filter") -> str:
    """A chain that packets meet on their way out."""
    return base("output", *rules, policy=policy, priority=priority)


def base(
    hook: str, *rules: str, policy: str = "accept", priority: str = "filter", kind: str = "filter"
) -> str:
    lines = "\n".join(rules)
    name = f"{hook}_{abs(hash((rules, priority)))}" if priority != "filter" or kind != "filter" else hook
    return f"chain {name} {{\ntype {kind} hook {hook} priority {priority}; policy {policy};\n{lines}\n}}"
