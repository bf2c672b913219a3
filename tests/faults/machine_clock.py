"""The clock of a whole (virtual) machine jumps while a till is at work in it; in the end it is cut off."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from shlex import join
from typing import Any, Final

from agent.outbox.outbox import Outbox
from tests.counter import HeadOffice, wait_for
from tests.faults.machine import BOOT_SECONDS, Machine
from tests.faults.machine_till import EVERY_SECONDS
from tests.faults.spools import drained, make_image, mounted

HOUR: Final = 3600.0
MINUTE: Final = 60.0
IN_1970: Final = "in 1970"
HEARTBEATS: Final = 5  # are waited for after each jump, and as many rounds


def jumps(now: float) -> tuple[tuple[str, float], ...]:
    """By how many seconds the clock is then ahead of the host's."""
    hours = (("5 hours ahead", 5 * HOUR), ("4 hours behind", -4 * HOUR))
    return (*hours, (IN_1970, 24 * HOUR - now), ("right again", 0.0))


class MachineTill:
    """What till and head office say of it."""

    def __init__(self, machine: Machine, office: HeadOffice, share: Path) -> None:
        self._machine = machine
        self._office = office
        self._share = share

    def told(self) -> dict[str, Any]:
        path = self._share / "status"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"off": None, "rounds": 0}
        return found

    def heard(self) -> dict[str, Any]:
        return self._office.terminal("0412-2")

    def wait(self, condition: Callable[[], object], seconds: float = 120.0) -> None:
        wait_for(lambda: condition() or not self._machine.is_running, seconds)
        assert self._machine.is_running, self._machine.said

    def set_off(self, seconds: float) -> None:
        (self._share / "clock.next").write_text(str(seconds))
        (self._share / "clock.next").rename(self._share / "clock")
        self.wait(lambda: self.told()["off"] == seconds)

    def jump(self, seconds: float) -> tuple[int, int]:
        """Rounds and heartbeats from then on. AssertionError where nothing goes on, or too much."""
        self.set_off(seconds)
        begun, rounds, stored = time.monotonic(), self.told()["rounds"], self.heard()["stored_through"]
        self.wait(lambda: self.heard()["stored_through"] >= stored + HEARTBEATS)
        self.wait(lambda: self.told()["rounds"] >= rounds + HEARTBEATS)
        self.wait(lambda: abs(self._office.terminals()[0]["clock_ahead"] - seconds) < 2 * MINUTE)
        heard, passed = self.heard()["stored_through"] - stored, time.monotonic() - begun
        assert heard < 3 * passed / EVERY_SECONDS + 20, "a storm of what seemed overdue"
        return self.told()["rounds"] - rounds, heard

    def write_alone(self, seconds: float) -> None:
        """Heartbeats that head office, which is away, does not get."""
        self.set_off(seconds)
        written = self.told()["outbox"]["next"]
        self.wait(lambda: self.told()["outbox"]["next"] >= written + HEARTBEATS)

    def finds_reset(self) -> bool:
        causes = self.heard()["report"]["diagnosis"]["causes"]
        return "device.clock-reset" in {cause["code"] for cause in causes}


def jump_about(kernel: Path, folder: Path) -> None:
    """AssertionError where a heartbeat is lost or there twice, or the clock is not told of."""
    image, point = make_image(folder, 64)
    share = folder / "share"
    share.mkdir()
    office = HeadOffice(folder)
    office.start()
    command = join([sys.executable, "-m", "tests.faults.machine_till", office.url.rpartition(":")[2]])
    machine = Machine(kernel, folder, command, disk=image, told=share)
    till = MachineTill(machine, office, share)
    try:
        till.wait(lambda: office.terminals() and till.told()["rounds"], BOOT_SECONDS)
        _jump_one_by_one(till)
        office.stop()
        till.write_alone(5 * HOUR)
    finally:
        machine.cut_off()
        office.stop()
    office.start()
    heard = till.heard()
    office.stop()
    assert (heard["gaps"], heard["rejected"], len(heard["series"])) == ([], [], 1)
    with mounted(image, point):
        waited = judge(point / "till/state", till.told()["outbox"]["next"], heard["stored_through"])
    found = f"{heard['stored_through']} heartbeats stored, {waited} waited, 0 lost, 0 twice"
    print(f"5 hours ahead without head office, then cut off: {found}", flush=True)


def _jump_one_by_one(till: MachineTill) -> None:
    for name, seconds in jumps(time.time()):  # noqa: TID251  how far it is to 1970
        rounds, heard = till.jump(seconds)
        till.wait(till.finds_reset if name == IN_1970 else lambda: not till.finds_reset())
        print(f"clock {name}: told, {rounds} rounds, {heard} heartbeats", flush=True)


def judge(spool: Path, told: int, stored: int) -> int:
    """How many wait; they follow upon what is stored, each once, and `told` would have come next at least."""
    outbox = Outbox(spool)
    assert outbox.trouble == ""
    written = outbox.next_sequence
    waiting = [sequence for _, sequence in drained(outbox)]
    outbox.close()
    assert written >= told
    assert waiting == list(range(written - len(waiting), written))
    assert written - len(waiting) <= stored + 1 <= written
    return written - 1 - stored
