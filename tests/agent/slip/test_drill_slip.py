"""Slips in a drill: the rehearsed one can be taken for no real one, and a real one for no drill."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from agent.drill.rehearsal import rehearsed
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.composing import Order, compose
from agent.slip.layout import COLUMNS, width
from agent.slip.slips import REMEMBERED_SECONDS, Slip
from tests.agent.slip.situations import ALL_WELL, CONTACTS, FIREWALL, KEY, NEAR_END, NOW, PAPER_OUT
from vocabulary.report import Drill, DrillEnding, Report
from vocabulary.texts import LANGUAGES, translate

DRILL, BESIDE = "DRILL - nothing is broken", "DRILL - this fault is not real"
REAL, OVER = "Drill on, but this slip is real", "Drill over: this fault is real"
every_language = pytest.mark.parametrize("language", LANGUAGES)


def with_drill(
    report: Report, code: str = "firewall.port-dropped", *, ended: float = 0.0, ending: str = ""
) -> Report:
    cause = rehearsed(ALL_CONDITIONS[code], "", report.readings, ALL_CONDITIONS, NOW)
    drill = Drill(cause=cause, by="technician", began=NOW - 60, until=NOW + 600, ended=ended, ending=ending)
    return replace(report, drill=drill)


def over(report: Report, ago: float, ending: str) -> Report:
    return with_drill(report, ended=NOW - ago, ending=ending)


def slip(report: Report, language: str = "en", columns: int = 32, **order: bool) -> Slip:
    addresses = order.pop("addresses", True)
    wanted = Order(language=language, **order)  # type: ignore[arg-type]
    return compose(report, CONTACTS[language], wanted, columns, KEY, addresses=addresses)


def marks(printed: Slip) -> list[str]:
    return [line.text.strip() for line in printed.lines if line.text.strip() in {DRILL, BESIDE, REAL, OVER}]


@pytest.mark.parametrize("technician", [False, True])
@pytest.mark.parametrize(
    ("report", "said"),
    [
        (ALL_WELL, []),
        (with_drill(ALL_WELL), [DRILL, DRILL]),
        (with_drill(NEAR_END), [REAL, REAL]),
        (over(ALL_WELL, 60, DrillEnding.TIME), []),
        (over(PAPER_OUT, 60, DrillEnding.ASKED), []),
        (over(PAPER_OUT, 60, DrillEnding.CAUSE), [OVER, OVER]),
        (over(PAPER_OUT, REMEMBERED_SECONDS, DrillEnding.CAUSE), []),
        (over(ALL_WELL, 60, DrillEnding.CAUSE), []),
    ],
)
def test_a_slip_of_what_is_true(report: Report, said: list[str], technician: bool) -> None:
    """Says above and below that a drill is on, or over; its code and its QR are its own."""
    printed = slip(report, technician=technician)

    assert marks(printed) == said
    assert printed.qr
    assert ALL_WELL.code in printed.text()


@pytest.mark.parametrize(("real", "said"), [(ALL_WELL, DRILL), (NEAR_END, BESIDE)])
def test_the_slip_of_the_drill(real: Report, said: str) -> None:
    """The rehearsed cause alone between its marks, without code and QR."""
    printed = slip(with_drill(real), drill=True)

    assert [printed.lines[at].text.strip() for at in (1, -1)] == [said, said]
    assert "No answer, maybe a firewall" in printed.text()
    assert "Paper is running low" not in printed.text()
    assert (printed.qr, ALL_WELL.code in printed.text()) == ("", False)
    assert "Code: none, this is a drill" in printed.text()


def test_without_a_drill_it_is_the_slip_of_what_is_true() -> None:
    """It was over before its slip was composed."""
    assert slip(FIREWALL, drill=True) == slip(FIREWALL)


@every_language
def test_it_holds_no_address_where_the_store_wants_none(language: str) -> None:
    """What this till read last stays off the paper in a drill too."""
    report = with_drill(FIREWALL)
    assert "10.8.3.2" in slip(report, language, drill=True).text()

    assert "10.8." not in slip(report, language, drill=True, addresses=False).text()
    assert "firewall.port-dropped" in slip(report, language, drill=True, addresses=False).text().replace(
        "\n", ""
    )


def test_the_technician_reads_who_rehearses_what() -> None:
    printed = slip(with_drill(ALL_WELL), technician=True, columns=48).text()

    assert "Rehearsed: No answer, maybe a firewall\nfirewall.port-dropped\nBy technician, from " in printed


@every_language
@pytest.mark.parametrize("columns", COLUMNS)
def test_every_mark_fits(language: str, columns: int) -> None:
    """On one line of the narrowest paper."""
    assert all(width(translate(mark, language)) <= columns for mark in (DRILL, BESIDE, REAL, OVER))
    if language != "en":
        assert all(translate(mark, language) != mark for mark in (DRILL, BESIDE, REAL, OVER))
