"""An hour of a healthy shop: jitter, a busy port and slow name servers are no fault."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import serial

from agent.health import Health, now
from agent.running.account import probe_account
from agent.running.sweep import Sweep
from agent.settings.settings import load
from agent.state_files import Memories
from probes.catalogue import ALL_PROBES
from tests.counter import write_settings
from tests.shop import Shop

ROUNDS = 60  # one a minute for an hour


class Trouble(threading.Thread):
    """What goes on in a healthy shop: answers vary, the POS prints, name servers take their time."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(daemon=True)
        self.shop = shop
        self.over = threading.Event()
        self.held = 0
        shop.names.slow_seconds = 0.0
        shop.names.mode = "slow"
        shop.resolver_timeout_seconds = 3.0

    def run(self) -> None:
        turn = 0
        while not self.over.wait(0.05):
            turn += 1
            self.shop.primary.faults.slow_seconds = (turn % 4) * 0.02
            self.shop.wallet.slow_seconds = (turn % 3) * 0.03
            self.shop.names.slow_seconds = (turn % 5) * 0.05
            if turn % 6 == 0:
                self._print_a_receipt()

    def _print_a_receipt(self) -> None:
        """As a POS does: the port is locked for as long as the receipt takes."""
        try:
            with serial.Serial(self.shop.printer_port, 9600, exclusive=True, write_timeout=1) as port:
                port.write(b"Coffee 3.20\n")
                self.held += 1
                time.sleep(0.15)
        except serial.SerialException:
            pass  # our own probe has it: the POS tries again


@pytest.mark.slow
def test_a_healthy_hour_has_no_cause(shop: Shop) -> None:
    """60 rounds, zero causes, and the port really was busy in between."""
    trouble = Trouble(shop)
    settings = load(write_settings(shop.folder, "", shop.tables()))
    health, memories = Health(settings), Memories(None)
    by_id = {probe.id: probe for probe in ALL_PROBES}
    trouble.start()
    found, busy = [], 0
    for _ in range(ROUNDS):
        sweep = Sweep(settings.options, Path("/"), probe_account())
        sweep.add(ALL_PROBES, memories.values)
        while sweep.active:
            for run in sweep.step():
                busy += any(reading.reason == "busy" for reading in run.readings)
                health.take(by_id[run.probe_id], run, by_id[run.probe_id].every_seconds, now())
                memories.keep(run.probe_id, run.memory or {})
            time.sleep(0.001)
        found += [cause.code for cause in health.diagnosis(now(), debounce=False).causes]
    trouble.over.set()
    trouble.join()

    assert found == []
    assert trouble.held > 0
    assert busy > 0
