"""What is different after work at the till: faults gone and new, other machines, what is no longer known."""

from __future__ import annotations

import pytest

from agent.change.outcome import outcome
from probes.receipt_printer.conditions import COVER_OPEN, PAPER_OUT
from probes.settlement.posting_conditions import AWAITED
from probes.software.conditions import VERSION_TOO_OLD
from tests.agent.slip.situations import report
from tests.agent.till_readings import PRINTER, failing
from vocabulary.reading import Reading, Reason
from vocabulary.work import Verdict

WELL: tuple[Reading, ...] = ()
OPEN, EMPTY = failing(COVER_OPEN, PRINTER), failing(PAPER_OUT, PRINTER)
OLD = [failing(VERSION_TOO_OLD, subject) for subject in ("openssl", "kernel", "pos")]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "gone", "new"),
    [
        (WELL, WELL, Verdict.SAME, [], []),
        ((OPEN,), (OPEN,), Verdict.SAME, [], []),
        ((OPEN,), WELL, Verdict.BETTER, [COVER_OPEN.code], []),
        (WELL, (OPEN,), Verdict.WORSE, [], [COVER_OPEN.code]),
        ((OPEN,), (EMPTY,), Verdict.MIXED, [COVER_OPEN.code], [PAPER_OUT.code]),
        ((OLD[0],), (OLD[0], OLD[1], OLD[2]), Verdict.WORSE, [], [VERSION_TOO_OLD.code]),
        ((OLD[0], OLD[1], OLD[2]), (OLD[0],), Verdict.BETTER, [VERSION_TOO_OLD.code], []),
        ((OLD[0],), (OLD[1],), Verdict.MIXED, [VERSION_TOO_OLD.code], [VERSION_TOO_OLD.code]),
        (WELL, (failing(AWAITED, ""),), Verdict.SAME, [], []),
    ],
)
def test_better_worse_or_the_same(
    before: tuple[Reading, ...],
    after: tuple[Reading, ...],
    verdict: Verdict,
    gone: list[str],
    new: list[str],
) -> None:
    found = outcome(report(*before), report(*after))

    assert found.verdict is verdict
    assert [each.code for each in found.gone] == gone
    assert [each.code for each in found.new] == new


def test_titles_come_along_in_both_languages() -> None:
    """Head office knows no conditions."""
    (named,) = outcome(report(), report(OPEN)).new

    assert named.titles["en"] == COVER_OPEN.title
    assert named.titles["zh"] not in {"", COVER_OPEN.title}


def test_another_version_is_told_another_latency_is_not() -> None:
    before = VERSION_TOO_OLD.ok("openssl", installed="1.1.1n", latency_ms=3.0)
    after = VERSION_TOO_OLD.ok("openssl", installed="3.0.9", latency_ms=9.0)

    (fact,) = outcome(report(before), report(after)).renewed

    assert (fact.subject, fact.name, fact.before, fact.after) == ("openssl", "installed", "1.1.1n", "3.0.9")


def test_what_was_well_and_is_not_known_now_is_no_good_news() -> None:
    """Unknown is not OK; a condition that was unknown before is not told again."""
    lost = PAPER_OUT.unknown(Reason.NO_PERMISSION, PRINTER)

    assert outcome(report(), report(lost)).unseen == (f"{PAPER_OUT.code} {PRINTER}",)
    assert outcome(report(lost), report(lost)).unseen == ()
