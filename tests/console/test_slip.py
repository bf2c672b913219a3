"""`poshealth slip --print` on every way there is to the printer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.settings.settings import SettingsError, load
from simulators.escpos_printer import EscposPrinter
from simulators.star_printer import StarPrinter
from tests.broker.fake_pos import CUT, FakePos, receipt
from tests.broker.service import Service, wait_for
from tests.counter import poshealth

TERMINAL = '[terminal]\nid = "0412-2"\n'


@pytest.fixture
def broker(till_folder: Path) -> Iterator[tuple[Service, EscposPrinter]]:
    """In a folder that the unprivileged child may pass through."""
    with (
        EscposPrinter(speed=None, flow_control="blocking", link=till_folder / "ttyS7") as printer,
        Service(till_folder, str(till_folder / "ttyS7")) as started,
    ):
        yield started, printer


Write = Callable[[str], Path]


@pytest.fixture
def settings(till_folder: Path) -> Write:
    def write(text: str) -> Path:
        path = till_folder / "poshealth.toml"
        path.write_text(TERMINAL + text)
        return path

    return write


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.splitlines()[-1]


def owned_by_broker(service: Service) -> str:
    return (
        f'[receipt_printer]\nport = "{service.link.with_name("ttyS7")}"\nowner = "broker"\n'
        f'broker_socket = "{service.socket}"\n'
    )


def test_through_the_broker_beside_the_pos(broker: tuple[Service, EscposPrinter], settings: Write) -> None:
    """Confirmed; the POS's receipts before and after it are whole, and it hears nothing of it."""
    service, printer = broker
    path = settings(owned_by_broker(service))
    with FakePos(service.link) as pos:
        pos.send(receipt(1))
        done = poshealth("slip", "--print", "--settings", str(path))
        pos.send(receipt(2))
        wait_for(lambda: printer.received.endswith(receipt(2)))
        assert pos.hear(0.2) == b""
    assert (done.returncode, last_line(done)) == (0, "Slip printed")
    assert printer.received.startswith(receipt(1))
    assert "NOT A RECEIPT" in printer.text()
    assert printer.received.count(CUT) == 3


def test_a_broker_that_is_away_is_named(settings: Write, till_folder: Path) -> None:
    """And the slip is on the screen instead."""
    path = settings(
        f'[receipt_printer]\nport = "/dev/ttyS0"\nowner = "broker"\nbroker_socket = "{till_folder}/none"\n'
    )
    done = poshealth("slip", "--print", "--settings", str(path))
    assert done.returncode == 1
    assert "systemctl start poshealth-printer-broker" in done.stderr
    assert "NOT A RECEIPT" in done.stdout


def test_by_a_command_without_any_port(settings: Write, till_folder: Path) -> None:
    program = till_folder / "pos-print"
    program.write_text(
        f"#!{sys.executable}\nimport sys; sys.exit(b'NOT A RECEIPT' not in sys.stdin.buffer.read())"
    )
    program.chmod(0o755)
    path = settings(f'[slip]\nthrough = "command"\ncommand = ["{program}", "--raw"]\n')
    done = poshealth("slip", "--print", "--settings", str(path))
    assert (done.returncode, last_line(done)) == (0, f"Slip accepted: {program} took it")


def test_on_a_star_printer(settings: Write, till_folder: Path) -> None:
    with StarPrinter(link=till_folder / "star") as printer:
        path = settings(f'[receipt_printer]\nport = "{till_folder}/star"\nfamily = "star"\nowner = "ours"\n')
        done = poshealth("slip", "--print", "--settings", str(path))
        assert (done.returncode, last_line(done)) == (0, "Slip printed")
        assert "NOT A RECEIPT" in printer.text()
        assert printer.paper.unknown == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('through = "command"', "command: name the program by its whole path"),
        ('through = "command"\ncommand = ["pos-print"]', "command: name the program by its whole path"),
        ('through = "cups"', "queue: name the raw queue"),
        ('through = "cups"\nqueue = "a b"', "slip.queue"),
        ('through = "usb"', "slip.through"),
    ],
)
def test_a_way_that_is_not_told_whole_is_a_mistake(settings: Write, text: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        load(settings(f"[slip]\n{text}\n"))


def test_no_scan_while_the_broker_has_the_port(
    broker: tuple[Service, EscposPrinter], settings: Write
) -> None:
    """It says what to do instead; with the broker stopped, or for another port, it scans."""
    service, printer = broker
    path = settings(owned_by_broker(service))
    done = poshealth("printer", "scan", "--yes", "--settings", str(path))
    assert done.returncode == 69
    assert "systemctl stop poshealth-printer-broker" in done.stderr
    assert printer.received == b""
    other = poshealth("printer", "scan", "/dev/none", "--yes", "--settings", str(path))
    assert (other.returncode, other.stderr) == (1, "")
    service.kill()
    port = str(service.link.with_name("ttyS7"))
    found = poshealth("printer", "scan", port, "--yes", "--settings", str(path))
    assert f"{port}: held by" in found.stdout or "answers at" in found.stdout
