"""iso8583sim 1.6.0, a host nobody here wrote, and the simulated acquirer answer the same bytes alike."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulators.acquirer import Acquirer
from simulators.iso8583 import DIALECTS, Dialect, Framing, Message, build, parse

pytestmark = pytest.mark.slow
COMMAND = Path(__file__).parents[2] / ".tools/iso8583sim/bin/iso8583sim"
TPDU = bytes.fromhex("6000010000")
# Its `bcd` preset packs field 39 into one byte; see docs/simulators.md for what else it does differently.
PRESETS = {"bcd": Dialect(response_code="bcd"), "ascii-hex": DIALECTS["ascii"]}
FIELDS = {3: "000000", 7: "1122003300", 11: "000042", 41: "29110001", 42: "123456789012345", 70: "301"}


@contextmanager
def iso8583sim(preset: str, *, tpdu: bytes) -> Iterator[tuple[str, int]]:
    """Started on a free port, which it prints; ended by its own pid."""
    command = [str(COMMAND), "serve", "--port", "0", "--format", preset, "--header", "2b"]
    command += ["--tpdu", tpdu.hex()] if tpdu else []
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()  # Mock host listening on 127.0.0.1:42835 (bcd, ...
        yield "127.0.0.1", int(line.split("127.0.0.1:")[1].split()[0])
        process.terminate()


def ask(address: tuple[str, int], body: bytes) -> bytes:
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(Framing().wrap(body))
        reply = connection.recv(4096)
    assert int.from_bytes(reply[:2], "big") == len(reply) - 2
    return reply[2:]


@pytest.mark.parametrize("tpdu", [b"", TPDU])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_echo_gets_the_same_reply(preset: str, tpdu: bytes) -> None:
    """One request to both hosts: every field of the replies is equal, and so are their bytes."""
    dialect = PRESETS[preset]
    body = build(Message("0800", FIELDS, tpdu), dialect)
    with iso8583sim(preset, tpdu=tpdu) as address:
        theirs = ask(address, body)
    with Acquirer(dialect=dialect, framing=Framing(tpdu=bool(tpdu))) as host:
        ours = ask(host.address, body)
    assert parse(ours, dialect, tpdu=bool(tpdu)) == parse(theirs, dialect, tpdu=bool(tpdu))
    assert ours == theirs
    assert parse(theirs, dialect, tpdu=bool(tpdu)).fields == FIELDS | {39: "00"}


@pytest.mark.parametrize(("mti", "code_60"), [("0800", "jPOS 1.9.1"), ("0820", "00000001301")])
def test_it_leaves_field_60_out_of_the_reply(mti: str, code_60: str) -> None:
    """A known difference: we return field 60 as it came, iso8583sim drops it; the rest is equal."""
    dialect = PRESETS["bcd"]
    body = build(Message(mti, FIELDS | {60: code_60}), dialect)
    with iso8583sim("bcd", tpdu=b"") as address:
        theirs = parse(ask(address, body), dialect, tpdu=False)
    with Acquirer(dialect=dialect) as host:
        ours = parse(ask(host.address, body), dialect, tpdu=False)
    assert ours.mti == theirs.mti
    assert ours.fields == theirs.fields | {60: code_60}
    assert theirs.fields == FIELDS | {39: "00"}
