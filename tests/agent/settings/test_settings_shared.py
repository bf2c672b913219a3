"""What one table of the settings takes from another."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from agent.settings.settings import SettingsError, load
from probes.maintenance.options import MaintenanceOptions
from probes.power.probe import PowerOptions

SETTINGS = """[terminal]
id = "0412-2"
[daemon]
state_folder = "/srv/poshealth"
[[firewall_ports.outbound]]
host = "10.8.3.9"
port = 443
[[payment_lines.lines]]
name = "card/primary"
host = "10.8.3.2"
port = 8583
[[payment_lines.lines]]
name = "qr/wallet"
host = "pay.wallet.example"
port = 443
kind = "scan-code"
[[maintenance.downtimes]]
who = "Acquirer A"
what = "cards"
begins = 2026-12-01T02:00:00
ends = 2026-12-01T04:00:00
"""
CARD, QR, PORT = ("card/primary", "10.8.3.2:8583"), ("qr/wallet", "pay.wallet.example:443"), "10.8.3.9:443"


def loaded(tmp_path: Path, more: str = "") -> MaintenanceOptions:
    path = tmp_path / "poshealth.toml"
    path.write_text(SETTINGS + more)
    return cast("MaintenanceOptions", load(path).options["maintenance"])


@pytest.mark.parametrize(
    ("lines", "concerned"),
    [
        ("", (*CARD, *QR)),
        ('lines = ["card/primary"]\n', CARD),
        ('lines = ["10.8.3.2:8583"]\n', CARD),
        ('lines = ["10.8.3.9:443"]\n', (PORT,)),
        ('lines = ["qr/wallet", "10.8.3.9:443"]\n', (*QR, PORT)),
    ],
)
def test_an_announced_outage_concerns_lines_and_their_ports(
    tmp_path: Path, lines: str, concerned: tuple[str, ...]
) -> None:
    """All lines where none is named; a line also as the port that the firewall's probe tries."""
    assert loaded(tmp_path, lines).downtimes[0].lines == concerned


def test_a_line_that_there_is_not_is_a_mistake(tmp_path: Path) -> None:
    """With its line in the file, and what was meant."""
    with pytest.raises(SettingsError, match=r':22: .*there is no line or port "card/primry"; did you mean'):
        loaded(tmp_path, 'lines = ["card/primry"]\n')


def test_what_the_daemon_writes_is_read_where_it_writes_it(tmp_path: Path) -> None:
    """In its state folder, unless the settings say where."""
    assert loaded(tmp_path).log == "/srv/poshealth/maintenance.jsonl"
    assert loaded(tmp_path, '[maintenance]\nlog = "/srv/x"\n').log == "/srv/x"
    power = cast("PowerOptions", load(tmp_path / "poshealth.toml").options["power"])
    assert power.marker == "/srv/poshealth/last-stop.json"


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ('name = "a"\ntitle = "A"\n', "one of every_days, every_lines, every_cuts is to be set"),
        ('name = "a"\ntitle = "A"\nevery_days = 1\nevery_cuts = 1\n', "one of every_days"),
        ('name = "spare"\ntitle = "A"\nevery_days = 1\n', '"spare" is the spare device'),
        ('name = "a b"\ntitle = "A"\nevery_days = 1\n', ":23: maintenance.tasks.0.name: "),
    ],
)
def test_a_task_without_sense_is_a_mistake(tmp_path: Path, table: str, mistake: str) -> None:
    """One interval, and a name that a command line takes."""
    with pytest.raises(SettingsError, match=mistake):
        loaded(tmp_path, f"[[maintenance.tasks]]\n{table}")


def test_tasks_and_times_that_contradict_are_mistakes(tmp_path: Path) -> None:
    """A name twice; an end before its beginning; a moment with a zone, for these are the store's."""
    task = '[[maintenance.tasks]]\nname = "a"\ntitle = "A"\nevery_days = 1\n'
    with pytest.raises(SettingsError, match="a is there twice"):
        loaded(tmp_path, task + task)
    outage = '[[maintenance.downtimes]]\nwho = "A"\nwhat = "B"\nbegins = 2026-12-01T02:00:00{}\nends = {}\n'
    with pytest.raises(SettingsError, match="ends lies before begins"):
        loaded(tmp_path, outage.format("", "2026-12-01T01:00:00"))
    with pytest.raises(SettingsError, match="timezone"):
        loaded(tmp_path, outage.format("Z", "2026-12-01T03:00:00"))
