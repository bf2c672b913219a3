"""iso8583sim 1.6.0, a host nobody here wrote, answers our echo, with and without TPDU."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from probes.payment_lines.options import PaymentLinesOptions
from probes.payment_lines.probe import PROBE
from protocols.iso8583.dialects import DIALECTS
from tests.conftest import RunProbe
from vocabulary.reading import Status

pytestmark = pytest.mark.slow
COMMAND = Path(__file__).parents[3] / ".tools/iso8583sim/bin/iso8583sim"
# Its `bcd` preset packs field 39 into one byte; both presets are served behind two bytes of binary length.
OURS = {
    "bcd": msgspec.structs.replace(DIALECTS["0800/301 bcd"], formats={"39": "n2 bcd"}),
    "ascii-hex": msgspec.structs.replace(DIALECTS["0800/301 ascii, hex bitmap"], framing="binary-2"),
}


@contextmanager
def iso8583sim(preset: str, tpdu: str) -> Iterator[tuple[str, int]]:
    """Started on a free port, which it prints; ended by its own pid."""
    command = [str(COMMAND), "serve", "--port", "0", "--format", preset, "--header", "2b"]
    command += ["--tpdu", tpdu] if tpdu else []
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()  # Mock host listening on 127.0.0.1:42835 (bcd, ...
        yield "127.0.0.1", int(line.split("127.0.0.1:")[1].split()[0])
        process.terminate()


@pytest.mark.parametrize("tpdu", ["", "6000010000"])
@pytest.mark.parametrize("preset", OURS)
def test_our_echo_is_answered_and_accepted(preset: str, tpdu: str, run_probe: RunProbe) -> None:
    """The whole probe, three echoes on one connection, field 39 = 00."""
    with iso8583sim(preset, tpdu) as (host, port):
        line: dict[str, Any] = {"name": "card/primary", "host": host, "port": port, "tls": False}
        line |= {"terminal_id": "29110001", "tpdu": tpdu, "echo": msgspec.to_builtins(OURS[preset])}
        run = run_probe(PROBE, msgspec.convert({"lines": [line]}, PaymentLinesOptions))
    readings = {reading.code: reading for reading in run.readings}

    assert not [reading for reading in run.readings if reading.status is Status.FAILING]
    assert readings["payment-line.not-accepted"].facts["terminal_accepted"] is True
    assert readings["payment-line.slow"].facts["tries"] == 3
