"""What is told of a closed port where the rules cannot be had, and where no rule is to blame."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probes.own_firewall.asker import LOOK_AT, NO_PERMISSION, START
from probes.own_firewall.finding import BY_DROP, BY_FILTER, LEGACY, NO_RULE, Finding, Try, why_blocked_here
from probes.till import Till
from protocols.tcp_sweep import Outcome, Result, Target
from tests.broker.service import ROOT, wait_for
from tests.real_systemd import RealSystemd

Answer = Callable[[socket.socket], None]
HELD_BACK = Result(
    target=Target("127.0.0.1", 9), outcome=Outcome.BLOCKED_HERE, source="127.0.0.1", error="ETIMEDOUT"
)
FORBIDDEN = Result(target=Target("127.0.0.1", 9), outcome=Outcome.BLOCKED_HERE, error="EPERM")
DROPPED = Result(
    target=Target("127.0.0.1", 9), outcome=Outcome.DROPPED, source="127.0.0.1", error="ETIMEDOUT"
)


@contextlib.contextmanager
def service(folder: Path, answer: Answer) -> Iterator[str]:
    """One connection, answered as `answer` does it."""
    path = folder / "ruleset.sock"

    def serve() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            connection.recv(16)
            answer(connection)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield str(path)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def ask(path: str, result: Result) -> Finding:
    return why_blocked_here({"card": Try(result, "eth0")}, Till(), path)["card"]


def endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * (1 << 16))


def slow(connection: socket.socket) -> None:
    """A byte now and then, and never a whole line."""
    for _ in range(40):
        connection.sendall(b"{")
        threading.Event().wait(0.1)


def said(value: object) -> Answer:
    return lambda connection: connection.sendall(json.dumps(value).encode() + b"\n")


SENSELESS = "its answer makes no sense"
ANSWERS: list[tuple[str, Answer, str]] = [
    ("hangs up", lambda _: None, LOOK_AT),
    ("half a line", lambda connection: connection.sendall(b'{"nft"'), LOOK_AT),
    ("endless", endless, LOOK_AT),
    ("slow", slow, LOOK_AT),
    ("garbage", lambda connection: connection.sendall(b"\xff\n"), SENSELESS),
    ("no ruleset", said({"legacy": [], "nft": []}), "this is no ruleset of nft"),
    ("says why", said({"unknown": "nft is not installed"}), "nft is not installed"),
]


@pytest.mark.parametrize(("answer", "rule"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_a_service_that_does_not_tell_is_no_rule_and_no_pass(
    tmp_path: Path, answer: Answer, rule: str
) -> None:
    """What the packets have told stays, and a port that was dropped stays dropped."""
    with service(tmp_path, answer) as path:
        found = ask(path, HELD_BACK)

    assert found == Finding(True, BY_DROP, "not seen", rule)


def test_without_the_service_nothing_is_claimed(tmp_path: Path) -> None:
    """Dropped is not blocked here."""
    path = str(tmp_path / "nowhere.sock")

    assert ask(path, HELD_BACK) == Finding(True, BY_DROP, "not seen", START)
    assert ask(path, FORBIDDEN) == Finding(True, BY_FILTER, "not seen", START)
    assert ask(path, DROPPED).blocks is False


def test_where_it_may_not_ask_it_says_so(till_folder: Path) -> None:
    """The socket is for the group poshealth."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(till_folder / "ruleset.sock"))
        listener.listen()
        (till_folder / "ruleset.sock").chmod(0o600)
        reader, writer = os.pipe()
        if not os.fork():
            os.setuid(65534)
            os.write(writer, ask(str(till_folder / "ruleset.sock"), HELD_BACK).says.encode())
            os._exit(0)
        os.wait()

    assert os.read(reader, 1000).decode() == NO_PERMISSION


EMPTY: dict[str, list[object]] = {"nftables": []}


@pytest.mark.parametrize(
    ("legacy", "result", "expected"),
    [
        ([], HELD_BACK, Finding(True, BY_FILTER, "none", NO_RULE)),
        (["ip filter"], HELD_BACK, Finding(True, BY_DROP, "not seen", LEGACY)),
        (None, HELD_BACK, Finding(True, BY_DROP, "not seen", LEGACY)),
        (["ip filter"], FORBIDDEN, Finding(True, BY_FILTER, "none", NO_RULE)),
        (["ip filter"], DROPPED, Finding(False, "", "")),
    ],
)
def test_where_no_rule_of_nftables_blocks(
    tmp_path: Path, legacy: list[str] | None, result: Result, expected: Finding
) -> None:
    """Legacy iptables drops too; but connect() itself is refused by neither."""
    with service(tmp_path, said({"legacy": legacy, "nft": EMPTY})) as path:
        assert ask(path, result) == expected


REFUSED = Result(target=Target("127.0.0.1", 9), outcome=Outcome.REFUSED, source="127.0.0.1")
CHAIN = {"family": "inet", "table": "lab", "name": "out", "type": "filter", "prio": 0, "policy": "accept"}


def rules(hook: str, *statements: object) -> dict[str, object]:
    """The whole answer of the service: one chain, one rule."""
    rule = {"family": "inet", "table": "lab", "chain": "out", "handle": 2, "expr": statements}
    return {"legacy": [], "nft": {"nftables": [{"chain": {**CHAIN, "hook": hook}}, {"rule": rule}]}}


@pytest.mark.parametrize(
    ("hook", "verdict", "result", "is_here"),
    [
        ("output", {"drop": None}, DROPPED, True),
        ("input", {"drop": None}, DROPPED, True),
        ("output", {"reject": {"type": "tcp reset"}}, REFUSED, True),
        ("output", {"drop": None}, REFUSED, False),
        ("input", {"reject": {"type": "tcp reset"}}, REFUSED, False),
    ],
)
def test_a_rule_is_blamed_only_for_what_it_can_do(
    tmp_path: Path, hook: str, verdict: object, result: Result, is_here: bool
) -> None:
    """Where a refusal has come, nothing was dropped: the rule is a newer one, or another is to blame."""
    with service(tmp_path, said(rules(hook, verdict))) as path:
        assert ask(path, result).blocks is is_here


def test_what_never_left_met_no_rule_on_its_way_in(tmp_path: Path) -> None:
    """A filter beside nftables holds it back; that answers would be dropped as well is another matter."""
    with service(tmp_path, said(rules("input", {"drop": None}))) as path:
        assert ask(path, HELD_BACK) == Finding(True, BY_FILTER, "none", NO_RULE)


MAYBE = {"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 5}}
NAMED = "inet lab out 2: meta mark 5 drop"
STATES = [["established", {"drop": None}], ["new", {"queue": None}]]


def test_a_rule_for_the_third_packet_explains_no_silence(tmp_path: Path) -> None:
    """Nothing had come back yet; what may have blocked the first stays "maybe"."""
    both = rules("output", {"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": STATES}}})
    with service(tmp_path, said(both)) as path:
        found = ask(path, DROPPED)

    assert (found.blocks, found.rule[:6]) == (False, "maybe ")


COUNTS = [  # the first look, then rest, before and after the knocks of up to three rounds
    ([0, 5, 5, 7], f"{NAMED} (counter 5 -> 7)"),
    ([0, 5, 7, 9, 9, 9, 11], f"{NAMED} (counter 9 -> 11)"),
    ([0, 5, 7, 9, 9, 11, 13, 13, 15, 17], f"maybe {NAMED}"),  # two for each quarter of a second, all the time
    ([0, 5, 5, 8, 8, 8, 9, 9, 9, 12], f"maybe {NAMED}"),  # not just ours
    ([5, 5, 5, 5], f"none: {NO_RULE}"),
    ([0], f"maybe {NAMED}"),  # the service has no time for another look
]


@pytest.mark.parametrize(("counts", "rule"), COUNTS)
def test_a_counter_is_proof_where_it_rested_and_then_moved_by_our_knocks(
    tmp_path: Path, counts: list[int], rule: str
) -> None:
    """Where it does not move at all the rule is cleared, and a counter of a busy rule proves nothing."""

    def answer(connection: socket.socket) -> None:
        for packets in counts:
            counter = {"counter": {"packets": packets, "bytes": 0}}
            said(rules("output", MAYBE, counter, {"drop": None}))(connection)
            connection.recv(16)

    with service(tmp_path, answer) as path:
        found = ask(path, HELD_BACK)

    assert f"{found.rule}: {found.says}" == rule


LOOK = """
import os, sys
from probes.own_firewall.finding import Try, why_blocked_here
from probes.till import Till
from protocols.tcp_sweep import Target, sweep
(result,) = sweep([Target("127.0.0.1", 9)], 1.2)
finding = why_blocked_here({"card": Try(result, "lo")}, Till(), sys.argv[1])["card"]
print(finding.blocks, finding.how, finding.says, sep="|")
"""


@pytest.mark.parametrize("where", ["pos-health.service", "system.slice"])
def test_a_filter_of_the_services_own_is_told_as_such(where: str, tmp_path: Path, till_folder: Path) -> None:
    """systemd's IPAddressDeny=, on the unit or on its slice: by no rule of nft, for this program alone."""
    (till_folder / "look.py").write_text(LOOK)
    (till_folder / "out").touch(mode=0o666)
    body = f"[Service]\nType=exec\nUser=nobody\nWorkingDirectory={ROOT}\nEnvironment=PYTHONPATH={ROOT}\n"
    body += f"StandardOutput=append:{till_folder}/out\n"
    unit = body + f"ExecStart={sys.executable} {till_folder}/look.py {till_folder}/ruleset.sock\n"
    units = {"pos-health.service": unit}
    if where == "system.slice":
        units["system.slice"] = "[Slice]\nIPAddressDeny=any\n"
    else:
        units[where] += "IPAddressDeny=any\n"
    with service(till_folder, said({"legacy": [], "nft": EMPTY})) as path:
        Path(path).chmod(0o666)
        with RealSystemd(tmp_path / "units", units):
            wait_for(lambda: (till_folder / "out").read_text() != "")

    assert (till_folder / "out").read_text() == f"True|{BY_FILTER}|IPAddressDeny= of {where}\n"
