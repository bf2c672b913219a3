"""iso8583sim 1.6.0, a host nobody here wrote, answers our echo, well and badly, through the whole probe."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from probes.payment_lines.options import PaymentLinesOptions
from probes.payment_lines.probe import PROBE
from simulators.tcp_host import TcpHost
from tests.conftest import RunProbe
from vocabulary.reading import Reading, Status

pytestmark = pytest.mark.slow
COMMAND = Path(__file__).parents[3] / ".tools/iso8583sim/bin/iso8583sim"
# Its presets, and the template of ours that speaks as each; its ASCII ones have a choice of length.
TEMPLATES = {
    "bcd": "0800/301 bcd, 39 bcd",
    "ascii-binary": "0800/301 ascii",
    "ascii-hex": "0800/301 ascii, hex bitmap",
    "ebcdic": "0800/301 ebcdic",
}
FRAMINGS = {"2b": "binary-2", "4b": "binary-4", "4a": "ascii-4"}


@contextmanager
def iso8583sim(
    preset: str = "bcd", header: str = "2b", tpdu: str = "", rules: Path | None = None
) -> Iterator[tuple[str, int]]:
    """Started on a free port, which it prints; ended by its own pid."""
    command = [str(COMMAND), "serve", "--port", "0", "--format", preset, "--header", header]
    command += ["--tpdu", tpdu] if tpdu else []
    command += ["--rules", str(rules)] if rules else []
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()  # Mock host listening on 127.0.0.1:42835 (bcd, ...
        yield "127.0.0.1", int(line.split("127.0.0.1:")[1].split()[0])
        process.terminate()


class HalfWay(TcpHost):
    """Hands the request on to the real host, and half of its answer back."""

    def __init__(self, behind: tuple[str, int]) -> None:
        super().__init__()
        self._behind = behind

    def serve(self, connection: socket.socket) -> None:
        request = connection.recv(4096)
        if not request:
            return  # the first look at the port
        with socket.create_connection(self._behind, timeout=5) as host:
            host.sendall(request)
            answer = host.recv(4096)
        connection.sendall(answer[: len(answer) // 2])


def echoed(run_probe: RunProbe, address: tuple[str, int], **more: Any) -> dict[str, Reading]:
    line = {"name": "card/primary", "host": address[0], "port": address[1], "tls": False}
    line |= {"terminal_id": "29110001", "echo": TEMPLATES["bcd"], **more}
    run = run_probe(PROBE, msgspec.convert({"lines": [line]}, PaymentLinesOptions))
    assert run.error == ""
    return {reading.code: reading for reading in run.readings}


@pytest.mark.parametrize("tpdu", ["", "6000010000"])
@pytest.mark.parametrize("header", FRAMINGS)
@pytest.mark.parametrize("preset", TEMPLATES)
def test_our_echo_is_answered_and_accepted(preset: str, header: str, tpdu: str, run_probe: RunProbe) -> None:
    """Three echoes on one connection, field 39 = 00, a TPDU that comes back swapped."""
    with iso8583sim(preset, header, tpdu) as address:
        readings = echoed(run_probe, address, echo=TEMPLATES[preset], tpdu=tpdu, framing=FRAMINGS[header])

    assert not [reading for reading in readings.values() if reading.status is Status.FAILING]
    assert readings["payment-line.not-accepted"].facts["terminal_accepted"] is True
    assert readings["payment-line.slow"].facts["tries"] == 3


@pytest.mark.parametrize(
    ("rule", "code", "facts"),
    [
        ({"respond": "91"}, "not-accepted", {"answer_code": "91", "reply_received": True}),
        ({"respond": "03"}, "not-accepted", {"meaning": "the merchant number is not known"}),
        ({"respond": "96"}, "not-accepted", {"meaning": "the host has a malfunction"}),
        ({"respond": "58"}, "not-accepted", {"terminal_accepted": False}),
        ({"respond": "42"}, "not-accepted", {"meaning": "a code this program does not know"}),
        ({"action": "drop"}, "no-reply", {"seen": "nothing comes"}),
        ({"action": "close"}, "no-reply", {"seen": "it closes the connection"}),
        ({"delay_ms": 60}, "slow", {"rating": "slow", "lost": 0}),
        ({"delay_ms": 900}, "no-reply", {"seen": "nothing comes"}),
    ],
)
def test_its_rules_are_told_as_what_they_are(
    rule: dict[str, Any], code: str, facts: dict[str, Any], tmp_path: Path, run_probe: RunProbe
) -> None:
    """Answer codes, silence, an end, a delay: each is one finding, with its facts."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [rule]}))
    with iso8583sim(rules=rules) as address:
        readings = echoed(run_probe, address, slow_over_ms=50, reply_timeout_seconds=0.6)
    found = readings[f"payment-line.{code}"]

    assert found.status is Status.FAILING
    assert {key: found.facts[key] for key in facts} == facts


def test_a_host_without_echo_is_no_line_down(tmp_path: Path, run_probe: RunProbe) -> None:
    """Code 12 speaks of the question: the line carries, acceptance stays unknown."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({"rules": [{"respond": "12"}]}))
    with iso8583sim(rules=rules) as address:
        readings = echoed(run_probe, address)

    assert readings["payment-line.not-accepted"].status is Status.UNKNOWN
    assert readings["payment-line.down"].status is Status.OK


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"framing": "ascii-4"}, "no-reply"),  # it waits for the 12,336 bytes that "00" means to it
        ({"tpdu": "6000010000"}, "no-reply"),
        ({"echo": "0800/301 ascii"}, "no-reply"),
    ],
)
def test_a_wrong_template_never_looks_right(wrong: dict[str, str], code: str, run_probe: RunProbe) -> None:
    """The settings' mistake is a finding on the acquirer's reply, not an exception and not "ok"."""
    with iso8583sim() as address:
        readings = echoed(run_probe, address, reply_timeout_seconds=0.6, **wrong)

    assert readings[f"payment-line.{code}"].status is Status.FAILING


def test_a_host_that_is_closed_in_mid_message(run_probe: RunProbe) -> None:
    """A relay lets half of its answer through, then ends: cut short, by its own name."""
    with iso8583sim() as address, HalfWay(address) as relay:
        readings = echoed(run_probe, relay.address)

    assert readings["payment-line.garbled-reply"].facts["seen"] == "a reply cut short"
