"""The clock jumps under a living daemon: to 1970, 2038, 2040 and an hour back."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from tests.counter import HeadOffice, daemon, wait_for, write_settings

pytestmark = pytest.mark.slow  # a real daemon and a real head office

FALSE_CLOCK = Path(__file__).with_name("false_clock")

TARGETS = (86_400.0, 2_147_483_640.0, 2_208_988_800.0)  # 2 January 1970, 19 January 2038, 1 January 2040


def test_clock_jumps_live(tmp_path: Path, till_folder: Path) -> None:
    """Heartbeats go on by the monotonic clock, in order; head office says how far it is off."""
    office = HeadOffice(tmp_path)
    office.start()
    clock = till_folder / "clock"
    set_off(clock, 0.0)
    false_time = ("env", f"PYTHONPATH={FALSE_CLOCK}", f"FALSE_CLOCK={clock}")
    now = time.time()  # noqa: TID251  how far the false clock must go
    jumps = [*(target - now for target in TARGETS), -3600.0]
    ahead: list[float] = []
    begun = time.monotonic()
    with daemon(write_settings(tmp_path, office.url, "", every=0.3), false_time):
        wait_for(office.terminals)
        for jump in jumps:
            set_off(clock, jump)
            wait_for(partial(stored_beyond, office, office.terminal("0412-2")["stored_through"] + 4))
            ahead.append(office.terminals()[0]["clock_ahead"])
    detail, passed = office.terminal("0412-2"), time.monotonic() - begun
    office.stop()

    assert [round(seconds / 60) for seconds in ahead] == [round(jump / 60) for jump in jumps]
    assert (detail["gaps"], detail["rejected"]) == ([], [])
    assert detail["stored_through"] < 3 * passed / 0.3 + 20, "a storm of what seemed overdue"


def stored_beyond(office: HeadOffice, number: int) -> bool:
    return bool(office.terminal("0412-2")["stored_through"] >= number)


def set_off(clock: Path, seconds: float) -> None:
    aside = clock.with_name("next")
    aside.write_text(str(seconds))
    aside.rename(clock)
