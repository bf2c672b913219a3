"""Garbage, endless or hostile: it ends soon, and is never taken for a ruleset that blocks nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.nft.answer import NotTold, told
from protocols.nft.judgement import Judgement, judge
from protocols.nft.packet import Flow
from protocols.nft.ruleset import MAX_BYTES, UnreadableRulesetError, parse
from protocols.nft.wording import LONGEST

CARD = Flow(source="10.8.0.2", destination="10.8.3.2", port=8583, interface="eth0", uid=101, gid=102)
BASE = {
    "family": "inet",
    "table": "lab",
    "name": "out",
    "type": "filter",
    "hook": "output",
    "prio": 0,
    "policy": "accept",
}


def listing(rules: dict[str, list[list[Any]]], *more: dict[str, Any]) -> bytes:
    """Chains by name, "out" being the base chain; a rule is a list of statements."""
    chains = [{"chain": {**BASE, **({} if name == "out" else {"name": name, "hook": ""})}} for name in rules]
    listed = [
        {"rule": {"family": "inet", "table": "lab", "chain": name, "handle": handle, "expr": statements}}
        for name, chain in rules.items()
        for handle, statements in enumerate(chain, 1)
    ]
    return json.dumps({"nftables": [*chains, *listed, *more]}).encode()


def judged(*rules: list[Any]) -> Judgement:
    return judge(parse(listing({"out": list(rules)})), CARD)


GARBAGE = [
    b"",
    b"\0",
    b"nft: command not found",
    b"[]",
    b"{}",
    b'{"nftables": {}}',
    b'{"nftables": [1]}',
    b'{"nftables": [{"rule": {}}]}',
    b'{"nftables": [{"chain": {"family": "inet", "table": "lab", "name": 5}}]}',
    b'{"nftables": [{"rule": {"family": "inet", "table": "lab", "chain": "out", "expr": {}}}]}',
    b'{"nftables": [' + 100_000 * b"[",
    b'{"nftables": [{"rule": {"family": "i", "table": "l", "chain": "o", "expr": '
    + 9999 * b'[{"a":'
    + b"}]}}]}",
    b'{"nftables": [{"table": {"family": "\xff\xfe", "name": "x"}}]}',
    b'{"nftables": [' + b" " * MAX_BYTES + b"]}",
]


@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: str(text[:40]))
def test_garbage_is_no_ruleset(text: bytes) -> None:
    """Least of all an empty one."""
    with pytest.raises(UnreadableRulesetError):
        parse(text)


ANSWERS = [
    (b"", "its answer makes no sense"),
    (b"{}\n", "its answer makes no sense"),
    (b"[]\n", "its answer makes no sense"),
    (b'{"legacy": 5, "nft": {"nftables": []}}\n', "its answer makes no sense"),
    (b'{"legacy": [], "nft": []}\n', "this is no ruleset of nft"),
    (b'{"unknown": "nft is not installed"}\n', "nft is not installed"),
    (b'{"unknown": "a\\u001b[31mb", "nft": {"nftables": []}}\n', "a?[31mb"),
    (json.dumps({"unknown": 1000 * "x"}).encode(), 120 * "x"),
]


@pytest.mark.parametrize(("line", "why"), ANSWERS)
def test_an_answer_that_tells_nothing_says_why(line: bytes, why: str) -> None:
    """Printable, and not for pages."""
    with pytest.raises(NotTold) as error:
        told(line)

    assert error.value.args[0] == why


def test_legacy_tables_that_are_not_told_are_unknown() -> None:
    """Not the same as none."""
    assert told(b'{"nft": {"nftables": []}}').legacy is None
    assert told(b'{"legacy": [], "nft": {"nftables": []}}').legacy == ()


PORT = {"payload": {"protocol": "tcp", "field": "dport"}}
HOST = {"payload": {"protocol": "ip", "field": "daddr"}}
UNREADABLE: list[list[Any]] = [
    [None],
    ["drop"],
    [{}],
    [{"drop": None, "accept": None}],
    [{"queue": {"num": 5}}],
    [{"tproxy": {"port": 5}}],
    [{"fwd": {"dev": "eth0"}}],
    [{"something new": {}}],
    [{"xt": None}],
    [{"xt": {"type": "target", "name": "SOMETHING"}}],
    [{"jump": None}],
    [{"jump": {"target": "nowhere"}}],
    [{"vmap": None}],
    [{"vmap": {"key": {"meta": {"key": "mark"}}, "data": "@nowhere"}}],
    [{"vmap": {"key": {"meta": {"key": "mark"}}, "data": {"set": [5]}}}],
    [{"match": None}, {"drop": None}],
    [{"match": {"op": "==", "left": None, "right": None}}, {"drop": None}],
    [{"match": {"op": "like", "left": PORT, "right": 8583}}, {"drop": None}],
    [{"match": {"op": "==", "left": PORT, "right": "https"}}, {"drop": None}],
    [{"match": {"op": "==", "left": PORT, "right": "@nowhere"}}, {"drop": None}],
    [{"match": {"op": "==", "left": PORT, "right": {"range": ["a", []]}}}, {"drop": None}],
    [{"match": {"op": "==", "left": HOST, "right": {"prefix": {"addr": "x", "len": 9}}}}, {"drop": None}],
    [{"match": {"op": "==", "left": HOST, "right": {"prefix": {"addr": "1.2.3.4", "len": 33}}}}, {"drop": 0}],
    [{"match": {"op": "==", "left": HOST, "right": "pos.example"}}, {"drop": None}],
    [{"match": {"op": "==", "left": {"meta": {"key": "skuid"}}, "right": "nobody"}}, {"drop": None}],
    [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": [5]}}, {"drop": None}],
    [{"limit": None}, {"drop": None}],
]  # fmt: skip


@pytest.mark.parametrize("statements", UNREADABLE, ids=str)
def test_what_cannot_be_read_is_unknown(statements: list[Any]) -> None:
    """Neither does it block for certain, nor is it passed over."""
    found = judged(statements)

    assert found.blocks is None
    assert [blocker.handle for blocker in found.blockers] == [1]


def test_chains_that_jump_in_circles_end() -> None:
    """The kernel takes none; a forged list may have them."""
    circle = {"out": [[{"jump": {"target": "out"}}]] * 3}

    assert judge(parse(listing(circle)), CARD).blocks is None


def test_jumps_that_double_at_every_step_end() -> None:
    """Sixteen deep, each twice: stopped at a limit, and unknown."""
    names = ["out", *(f"c{depth}" for depth in range(1, 16))]
    doubling = {
        name: [[{"jump": {"target": below}}]] * 4
        for name, below in zip(names, [*names[1:], "end"], strict=True)
    }

    assert judge(parse(listing({**doubling, "end": []})), CARD).blocks is None


def block_list(rules: int) -> Judgement:
    """Rules that each look through ten thousand networks, none of them ours."""
    elements = [
        {"prefix": {"addr": f"{10 + high}.{low}.0.0", "len": 16}}
        for high in range(1, 41)
        for low in range(250)
    ]
    named = {"set": {"family": "inet", "table": "lab", "name": "listed", "elem": elements}}
    condition = {"op": "==", "left": HOST, "right": "@listed"}
    return judge(parse(listing({"out": [[{"match": condition}, {"drop": None}]] * rules}, named)), CARD)


def test_a_block_list_of_ten_thousand_networks_is_read() -> None:
    """It is long, and it is certain."""
    assert block_list(1) == Judgement(False)


def test_a_hundred_such_rules_are_not_read_to_their_end() -> None:
    """Nobody waits for them; it is unknown, not "passes"."""
    assert block_list(100) == Judgement(None)


def test_an_element_for_all_others_counts_last() -> None:
    """Wherever it stands in the list."""
    elements = [["*", {"drop": None}], [8583, {"accept": None}]]

    assert judged([{"vmap": {"key": PORT, "data": {"set": elements}}}]) == Judgement(False)


WORDS = (
    *(
        "match",
        "op",
        "left",
        "right",
        "payload",
        "protocol",
        "field",
        "meta",
        "ct",
        "key",
        "set",
        "elem",
        "val",
    ),
    *("range", "prefix", "addr", "len", "concat", "&", "|", "vmap", "data", "jump", "target", "xt", "name"),
    *("counter", "packets", "mangle", "reject", "type", "expr", "drop", "accept", "fib", "flags", "result"),
)
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(("@x", "*", "tcp"))
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.lists(json_values, max_size=4), max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_json_breaks_it(rules: list[list[Any]]) -> None:
    """Whatever stands in a rule: an answer, and words of one printable line."""
    for blocker in judged(*rules).blockers:
        assert blocker.words.isprintable()
        assert len(blocker.words) <= LONGEST
