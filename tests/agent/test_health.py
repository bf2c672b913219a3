"""An invented probe, run in a real child: the cause is right without a word in the diagnosis."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.health import Health, fingerprint, now
from agent.own_conditions import OWN_CONDITIONS
from agent.running.account import probe_account
from agent.running.probe_run import AnyProbe
from agent.running.sweep import Sweep
from agent.settings.settings import Settings, Terminal
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Capability, Condition, Owner, Severity
from vocabulary.question import Judgement, Question
from vocabulary.reading import Reading, Reason
from vocabulary.report import Drill, Report
from vocabulary.texts import translate
from vocabulary.work import Work


def condition(code: str, *below: Condition, **more: object) -> Condition:
    plain: dict[str, object] = {
        "title": "t",
        "text": "{subject}",
        "remedy": "Look",
        "owner": Owner.STAFF,
        "severity": Severity.WARNING,
    }
    return Condition(code=code, depends_on=below, **{**plain, **more})  # type: ignore[arg-type]


PUMP = condition("coffee.pump")
WATER = condition("coffee.water", PUMP)
CUP = condition("coffee.cup", WATER, severity=Severity.CRITICAL, stops=(Capability.RECEIPTS,))
CHAIN = (PUMP, WATER, CUP)


def coffee(body: Callable[[], Iterator[Reading]], conditions: tuple[Condition, ...] = CHAIN) -> AnyProbe:
    def read(_: Options, __: Till, ___: Memory) -> Iterator[Reading]:
        yield from body()

    return Probe(
        id="coffee", title="Coffee", conditions=conditions, options=Options, read=read, timeout_seconds=1.0
    )


def report_of(*probes: AnyProbe) -> Report:
    conditions = {each.code: each for probe in probes for each in probe.conditions}
    health = Health(
        Settings(terminal=Terminal(id="t1")), {**conditions, **{own.code: own for own in OWN_CONDITIONS}}
    )
    sweep = Sweep({probe.id: Options() for probe in probes}, Path("/"), probe_account())
    sweep.add(probes, {})
    by_id = {probe.id: probe for probe in probes}
    while sweep.active:
        for run in sweep.step():
            health.take(by_id[run.probe_id], run, 60.0, now())
        time.sleep(0.002)
    return health.report(now(), "spool", 1)


def codes(report: Report) -> list[str]:
    return [cause.code for cause in report.diagnosis.causes]


def test_three_chained_conditions_have_one_cause() -> None:
    """The pump is broken, no water could be tested, the cup stays empty."""

    def body() -> Iterator[Reading]:
        yield PUMP.failing("p")
        yield WATER.unknown(Reason.NOT_TESTED, "w", because=PUMP.code)
        yield CUP.failing("c")

    report = report_of(coffee(body))

    assert codes(report) == ["coffee.pump"]
    assert report.diagnosis.causes[0].severity is Severity.CRITICAL
    assert report.diagnosis.lost == (Capability.RECEIPTS,)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda: time.sleep(30), Reason.TIMED_OUT),
        (lambda: 1 / 0, Reason.PROBE_FAILED),
        (lambda: os.kill(os.getpid(), 9), Reason.PROBE_FAILED),
    ],
    ids=["sleeps", "raises", "is killed"],
)
def test_a_probe_that_ends_early_is_named(end: Callable[[], object], reason: Reason) -> None:
    """What it said counts, what it did not say is unknown, and the agent says that it was ended."""

    def body() -> Iterator[Reading]:
        yield PUMP.ok("p")
        end()
        yield WATER.ok("w")

    report = report_of(coffee(body))
    untested = {entry.code: entry.reason for entry in report.diagnosis.untested}

    assert codes(report) == ["agent.probe-ended"]
    assert report.diagnosis.causes[0].subjects == ("coffee",)
    assert untested == {"coffee.water": reason, "coffee.cup": reason}


@pytest.mark.parametrize("sentence", ["title", "text", "prepare"])
def test_a_fault_whose_sentence_lacks_a_fact_is_unknown(
    sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It cannot be told, and takes nothing else along; the log names what is missing."""
    beans = condition("coffee.beans", **{sentence: "{kilograms} kg left."})
    report = report_of(coffee(lambda: iter((beans.failing("b"), PUMP.failing("p"))), (beans, PUMP)))
    untested = [(entry.code, entry.reason, entry.because) for entry in report.diagnosis.untested]

    assert codes(report) == ["coffee.pump"]
    assert untested == [("coffee.beans", Reason.PROBE_FAILED, "a fact is missing")]
    assert "coffee.beans lacks the fact kilograms" in capsys.readouterr().err
    assert translate("a fact is missing", "zh") == "少一项数据"


def test_only_a_changed_status_is_news() -> None:
    """A latency that varies does not make a full report; a status that changes does."""

    def saying(reading: Reading) -> Report:
        return report_of(coffee(lambda: iter((reading,)), (PUMP,)))

    assert fingerprint(saying(PUMP.ok("p", ms=1))) == fingerprint(saying(PUMP.ok("p", ms=2)))
    assert fingerprint(saying(PUMP.ok("p"))) != fingerprint(saying(PUMP.failing("p")))


def test_what_people_do_is_news() -> None:
    """A drill's beginning and its end, a question, an answer, work that is begun and ended."""
    well = report_of(coffee(lambda: iter((PUMP.ok("p"),)), (PUMP,)))
    broken = report_of(coffee(lambda: iter((PUMP.failing("p"),)), (PUMP,)))
    drill = Drill(cause=broken.diagnosis.causes[0], by="x", began=1.0, until=600.0)
    question = Question(id="q", code="coffee.pump", subjects=("p",), titles={}, since=1.0)
    judgement = Judgement(question=question, right=True, by="x", at=2.0)
    changes: list[dict[str, object]] = [
        {},
        {"drill": drill},
        {"drill": replace(drill, ended=60.0)},
        {"question": question},
        {"judgements": (judgement,)},
        {"work": (Work(reason="new card", began=1.0),)},
        {"work": (Work(reason="new card", began=1.0, ended=2.0),)},
    ]

    assert len({fingerprint(replace(well, **each)) for each in changes}) == len(changes)
