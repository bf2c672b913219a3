"""The daemon and its slips on a simulated printer: one for a cause, one for its end, none in a sale."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.counter import PASSWORD, ROOT, WITH_US, HeadOffice, daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table

pytestmark = pytest.mark.slow  # real processes

SWITCHED_ON: Final = 'print_on = ["cause", "recovery"]\nleast_minutes_between = 0\n'
LOW, WELL = "Paper is running low", "All well"


class Counter:
    """A daemon's settings beside a printer, and what both say."""

    def __init__(self, folder: Path, printer: EscposPrinter, holders_socket: str) -> None:
        self.folder = folder
        self.printer = printer
        self.printer_table = printer_table(printer.pty_path, holders_socket)

    def settings(self, slip: str, office: str = "", every: float = 0.5) -> Path:
        return write_settings(
            self.folder,
            office,
            f"{self.printer_table}[slip]\n{slip}\n[every_seconds]\nreceipt_printer = {every}\n",
        )

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        return ask(str(self.folder / "control.sock"), {"do": do, **more}, 30)

    def notes(self) -> list[tuple[str, str]]:
        """Occasion and fate of every slip in the journal."""
        path = self.folder / "state" / "slips.json"
        found = json.loads(path.read_bytes())["notes"] if path.exists() else []
        return [(note["occasion"], note["fate"]) for note in found]

    def rounds(self, more: int = 3) -> None:
        """Wait for some more rounds of the printer's probe: whatever could happen has happened."""
        so_far = self.ask("status")["rounds"]
        wait_for(lambda: self.ask("status")["rounds"] >= so_far + more)

    def count(self, words: str) -> int:
        return self.printer.text().count(words)


def shut_now() -> str:
    """Opening hours of today that have not begun."""
    local = datetime.now().astimezone()
    return f"{local + timedelta(hours=2):%H:%M}-{local + timedelta(hours=3):%H:%M}"


@pytest.fixture
def counter(till_folder: Path, holders_socket: str) -> Iterator[Counter]:
    with EscposPrinter() as printer:
        yield Counter(till_folder, printer, holders_socket)


@pytest.fixture
def office(till_folder: Path) -> Iterator[HeadOffice]:
    office = HeadOffice(till_folder)
    office.start()
    yield office
    office.stop()


def test_off_until_switched_on(counter: Counter) -> None:
    """The default: a cause comes and goes, and the paper stays white."""
    with daemon(counter.settings("")):
        counter.rounds()
        counter.printer.state.near_end = True
        counter.rounds()
        counter.printer.state.near_end = False
        counter.rounds()

    assert counter.printer.text() == ""
    assert counter.notes() == []


def test_a_cause_and_its_end(counter: Counter) -> None:
    """One slip each, however many rounds go by."""
    with daemon(counter.settings(SWITCHED_ON)):
        counter.rounds()
        counter.printer.state.near_end = True
        wait_for(lambda: counter.count(LOW))
        counter.rounds()
        counter.printer.state.near_end = False
        wait_for(lambda: counter.count(WELL))
        counter.rounds()

    assert (counter.count(LOW), counter.count(WELL)) == (1, 1)
    assert counter.notes() == [("cause", "printed"), ("recovery", "printed")]


def test_out_of_paper_the_newest_waits(counter: Counter) -> None:
    """The slip about the paper gives way to the one that says all is well again."""
    with daemon(counter.settings(SWITCHED_ON)):
        counter.rounds()
        counter.printer.state.paper_out = True
        wait_for(lambda: counter.notes() == [("cause", "waiting")])
        counter.rounds()
        assert set(counter.printer.received) <= set(b"\x10\x04\x01\x02\x03")
        counter.printer.state.paper_out = False
        wait_for(lambda: counter.count(WELL))
        counter.rounds()

    assert counter.printer.text().count("NOT A RECEIPT") == 1
    assert counter.notes() == [("cause", "dropped"), ("recovery", "printed")]


def test_a_cause_that_is_gone_needs_no_slip(counter: Counter) -> None:
    """Where recoveries are not wanted."""
    with daemon(counter.settings('print_on = ["cause"]\n')):
        counter.rounds()
        counter.printer.state.cover_open = True
        wait_for(lambda: counter.notes() == [("cause", "waiting")])
        counter.printer.state.cover_open = False
        wait_for(lambda: counter.notes() == [("cause", "dropped")])
        counter.rounds()

    assert counter.printer.text() == ""


def test_a_slip_waits_over_the_restart(counter: Counter) -> None:
    """Killed while it waits, and started again with the printer mended: printed once."""
    slip = 'print_on = ["cause"]\nleast_minutes_between = 0\n'
    counter.printer.state.near_end = True
    with daemon(counter.settings(f'{slip}hours = "{shut_now()}"\n')):
        wait_for(lambda: counter.notes() == [("cause", "waiting")])
    assert counter.count(LOW) == 0
    settings = counter.settings(slip)
    with daemon(settings):
        wait_for(lambda: counter.count(LOW))
        counter.rounds()
    with daemon(settings):
        counter.rounds()

    assert counter.count(LOW) == 1
    assert counter.notes() == [("cause", "printed")]


def test_killed_while_it_prints(counter: Counter) -> None:
    """Nothing answers, so the daemon waits for the printer's word when it is killed: unknown, never again."""
    settings = counter.settings(SWITCHED_ON)
    counter.printer.state.near_end = True
    command = [*WITH_US, sys.executable, "-m", "console", "run", "--settings", str(settings)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_for(lambda: counter.notes() == [("cause", "sending")])
        process.kill()
    with daemon(settings):
        wait_for(lambda: counter.notes() == [("cause", "unknown")])
        counter.rounds()

    assert counter.count(LOW) <= 1
    assert counter.notes() == [("cause", "unknown")]


def test_while_the_pos_holds_us_off_not_a_byte_goes_out(counter: Counter) -> None:
    """No slip, no probe, not even on request; and when it is over, the slip."""
    with daemon(counter.settings(SWITCHED_ON)):
        counter.rounds()
        wait_for(lambda: not counter.ask("hold-off", seconds=600)["in_use"])
        so_far = len(counter.printer.received)
        counter.printer.state.near_end = True
        busy = counter.ask("check", probes=["receipt_printer"])["readings"]
        refused = counter.ask("slip")
        time.sleep(1.5)  # three rounds that do not come
        assert len(counter.printer.received) == so_far
        counter.ask("hold-off", seconds=0)
        wait_for(lambda: counter.count(LOW))

    assert {known["reading"]["status"] for known in busy if "near-end" in known["reading"]["code"]} == {"ok"}
    assert refused == {"outcome": "not-sent", "detail": "the POS asked for quiet"}


def test_a_hold_before_the_first_round_is_answered_as_busy(counter: Counter) -> None:
    """A check of the printer alone does not wait for the end of the hold."""
    with daemon(counter.settings("", every=3600)):
        counter.rounds(0)
        counter.ask("printing", seconds=60)
        readings = counter.ask("check", probes=["receipt_printer"])["readings"]

    assert readings


def test_outside_the_hours_it_waits_for_the_morning(counter: Counter) -> None:
    """Hours that are over for today; with hours that are now it prints."""
    local = datetime.now(tz=UTC).astimezone()
    now_open = f"{local - timedelta(hours=2):%H:%M}-{local + timedelta(hours=3):%H:%M}"
    settings = counter.settings(f'{SWITCHED_ON}hours = "{shut_now()}"')
    counter.printer.state.near_end = True
    with daemon(settings) as process:
        wait_for(lambda: counter.notes() == [("cause", "waiting")])
        counter.rounds()
        assert counter.count(LOW) == 0
        counter.settings(f'{SWITCHED_ON}hours = "{now_open}"')
        os.kill(process.pid, signal.SIGHUP)
        wait_for(lambda: counter.count(LOW))


def test_the_distance_holds_over_the_restart(counter: Counter) -> None:
    """The second one waits, although another daemon printed the first."""
    settings = counter.settings('print_on = ["cause", "recovery"]\nleast_minutes_between = 60\n')
    counter.printer.state.near_end = True
    with daemon(settings):
        wait_for(lambda: counter.count(LOW))
        wait_for(lambda: counter.notes() == [("cause", "printed")])
    with daemon(settings):
        counter.rounds()
        counter.printer.state.near_end = False
        wait_for(lambda: counter.notes() == [("cause", "printed"), ("recovery", "waiting")])
        counter.rounds()

    assert counter.count(WELL) == 0


def test_a_time_of_day_once(counter: Counter) -> None:
    """All is well at this time of day, and it says so once, also after a restart."""
    entry = f"{datetime.now(tz=UTC).astimezone():%H:%M}"
    settings = counter.settings(f'print_at = ["{entry}"]\nleast_minutes_between = 0\n')
    with daemon(settings):
        wait_for(lambda: counter.count(WELL))
        wait_for(lambda: counter.notes() == [("time", "printed")])
    with daemon(settings):
        counter.rounds()

    assert counter.count(WELL) == 1


def test_asked_twice_is_printed_once(counter: Counter) -> None:
    """Two people, one sheet of paper, both told; a third who wants another slip hears that it is at work."""
    with daemon(counter.settings("")), contextlib.ExitStack() as stack:
        counter.rounds()
        channels = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(3)]
        for channel, technician in zip(channels, (False, False, True), strict=True):
            channel.connect(str(counter.folder / "control.sock"))
            channel.sendall(json.dumps({"do": "slip", "technician": technician}).encode() + b"\n")
        answers = [json.loads(channel.recv(4096)) for channel in channels]

    assert [answer["outcome"] for answer in answers] == ["printed", "printed", "not-sent"]
    assert counter.printer.text().count("NOT A RECEIPT") == 1
    assert counter.notes() == [("asked", "printed")]


def test_a_person_asks_the_daemon(counter: Counter) -> None:
    """`poshealth slip --print` leaves its trace in the daemon's journal, at any hour."""
    settings = counter.settings('hours = "00:00-00:01"\n')
    with daemon(settings):
        counter.rounds()
        done = poshealth("slip", "--print", "--technician", "--settings", str(settings))

    assert (done.returncode, done.stderr) == (0, "Slip printed\n")
    assert counter.notes() == [("asked", "printed")]


def test_the_report_from_before_the_repair_goes_to_the_daemon(counter: Counter) -> None:
    """It is larger than any other request."""
    settings = counter.settings("")
    counter.printer.state.near_end = True
    with daemon(settings):
        counter.rounds()
        before = counter.folder / "before.json"
        before.write_text(poshealth("check", "--json", "--settings", str(settings)).stdout)
        counter.printer.state.near_end = False
        words = ("--before", str(before), "--settings", str(settings))
        assert poshealth("slip", "--print", *words).stderr == "Slip printed\n"

    assert before.stat().st_size > 8192
    assert "Gone: Paper is running low" in counter.printer.text()


def test_the_pos_speaks_by_a_command(counter: Counter) -> None:
    """`poshealth hold` comes back once the printer's port is free, and with 69 where no daemon runs."""
    words = ("hold", "60", "--printing", "--socket", str(counter.folder / "control.sock"))
    with daemon(counter.settings("")):
        counter.rounds()
        held = poshealth(*words)
        left = counter.ask("status")["slip"]["held_seconds"]
        over = poshealth("hold", "0", "--printing", *words[3:])
        assert counter.ask("status")["slip"]["held_seconds"] == 0
    without = poshealth(*words)

    assert (held.returncode, over.returncode, without.returncode) == (0, 0, 69)
    assert 0 < left <= 60


def slips_at(office: HeadOffice) -> list[dict[str, Any]]:
    answer = requests.get(
        f"{office.url}/v1/terminals/0412-2", headers={"Authorization": f"Bearer {PASSWORD}"}, timeout=5
    )
    report = answer.json().get("report") or {}
    return list(report.get("slips", []))


def test_head_office_sees_what_became_of_each(counter: Counter, office: HeadOffice) -> None:
    """Printed, dropped, with the reason; newest last."""
    settings = counter.settings('print_on = ["cause"]\n', office.url)
    with daemon(settings):
        counter.rounds()
        counter.printer.state.cover_open = True
        wait_for(lambda: [slip["fate"] for slip in slips_at(office)] == ["waiting"])
        counter.printer.state.cover_open = False
        wait_for(lambda: [slip["fate"] for slip in slips_at(office)] == ["dropped"])
        assert slips_at(office)[0]["because"] == "its causes are gone"
        assert poshealth("slip", "--print", "--settings", str(settings)).returncode == 0
        wait_for(lambda: [slip["fate"] for slip in slips_at(office)] == ["dropped", "printed"])


@pytest.mark.parametrize(("addresses", "on_paper"), [("true", True), ("false", False)])
def test_addresses_stay_off_the_paper_where_the_store_wants_it(
    counter: Counter, addresses: str, on_paper: bool
) -> None:
    """On request too; the diagnosis that the screen shows keeps them."""
    port = f'addresses = {addresses}\n[firewall_ports]\noutbound = [{{ host = "127.0.0.1", port = 1 }}]'
    with daemon(counter.settings(port)):
        wait_for(lambda: "firewall.port-refused" in str(counter.ask("status")))
        answer = counter.ask("slip", language="en", technician=True)
        assert answer["outcome"] == "printed", answer
        assert "127.0.0.1" in str(counter.ask("status")["causes"])

    assert counter.count("Port refused")
    assert ("127.0.0.1" in counter.printer.text()) is on_paper
