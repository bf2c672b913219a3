"""Every fault of the lab, alone and by twos, and everything that only looks like one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lab.fault_table import row, without_seconds
from tests.lab.faults import FAULTS, ODDITIES, Fault
from tests.lab.store import Round, Store
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
]
by_name = pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


def causes(seen: Round) -> list[tuple[str, str]]:
    return [(cause.code, str(cause.owner)) for cause in seen.diagnosis.causes]


def no_condition_twice(seen: Round) -> bool:
    return len({reading.identity for reading in seen.readings if reading.subject}) == len(
        [reading for reading in seen.readings if reading.subject]
    )


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
