"""Secrets are planted in a daemon at work, and looked for everywhere somebody else may read."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.counter import PASSWORD, TOKEN, HeadOffice, daemon, poshealth, wait_for, write_settings

pytestmark = pytest.mark.slow  # real processes

BEARER = "bearer-of-the-customer-7Qd2"
HMAC_KEY = "hmac-key-of-the-customer-9Zk4"
IN_THE_PATH = "hook-T00-B00-x8Wq"
SECRETS = (TOKEN, PASSWORD, BEARER, HMAC_KEY, IN_THE_PATH)
ENDPOINT = """
[endpoint]
url = "http://127.0.0.1:9/{path}"
bearer_file = "{folder}/bearer"
hmac_file = "{folder}/hmac"
every_seconds = 1
"""


def forms(secret: str) -> set[bytes]:
    """As it is, and as somebody may have written it down."""
    raw = secret.encode()
    written = {raw, raw.hex().encode(), quote(secret).encode(), json.dumps(secret).strip('"').encode()}
    return written | {base64.b64encode(raw).rstrip(b"="), repr(raw)[2:-1].encode()}


def leaked(found: dict[str, bytes]) -> dict[str, list[str]]:
    """Which secrets stand where."""
    return {
        place: names
        for place, content in found.items()
        if (names := [secret for secret in SECRETS if any(form in content for form in forms(secret))])
    }


@pytest.fixture
def with_head_office(tmp_path: Path) -> Iterator[Path]:
    """It takes every report; what it holds of the till is one more place to look."""
    office = HeadOffice(tmp_path)
    office.start()
    yield write_settings(tmp_path, office.url, "")
    office.stop()


@pytest.fixture
def with_endpoint(tmp_path: Path) -> Path:
    """Away: each delivery fails, and is told of."""
    for name, secret in (("bearer", BEARER), ("hmac", HMAC_KEY)):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o600)
    tables = ENDPOINT.format(path=IN_THE_PATH, folder=tmp_path)
    return write_settings(tmp_path, "", tables)


def with_more(settings: Path, printer: EscposPrinter) -> Path:
    """A printer and a textfile beside what is there."""
    text = settings.read_text().replace("[daemon]", f'[daemon]\ntextfile = "{settings.parent}/health.prom"')
    settings.write_text(f'{text}\n[receipt_printer]\nport = "{printer.pty_path}"\nowner = "ours"\n')
    return settings


def looked_at(settings: Path, process: psutil.Process) -> dict[str, bytes]:
    """From a daemon that has delivered or failed to, and lost a child; of the log what a second one says."""
    folder, words = settings.parent, ("--settings", str(settings))
    wait_for(lambda: has_tried(status(folder)), 60)
    os.kill(process.children()[0].pid, signal.SIGSEGV)
    wait_for((folder / "health.prom").exists)
    printed = poshealth("slip", "--print", *words)
    second = poshealth("run", *words)
    assert (printed.returncode, second.returncode) == (0, 75), printed.stderr + second.stderr
    return {
        "report": poshealth("check", "--json", *words).stdout.encode(),
        "status": json.dumps(status(folder)).encode() + poshealth("status", *words).stdout.encode(),
        "slips": (
            poshealth("slip", "--technician", *words).stdout + printed.stdout + printed.stderr
        ).encode(),
        "textfile": (folder / "health.prom").read_bytes(),
        "processes": b"".join(said_of(each) for each in (process, *process.children(recursive=True))),
        "state": b"".join(path.read_bytes() for path in (folder / "state").iterdir() if path.is_file()),
        "log": (second.stdout + second.stderr).encode(),
        "head office": b"".join(path.read_bytes() for path in folder.glob("headoffice.db*")),
    }


def has_tried(found: dict[str, dict[str, int]]) -> bool:
    delivered = found["outbox"]["next"] > 2 and not found["outbox"]["waiting"]
    return bool(found["rounds"]) and (delivered or found["head_office"]["failures"] >= 2)


def status(folder: Path) -> dict[str, dict[str, int]]:
    return ask(str(folder / "control.sock"), {"do": "status"}, 10)


def said_of(process: psutil.Process) -> bytes:
    """Command line and environment."""
    with contextlib.suppress(OSError):
        return b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    return b""


@pytest.mark.parametrize("central", ["with_head_office", "with_endpoint"])
def test_no_secret_is_to_be_read_anywhere(
    central: str, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    """Token, bearer, HMAC key, a path that is a password, the viewer's password; in no spelling."""
    settings: Path = request.getfixturevalue(central)
    with EscposPrinter(columns=32) as printer:
        settings = with_more(settings, printer)
        with daemon(settings) as running:
            found = looked_at(settings, psutil.Process(running.pid))
        found["paper"] = printer.received
    out, err = capfd.readouterr()
    found["log"] += (out + err).encode()

    nothing_here = {"head office"} if central == "with_endpoint" else set()
    assert {place for place, content in found.items() if not content} == nothing_here
    assert leaked(found) == {}
