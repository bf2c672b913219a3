"""Onto a device and off it again: repeatable, never half-done, and nothing of the shop's is lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.counter import wait_for
from tests.real_systemd import RealSystemd

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FILLED_IN = '[terminal]\nid = "SH-0412-2"\nstore = "0412"\ntill = "2"\n'

REMOVE = """
set -e
for place in /opt /usr/local/bin /usr/lib/sysusers.d /usr/lib/modules-load.d /usr/lib/sysctl.d {system}; do
    [ ! -d $place ] || mount -t tmpfs tmpfs $place  # this machine's own are out of reach
done
cp {units}/* {system}
systemctl daemon-reload
systemctl enable -q --now poshealth.service poshealth-ruleset.socket
systemctl start poshealth-ruleset@1.service
systemctl is-active poshealth.service poshealth-ruleset.socket poshealth-ruleset@1.service
{install} --remove
systemctl list-units --no-legend 'poshealth*'
find {system} -name 'poshealth*'
"""


def install(device: Path, *words: str, checkout: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "tools" / "install", "--root", device, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A device on which poshealth was installed at the second try, with settings filled in."""
    device = tmp_path_factory.mktemp("device")
    cut_short(device)
    done = install(device)
    assert done.returncode == 0, done.stderr
    (device / "etc/poshealth/poshealth.toml").write_text(FILLED_IN)
    return device


@pytest.fixture
def device(built: Path, tmp_path: Path) -> Path:
    """It again for one test: the release is 90 MB of links to the same files."""
    copy = tmp_path / "device"
    shutil.copytree(built, copy, symlinks=True, copy_function=os.link)
    settings = copy / "etc/poshealth/poshealth.toml"
    settings.unlink()
    settings.write_text(FILLED_IN)
    return copy


def cut_short(device: Path) -> None:
    """The power goes as soon as something stands on the disk."""
    with subprocess.Popen([ROOT / "tools" / "install", "--root", device], start_new_session=True) as process:
        wait_for(lambda: any(device.glob("opt/*/bin/python")), 60.0)
        os.killpg(process.pid, signal.SIGKILL)
    assert not (device / "opt/poshealth").exists()


def copied_checkout(folder: Path) -> Path:
    """What can be installed, to be changed."""
    aside = shutil.ignore_patterns(
        ".*", "__pycache__", "node_modules", "tests", "docs", "benchmarks", "build"
    )
    return shutil.copytree(ROOT, folder / "checkout", ignore=aside)


def begun(device: Path, checkout: Path) -> str:
    """The line that names the release; it is not waited for."""
    command = [str(checkout / "tools" / "install"), "--root", str(device)]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        os.killpg(process.pid, signal.SIGKILL)
    assert line.startswith("Building ")
    return line


def release(device: Path) -> str:
    return str((device / "opt/poshealth").readlink())


def run(device: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = device / "opt/poshealth/bin/poshealth"
    return subprocess.run([command, *words], capture_output=True, text=True, timeout=60, check=False)


def test_what_is_installed_runs_by_itself(built: Path) -> None:
    """Not from the checkout: its texts, its sample and its templates came along."""
    checked = run(built, "config", "check", str(built / "etc/poshealth/poshealth.toml"))
    told = run(built, "explain", "receipt-printer.paper-out", "--lang", "zh")

    assert (checked.returncode, told.returncode) == (0, 0), checked.stderr + told.stderr
    assert "缺纸" in told.stdout
    assert (built / "usr/local/bin/poshealth").resolve() == (built / "opt/poshealth/bin/poshealth").resolve()
    assert (built / "etc/systemd/system/poshealth.service").exists()


def test_every_unit_finds_its_command(built: Path) -> None:
    """Also those that systemd starts only when they are asked."""
    units = "".join(path.read_text() for path in (built / "etc/systemd/system").glob("poshealth*"))
    commands = re.findall(r"^ExecStart=(/opt/poshealth/bin/\S+)", units, re.MULTILINE)

    assert len(commands) >= 4
    assert [each for each in commands if not (built / each.lstrip("/")).exists()] == []


def test_a_second_time_changes_nothing(device: Path) -> None:
    """The same release, the same units, the shop's own settings."""
    unit = device / "etc/systemd/system/poshealth.service"
    before = (release(device), unit.stat().st_mtime_ns)

    done = install(device)

    assert (done.returncode, "Already built" in done.stdout) == (0, True)
    assert (release(device), unit.stat().st_mtime_ns) == before
    assert (device / "etc/poshealth/poshealth.toml").read_text() == FILLED_IN


def test_one_changed_byte_of_the_code_is_another_release(device: Path, tmp_path: Path) -> None:
    """Also between two versions; an unchanged copy of the checkout is the release that is there."""
    checkout = copied_checkout(tmp_path)
    before = release(device)

    assert "Already built" in install(device, checkout=checkout).stdout
    source = checkout / "vocabulary/moments.py"
    source.write_bytes(source.read_bytes() + b"#")
    assert before not in begun(device, checkout)


def test_a_database_that_the_settings_name_brings_its_driver(device: Path) -> None:
    """The release without it stays to go back to, and the next one has it again."""
    books = '[settlement]\npreset = "erpnext"\ndatabase = "mariadb://poshealth@/erp"\n'
    (device / "etc/poshealth/poshealth.toml").write_text(FILLED_IN + books)
    before = release(device)

    assert install(device).returncode == 0
    assert release(device) != before
    tried = [device / "opt" / name / "bin/python" for name in (before, release(device))]
    assert [subprocess.run([python, "-c", "import pymysql"], check=False).returncode for python in tried] == [
        1,
        0,
    ]


def test_settings_that_it_does_not_take_keep_the_old_release(device: Path) -> None:
    """The line is named, and what ran goes on."""
    old = device / "opt/poshealth-0.0.9-older"
    old.mkdir()
    (device / "opt/poshealth").unlink()
    (device / "opt/poshealth").symlink_to(old.name)
    (device / "etc/poshealth/poshealth.toml").write_text(FILLED_IN + "[powr]\n")

    done = install(device)

    assert done.returncode == 78
    assert "poshealth.toml:5" in done.stderr
    assert release(device) == old.name


def test_one_older_release_is_kept_to_go_back_to(device: Path) -> None:
    """And no more than one: each is 90 MB."""
    for name in ("poshealth-0.0.8-older", "poshealth-0.0.9-older"):
        (device / "opt" / name).mkdir()
    (device / "opt/poshealth").unlink()
    (device / "opt/poshealth").symlink_to("poshealth-0.0.9-older")

    assert install(device).returncode == 0
    kept = sorted(path.name for path in (device / "opt").iterdir() if not path.is_symlink())
    assert kept == ["poshealth-0.0.9-older", release(device)]


def test_removed_it_leaves_what_is_the_shops(device: Path) -> None:
    """Reports that head office has not got yet are gone only when that is asked for."""
    spool = device / "var/lib/poshealth/spool.db"
    spool.parent.mkdir(parents=True)
    spool.write_text("unsent")

    assert install(device, "--remove").returncode == 0
    left = sorted(path.name for path in device.rglob("*") if path.is_file())
    assert left == ["poshealth.toml", "spool.db"]
    assert install(device, "--remove").returncode == 0
    assert install(device, "--remove", "--purge").returncode == 0
    assert not [path for path in device.rglob("*") if path.is_file()]


def test_removed_where_systemd_runs_it_nothing_of_it_is_left(tmp_path: Path) -> None:
    """What runs is stopped, also what a socket started of a template, and every unit goes."""
    units = tmp_path / "units"
    units.mkdir()
    for name in (path.name for path in ROOT.glob("systemd/*.*") if path.suffix in (".service", ".socket")):
        listening = f"[Socket]\nListenStream=/run/{name}\nAccept=yes\n"
        running = "[Service]\nExecStart=/bin/sleep infinity\n"
        kind = listening if name.endswith(".socket") else running
        (units / name).write_text(f"[Unit]\nDefaultDependencies=no\n{kind}[Install]\nWantedBy=till.target\n")
    script = REMOVE.format(units=units, install=ROOT / "tools" / "install", system="/etc/systemd/system")
    with RealSystemd(tmp_path / "own", {}) as systemd:
        said = systemd.python(f"import os; os.execv('/bin/sh', ['sh', '-c', {script!r}])")

    kept = "Removed. Kept: /etc/poshealth (settings), /var/lib/poshealth (reports not yet sent)\n"
    assert said == "active\n" * 3 + kept
