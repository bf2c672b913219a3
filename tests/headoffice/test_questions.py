"""Whether a cause was right: asked once, answered once, beside the till or at head office."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import requests

from tests.headoffice import reports
from tests.headoffice.browsing import Visit
from tests.headoffice.office import PASSWORD, Office, Terminal
from tests.headoffice.visitor import Visitor
from vocabulary.question import ASKED_SECONDS, Judgement, Question
from vocabulary.wire import Full


def asked(number: int = 1, code: str = "receipt-printer.paper-out", ago: float = 60.0) -> Question:
    now = reports.wall()
    return Question(
        id=f"question-{number}",
        code=code,
        subjects=("receipt-printer",),
        titles={"en": "Paper out", "zh": "缺纸"},
        since=now - ago - 600,
        until=now - ago,
    )


def told(till: Terminal, sequence: int, question: Question | None, *judgements: Judgement) -> Full:
    report = till.full(sequence).report
    return reports.full(msgspec.structs.replace(report, question=question, judgements=judgements))


def judged(question: Question, *, right: bool) -> Judgement:
    return Judgement(question=question, right=right, by="technician", at=reports.wall())


def detail(till: Terminal) -> Any:
    return till.office.listing(f"/v1/terminals/{till.name}")


def answer(till: Terminal, word: str, **fields: str) -> int:
    sent = {"question": "question-1", "answer": word} | fields
    return Visitor(till.office.url, PASSWORD).answer(till.name, **sent)


def test_what_was_answered_beside_the_till_is_kept(till: Terminal) -> None:
    """Who, where, when; and counted for its condition."""
    question = asked()
    till.send(told(till, 1, question))
    assert detail(till)["asked"][0]["right"] is None
    till.send(told(till, 2, None, judged(question, right=False)))
    (kept,) = detail(till)["asked"]

    assert (kept["right"], kept["by"], kept["at_head_office"]) == (False, "technician", False)
    assert kept["at"] == pytest.approx(reports.wall(), abs=60)
    assert detail(till)["tallies"] == [
        {"code": "receipt-printer.paper-out", "right": 0, "wrong": 1, "unanswered": 0}
    ]


def test_an_answer_whose_question_never_came_is_kept_too(till: Terminal) -> None:
    """The report that asked was given up in an outage."""
    till.send(told(till, 1, None, judged(asked(), right=True)))

    assert [each["right"] for each in detail(till)["asked"]] == [True]


def test_the_first_answer_counts(till: Terminal) -> None:
    """Neither the same one again, nor another one from elsewhere, changes it."""
    question = asked()
    till.send(told(till, 1, question))
    assert answer(till, "right") == 303
    till.send(told(till, 2, None, judged(question, right=False)))
    answer(till, "wrong")
    (kept,) = detail(till)["asked"]

    assert (kept["right"], kept["at_head_office"], kept["by"]) == (True, True, "127.0.0.1")


def test_the_till_hears_that_it_was_answered(till: Terminal) -> None:
    """With every answer until it asks no more; an older report that comes late does not end that."""
    first, pulse = told(till, 2, asked()), reports.pulse(3, unchanged_since=2)
    assert till.send(first).answered == ""
    answer(till, "right")

    assert till.send(pulse).answered == "question-1"
    assert till.send(told(till, 1, None)).answered == "question-1"
    assert till.send(told(till, 4, None)).answered == ""
    assert till.send(told(till, 5, None)).answered == ""


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"form": "0" * 64}, 403), ({"form": ""}, 403), ({"answer": "maybe"}, 403), ({"question": "x"}, 303)],
    ids=["form of another site", "no form", "no such answer", "no such question"],
)
def test_nothing_else_is_taken(till: Terminal, fields: dict[str, str], status: int) -> None:
    till.send(told(till, 1, asked()))

    assert answer(till, "right", **fields) == status
    assert detail(till)["asked"][0]["right"] is None


def test_nobody_answers_without_login(till: Terminal) -> None:
    """Back to the terminal's page after it."""
    till.send(told(till, 1, asked()))
    sent = {"question": "question-1", "answer": "right"}
    url = f"{till.office.url}/terminals/{till.name}/answer"
    reply = requests.post(url, data=sent, timeout=10, allow_redirects=False)

    assert (reply.status_code, reply.headers["Location"]) == (303, f"/login?next=%2Fterminals%2F{till.name}")
    assert detail(till)["asked"][0]["right"] is None


def test_each_condition_has_its_tally(own_office: Office) -> None:
    """Over all terminals, the most often wrong first; behind the viewer's token."""
    one, two = Terminal(own_office), Terminal(own_office, "s0413-t1")
    port = asked(3, "firewall.port-dropped")
    one.send(told(one, 1, asked(2), judged(asked(1), right=True), judged(port, right=False)))
    two.send(told(two, 1, None, judged(asked(1), right=True)))

    assert own_office.listing("/v1/evidence")["conditions"] == [
        {"code": "firewall.port-dropped", "right": 0, "wrong": 1, "unanswered": 0},
        {"code": "receipt-printer.paper-out", "right": 2, "wrong": 0, "unanswered": 1},
    ]
    assert requests.get(own_office.url + "/v1/evidence", timeout=10).status_code == 401


def test_two_hundred_are_kept(own_till: Terminal) -> None:
    """Of each terminal, the newest."""
    questions = [asked(number, ago=10_000 - number) for number in range(250)]
    own_till.send(*(told(own_till, at, question) for at, question in enumerate(questions, 1)))
    kept = [each["id"] for each in detail(own_till)["asked"]]

    assert kept == [each.id for each in reversed(questions[50:])]


@pytest.mark.parametrize("js", [True, False], ids=["with a script", "without"])
def test_one_click_answers(visit: Visit, own_office: Office, js: bool) -> None:
    """The question goes, the answer stands in the table with who and where."""
    till = Terminal(own_office)
    till.send(told(till, 1, asked()))
    page = visit(own_office, "/terminals/s0412-t2", js=js)
    assert "Paper out (receipt-printer)" in page.inner_text("section.question")
    page.click("text=No, it was something else")
    page.wait_for_selector("section[aria-labelledby=asked]")

    assert page.locator("section.question").count() == 0
    row = page.inner_text("section[aria-labelledby=asked] tbody tr")
    assert row.split() == ["receipt-printer.paper-out", "0", "1", "0"]
    page.click("section[aria-labelledby=asked] summary")
    assert "Wrong, at head office, from 127.0.0.1" in page.inner_text("section[aria-labelledby=asked]")


def test_after_a_week_nobody_is_asked(visit: Visit, own_office: Office) -> None:
    """Also where the till fell silent and asks still."""
    till = Terminal(own_office)
    till.send(told(till, 1, asked(ago=ASKED_SECONDS + 60)))
    page = visit(own_office, "/terminals/s0412-t2")

    assert page.locator("section.question").count() == 0
    assert "Not answered" in page.inner_text("section[aria-labelledby=asked]")
