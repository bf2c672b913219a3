"""What was planned, on the cashier's and the technician's slip."""

from __future__ import annotations

import pytest

from agent.slip.codes_only import without_addresses
from agent.slip.reminders import reminders
from agent.slip.slips import cashier_slip, technician_slip
from agent.slip.words import Speech
from probes.maintenance import conditions as planned
from probes.payment_lines import conditions as lines
from probes.receipt_printer import conditions as printer
from tests.agent.slip.situations import CONTACTS, report, stopped_line
from tests.agent.till_readings import CARD_LINE, CARD_PORT, PRINTER, failing
from vocabulary.reading import Reading
from vocabulary.report import Report

DUE = failing(planned.DUE, "print-head")
VISIT = failing(planned.VISIT_OVERDUE, "cutter", task="Change the cutter", due="2026-10-30")
SPARE = failing(planned.SPARE_NOT_READY, "")
AHEAD = [failing(planned.DOWNTIME_AHEAD, line) for line in (CARD_LINE, CARD_PORT)]
ANNOUNCED = [failing(planned.DOWNTIME, line) for line in (CARD_LINE, CARD_PORT)]


def printed(of: Report, language: str = "en", columns: int = 48) -> list[str]:
    return [line.text for line in cashier_slip(of, CONTACTS[language], language, columns).lines]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["All well", "Reminder: Clean the print head (due 12 Nov; 99", "of 90 days)."]),
        ("zh", ["一切正常", "提醒: Clean the print head (11-12到期; 已", "99/90天)."]),
    ],
)
def test_a_reminder_stands_below_all_well(language: str, expected: list[str]) -> None:
    """With its day as people say it; and no longer "nothing to do"."""
    found = printed(report(DUE), language)
    assert [each for each in found if each in expected] == expected
    assert not {"All well. Nothing to do", "一切正常, 不用做什么"} & set(found)


def test_an_announcement_for_several_lines_is_one_reminder() -> None:
    """A line and its port are one thing to a cashier."""
    assert reminders(report(*AHEAD), Speech("en")) == ["Acquirer A: cards announced down 02:00-04:00."]


def test_a_day_that_there_is_not_stays_as_it_was() -> None:
    """The store's own words may hold anything."""
    assert Speech("en").with_short_days("Form 2026-99-99, 2026-11-12") == "Form 2026-99-99, 12\xa0Nov"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_many_reminders_leave_room_for_what_works(language: str) -> None:
    """Ten lines on the narrowest paper; the most severe one stands first and whole."""
    found = printed(report(DUE, VISIT, SPARE, *AHEAD), language, 32)
    assert len(found) <= 11
    assert "Change the cutter" in "\n".join(found).split("Reminder" if language == "en" else "提醒")[1]
    assert any("QR" in line or "扫码" in line for line in found)


def test_the_third_reminder_gives_way_before_the_others() -> None:
    """The most severe ones stay whole where long titles leave no room for all."""
    long = [failing(each, "x", task=f"{each.code} thoroughly") for each in planned.BY_VISIT]
    found = "\n".join(printed(report(*long), "en", 32))
    assert [each.code in found for each in reversed(planned.BY_VISIT)] == [True, True, False]


def test_a_fault_leaves_no_room_for_reminders() -> None:
    """Not even as "also": now the fault counts."""
    found = "\n".join(printed(report(failing(printer.PAPER_OUT, PRINTER), DUE, VISIT)))
    assert "Paper out" in found
    assert "Maintenance" not in found
    assert "Clean the print head" not in found


@pytest.mark.parametrize(
    ("language", "step", "calls"),
    [
        ("en", "Wait until 04:00, then try again. Nobody need be", "Call "),
        ("zh", "等到04:00再试, 之前不用打电话.", "请打"),
    ],
)
def test_an_announced_outage_calls_nobody(language: str, step: str, calls: str) -> None:
    """It stops cards, so it is the headline; until when stands there, and no number."""
    found = printed(report(*ANNOUNCED, *stopped_line(CARD_LINE, lines.DROPPED)), language)
    assert step in found
    assert not [line for line in found if calls in line or "138" in line]


def test_the_technician_has_them_in_full_behind_the_faults() -> None:
    """With code and remedy, and not counted among the causes."""
    slip = technician_slip(report(failing(printer.PAPER_OUT, PRINTER), DUE), CONTACTS["en"], "en", 48)
    text = slip.text()
    assert "Cause 1 of 1 (critical)" in text
    assert text.index("receipt-printer.paper-out") < text.index("Reminder: Maintenance is due\n")
    assert "poshealth maintenance add print-head" in text.replace("\n", " ")


@pytest.mark.parametrize("reading", [DUE, SPARE, *AHEAD])
def test_paper_that_may_lie_about_has_titles_alone(reading: Reading) -> None:
    """The store's own words might name a machine."""
    found = without_addresses(report(reading))
    (cause,) = found.diagnosis.causes
    assert reminders(found, Speech("en")) == [cause.words["en"].title]
