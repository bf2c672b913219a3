"""What is said of one destination."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from probes.memory import Memory
from probes.network.conditions import HOST_GONE, UPSTREAM_SILENT
from probes.path.conditions import PAST_THE_TUNNEL, PATH, PORT_DROPPED, TO_THE_HOST
from probes.path.evidence import Wanted
from probes.path.look import Finding
from probes.path.readings import of_hosts, readings
from probes.path.since import Since
from probes.path.verdict import Verdict
from probes.payment_lines.conditions import LINE_PATH
from probes.routing import Course
from protocols.tcp_sweep import Outcome, Result, Target
from vocabulary.reading import Reason, Status
from vocabulary.report import Known

WANTED = Wanted(
    subject="card/primary",
    purpose="card/primary",
    target="pay.example:8583",
    address="10.8.3.2",
    port=8583,
    course=Course(way=("eth0", "10.8.0.1"), tunnel="tun0", below=("tun0",)),
)
STRAYED = replace(WANTED, course=replace(WANTED.course, strays=True))
RESULT = Result(target=Target("10.8.3.2", 8583), outcome=Outcome.DROPPED, source="10.8.0.2")


DROPPED = Verdict(PORT_DROPPED, {"last_hop": "10.8.0.1"})
GONE = Verdict(HOST_GONE, {"offender": "10.8.2.2", "icmp": "3/1"})


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (GONE, {Status.OK, Status.FAILING}),
        (Verdict(), {Status.OK}),
        (Verdict(because="EMFILE"), {Status.UNKNOWN}),
    ],
)
def test_every_condition_is_said_once(verdict: Verdict, statuses: set[Status]) -> None:
    """At most one of them fails."""
    found = list(readings(Finding(WANTED, RESULT, verdict), WANTED.course.subjects, Since(Memory(), 0)))

    assert [each.code for each in found] == [condition.code for condition in PATH]
    assert {each.status for each in found} == statuses
    assert sum(each.status is Status.FAILING for each in found) == (verdict.condition is not None)
    assert {each.reason for each in found} == {Reason.NOT_TESTED if verdict.because else None}


def test_of_silence_nothing_is_said_that_a_hop_could_have_said() -> None:
    """Neither good nor bad: another port, or probe, may have been told."""
    found = {each.code for each in readings(Finding(WANTED, RESULT, DROPPED), (), Since(Memory(), 0))}

    assert found.isdisjoint({condition.code for condition in (*TO_THE_HOST, UPSTREAM_SILENT)})
    assert PORT_DROPPED.code in found


def test_what_was_said_of_a_host_is_said_once_for_all_its_ports() -> None:
    """By its address, and only where it was said."""
    gone, silent = Finding(WANTED, RESULT, GONE), Finding(WANTED, RESULT, DROPPED)
    said = list(of_hosts([silent, gone, gone], Since(Memory(), 0)))

    assert [(each.code, each.subject, each.status) for each in said] == [
        ("path.host-gone", "10.8.3.2", Status.FAILING)
    ]


def test_a_failing_one_says_which_flow_to_allow() -> None:
    """Source, destination, port, and since when."""
    finding = Finding(WANTED, RESULT, Verdict(PORT_DROPPED, {"last_hop": "10.8.0.1"}))
    failing = next(
        each for each in readings(finding, (), Since(Memory(), 0)) if each.status is Status.FAILING
    )

    assert failing.facts["flow"] == "10.8.0.2 > 10.8.3.2 TCP 8583"
    assert failing.facts["target"] == "pay.example:8583"
    assert str(failing.facts["since"]).startswith("1970-01-01T")


def test_what_would_go_past_its_tunnel_is_said_to_be_untried() -> None:
    """All but that is unknown because of it, and travels over the tunnel that is to blame."""
    finding = Finding(STRAYED, RESULT, Verdict(PAST_THE_TUNNEL, {"tunnel": "tun0"}))
    found = list(readings(finding, STRAYED.course.subjects, Since(Memory(), 0)))

    assert {each.code for each in found if each.status is Status.FAILING} == {PAST_THE_TUNNEL.code}
    assert {each.because for each in found} == {"", PAST_THE_TUNNEL.code}
    assert all("tun0" in each.through for each in found)


def test_without_a_tunnel_nothing_is_said_of_one() -> None:
    """It was never set up."""
    plain = Finding(replace(WANTED, course=Course(way=("eth0", "10.8.0.1"))), RESULT, Verdict())
    found = {each.code: each for each in readings(plain, (), Since(Memory(), 0))}

    assert found[PAST_THE_TUNNEL.code].reason is Reason.NOT_SET_UP


def test_silence_beyond_the_router_follows_from_what_a_hop_said_of_the_host() -> None:
    """To another probe, for instance: a hop says it a few times, and whoever heard it lives out there."""
    silent = Finding(WANTED, RESULT, Verdict(UPSTREAM_SILENT, {"offender": "10.8.0.1"}))
    through = (*WANTED.course.subjects, WANTED.subject, WANTED.address)
    found = [*readings(silent, through, Since(Memory(), 0), LINE_PATH)]
    found += of_hosts([Finding(replace(WANTED, subject="10.8.3.2:5000"), RESULT, GONE)], Since(Memory(), 0))

    causes = diagnose(tuple(Known(reading=each, since=0.0) for each in found), ALL_CONDITIONS).causes
    assert [cause.code for cause in causes] == ["path.host-gone"]
