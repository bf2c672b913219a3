"""Every fault of the lab, alone and by twos, and everything that only looks like one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.payment_lines.options import PaymentLinesOptions
from tests.lab.fault_table import row, without_seconds
from tests.lab.faults import FAULTS, ODDITIES
from tests.lab.making import Fault, redirected, ruled
from tests.lab.shop_network import ACQUIRER
from tests.lab.store import BACKUP, PRIMARY, REPORTS, Round, Store, card_line
from vocabulary import texts
from vocabulary.reading import Status

pytestmark = pytest.mark.slow  # each fault is waited for

TABLE = Path(__file__).parents[2] / "docs" / "faults.md"
PAIRS = [
    ("name_server_silent", "provider_drops"),
    ("name_server_closed", "acquirer_refuses"),
    ("name_server_silent", "router_resets"),
    ("till_drops", "backup_rejected"),
    ("provider_intercepts", "backup_rejected"),
    ("acquirer_refuses", "backup_rejected"),
    ("big_packets_vanish", "router_drops"),
    ("provider_lost_the_way", "name_server_silent"),
    ("acquirer_gone", "name_server_closed"),
    ("routing_loop", "name_server_silent"),
]
by_name = pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


def causes(seen: Round) -> list[tuple[str, str]]:
    return [(cause.code, str(cause.owner)) for cause in seen.diagnosis.causes]


def no_condition_twice(seen: Round) -> bool:
    """But what both probes know of the acquirer's host itself, and what is not set up."""
    said = [reading.identity for reading in seen.readings if reading.subject not in {"", ACQUIRER}]
    return len(said) == len(set(said))


@by_name
def test_a_fault_is_its_one_cause(store: Store, fault: Fault) -> None:
    """With its owner and whoever is in the way, in both languages, and as docs/faults.md has it."""
    with fault.broken(store.shop):
        seen = store.look()

    assert causes(seen) == [(fault.code, fault.owner)]
    (cause,) = seen.diagnosis.causes
    for language in texts.LANGUAGES:
        words = cause.words[language]
        assert language != "en" or fault.named in f"{words.text} {words.prepare}"
    assert no_condition_twice(seen)
    assert without_seconds(row(fault, seen)) in [
        without_seconds(line) for line in TABLE.read_text(encoding="utf-8").splitlines()
    ]


@pytest.mark.parametrize("oddity", ODDITIES.values(), ids=lambda oddity: oddity.name)
def test_what_only_looks_odd_is_no_cause(store: Store, oddity: Fault) -> None:
    """Payments work, so nobody is called."""
    with oddity.broken(store.shop):
        seen = store.look()

    assert causes(seen) == []
    assert not [reading for reading in seen.readings if reading.status is Status.FAILING]


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_two_faults_are_two_causes(store: Store, pair: tuple[str, str]) -> None:
    """Both, and no third."""
    with ExitStack() as stack:
        for name in pair:
            stack.enter_context(FAULTS[name].broken(store.shop))
        seen = store.look()

    assert sorted(causes(seen)) == sorted((FAULTS[name].code, FAULTS[name].owner) for name in pair)


def test_a_store_without_a_backup_line_is_healthy(store: Store) -> None:
    """Nothing is missed that was never set up."""
    lines = PaymentLinesOptions(lines=(card_line("card/primary", PRIMARY),))

    assert causes(store.look(payment_lines=lines)) == []


def test_a_proxy_is_not_taken_for_the_host_in_the_end(store: Store) -> None:
    """The remembered way stays the host's, also where no other port of it is compared."""
    healthy = store.memories
    with redirected(store.shop, "provider", f"tcp dport {REPORTS}"):
        store.memories = store.look().memories
        again = store.look()
    store.memories = healthy

    assert causes(again) == [("path.intercepted", "site-it")]


MANY = FirewallOptions(outbound=tuple(Outbound(host=ACQUIRER, port=port) for port in range(7000, 7012)))


def test_a_router_that_says_no_once_a_second_is_one_cause(store: Store) -> None:
    """Of twelve ports that it rejects the first ones are told so: the others fail at the same hop."""
    slowly = ODDITIES["router_speaks_once_a_second"]
    with slowly.broken(store.shop), ruled(store.shop, "router", "forward", "tcp dport 7000-7011 reject"):
        seen = store.look(firewall_ports=MANY)

    assert causes(seen) == [("firewall.port-rejected", "site-it")]
    assert len(seen.diagnosis.causes[0].subjects) == len(MANY.outbound)


def test_a_hop_that_says_no_way_to_some_is_one_cause(store: Store) -> None:
    """Whoever was told nothing, in whichever probe, follows from it: it is said five times at most."""
    with FAULTS["provider_lost_the_way"].broken(store.shop):
        seen = store.look(firewall_ports=MANY)

    assert causes(seen) == [("firewall.no-way", "line-provider")]


def test_two_lines_of_one_terminal_id_and_a_hop_that_says_it_seldom_are_one_cause(store: Store) -> None:
    """The second line is tried when the hop has said its piece to the first and to the ports."""
    lines = (card_line("card/primary", PRIMARY), card_line("card/backup", BACKUP))
    with FAULTS["provider_lost_the_way"].broken(store.shop):
        seen = store.look(firewall_ports=MANY, payment_lines=PaymentLinesOptions(lines=lines))

    assert causes(seen) == [("firewall.no-way", "line-provider")]
