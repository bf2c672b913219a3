"""Why the daemon is stopped, asked of a real systemd while it stops it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import parting
from tests.counter import ROOT, HeadOffice, daemon, wait_for, write_settings
from tests.real_systemd import RealSystemd
from vocabulary.absence import Why

ASK = """
import os, signal, sys, time
sys.path.insert(0, "{root}")
out = os.open("{out}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
from agent import parting
os.setgid(65534)
os.setgroups([])
os.setuid(65534)
signal.signal(signal.SIGTERM, lambda *_: (os.write(out, parting.why().encode() + b"\\n"), os._exit(0)))
os.write(out, b"up\\n")
while True:
    time.sleep(60)
"""
UNIT = """
Conflicts=shutdown.target
Before=shutdown.target
After=dbus.service
[Service]
{kill_mode}
ExecStart={python} {program}
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below /run, which a systemd of the test has for itself."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        yield Path(name)


@pytest.mark.slow  # a real systemd
@pytest.mark.parametrize(
    ("verb", "why"),
    [
        ("restart poshealth.service", Why.AGENT_RESTARTED),
        ("stop poshealth.service", Why.AGENT_STOPPED),
        ("start --job-mode=replace-irreversibly reboot.target", Why.REBOOTED),
        ("start --job-mode=replace-irreversibly poweroff.target", Why.SWITCHED_OFF),
    ],
)
def test_systemd_tells_why(folder: Path, verb: str, why: Why) -> None:
    """To a service without rights, while its own stop is under way."""
    said = folder / "said"
    (folder / "ask.py").write_text(ASK.format(root=ROOT, out=said))
    shipped = (ROOT / "systemd" / parting.UNIT).read_text()
    kill_mode = next(line for line in shipped.splitlines() if line.startswith("KillMode="))
    unit = UNIT.format(kill_mode=kill_mode, python=sys.executable, program=folder / "ask.py")
    with RealSystemd(folder / "units", {parting.UNIT: unit}) as systemd:
        wait_for(lambda: said.exists() and said.read_text() == "up\n")
        systemd.python(f"import os; os.execvp('systemctl', 'systemctl --no-block {verb}'.split())")
        wait_for(lambda: len(said.read_text().splitlines()) > 1)

    assert said.read_text().splitlines()[1] == why


def test_a_restart_into_another_release_is_a_renewal() -> None:
    """tools/install has let the link lead there before."""
    assert parting.read("12 poshealth.service restart running", renewed=True) == Why.AGENT_RENEWED
    assert parting.read("12 poshealth.service restart running", renewed=False) == Why.AGENT_RESTARTED


@pytest.mark.parametrize("jobs", ["", "No jobs running.", "12 cron.service restart running", "\x00 a b c"])
def test_without_a_job_of_ours_it_was_stopped_by_hand(jobs: str) -> None:
    """Ctrl-C in a terminal, or kill."""
    assert parting.read(jobs, renewed=True) == Why.AGENT_STOPPED


def test_a_reboot_comes_before_everything_else() -> None:
    """The whole queue of a shutdown: shutdown.target is in it whether the machine comes back or not."""
    jobs = "1 shutdown.target start waiting\n2 poshealth.service stop running\n3 reboot.target start waiting"

    assert parting.read(jobs, renewed=True) == Why.REBOOTED


def test_another_release_is_seen_by_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leads elsewhere than to where the daemon runs from."""
    for name in ("poshealth-1", "poshealth-2"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(parting, "CURRENT_RELEASE", tmp_path / "poshealth")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "poshealth-1"))
    (tmp_path / "poshealth").symlink_to("poshealth-1")
    assert not parting.is_renewed()
    (tmp_path / "poshealth").unlink()
    (tmp_path / "poshealth").symlink_to("poshealth-2")
    assert parting.is_renewed()


@pytest.mark.slow  # a real daemon and a real head office
def test_the_last_word_reaches_head_office(tmp_path: Path) -> None:
    """Before it is gone the daemon has said why; back again, it says from when to when."""
    office = HeadOffice(tmp_path)
    office.start()
    settings = write_settings(tmp_path, office.url, "", every=1.0)
    with daemon(settings):
        wait_for(office.terminals)
    wait_for(lambda: office.terminals()[0]["standing"] == "silent")
    assert office.terminals()[0]["away"]["why"] == Why.AGENT_STOPPED
    with daemon(settings):
        wait_for(lambda: office.terminals()[0]["standing"] != "silent")
        assert office.terminals()[0]["away"] == {"why": "", "expected": False, "back_by": None}
    office.stop()
