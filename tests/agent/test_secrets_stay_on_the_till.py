"""A card number that a probe read is nowhere behind it: on no paper, screen, disk, in no log, nor away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.control_client import ask
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings

pytestmark = pytest.mark.slow  # a real daemon and a real head office

PLUGIN = r"""#!/bin/sh
printf 'LOG CRITICAL - 6222 0212 3456 7890 128 declined; \357\274\224111111111111111, PAN%s' 5105105105105100
printf ' ;4012888888881881=25121010000012? password=hunter2'
echo ' | 378282246310005=378282246310005'
exit 2
"""
SECRETS = re.compile(
    r"6222.?0212.?3456|(?:4|４|\\uff14)1{12}|5105105105105100|4012888888881881|25121010000|hunter2|378282246310005"
)
SHOWN = ("check", "sentence", "technician", "page")
TABLES = """
[[plugins.checks]]
name = "log"
command = ["{folder}/check_log"]
[[plugins.checks]]
name = "fine"
command = ["{folder}/check_fine"]
[[plugins.checks]]
name = "mute"
command = ["{folder}/check_mute"]
"""


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything on the till's disk and at head office, undecoded bytes as they are."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("check_"):
            yield path.name, path.read_bytes().decode("utf-8", "backslashreplace")


def test_whatever_a_probe_read(tmp_path: Path, till_folder: Path) -> None:
    """In a line, a reason and a figure; of a check that fails, one that is well, and one that cannot tell."""
    for name, status in (("check_log", 2), ("check_fine", 0), ("check_mute", 3)):
        (till_folder / name).write_text(PLUGIN.replace("exit 2", f"exit {status}"), encoding="utf-8")
        (till_folder / name).chmod(0o755)
    office = HeadOffice(tmp_path)
    office.start()
    settings = str(write_settings(tmp_path, office.url, TABLES.format(folder=till_folder)))
    control = str(tmp_path / "control.sock")
    logged = ("/bin/sh", "-c", f'exec "$0" "$@" 2> {tmp_path}/daemon.log')
    with daemon(Path(settings), within=logged):
        wait_for(lambda: any(each["causes"] for each in office.terminals()))
        wait_for(lambda: ask(control, {"do": "status"}, 5)["causes"])
        said = {
            "check": poshealth("check", "--json", "--settings", settings).stdout,
            "sentence": poshealth("check", "--settings", settings).stdout,
            "nagios": poshealth("check", "--format", "nagios", "--settings", settings).stdout,
            "status": poshealth("status", "--json", "--socket", control).stdout,
            "slip": poshealth("slip", "--settings", settings).stdout,
            "technician": poshealth("slip", "--technician", "--settings", settings).stdout,
            "page": str(office.terminal("0412-2")),
            **dict(files(tmp_path)),
        }
    office.stop()

    assert {"headoffice.db", "daemon.log", "outbox.db"} <= said.keys()
    assert [name for name in SHOWN if "number hidden" not in said[name]] == []
    assert {name: found[0] for name, text in said.items() if (found := SECRETS.search(text))} == {}
