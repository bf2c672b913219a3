"""The cause is right for any conditions, without the diagnosis knowing one of them."""

from __future__ import annotations

import signal

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose, exit_code
from vocabulary.condition import Capability, Condition, Owner, Rung, Severity
from vocabulary.reading import UNSEEN, Reading, Reason, Status
from vocabulary.report import Diagnosis, Known


def condition(code: str, *below: Condition, **more: object) -> Condition:
    plain: dict[str, object] = {
        "title": code,
        "text": "{subject}",
        "remedy": "Look",
        "owner": Owner.STAFF,
        "severity": Severity.WARNING,
    }
    return Condition(code=code, depends_on=below, **{**plain, **more})  # type: ignore[arg-type]


LINK = condition("t.link", rung=Rung.LINK)
GATEWAY = condition("t.gateway", LINK, rung=Rung.GATEWAY)
RESOLVER = condition("t.resolver", GATEWAY, rung=Rung.NAME_LOOKUP)
REFUSED = condition("t.refused", RESOLVER, GATEWAY, rung=Rung.ACQUIRER_PORT)
LINE = condition("t.line", REFUSED)
NO_CARDS = condition("t.no-cards", LINE, severity=Severity.CRITICAL, stops=(Capability.CARD_PAYMENTS,))
PAPER = condition("t.paper", severity=Severity.CRITICAL, stops=(Capability.RECEIPTS,))
PLUGGED_IN = condition("t.plugged-in", stops=(Capability.RECEIPTS,), shows_that_it_works=False)
OTHER = condition("t.other", rung=Rung.POWER)
WORN = condition("t.worn", severity=Severity.NOTICE)
DUE = condition("t.due", planned=True)
OUTAGE = condition("t.outage", planned=True, severity=Severity.NOTICE)
HOST = condition("t.host", OUTAGE, rung=Rung.ACQUIRER_REPLY)
UNPAID = condition("t.unpaid", severity=Severity.CRITICAL, stops=(Capability.CARD_PAYMENTS,))
NO_QR = condition("t.no-qr", HOST, severity=Severity.CRITICAL, stops=(Capability.QR_PAYMENTS,))
ALL = {
    c.code: c
    for c in (
        WORN,
        UNPAID,
        DUE,
        OUTAGE,
        HOST,
        NO_QR,
        OTHER,
        LINK,
        GATEWAY,
        RESOLVER,
        REFUSED,
        LINE,
        NO_CARDS,
        PAPER,
        PLUGGED_IN,
    )
}


def result(*readings: Reading) -> Diagnosis:
    return diagnose(tuple(Known(reading=reading, since=1.0) for reading in readings), ALL)


def causes(diagnosis: Diagnosis) -> list[str]:
    return [cause.code for cause in diagnosis.causes]


def said(condition: Condition, status: str, *through: str) -> Reading:
    match status:
        case "F":
            return condition.failing("x", through=through)
        case "?":
            return condition.unknown(Reason.NOT_TESTED, "x", through=through)
        case _:
            return condition.ok("x", through=through)


@pytest.mark.parametrize(
    ("link", "gateway", "resolver", "expected"),
    [
        # what lies below explains, also through one that could not be tested
        ("F", "F", "F", ["t.link"]),
        ("F", "?", "F", ["t.link"]),
        ("F", "F", "?", ["t.link"]),
        # what works stops the explanation
        ("ok", "F", "F", ["t.gateway"]),
        ("ok", "ok", "F", ["t.resolver"]),
        ("F", "ok", "F", ["t.link", "t.resolver"]),
        # nothing known below explains nothing
        ("?", "?", "F", ["t.resolver"]),
        ("ok", "?", "F", ["t.resolver"]),
        # nothing fails
        ("ok", "ok", "ok", []),
        ("?", "?", "?", []),
    ],
)
def test_three_chained_conditions(link: str, gateway: str, resolver: str, expected: list[str]) -> None:
    """A chain of three has the one cause that lies lowest."""
    found = result(said(LINK, link), said(GATEWAY, gateway), said(RESOLVER, resolver))

    assert causes(found) == expected


@pytest.mark.parametrize(
    ("others", "lost", "works"),
    [
        ((), (), ()),
        ((PAPER.ok(),), (), (Capability.RECEIPTS,)),
        ((replace(NO_CARDS.failing(), subject="line"),), (Capability.CARD_PAYMENTS,), ()),
    ],
)
def test_what_goes_another_way_is_unseen(
    others: tuple[Reading, ...], lost: tuple[Capability, ...], works: tuple[Capability, ...]
) -> None:
    """It is neither lost nor working, whatever else is green; a loss that is seen comes first."""
    green = NO_CARDS.ok("other line")
    found = result(NO_CARDS.unknown(Reason.NOT_TESTED, because=UNSEEN), green, *others)

    assert (found.lost, found.works) == (lost, works)
    assert found.unseen == (() if lost else (Capability.CARD_PAYMENTS,))


def test_one_resolver_of_two_explains_nothing_that_works() -> None:
    """A dead resolver beside a living one is a warning of its own; the line is not its consequence."""
    found = result(
        RESOLVER.failing("10.0.0.53"),
        RESOLVER.ok("10.0.1.53"),
        REFUSED.failing("card", through=("10.0.0.53", "10.0.1.53")),
    )

    assert causes(found) == ["t.resolver", "t.refused"]


def test_two_dead_resolvers_are_one_cause() -> None:
    """Failing readings of one condition fold, and both together explain what went through them."""
    found = result(
        RESOLVER.failing("10.0.0.53"),
        RESOLVER.failing("10.0.1.53"),
        REFUSED.failing("card", through=("10.0.0.53", "10.0.1.53")),
    )

    assert causes(found) == ["t.resolver"]
    assert found.causes[0].subjects == ("10.0.0.53", "10.0.1.53")
    assert found.causes[0].words["en"].text == "10.0.0.53 / 10.0.1.53"


def test_only_the_subjects_travelled_over_explain() -> None:
    """A dead resolver that a line never asked does not explain the line."""
    found = result(
        RESOLVER.failing("10.0.0.53"),
        RESOLVER.ok("10.0.1.53"),
        REFUSED.failing("card", through=("10.0.1.53",)),
        REFUSED.failing("qr", through=("10.0.0.53",)),
    )

    assert [(cause.code, cause.subjects) for cause in found.causes] == [
        ("t.resolver", ("10.0.0.53",)),
        ("t.refused", ("card",)),
    ]


def test_a_backup_that_works_is_a_warning_and_no_loss() -> None:
    """The primary line's cause inherits nothing while cards still go through the backup."""
    lines = ("card/primary", "card/backup")
    found = result(
        REFUSED.failing("card/primary"),
        REFUSED.ok("card/backup"),
        LINE.failing("card/primary", through=("card/primary",)),
        LINE.ok("card/backup", through=("card/backup",)),
        NO_CARDS.ok("cards", through=lines),
    )

    assert causes(found) == ["t.refused"]
    assert (found.lost, found.works, exit_code(found)) == ((), (Capability.CARD_PAYMENTS,), 1)


def test_a_cause_takes_on_the_loss_of_what_follows_from_it() -> None:
    """Both lines refused: one cause, as severe and as costly as the consequence that stops cards."""
    lines = ("card/primary", "card/backup")
    found = result(
        *(REFUSED.failing(line) for line in lines),
        *(LINE.failing(line, through=(line,)) for line in lines),
        NO_CARDS.failing("cards", through=lines),
    )

    assert causes(found) == ["t.refused"]
    assert found.causes[0].severity is Severity.CRITICAL
    assert found.lost == (Capability.CARD_PAYMENTS,)
    assert ("t.no-cards", "cards") in found.causes[0].consequences
    assert found.causes[0].consequence_titles["t.no-cards"] == {"en": "t.no-cards", "zh": "t.no-cards"}


def test_a_consequence_is_called_by_its_title_once_for_all_its_subjects() -> None:
    """With the facts of each, as a cause of its own would be."""
    followers = condition("t.followers", GATEWAY, title="No {what}")
    readings = [GATEWAY.failing("g"), *(followers.failing(what, what=what) for what in ("mail", "web"))]
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)

    (cause,) = diagnose(known, {each.code: each for each in (GATEWAY, followers)}).causes

    assert cause.consequences == (("t.followers", "mail"), ("t.followers", "web"))
    assert cause.consequence_titles["t.followers"]["en"] == "No mail / web"


def test_the_headline_is_what_stops_payments() -> None:
    """No paper is bad; no cards is worse; a mere warning comes last though it lies lower."""
    found = result(OTHER.failing("o"), PAPER.failing("p"), NO_CARDS.failing("cards"))

    assert causes(found) == ["t.no-cards", "t.paper", "t.other"]


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ((), 3),
        ((PAPER.unknown(Reason.NOT_TESTED, "p"),), 3),
        ((PAPER.ok("p"),), 0),
        ((PAPER.ok("p"), LINK.unknown(Reason.BUSY, "l")), 0),
        ((LINK.failing("l"),), 1),
        ((LINK.failing("l"), PAPER.failing("p")), 2),
    ],
)
def test_exit_codes(readings: tuple[Reading, ...], code: int) -> None:
    """Unknown changes neither headline nor exit code, unless nothing at all is known."""
    assert exit_code(result(*readings)) == code


def test_what_could_not_be_tested_does_not_work() -> None:
    """ "Works" is said only of what was just probed; what is not set up does not count."""
    assert result(PAPER.unknown(Reason.TIMED_OUT, "p")).works == ()
    assert result(PAPER.ok("p"), PAPER.unknown(Reason.NOT_SET_UP, "q")).works == (Capability.RECEIPTS,)
    assert result(PAPER.ok("p"), PAPER.unknown(Reason.STALE, "q")).works == ()


def test_the_ladder_stops_at_the_first_bad_rung() -> None:
    """What lies above a broken rung is not tested, whatever it says."""
    found = result(
        LINK.ok("eth0"),
        GATEWAY.failing("10.0.0.1"),
        REFUSED.failing("card", through=("eth0", "10.0.0.1")),
    )
    steps = {step.rung: step.status for step in found.ladders[0].steps}

    assert steps[Rung.LINK] is Status.OK
    assert steps[Rung.GATEWAY] is Status.FAILING
    assert steps[Rung.ACQUIRER_PORT] is Status.UNKNOWN


def test_a_loss_for_later_does_not_take_the_headline() -> None:
    """Mains off comes before a UPS battery that would not bridge the next cut."""
    old = condition("t.z-old-battery", rung=Rung.POWER, stops=(Capability.SURVIVES_POWER_CUT,))
    found = diagnose(
        tuple(Known(reading=each.failing("u"), since=1.0) for each in (old, OTHER)), {**ALL, old.code: old}
    )

    assert causes(found) == ["t.other", "t.z-old-battery"]


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        (("10.0.0.9",), ["t.refused", "t.resolver"]),  # another one was asked
        ((), ["t.resolver"]),  # it could have been this one
        (("eth0", "*"), ["t.resolver"]),  # the rest of the way is not known
    ],
)
def test_only_the_way_that_was_taken_explains(through: tuple[str, ...], expected: list[str]) -> None:
    """A refused port elsewhere is no reason for this one; an unknown way might be."""
    found = result(RESOLVER.failing("10.0.0.53"), REFUSED.failing("card", through=through))

    assert sorted(causes(found)) == expected


def test_many_ways_down_are_walked_once() -> None:
    """Sixty floors of two, each over both below: way by way that would never end."""
    floors = [(condition("t.left"), condition("t.right"))]
    for floor in range(60):
        floors.append((condition(f"t.{floor}-left", *floors[-1]), condition(f"t.{floor}-right", *floors[-1])))
    every = {each.code: each for pair in floors for each in pair}
    signal.alarm(20)
    found = diagnose(tuple(Known(reading=each.failing(), since=0.0) for each in every.values()), every)
    signal.alarm(0)

    assert sorted(causes(found)) == ["t.left", "t.right"]


@pytest.mark.parametrize(
    ("failing", "expected", "reminders"),
    [
        pytest.param((DUE,), ["t.due"], ["t.due"], id="a reminder alone"),
        pytest.param((DUE, WORN), ["t.worn", "t.due"], ["t.due"], id="a warning behind a mere notice"),
        pytest.param((OUTAGE,), ["t.outage"], ["t.outage"], id="announced, and all works"),
        pytest.param((OUTAGE, HOST, NO_QR), ["t.outage"], [], id="announced, and it explains"),
        pytest.param((OUTAGE, HOST, NO_QR, WORN), ["t.outage", "t.worn"], [], id="payments come first"),
        pytest.param((OUTAGE, HOST, NO_QR, UNPAID), ["t.unpaid", "t.outage"], [], id="a fault beside it"),
        pytest.param((OUTAGE, HOST, DUE), ["t.outage", "t.due"], ["t.due"], id="a reminder behind it"),
    ],
)
def test_what_was_planned_stands_behind_every_fault(
    failing: tuple[Condition, ...], expected: list[str], reminders: list[str]
) -> None:
    """A reminder never takes the headline; an announced outage is one until something follows from it."""
    found = result(*(each.failing("x") for each in failing))

    assert causes(found) == expected
    assert [cause.code for cause in found.reminders] == reminders
    assert [cause.code for cause in found.faults] == [code for code in expected if code not in reminders]


def test_what_was_planned_is_not_asked_beyond_what_depends_on_it() -> None:
    """Where the condition between did not fail, nothing shows that the outage has to do with it."""
    for between in (HOST.unknown(Reason.NOT_TESTED, "x"), WORN.ok()):
        assert causes(result(OUTAGE.failing("x"), between, NO_QR.failing("x"))) == ["t.no-qr", "t.outage"]


def test_reminders_count_for_the_exit_code_as_severe_as_they_are() -> None:
    """A notice is 0; what is overdue a warning."""
    assert exit_code(result(OUTAGE.failing("x"))) == 0
    assert exit_code(result(DUE.failing("x"))) == 1


def test_what_is_only_needed_shows_nothing_by_being_there() -> None:
    """A device that is plugged in takes what it stops away, and never gives it."""
    assert result(PLUGGED_IN.ok("p")).works == ()
    assert result(PLUGGED_IN.ok("p"), PAPER.ok("p")).works == (Capability.RECEIPTS,)
    assert result(PLUGGED_IN.failing("p"), PAPER.ok("p")).lost == (Capability.RECEIPTS,)
