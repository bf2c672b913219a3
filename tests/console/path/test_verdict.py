"""The verdict, and the line that is sent: they are the diagnosis' own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from console.path import verdict
from probes.network.conditions import RESOLVER_SILENT
from tests.agent.till_readings import CARD_PORT, failing
from vocabulary.condition import Owner
from vocabulary.contact import Contact
from vocabulary.reading import Reading
from vocabulary.report import Clock, Identity, Known, Report

PORT_DROPPED = ALL_CONDITIONS["firewall.port-dropped"]

CONTACTS = {Owner.SITE_IT: Contact(name="Network team", phone="555-0100")}
BLOCKED = failing(PORT_DROPPED, CARD_PORT)


def report(*readings: Reading) -> Report:
    known = tuple(Known(reading=each, since=0.0) for each in readings)
    return Report(
        identity=Identity(terminal="t1"),
        boot_id="b",
        spool_id="",
        sequence=0,
        clock=Clock(wall=1_795_268_400.0, boottime=0.0),
        code="",
        diagnosis=diagnose(known, ALL_CONDITIONS),
        readings=known,
    )


def said(found: Report, language: str = "en", *, proven: bool = True) -> list[str]:
    def fold(text: str, indent: str) -> list[str]:
        return [indent + text]

    lines: Iterator[str] = verdict.lines(found, CONTACTS, language, fold, proven=proven)
    return list(lines)


def test_the_verdict_is_the_probes_own() -> None:
    """Title and code, text, step; then who gets the line, and the line alone, to be copied."""
    assert said(report(BLOCKED)) == [
        "Cause: No answer, maybe a firewall [firewall.port-dropped]",
        "  Card payments: 10.8.3.2:8583 does not answer; last hop answering: 10.8.0.1.",
        "  Do: Have the network team open the port.",
        "To send to network team (555-0100):",
        (
            "Please allow 10.8.0.2 > 10.8.3.2 TCP 8583, no answer since 2026-11-21 21:40 UTC+8; "
            "last hop answering: 10.8.0.1"
        ),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("reading", [BLOCKED, failing(RESOLVER_SILENT, "10.8.0.1")])
def test_the_line_to_send_names_one_time_with_its_zone(reading: Reading, language: str) -> None:
    """Its own, or else that of now."""
    found = report(reading)
    line = verdict.ready_line(found.diagnosis.causes[0], found.clock.wall, language)
    assert line.count("UTC") == 1
    assert "2026-11-2" in line


def test_no_cause_is_no_fault_only_where_the_port_was_tried() -> None:
    """A healthy till says nothing of a port that nobody could try."""
    assert said(report(PORT_DROPPED.ok(CARD_PORT))) == ["No fault."]
    assert said(report(), proven=False) == ["Nothing could be tested."]
    assert said(report(BLOCKED), proven=False)[0].startswith("Cause: ")
