"""The software probe on fixture trees, and on real dpkg, rpm, systemd, processes and sockets."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.software.conditions import CONDITIONS
from probes.software.look import judge_system
from probes.software.options import SoftwareOptions
from probes.software.probe import PROBE
from probes.software.running import newest_version, runs
from tests.probes.case_folders import Case, check, load_cases
from tests.real_systemd import RealSystemd
from vocabulary.reading import Reading, Reason, Status

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("software")
HERE = Path(__file__).parents[3]


def named(case: Case) -> str:
    return case.name


def look(run_probe: RunProbe, settings: dict[str, Any], root: Path = Path("/")) -> tuple[Reading, ...]:
    run: ProbeRun = run_probe(PROBE, msgspec.convert(settings, SoftwareOptions), root=root)
    assert run.complete, run.error
    return run.readings


def find(readings: tuple[Reading, ...], code: str, subject: str = "") -> Reading:
    return next(r for r in readings if r.identity == (f"software.{code}", subject))


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that an unprivileged probe can reach, unlike pytest's own."""
    folder = Path("/tmp") / f"poshealth-test-{tmp_path.parent.name}-{tmp_path.name}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Everything but services, rpm and commands is told from files alone."""
    check(case, look(run_probe, case.settings.get("options", {}), case.root))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_condition_is_mentioned_in_every_round(case: Case, run_probe: RunProbe) -> None:
    """What could not be looked at is said to be unknown, never left out; and nothing is said twice."""
    readings = look(run_probe, case.settings.get("options", {}), case.root)
    assert {expected["code"] for expected in case.expected} <= {each.code for each in CONDITIONS}
    assert len({reading.identity for reading in readings}) == len(readings)
    assert {reading.code for reading in readings} == {each.code for each in CONDITIONS}


def test_this_machines_dpkg_is_installed_and_new_enough(run_probe: RunProbe) -> None:
    """The real status file of a real Debian."""
    readings = look(run_probe, {"packages": [{"name": "dpkg", "at_least": "1.18"}]})
    assert find(readings, "version-too-old", "dpkg").status is Status.OK


def test_a_running_pos_process_is_found_and_missed_when_killed(run_probe: RunProbe, tmp_path: Path) -> None:
    """A real process among the real ones of this machine."""
    program = tmp_path / "pos-under-test"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as process:
        alive = find(look(run_probe, {"pos": {"process": "pos-under-test"}}), "pos-not-running")
        process.kill()
    gone = find(look(run_probe, {"pos": {"process": "pos-under-test"}}), "pos-not-running")
    assert (alive.status, gone.status) == (Status.OK, Status.FAILING)


def test_a_listening_port_is_a_sign_of_life(run_probe: RunProbe) -> None:
    """The port is read from the kernel's table: the POS is never connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        alive = find(look(run_probe, {"pos": {"port": port}}), "pos-not-running")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    gone = find(look(run_probe, {"pos": {"port": port}}), "pos-not-running")
    assert (alive.status, gone.status) == (Status.OK, Status.FAILING)


def test_a_listening_unix_socket_is_a_sign_of_life(run_probe: RunProbe, tmp_path: Path) -> None:
    """A socket file left behind by a crash is none."""
    path = str(tmp_path / "pos.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        bound = find(look(run_probe, {"pos": {"unix_socket": path}}), "pos-not-running")
        listener.listen()
        alive = find(look(run_probe, {"pos": {"unix_socket": path}}), "pos-not-running")
    gone = find(look(run_probe, {"pos": {"unix_socket": path}}), "pos-not-running")
    assert [each.status for each in (bound, alive, gone)] == [Status.FAILING, Status.OK, Status.FAILING]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["/opt/pos/pos-app"], True),
        (["pos-app", "--kiosk"], True),
        (["/usr/bin/python3.11", "/opt/pos/pos-app"], True),
        (["/bin/sh", "/opt/pos/pos-app"], True),
        (["vim", "/opt/pos/pos-app"], False),
        (["grep", "pos-app"], False),
        (["pos-app-updater"], False),
        ([""], False),
        ([], False),
    ],
)
def test_a_command_line_is_the_programs_own(words: list[str], found: bool) -> None:
    """Looking at a program's file is not running it."""
    assert runs("pos-app", words) is found


UNITS = {
    "pos.service": "[Service]\nExecStart=/bin/sleep 600\n",
    "crashed.service": "[Service]\nExecStart=/bin/false\n",
    "stopped.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
}
ASK_SYSTEMD = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
import msgspec
from probes.software.options import PosApplication
from probes.software.running import read_pos, read_services
from probes.till import Till
from agent.running.account import become, probe_account
become(probe_account())  # after the imports: the checkout may be private
units = ("pos.service", "crashed.service", "stopped.service", "nowhere.service")
readings = [*read_services(units, Till()), read_pos(PosApplication(unit="pos.service"), Till())]
print(msgspec.json.encode(readings).decode())
"""


def test_services_are_asked_of_the_real_systemd(tmp_path: Path) -> None:
    """Running, crashed, finished and unheard-of units, asked without privileges."""
    with RealSystemd(tmp_path / "units", UNITS) as systemd:
        readings = msgspec.json.decode(systemd.python(ASK_SYSTEMD), type=list[Reading])
    states = [(reading.subject, str(reading.status), reading.facts.get("state")) for reading in readings]
    assert states == [
        ("pos.service", "ok", "active"),
        ("crashed.service", "failing", "failed"),
        ("stopped.service", "failing", "inactive"),
        ("nowhere.service", "failing", "inactive"),
        ("", "ok", None),
    ]


SPEC = """
Name: pos-agent
Epoch: 1
Version: 1.4.2
Release: 3.el9
Summary: built by a test
License: none
BuildArch: noarch
%description
%files
"""


@pytest.fixture(scope="module")
def rpm_till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real rpm database that holds one real package."""
    root = Path("/tmp") / f"poshealth-test-{tmp_path_factory.getbasetemp().name}-rpm"
    database = root / "var/lib/rpm"
    database.mkdir(parents=True)
    (root / "pos.spec").write_text(SPEC)
    build = [
        "rpmbuild",
        "-bb",
        "-D",
        f"_topdir {root}/build",
        "-D",
        f"_rpmdir {root}",
        str(root / "pos.spec"),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (package,) = root.glob("noarch/*.rpm")
    install = ["rpm", "--dbpath", str(database), "-i", "--justdb", "--nodeps", str(package)]
    subprocess.run(install, check=True, capture_output=True)
    yield root
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("wanted", "code", "status"),
    [
        ({}, "package-missing", Status.OK),
        ({"at_least": "1:1.4.2"}, "version-too-old", Status.OK),
        ({"at_least": "9.0"}, "version-too-old", Status.OK),
        ({"at_least": "1:1.4.10"}, "version-too-old", Status.FAILING),
        ({"at_least": "1:1.4.2-4"}, "version-too-old", Status.FAILING),
        ({"exactly": "1:1.4.2-3.el9"}, "version-differs", Status.OK),
        ({"exactly": "1:1.4.2"}, "version-differs", Status.OK),
        ({"exactly": "1:1.4_2"}, "version-differs", Status.OK),
        ({"exactly": "1:1.4.2^git1"}, "version-differs", Status.FAILING),
    ],
)
def test_a_real_rpm_database_is_read(
    wanted: dict[str, str], code: str, status: Status, rpm_till: Path, run_probe: RunProbe
) -> None:
    """rpm is asked, and its own order of versions decides (1.4_2 is 1.4.2 to it, not to dpkg)."""
    asked = {"packages": [{"name": "pos-agent", "manager": "rpm", **wanted}]}
    assert find(look(run_probe, asked, rpm_till), code, "pos-agent").status is status


def test_a_package_that_rpm_does_not_know_is_missing(rpm_till: Path, run_probe: RunProbe) -> None:
    """Not installed is a finding; its version is then not tested."""
    asked = {"packages": [{"name": "nowhere", "manager": "rpm", "at_least": "1"}]}
    readings = look(run_probe, asked, rpm_till)
    assert find(readings, "package-missing", "nowhere").facts == {"state": "not-installed"}
    assert find(readings, "version-too-old", "nowhere").reason is Reason.NOT_TESTED


COMMANDS = [
    ("echo 'pos-app 4.10.2 (build 7)'", Status.OK, None),
    ("echo 'pos-app 4.9.1' >&2; exit 3", Status.FAILING, None),
    ("echo no version here", Status.UNKNOWN, Reason.NOT_SUPPORTED),
    ("kill -9 $$", Status.UNKNOWN, Reason.TIMED_OUT),
    ("head -c 3000000 /dev/zero | tr '\\0' 9", Status.UNKNOWN, Reason.NOT_SUPPORTED),
]


@pytest.mark.parametrize(("body", "status", "reason"), COMMANDS)
def test_a_command_tells_its_version(
    body: str, status: Status, reason: Reason | None, open_folder: Path, run_probe: RunProbe
) -> None:
    """Either stream, any exit status; what says no version is unknown, not too old."""
    program = open_folder / "pos"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    asked = {"commands": [{"words": [str(program), "--version"], "at_least": "4.10"}]}
    reading = find(look(run_probe, asked), "version-too-old", f"{program} --version")
    assert (reading.status, reading.reason) == (status, reason)


def test_a_command_that_hangs_is_ended(open_folder: Path, run_probe: RunProbe) -> None:
    """Its own deadline, well before the probe's; the rest of the round is complete."""
    program = open_folder / "pos"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    started = time.monotonic()
    readings = look(run_probe, {"commands": [{"words": [str(program)], "at_least": "1"}]})
    assert find(readings, "version-too-old", str(program)).reason is Reason.TIMED_OUT
    assert time.monotonic() - started < PROBE.timeout_seconds / 2


@pytest.mark.parametrize("kind", ["commands", "files"])
def test_what_may_not_be_looked_at_is_unknown_and_says_how_to_permit_it(
    kind: str, open_folder: Path, run_probe: RunProbe
) -> None:
    """A missing right is no missing program."""
    secret = open_folder / "pos"
    secret.write_text("4.0.1")
    secret.chmod(0o700)
    path = str(secret)
    asked = {"commands": [{"words": [path]}]} if kind == "commands" else {"files": [{"path": path}]}
    reading = find(look(run_probe, asked), "program-missing", path)
    assert reading.reason is Reason.NO_PERMISSION
    assert reading.because.startswith("chmod o+r")


@pytest.mark.parametrize(
    ("today", "ended", "near"),
    [
        (date(2027, 12, 31), Status.OK, Status.OK),
        (date(2028, 1, 3), Status.OK, Status.FAILING),
        (date(2028, 6, 30), Status.OK, Status.FAILING),
        (date(2028, 7, 1), Status.FAILING, Status.UNKNOWN),
    ],
)
def test_the_last_day_is_still_supported(today: date, ended: Status, near: Status) -> None:
    """180 days ahead it is announced; the day after it is over."""
    found = judge_system("Debian GNU/Linux 12", date(2028, 6, 30), today, 180)
    assert [reading.status for reading in found] == [ended, near]


def test_the_newest_of_no_kernels_is_none() -> None:
    """And nine is not newer than twenty-two."""
    assert newest_version([]) == ""
    assert newest_version(["6.1.0-9-amd64", "6.1.0-22-amd64"]) == "6.1.0-22-amd64"


BAD_SETTINGS = [
    ({"packages": [{"name": "--root=/"}]}, "matching regex"),
    ({"packages": [{"name": "x", "atleast": "1"}]}, "atleast"),
    ({"packages": [{"name": "x", "at_least": '1"); os.execute("x'}]}, "matching regex"),
    ({"files": [{"path": "relative"}]}, "matching regex"),
    ({"files": [{"path": "/x", "pattern": "("}]}, r"pattern '\('"),
    ({"files": [{"path": "/x", "pattern": "x"}]}, "needs one group"),
    ({"files": [{"path": "/x", "sha256": "a" * 64, "exactly": "1"}]}, "either sha256 or exactly"),
    ({"commands": [{"words": []}]}, "length"),
    ({"commands": [{"words": ["pos"]}]}, "no absolute path"),
    ({"pos": {}}, "pos needs one of"),
    ({"services": ["cups.service\n"]}, "matching regex"),
    ({"services": ["-H evil"]}, "matching regex"),
]


@pytest.mark.parametrize(("settings", "said"), BAD_SETTINGS)
def test_bad_settings_are_refused_when_they_are_read(settings: dict[str, Any], said: str) -> None:
    """Nothing that could be an option or a script reaches a command."""
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(settings, SoftwareOptions)
