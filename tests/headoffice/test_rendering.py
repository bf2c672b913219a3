"""Pages of what a terminal sent, whatever it said."""

from __future__ import annotations

import msgspec
import pytest

from tests.headoffice import reports
from tests.headoffice.office import PASSWORD, Terminal
from tests.headoffice.visitor import Visitor
from vocabulary.absence import Absence
from vocabulary.question import Judgement, Question
from vocabulary.report import Drill, Fate, Occasion, Report, SlipNote
from vocabulary.wire import Dropped, Outage
from vocabulary.work import Named, Work

STRANGE = "/dev/a{0}{b"
"""A newer terminal's own word, or a device's name, that would be a template if it were taken for one."""


def strange_report(report: Report, at: float) -> Report:
    """With it, or with nothing at all, wherever head office would have words of its own."""
    cause = msgspec.structs.replace(reports.paper_out(at), code=STRANGE, subjects=("", STRANGE), words={})
    nothing = msgspec.structs.replace(cause, subjects=())
    before = {"since": at - 60, "until": at}
    question, answered = (
        Question(id=name, code=STRANGE, subjects=subjects, titles={"en": STRANGE}, **before)
        for name, subjects in (("1", ()), ("2", (STRANGE,)))
    )
    return msgspec.structs.replace(
        report,
        diagnosis=msgspec.structs.replace(report.diagnosis, causes=(cause, nothing)),
        absences=(Absence(why=STRANGE, **before), Absence(why=STRANGE, since=at)),
        work=(Work(reason=STRANGE, began=at, ended=at, verdict=STRANGE, new=(Named(STRANGE, {}),)),),
        drill=Drill(cause=nothing, by=STRANGE, began=at - 60, until=at, ended=at, ending=STRANGE),
        question=question,
        judgements=(Judgement(question=answered, right=True, by=STRANGE, at=at),),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_terminals_own_words_are_shown_as_they_are(till: Terminal, language: str) -> None:
    """On its page and in the list, which is every terminal's."""
    at = reports.wall()
    till.send(
        reports.full(strange_report(till.full().report, at)),
        Dropped(sequence=2, through=2, reason="quota"),
        Outage(sequence=3, through=3, began=at - 9, ended=at, unchanged_since=1, cause="newer"),
    )
    visitor = Visitor(till.office.url, PASSWORD)

    for path in (f"/terminals/{till.name}", "/"):
        page = visitor.session.get(f"{visitor.url}{path}?lang={language}", timeout=10)
        assert page.status_code == 200
        assert STRANGE in page.text


def at_no_time(report: Report, never: float) -> Report:
    """Everything that a terminal keeps, at that time."""
    cause = reports.paper_out(never)
    question, answered = (
        Question(id=name, code="c", subjects=(), titles={}, since=1.0, until=never) for name in "12"
    )
    return msgspec.structs.replace(
        report,
        diagnosis=msgspec.structs.replace(report.diagnosis, causes=(cause,)),
        readings=tuple(
            msgspec.structs.replace(known, since=never, age_seconds=never) for known in report.readings
        ),
        absences=(Absence(why="closed", since=never, until=never), Absence(why="closed", since=never)),
        work=(Work(reason="new card", began=never), Work(reason="new cable", began=1.0, ended=never)),
        drill=Drill(cause=cause, by="lin", began=never, until=never),
        slips=(SlipNote(id="1", occasion=Occasion.ASKED, wanted_at=never, at=never, fate=Fate.PRINTED),),
        question=question,
        judgements=(Judgement(question=answered, right=True, by="lin", at=never),),
    )


@pytest.mark.parametrize("never", [5_680_281_600.0, 1e300, -1e300], ids=["2150", "later", "before"])
def test_a_time_that_is_none_is_a_dash(till: Terminal, never: float) -> None:
    """On its page and in the list; what it found now counts all the same."""
    till.send(reports.full(at_no_time(till.full().report, never)))
    visitor = Visitor(till.office.url, PASSWORD)
    pages = [
        visitor.session.get(f"{visitor.url}{path}?lang=en", timeout=10)
        for path in (f"/terminals/{till.name}", "/")
    ]

    assert [(page.status_code, "Paper out" in page.text) for page in pages] == [(200, True)] * 2
    assert "–: new card." in pages[0].text
    assert "<dd>–</dd>" in pages[0].text
    assert 'data-label="Since">–</td>' in pages[1].text
    assert not [page for page in pages if "2149" in page.text or "2150" in page.text]
