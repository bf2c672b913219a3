"""What a child needs is there before the fork."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from agent.running.preload import MODULES
from tests.counter import ROOT, write_settings
from tests.shop import Shop

SELDOM = ("device", "maintenance", "payment_terminal", "plugins", "receipt_printer", "settlement", "software")
"""Those whose look needs much, and which run once in a minute or less."""


def test_every_preloaded_module_is_one_that_children_use() -> None:
    """After `preload()` in a fresh interpreter each is loaded, and nothing of an HTTP client is."""
    program = "import sys; from agent.running.preload import preload; preload(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert set(MODULES) <= set(loaded)
    assert not {"requests", "urllib3", "escpos", "PIL"} & set(loaded)


def test_the_daemon_loads_nothing_for_rare_moments() -> None:
    """A technician's slip, a ruleset, a date in an answer, a mistake in the settings: when they come."""
    program = "import sys; sys.argv[1:] = ['run', '--help']; from console.__main__ import main; main()"
    loading = f"import atexit, sys; atexit.register(lambda: print(*sys.modules)); {program}"
    done = subprocess.run(
        [sys.executable, "-c", loading], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rare = {
        "agent.slip.technician",
        "probes.own_firewall.finding",
        "protocols.nft.judgement",
        "difflib",
        "inspect",
        *("probes.program_keeper", "serial", "statistics", "subprocess", "tokenize", "zoneinfo"),
        *(f"probes.{name}.look" for name in SELDOM),
    }

    assert "agent.supervisor" in done.stdout.split()
    assert not rare & set(done.stdout.split())


@pytest.mark.parametrize("name", SELDOM)
def test_a_seldom_look_costs_nothing_until_its_child_takes_it(name: str) -> None:
    """With the whole catalogue there the look's module is not; called, it is, and yields readings."""
    program = f"""
import sys
from pathlib import Path
from probes.catalogue import ALL_PROBES
from probes.memory import Memory
from probes.till import Till
probe = next(each for each in ALL_PROBES if each.id == "{name}")
before = "probes.{name}.look" in sys.modules
found = next(probe.read(probe.options(), Till(Path("/")), Memory()))
print(before, "probes.{name}.look" in sys.modules, found.code in [each.code for each in probe.conditions])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True", "True"]


NOTHING_NEW = """
import json, os, sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from agent.running.preload import load_for_another_account
from agent.settings.settings import load
from probes.catalogue import ALL_PROBES
from probes.memory import Memory
from probes.public_days import days_around
from probes.settlement.opening import open_database
from probes.settlement.options import SettlementOptions
from probes.till import Till
from protocols.pos_database.database import DatabaseError

settings = load(Path(sys.argv[1]))
load_for_another_account()
before = set(sys.modules)
for probe in ALL_PROBES:
    list(probe.read(settings.options[probe.id], Till(), Memory()))
days_around("CN", date(2026, 10, 5), Memory())
for engine in ("postgresql", "mariadb"):
    options = SettlementOptions(preset="unionpay", database=f"{engine}://p@127.0.0.1:1/pos")
    with suppress(DatabaseError):
        open_database(options, Till(), may_lock=True)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_no_probe_loads_a_module_by_itself(shop: Shop) -> None:
    """A child that became `nobody` could not: the code lies where only its owner may look."""
    settings = write_settings(shop.folder, "", shop.tables())
    closed = shop.folder / "closed"
    closed.mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-c", NOTHING_NEW, str(settings)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(closed)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == []
