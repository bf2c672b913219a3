"""What head office makes of a drill: shown everywhere, counted nowhere."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from tests.headoffice import reports
from tests.headoffice.browsing import Visit
from tests.headoffice.office import Office, Terminal
from vocabulary.report import Drill, DrillEnding
from vocabulary.wire import Full

SLIP: Final[dict[str, tuple[str, ...]]] = {
    "en": ("DRILL - nothing is broken", "Paper out"),
    "zh": ("演练, 设备正常", "缺纸"),
}


def drill(began: float, *, minutes: float = 10.0, ended: float = 0.0, ending: str = "") -> Drill:
    return Drill(
        cause=reports.paper_out(began),
        by="technician",
        began=began,
        until=began + 60 * minutes,
        ended=ended,
        ending=ending,
        slip={} if ended else SLIP,
    )


def told(till: Terminal, sequence: int, rehearsed: Drill | None, **facts: float) -> Full:
    report = till.full(sequence, **facts).report
    return reports.full(msgspec.structs.replace(report, drill=rehearsed))


def test_a_drill_counts_for_nothing(till: Terminal) -> None:
    """The row says ready, no cause and nothing lost, and what is rehearsed until when."""
    began = reports.wall()
    till.send(told(till, 1, drill(began)))
    row = till.shown()

    assert (row["standing"], row["causes"], row["lost"]) == ("ready", [], [])
    assert row["drill"]["cause"]["code"] == "receipt-printer.paper-out"
    assert row["drill"]["until"] == pytest.approx(began + 600)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "its end first"])
def test_begin_and_end_are_in_the_history(till: Terminal, order: tuple[int, int]) -> None:
    """Whatever order the two reports arrive in."""
    began = reports.wall() - 300
    over = drill(began, ended=began + 120, ending=DrillEnding.CAUSE)
    records = (told(till, 1, drill(began)), told(till, 2, over))
    for at in order:
        till.send(records[at])
    detail = till.office.listing(f"/v1/terminals/{till.name}")

    assert detail["terminal"]["drill"] is None
    assert [(each["began"], each["ended"], each["ending"]) for each in detail["drills"]] == [
        (began, began + 120, "cause")
    ]
    assert detail["changes"][0]["titles"] == {}


def test_a_till_that_fell_silent_in_a_drill_is_not_in_one_for_ever(till: Terminal) -> None:
    """Its end was never told: by then it was over."""
    till.send(told(till, 1, drill(reports.wall() - 3600)))

    assert till.shown()["drill"] is None


def test_a_drill_by_a_wrong_clock_is_put_right(till: Terminal) -> None:
    """A till whose clock is a day ahead has its drill on, by head office's clock."""
    ahead = reports.wall() + 86_400
    till.send(told(till, 1, drill(ahead), at=ahead))

    assert till.shown()["drill"]["until"] == pytest.approx(reports.wall() + 600, abs=60)


def test_a_drill_at_no_time_is_not_on(till: Terminal) -> None:
    """The report is taken all the same."""
    answer = till.send(told(till, 1, drill(9e12)))

    assert (answer.accepted[0].outcome, till.shown()["drill"]) == ("stored", None)


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en-GB", ("Drill", "Paper out, nothing of it is real")), ("zh-CN", ("演练", "缺纸，不是真故障"))],
)
def test_the_list_marks_it(visit: Visit, own_office: Office, locale: str, said: tuple[str, str]) -> None:
    """Beside its true state, with a shape of its own."""
    till = Terminal(own_office)
    till.send(told(till, 1, drill(reports.wall())))
    page = visit(own_office, locale=locale)
    cell = page.locator("tbody tr td").first

    assert cell.locator(".mark.ready").count() == 1
    assert cell.locator(".mark.drill svg").count() == 1
    assert all(each in cell.inner_text() for each in said)
    assert page.locator("h1 .count.ready").count() == 1


def test_the_page_shows_what_the_staff_see(visit: Visit, own_office: Office) -> None:
    """Said to be a drill, by whom and until when; no cause on the page; its end in the history."""
    till = Terminal(own_office)
    began = reports.wall() - 60
    till.send(told(till, 1, drill(began)))
    page = visit(own_office, "/terminals/s0412-t2")
    shown = page.inner_text("section[aria-labelledby=drill]")
    assert "Drill: nothing of this is real" in shown
    assert "by technician" in shown
    assert "DRILL - nothing is broken\nPaper out" in shown
    assert "No cause found." in page.inner_text("section[aria-labelledby=causes]")

    till.send(told(till, 2, drill(began, ended=began + 30, ending=DrillEnding.CAUSE)))
    page.reload()
    assert page.locator("section[aria-labelledby=drill]").count() == 0
    assert "Paper out, by technician: A real fault came" in page.inner_text("section[aria-labelledby=drills]")


def test_an_earlier_report_of_a_drill_says_so(visit: Visit, own_office: Office) -> None:
    """Found by the code of a slip that was printed meanwhile."""
    till = Terminal(own_office)
    report = till.full(1, code="OLD1-23").report
    till.send(reports.full(msgspec.structs.replace(report, drill=drill(reports.wall()))), till.full(2))
    page = visit(own_office, "/terminals/s0412-t2?report=OLD123")

    assert "A drill was on: Paper out. Nothing of it was real." in page.inner_text("main")
