"""One report, five forms."""

from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from console.formats import FORMATS
from probes.maintenance import conditions as planned
from tests.agent.till_readings import failing
from vocabulary.reading import Fact, Reading, Reason, Status
from vocabulary.report import Clock, Drill, Identity, Known, Report

PRINTER: dict[str, Fact] = {
    "port": "/dev/ttyS0",
    "setting": "9600 8N1",
    "paper": "58 mm thermal paper",
    "may_be": "cable",
}


def report(*readings: Reading) -> Report:
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)
    return Report(
        identity=Identity(terminal="t1"),
        boot_id="b",
        spool_id="s",
        sequence=1,
        clock=Clock(wall=0.0, boottime=0.0),
        code="",
        diagnosis=diagnose(known, ALL_CONDITIONS),
        readings=known,
    )


OUT = report(
    Reading(code="receipt-printer.paper-out", subject='p"1\\', status=Status.FAILING, facts=PRINTER),
    Reading(code="receipt-printer.missing", subject="p", status=Status.OK, facts=PRINTER),
)
WELL = report(Reading(code="receipt-printer.paper-out", subject="p", status=Status.OK))


@pytest.mark.parametrize(("language", "title"), [("en", "Paper out"), ("zh", "缺纸")])
def test_text_says_cause_step_and_owner(language: str, title: str) -> None:
    """What a technician reads first, in both languages."""
    text = FORMATS["text"](OUT, language)

    assert title in text.splitlines()[0]
    assert "/dev/ttyS0" in text
    assert ("staff" if language == "en" else "店员") in text


def test_why_something_was_not_tested_is_said_in_chinese() -> None:
    reason, because = Reason.NOT_TESTED, "the server says nothing for 2 s"
    paper_out = ALL_CONDITIONS["receipt-printer.paper-out"].unknown(reason, "p", because=because)

    assert "receipt-printer.paper-out p: 未检测: 数据库2秒没有回应" in FORMATS["text"](
        report(paper_out), "zh"
    )


@pytest.mark.parametrize(("language", "said"), [("en", "(12.5 ms: good)"), ("zh", "(12.5 ms: 正常)")])
def test_a_lines_ladder_ends_with_how_fast_it_answers(language: str, said: str) -> None:
    """Where it was measured; no line borrows another's."""
    facts: dict[str, Fact] = {"latency_ms": 12.5, "rating": "good"}
    measured = report(
        Reading(code="payment-line.no-reply", subject="card", status=Status.OK),
        Reading(code="payment-line.no-reply", subject="qr", status=Status.OK),
        Reading(code="payment-line.slow", subject="card", status=Status.OK, facts=facts),
    )
    card, qr = [
        line for line in FORMATS["text"](measured, language).splitlines() if ": " in line and ">" in line
    ]

    assert card.endswith(said)
    assert "ms" not in qr


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "    Cards are taken over card/backup only: card/primary is down."),
        ("zh", "    刷卡只剩card/backup在用: card/primary不通."),
    ],
)
def test_what_follows_is_said_in_words_where_it_knows_more(language: str, said: str) -> None:
    """The line that is down adds nothing to why it is; the one that carries instead does."""
    line: dict[str, Fact] = {"host": "h", "port": 1, "source": "a", "address": "b"}
    both: dict[str, Fact] = {"dead": "card/primary", "carrying": "card/backup"}
    broken = report(
        *(
            Reading(code=code, subject="card/primary", status=Status.FAILING, facts=facts, through=way)
            for code, facts, way in (
                ("payment-line.refused", line, ("eth0", "card/primary")),
                ("payment-line.down", line, ("card/primary",)),
                ("card-payments.on-backup", both, ("card/primary",)),
            )
        )
    )
    lines = FORMATS["text"](broken, language).splitlines()

    assert [line for line in lines if line.startswith("    ")] == [said]


def test_nagios_is_one_line_with_performance_data() -> None:
    """monitoring-plugins: STATE - sentence | data, and no second bar."""
    line = FORMATS["nagios"](OUT, "en")

    assert line.startswith("POSHEALTH CRITICAL - Paper out.")
    assert "\n" not in line
    assert line.count("|") == 1
    assert FORMATS["nagios"](WELL, "en").startswith("POSHEALTH OK - No fault.")


def test_checkmk_begins_with_the_state() -> None:
    """A local check: state, name, metrics, text."""
    assert re.match(r"2 POS_health \S+( \S+)* ", FORMATS["checkmk"](OUT, "en"))
    assert FORMATS["checkmk"](OUT, "en").split(" ")[2].count("=") == 4


def test_prometheus_escapes_its_labels() -> None:
    """Quotes and backslashes of a subject stay inside their label; every sample is `name{labels} number`."""
    lines = FORMATS["prometheus"](OUT, "en").splitlines()

    assert r'poshealth_reading_ok{code="receipt-printer.paper-out",subject="p\"1\\"} 0' in lines
    assert all(re.fullmatch(r"# (HELP \S+ .*|TYPE \S+ gauge)|\w+(\{.*\})? \d+", line) for line in lines)


def test_json_is_the_report() -> None:
    """As head office gets it."""
    assert json.loads(FORMATS["json"](OUT, "zh"))["diagnosis"]["lost"] == ["receipts"]


OVERDUE = failing(planned.OVERDUE, "print-head")
TOLD = report(OVERDUE, WELL.readings[0].reading)


@pytest.mark.parametrize(
    ("language", "first", "label"),
    [("en", "No fault.", "Reminder: Maintenance is overdue"), ("zh", "没有故障", "提醒: 保养超期了")],
)
def test_a_reminder_is_told_behind_no_fault(language: str, first: str, label: str) -> None:
    """By a label of its own, with its step."""
    lines = FORMATS["text"](TOLD, language).splitlines()

    assert lines[0].startswith(first)
    assert lines[1].startswith(label)
    assert "poshealth maintenance add print-head" in lines[3]


def test_a_reminder_beside_a_fault_is_no_second_cause() -> None:
    """It comes last, and is no "also"."""
    found = report(OVERDUE, OUT.readings[0].reading)
    labels = [line for line in FORMATS["text"](found, "en").splitlines() if "[" in line]

    assert [label.partition(":")[0] for label in labels] == ["Cause", "Reminder"]
    assert FORMATS["nagios"](found, "en").startswith("POSHEALTH CRITICAL - Paper out.")


def test_monitoring_is_told_a_reminder_as_severe_as_it_is() -> None:
    """What is overdue is a warning that says it is no fault."""
    assert FORMATS["nagios"](TOLD, "en").startswith(
        "POSHEALTH WARNING - No fault. Maintenance is overdue. Do it while nobody queues"
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("text", "DRILL until "),
        ("json", '"drill": {'),
        ("nagios", "POSHEALTH OK - DRILL until "),
        ("checkmk", "|drill=1 DRILL until "),
        ("prometheus", 'poshealth_drill{code="receipt-printer.paper-out"} 1'),
    ],
)
def test_a_drill_is_said_and_changes_nothing(form: str, said: str) -> None:
    """In every form; what was said before is still there."""
    drill = Drill(cause=OUT.diagnosis.causes[0], by="technician", began=0.0, until=600.0)
    printed = FORMATS[form](replace(WELL, drill=drill), "en")

    assert said in printed
    assert said not in FORMATS[form](WELL, "en")
    assert said not in FORMATS[form](replace(WELL, drill=replace(drill, ended=60.0)), "en") or form == "json"
    if form in {"text", "nagios", "checkmk"}:
        assert "No fault." in printed
