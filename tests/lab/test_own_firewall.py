"""The till's own rules in the shop network: the one that blocks is named, and packets say it is so."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.running.account import probe_account
from agent.running.probe_run import ProbeRun
from probes.firewall_ports.probe import PROBE, FirewallOptions, Outbound
from probes.own_firewall import asker, finding
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE as PAYMENT_LINES
from tests.lab.shop_network import ACQUIRER, ShopNetwork
from tests.ruleset_service import ruleset_service
from vocabulary.reading import Reading, Status
from vocabulary.report import Known

RunProbe = Callable[..., ProbeRun]
Look = Callable[[int], Reading | None]
_ports = itertools.count(20000)


@pytest.fixture
def port(shop: ShopNetwork) -> int:
    """One that the acquirer serves, and that no packet of an earlier test is on its way to."""
    number = next(_ports)
    shop.serve("acquirer", number)
    return number


@pytest.fixture(scope="module")
def service(standing_shop: ShopNetwork) -> Iterator[str]:
    """The acquirer sends no answer twice: repeated ones of one look would move the counters of the next."""
    standing_shop.sysctl("acquirer", "net/ipv4/tcp_synack_retries", "0")
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as folder:
        Path(folder).chmod(0o711)
        with ruleset_service(Path(folder), standing_shop.within("terminal")) as path:
            yield path
    standing_shop.sysctl("acquirer", "net/ipv4/tcp_synack_retries", "5")


def options(port: int, service: str, host: str = ACQUIRER) -> FirewallOptions:
    outbound = (Outbound(host=host, port=port, purpose="Card payments"),)
    return FirewallOptions(outbound=outbound, timeout_seconds=1.2, ruleset_socket=service)


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe, service: str) -> Look:
    """What the probe says is wrong with the port; nobody, which it runs as, has no right to see a rule."""

    def look(port: int) -> Reading | None:
        run = shop.run("terminal", lambda: run_probe(PROBE, options(port, service)))
        assert run.complete, run
        failing = [each for each in run.readings if each.status is Status.FAILING]
        assert len(failing) <= 1
        return failing[0] if failing else None

    return look


BY_DROP, BY_REJECT, BY_ANSWERS = finding.BY_DROP, finding.BY_REJECT, finding.BY_DROPPED_ANSWERS
REJECTS = ("icmpx port-unreachable", "tcp reset", "icmpx admin-prohibited", "icmpx host-unreachable")
NAMED = [  # hook, rules; how; behind the chain its handle and words; "+": proven by a counter
    ("output", ["tcp dport {port} drop"], BY_DROP, " 2: tcp dport {port} drop"),
    ("output", ["ct state new drop"], BY_DROP, " 2: ct state new drop"),
    ("output", ["meta skuid {uid} drop"], BY_DROP, " 2: skuid {uid} drop"),
    *(
        (
            "output",
            [f"tcp dport {{port}} reject with {kind}"],
            BY_REJECT,
            f" 2: tcp dport {{port}} reject with {kind}",
        )
        for kind in REJECTS
    ),
    ("output", ["oifname lo accept", "tcp dport 443 accept", "drop"], BY_DROP, " 4: drop"),
    ("output", ["policy drop;"], BY_DROP, ": policy drop"),
    ("input", ["tcp sport {port} drop"], BY_ANSWERS, " 2: tcp sport {port} drop"),
    ("input", ["policy drop;", "iifname lo accept"], BY_ANSWERS, ": policy drop"),
    ("input", ["tcp sport {port} counter drop"], BY_ANSWERS, " 2: tcp sport {port} drop+"),
    ("output", ["tcp dport {port} counter drop"], BY_DROP, " 2: tcp dport {port} drop+"),
    # what cannot be told from the rule is told by its counter
    ("output", ["meta mark 0 counter drop"], BY_DROP, " 2: meta mark 0 drop+"),
    ("input", ["fib saddr type unicast counter drop"], BY_ANSWERS, " 2: fib saddr type unicast drop+"),
    ("output", ["meta mark 5 counter reject", "tcp dport {port} drop"], BY_DROP, " 3: tcp dport {port} drop"),
    # and without a counter all that may be it are named
    ("output", ["meta mark 0 drop"], BY_DROP, " 2: meta mark 0 drop?"),
    ("output", ["meta mark 5 drop", "drop"], BY_DROP, " 2: meta mark 5 drop or inet lab output 3: drop?"),
]


@pytest.mark.parametrize("case", NAMED, ids=lambda case: f"{case[0]} {case[1][-1]}")
def test_the_rule_that_blocks_is_named(
    shop: ShopNetwork, look: Look, port: int, case: tuple[str, list[str], str, str]
) -> None:
    """Family, table, chain, handle, what it says; also where it is the answers that are dropped."""
    hook, rules, how, words = case
    account = probe_account()
    values = {"port": port, "uid": account.uid if account else 0}
    shop.rule("terminal", hook, *(each.format(**values) for each in rules))
    found = look(port)

    assert found is not None
    assert (found.code, found.facts["how"]) == ("firewall.blocked-here", how)
    told, counted = counter_of(said(found))
    maybe, named = ("maybe " if words.endswith("?") else ""), words.rstrip("+?").format(**values)
    assert told == f"{maybe}inet lab {hook}{named}"
    assert counted == (2 if words.endswith("+") else 0)


def said(found: Reading) -> str:
    return f"{found.facts['rule']}: {found.facts['rule_says']}"


def counter_of(rule: str) -> tuple[str, int]:
    """What is said before the proof, and how far the counter has moved."""
    said, _, proof = rule.partition(" (counter ")
    numbers = [int(number) for number in re.findall(r"\d+", proof)]
    return said, numbers[1] - numbers[0] if numbers else 0


ELSEWHERE = [
    ("drop", "port-dropped"),
    ("reject with tcp reset", "reset-on-the-way"),
    ("reject", "port-rejected"),
]


@pytest.mark.parametrize(("verdict", "code"), ELSEWHERE)
def test_a_block_elsewhere_stays_elsewhere(
    shop: ShopNetwork, look: Look, port: int, verdict: str, code: str
) -> None:
    """Own rules that accept, and counters that do not move, blame nobody here."""
    shop.rule("terminal", "output", "ct state new accept", "meta mark 5 drop")
    shop.rule("terminal", "input", "meta mark 5 counter drop", "ct state established accept")
    shop.rule("router", "forward", f"tcp dport {port} {verdict}")
    found = look(port)

    assert found is not None
    assert (found.code, found.facts.get("own_rule")) == (f"firewall.{code}", None)


def test_a_rule_that_may_block_is_evidence_and_no_verdict(shop: ShopNetwork, look: Look, port: int) -> None:
    """Without a counter nobody can say whether it does."""
    shop.rule("terminal", "input", "meta mark 5 drop")
    shop.rule("router", "forward", f"tcp dport {port} drop")
    found = look(port)

    assert found is not None
    assert found.code == "firewall.port-dropped"
    assert found.facts["own_rule"] == "maybe inet lab input 2: meta mark 5 drop"


def test_rules_of_iptables_are_named_as_nft_lists_them(shop: ShopNetwork, look: Look, port: int) -> None:
    """Debian's iptables writes into nftables; a match that nft cannot read is proven by the counter."""
    rule = f"-A OUTPUT -p tcp --dport {port} -m owner ! --uid-owner 4242 -j REJECT"
    subprocess.run([*shop.within("terminal"), "iptables-nft", *rule.split()], check=True)
    found = look(port)

    assert found is not None
    words = f"ip filter OUTPUT 2: tcp dport {port} [iptables owner] [iptables REJECT]"
    assert counter_of(said(found)) == (words, 2)


@pytest.fixture
def legacy(shop: ShopNetwork) -> Iterator[Callable[[str], None]]:
    def iptables(arguments: str) -> None:
        subprocess.run([*shop.within("terminal"), "iptables-legacy", *arguments.split()], check=True)

    yield iptables
    iptables("-F OUTPUT")


def test_where_legacy_tables_exist_it_is_never_said_that_no_rule_blocks(
    look: Look, port: int, legacy: Callable[[str], None]
) -> None:
    """Nft does not list them: the command that does is told."""
    legacy(f"-A OUTPUT -p tcp --dport {port} -j DROP")
    found = look(port)

    assert found is not None
    assert (found.facts["how"], said(found)) == (BY_DROP, f"not seen: {finding.LEGACY}")


def test_without_the_service_its_command_is_told(
    shop: ShopNetwork, run_probe: RunProbe, port: int, till_folder: Path
) -> None:
    """What the packets have told is told all the same."""
    shop.rule("terminal", "output", f"tcp dport {port} drop")
    nowhere = options(port, str(till_folder / "nowhere.sock"))
    run = shop.run("terminal", lambda: run_probe(PROBE, nowhere))
    (found,) = [each for each in run.readings if each.status is Status.FAILING]

    assert (found.code, found.facts["how"], said(found)) == (
        "firewall.blocked-here",
        BY_DROP,
        f"not seen: {asker.START}",
    )


def test_a_forbidding_route_is_no_rule(shop: ShopNetwork, run_probe: RunProbe, service: str) -> None:
    """connect() itself has said so."""
    shop.ip("terminal", "route add prohibit 10.8.9.0/24")
    try:
        run = shop.run("terminal", lambda: run_probe(PROBE, options(1, service, host="10.8.9.1")))
    finally:
        shop.ip("terminal", "route del prohibit 10.8.9.0/24")
    (found,) = [each for each in run.readings if each.status is Status.FAILING]

    assert (found.facts["how"], said(found)) == (finding.BY_ROUTE, f"none: {finding.A_ROUTE}")


def test_an_open_port_asks_nobody(
    shop: ShopNetwork, run_probe: RunProbe, port: int, till_folder: Path
) -> None:
    """All is well, so no service is started; a path that is no socket would show."""
    assert shop.run("terminal", lambda: run_probe(PROBE, options(port, str(till_folder)))).complete


def test_two_ports_behind_one_rule_are_both_proven(
    shop: ShopNetwork, run_probe: RunProbe, service: str
) -> None:
    """Its counter has caught the knocks of both."""
    both = (next(_ports), next(_ports))
    shop.serve("acquirer", *both)
    shop.rule("terminal", "output", f"meta mark 0 tcp dport {{ {both[0]}, {both[1]} }} counter drop")
    wanted = tuple(Outbound(host=ACQUIRER, port=port) for port in both)
    asked = FirewallOptions(outbound=wanted, timeout_seconds=1.2, ruleset_socket=service)
    run = shop.run("terminal", lambda: run_probe(PROBE, asked))

    rules = {said(each) for each in run.readings if each.status is Status.FAILING}
    assert [counter_of(rule)[1] for rule in rules] == [4]


def test_a_counter_that_others_move_proves_nothing(shop: ShopNetwork, look: Look, port: int) -> None:
    """Packets of another program, all the time."""
    shop.rule("terminal", "output", "meta mark 0 counter drop")
    shop.start("terminal", chatter)
    found = look(port)

    assert found is not None
    assert said(found) == "maybe inet lab output 2: meta mark 0 drop"


def chatter(ready: Callable[[], object]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        ready()
        while True:
            with contextlib.suppress(OSError):
                sock.sendto(b"", (ACQUIRER, 9))
            time.sleep(0.05)


LINE = Line(name="card/primary", host=ACQUIRER, port=8583, tls=False, connect_timeout_seconds=1.3, tries=1)


@pytest.mark.parametrize(
    ("hook", "rule"),
    [
        ("input", "tcp sport 8583 drop"),
        ("output", "tcp dport 8583 reject with tcp reset"),
        ("output", "tcp dport 8583 reject with icmpx host-unreachable"),
    ],
)
def test_the_line_over_it_follows_from_the_rule(
    shop: ShopNetwork, run_probe: RunProbe, service: str, hook: str, rule: str
) -> None:
    """One cause, the technician's: neither the network team nor the acquirer is called."""
    shop.serve("acquirer", 8583)
    shop.rule("terminal", hook, rule)
    lines = PaymentLinesOptions(lines=(LINE,), ruleset_socket=service)
    work = (PROBE, options(8583, service)), (PAYMENT_LINES, lines)
    runs = shop.run("terminal", lambda: [run_probe(probe, asked) for probe, asked in work])
    known = tuple(Known(reading=each, since=0.0) for run in runs for each in run.readings)
    (cause,) = diagnose(known, ALL_CONDITIONS).causes

    assert (cause.code, cause.subjects) == ("firewall.blocked-here", (f"{ACQUIRER}:8583", "card/primary"))
