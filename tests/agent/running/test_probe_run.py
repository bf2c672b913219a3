"""A probe is nobody special, whoever started it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.running.account import probe_account
from agent.running.probe_run import ProbeRun, start_probe
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading, Reason

WHO = Condition(
    code="t.who", title="t", text="{uid}", remedy="Look", owner=Owner.STAFF, severity=Severity.NOTICE
)


RunProbe = Callable[..., ProbeRun]
HIDDEN = "[number hidden]"
CARD = "4111111111111111"  # Visa's number for tests


KEYED: dict[str, Any] = {f"of_{CARD}": 1}


def read(_: Options, __: Till, memory: Memory) -> Iterator[Reading]:
    memory.set("seen", int(str(memory.get("seen", 0))) + 1)
    capabilities = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line for line in capabilities.splitlines() if line.startswith("CapEff"))
    yield WHO.ok("p", uid=os.getuid(), euid=os.geteuid(), gid=os.getgid(), capabilities=effective.split()[1])


def read_cards(_: Options, __: Till, ___: Memory) -> Iterator[Reading]:
    """Whatever a probe passes on, a card number in it: written apart, as a figure, as a track."""
    yield WHO.failing(
        f"file-{CARD}", through=(f"line {CARD}",), track=f";{CARD}=25121010000?", figure=int(CARD)
    )
    yield WHO.ok("p", small=42, large=2**60, real=float(CARD), least=-0.5, well=True, **KEYED)
    yield WHO.unknown(Reason.NOT_TESTED, because="password=4111 and 4111 1111 1111 1111")
    int(f"x {CARD}")


BOOT = "38219307-1907-4943-8abc-89f2dd933160"  # whose digits are a card number's by chance


def read_and_keep(_: Options, __: Till, memory: Memory) -> Iterator[Reading]:
    """A card number in whatever is remembered, and what is compared in the next round."""
    memory.set("said", [{"number": f"no. {CARD}", "inode": int(CARD)}, (f"{CARD[:8]} {CARD[8:]}",)])
    memory.set("boot", BOOT)
    yield WHO.ok(boot=BOOT)


KEEPS = Probe(id="keeps", title="Keeps", conditions=(WHO,), options=Options, read=read_and_keep)
CARDS = Probe(id="cards", title="Cards", conditions=(WHO,), options=Options, read=read_cards)
PROBE = Probe(id="who", title="Who", conditions=(WHO,), options=Options, read=read)


def test_it_has_no_uid_of_root_and_no_capability(run_probe: Callable[..., ProbeRun]) -> None:
    """Real and effective ids, and the capability set."""
    facts = run_probe(PROBE, Options()).readings[0].facts

    assert 0 not in (facts["uid"], facts["euid"], facts["gid"])
    assert int(str(facts["capabilities"]), 16) == 0


def test_no_card_number_leaves_its_child(run_probe: Callable[..., ProbeRun]) -> None:
    """In no fact, subject or reason, and not in the words of its end; other facts stay as they are."""
    run = run_probe(CARDS, Options())
    first, second, third = run.readings

    assert (first.facts, first.subject) == ({"track": f";{HIDDEN}", "figure": HIDDEN}, f"file-{HIDDEN}")
    assert second.facts == {
        "small": 42,
        "large": 2**60,
        "real": HIDDEN,
        "least": -0.5,
        "well": True,
        f"of_{HIDDEN}": 1,
    }
    assert third.because == "password=[hidden] and [number hidden]"
    assert "ValueError" in run.error
    assert CARD not in f"{run} {run.error}"


def test_no_half_of_a_card_number_is_left_of_an_error(run_probe: RunProbe) -> None:
    """It is long, and so much shorter without its passwords that where it was cut comes into sight."""
    said = f"{'password=' + 'x' * 1900} {'.' * 66} {CARD}"

    def fail(_: Options, __: Till, ___: Memory) -> Iterator[Reading]:
        yield WHO.ok()
        raise ValueError(said)

    probe = Probe(id="fails", title="F", conditions=(WHO,), options=Options, read=fail)

    assert CARD[:8] not in run_probe(probe, Options()).error


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (int(f"{CARD}0000"), HIDDEN),  # 20 digits
        (-int(CARD), HIDDEN),
        (float(f"{CARD}00000"), HIDDEN),
        (float(f"{CARD}.5"), HIDDEN),
        (float(f"0.{CARD}"), 0.41111111),
        (float(f"4.{CARD[1:]}e-3"), 0.0041111111),
        (0.1 + 0.2, 0.1 + 0.2),
        (2**63, 2**63),
    ],
)
def test_no_figure_is_a_card_number(run_probe: RunProbe, figure: float, told: object) -> None:
    """Nor its first nine digits; a measured figure keeps eight where too many could be one."""

    def read_figure(_: Options, __: Till, ___: Memory) -> Iterator[Reading]:
        yield WHO.ok(figure=figure)

    probe = Probe(id="figure", title="F", conditions=(WHO,), options=Options, read=read_figure)

    assert run_probe(probe, Options()).readings[0].facts["figure"] == told


def test_no_card_number_is_remembered(run_probe: Callable[..., ProbeRun]) -> None:
    """In no text of whatever shape; figures of its own and the boot id stay what they are compared with."""
    run = run_probe(KEEPS, Options())

    assert run.memory == {"said": [{"number": f"no. {HIDDEN}", "inode": int(CARD)}, [HIDDEN]], "boot": BOOT}
    assert run.readings[0].facts["boot"] != BOOT, "this boot id is no example of one that looks like a card"


def test_root_without_an_account_to_become_is_refused() -> None:
    """There is no way to run one as root by forgetting an argument."""
    if os.geteuid() != 0:
        assert probe_account() is None
        return
    with pytest.raises(PermissionError, match="never runs as root"):
        start_probe(PROBE, Options(), Path("/"), Memory(), None)


def test_what_it_remembers_comes_back(run_probe: Callable[..., ProbeRun]) -> None:
    """The memory of one run is given to the next."""
    first = run_probe(PROBE, Options())
    second = run_probe(PROBE, Options(), memory=first.memory)

    assert (first.memory, second.memory) == ({"seen": 1}, {"seen": 2})
