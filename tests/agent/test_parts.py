"""What a reload changes in the parts that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.health import now
from agent.own_conditions import SETTINGS_REJECTED
from agent.parts import Parts
from agent.settings.settings import Daemon, HeadOffice, Settings, SlipSettings, Terminal
from vocabulary.contact import Contact
from vocabulary.moments import local

PHONE = "555-0199"


@pytest.fixture
def parts(till_folder: Path) -> Iterator[Parts]:
    daemon = Daemon(state_folder=str(till_folder), control_socket=str(till_folder / "control.sock"))
    made = Parts(Settings(terminal=Terminal(id="t1"), daemon=daemon), b"", probes=())
    yield made
    made.control.close()
    made.outbox.close()


def test_another_number_to_call_is_told_at_once(parts: Parts) -> None:
    """Though nothing else changed; a reload with the same numbers is no news."""
    parts.health.note(SETTINGS_REJECTED.failing(why="line 3"), now())
    parts.heartbeats.put(now())
    parts.take(parts.settings)
    assert not parts.heartbeats.changed(now())

    parts.take(replace(parts.settings, contacts={SETTINGS_REJECTED.owner: Contact(phone=PHONE)}))
    parts.heartbeats.put(now())

    assert parts.heartbeats.last
    assert PHONE in "".join(parts.heartbeats.last.report.slip["en"])


def test_other_opening_hours_are_told_from_the_next_report_on(parts: Parts) -> None:
    """Head office would miss the till at the wrong hour. Heartbeats further apart notice less, too."""
    at = now()
    assert parts.health.report(at, "", 0).closing is None

    parts.take(replace(parts.settings, slip=SlipSettings(hours="08:00-22:00")))
    closing = parts.health.report(at, "", 0).closing
    assert closing
    assert (local(closing.opens).hour, local(closing.opens).minute) == (8, 0)

    parts.take(replace(parts.settings, head_office=HeadOffice(every_seconds=3600.0)))
    parts.absences.slept(3000.0, at)
    assert parts.absences.so_far() == ()
