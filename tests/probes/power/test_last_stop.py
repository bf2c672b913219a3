"""The marker file: what the agent writes at start, beat and end, and what is read from it later."""

from __future__ import annotations

import msgspec
import pytest

from probes.power import last_stop
from probes.power.last_stop import ALIVE_SECONDS, End, Moment, Run, judge
from vocabulary.absence import Why


def moment(boot_id: str, boottime: float) -> Moment:
    return Moment(boot_id=boot_id, wall=1_795_300_000 + boottime, boottime=boottime)


def lives(*steps: str) -> tuple[Run, Moment]:
    """Play starts and ends of the agent; return the marker as it lies on the disk and the present moment."""
    run: Run | None = None
    boot, clock = 1, 100.0
    for step in steps:
        clock += 60.0
        now = moment(str(boot), clock)
        if step == "start":
            run = last_stop.begin(run, now)
        elif run and step in ("stop", "shutdown"):
            run = last_stop.end(run, now, Why.AGENT_STOPPED if step == "stop" else "shutdown")
        elif run and not run.clean:
            run = last_stop.beat(run, now)
        if step in ("cut", "shutdown"):
            boot, clock = boot + 1, 20.0
    assert run
    return last_stop.decode(last_stop.encode(run)), moment(str(boot), clock + 1)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (["start"], End.FIRST_RUN),
        (["start", "shutdown", "start"], End.ORDERLY),
        (["start", "stop", "start"], End.ORDERLY),
        (["start", "crash", "start"], End.AGENT_CRASHED),
        (["start", "cut", "start"], End.POWER_CUT),
        (["start", "cut"], End.POWER_CUT),
        (["start", "cut", "start", "stop", "start"], End.POWER_CUT),
        (["start", "cut", "start", "shutdown", "start"], End.ORDERLY),
        (["start", "cut", "start", "crash", "start"], End.AGENT_CRASHED),
        (["start", "stop", "cut", "start"], End.NOT_WATCHED),
    ],
)
def test_the_last_stop_is_told_from_the_marker(steps: list[str], end: End) -> None:
    """What the daemon writes at start, beat and end is what the judge reads."""
    assert judge(*lives(*steps)).end is end


@pytest.mark.parametrize(
    ("silent_seconds", "end"), [(ALIVE_SECONDS - 1, End.FIRST_RUN), (ALIVE_SECONDS, End.AGENT_CRASHED)]
)
def test_an_agent_that_no_longer_beats_is_dead(silent_seconds: float, end: End) -> None:
    """Three missed rounds are the sign; until then the present run is taken to be alive."""
    run = last_stop.begin(None, moment("1", 100.0))
    assert judge(run, moment("1", 100.0 + silent_seconds)).end is end


def test_the_time_off_reaches_from_the_last_beat_to_the_boot() -> None:
    """Ten hours in the dark, and how long the till has been back."""
    cut = last_stop.beat(last_stop.begin(None, moment("1", 0.0)), moment("1", 600.0))
    back = Moment(boot_id="2", wall=cut.wall + 36_000 + 90, boottime=90.0)
    stop = judge(cut, back)
    assert (stop.end, stop.off_seconds, stop.ago_seconds) == (End.POWER_CUT, 36_000, 90)


def test_the_marker_stays_small_over_many_restarts() -> None:
    """Only one earlier run is kept, however often the agent restarts."""
    run = last_stop.begin(None, moment("1", 0.0))
    for number in range(50):
        run = last_stop.begin(run, moment(str(number), 1.0))
    assert len(last_stop.encode(run)) < 400


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"boot_id":1}', b'{"boot_id":"x","wall":1e99,"boottime":0}']
)
def test_a_damaged_marker_is_said_to_be_one(content: bytes) -> None:
    """Torn writes and absurd times raise what the probe expects."""
    with pytest.raises(msgspec.DecodeError):
        last_stop.decode(content)
