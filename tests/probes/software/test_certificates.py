"""The till's own certificates: files as they lie about on tills, read by an unprivileged child."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from probes.payment_lines.certificates import STEPS as STEPS_OF_LINES
from probes.payment_lines.conditions import CLOCK_AT_FAULT
from probes.software.certificates import STEPS
from probes.software.options import SoftwareOptions
from probes.software.probe import PROBE
from simulators.certificates import Certificate, authority, leaf
from tests.conftest import RunProbe
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

ROOT = authority("Acquirer A Test Authority")
PATH = "/etc/pos/client.pem"


def client(days: float, begins: float = -400) -> Certificate:
    return leaf(ROOT, name="till-0412-2", valid_from_days=begins, valid_to_days=days)


def key_of(certificate: Certificate) -> bytes:
    return certificate.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def look(run_probe: RunProbe, till: Path, content: bytes | None = None) -> dict[str, Reading]:
    """Short code to reading, of one file."""
    till.joinpath("etc/pos").mkdir(parents=True, exist_ok=True)
    if content is not None:
        till.joinpath(PATH[1:]).write_bytes(content)
    options = msgspec.convert({"certificates": [PATH]}, SoftwareOptions)
    readings = run_probe(PROBE, options, root=till).readings
    return {each.code.split("certificate-")[1]: each for each in readings if each.subject == PATH}


def causes(readings: dict[str, Reading], *others: Reading) -> list[str]:
    known = tuple(Known(reading=each, since=0.0) for each in (*readings.values(), *others))
    return [cause.code for cause in diagnose(known, ALL_CONDITIONS).causes]


@pytest.mark.parametrize(
    ("days", "begins", "cause"),
    [
        (40.5, -400, []),
        (31.5, -400, []),
        (30.5, -400, ["software.certificate-expiring-soon"]),
        (14.5, -400, ["software.certificate-expiring-very-soon"]),
        (7.5, -400, ["software.certificate-expiring-this-week"]),
        (1.5, -400, ["software.certificate-expiring-tomorrow"]),
        (0.5, -400, ["software.certificate-expiring-tomorrow"]),
        (-0.5, -400, ["software.certificate-not-valid"]),
        (400, 2, ["software.certificate-not-valid"]),
    ],
)
def test_each_step_is_one_cause(
    days: float, begins: float, cause: list[str], run_probe: RunProbe, till_folder: Path
) -> None:
    """Thirty, fourteen, seven days, the last one, and not valid; what it stops nobody has proven."""
    readings = look(run_probe, till_folder, client(days, begins).chain)

    assert causes(readings) == cause
    assert readings["unusable"].status is Status.OK
    assert readings["not-valid"].facts["ending"] == "till-0412-2"


def test_every_file_is_a_cause_of_its_own(run_probe: RunProbe, till_folder: Path) -> None:
    """What one ends in is not split up because another one is well, or gone."""
    names = {"short": client(5.5).chain, "well": client(400).chain, "later": client(20.5).chain}
    for name, content in names.items():
        (till_folder / name).write_bytes(content)
    options = msgspec.convert({"certificates": ["/gone", *(f"/{name}" for name in names)]}, SoftwareOptions)
    readings = run_probe(PROBE, options, root=till_folder).readings
    found = diagnose(tuple(Known(reading=each, since=0.0) for each in readings), ALL_CONDITIONS).causes

    assert {cause.code.split("certificate-")[1]: cause.subjects for cause in found} == {
        "unusable": ("/gone",),
        "expiring-this-week": ("/short",),
        "expiring-soon": ("/later",),
    }


def test_the_steps_are_those_of_the_lines() -> None:
    """One number, one meaning."""
    assert [days for days, _ in STEPS] == [days for days, _ in STEPS_OF_LINES] == [1, 7, 14, 30]


def test_the_first_of_several_to_end_counts(run_probe: RunProbe, till_folder: Path) -> None:
    """A client's certificate, its key, and the authority that ends before it."""
    short = authority("Short-lived Authority", valid_to_days=5.5)
    own = leaf(short, name="till-0412-2")
    readings = look(run_probe, till_folder, key_of(own) + own.chain + b"text between\n" + short.chain)

    assert causes(readings) == ["software.certificate-expiring-this-week"]
    assert readings["expiring-this-week"].facts["ending"] == "Short-lived Authority"


@pytest.mark.parametrize("newer_first", [True, False])
def test_a_renewed_one_replaces_the_old(newer_first: bool, run_probe: RunProbe, till_folder: Path) -> None:
    """Both are in the file, under one name; and an old one still good is not called early."""
    old, new, future = client(-3).chain, client(365).chain, client(700, 20).chain
    both = (future + new + old) if newer_first else (old + new + future)

    assert causes(look(run_probe, till_folder, both)) == []


def test_der_is_read_too(run_probe: RunProbe, till_folder: Path) -> None:
    """One certificate without letters round it."""
    der = client(5.5).certificate.public_bytes(Encoding.DER)

    assert causes(look(run_probe, till_folder, der)) == ["software.certificate-expiring-this-week"]


GOOD = client(365)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (None, "there is no such file"),
        (b"", "there is no certificate in it"),
        (b"\xff" * 5000, "there is no certificate in it"),
        (key_of(GOOD), "there is no certificate in it"),
        (b"-----BEGIN CERTIFICATE-----\n" * 30_000, "it is damaged"),
        (GOOD.chain[:300], "it is damaged"),
        (GOOD.chain.replace(b"M", b"A", 1), "it is damaged"),
        (GOOD.chain + GOOD.chain.replace(b"M", b"A", 1), "it is damaged"),
        (b"\x30\x82\xff\xff" + bytes(65535), "it is damaged"),
        (b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n", "it is damaged"),
        (GOOD.chain + b"-----BEGIN CERTIFICATE-----\n" + b"A" * (2 << 20), "it is damaged"),
    ],
    ids=[
        "absent",
        "empty",
        "noise",
        "a key alone",
        "begins without end",
        "cut short",
        "one letter wrong",
        "the second one wrong",
        "a length beyond the end",
        "no base64",
        "two megabytes",
    ],
)
def test_what_holds_no_certificate_is_a_finding(
    content: bytes | None, seen: str, run_probe: RunProbe, till_folder: Path
) -> None:
    """Absent, empty, another content, cut short, damaged in one of several: never "ok"."""
    readings = look(run_probe, till_folder, content)

    assert causes(readings) == ["software.certificate-unusable"]
    assert readings["unusable"].facts["seen"] == seen
    assert {each.status for code, each in readings.items() if code != "unusable"} == {Status.UNKNOWN}


def test_a_folder_or_a_pipe_is_no_file(run_probe: RunProbe, till_folder: Path) -> None:
    """Nobody waits for a writer."""
    for make in (os.mkfifo, os.mkdir):
        path = till_folder / PATH[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)
        assert look(run_probe, till_folder)["unusable"].facts["seen"] == "it is no file"
        path.unlink() if make is os.mkfifo else path.rmdir()


@pytest.mark.parametrize(
    ("mode", "folder_mode", "because"),
    [
        (0o600, 0o755, "setfacl -m u:poshealth:r /etc/pos/client.pem"),
        (0o644, 0o700, "setfacl -m u:poshealth:x /etc/pos"),
    ],
)
def test_a_missing_right_is_named_with_its_command(
    mode: int, folder_mode: int, because: str, run_probe: RunProbe, till_folder: Path
) -> None:
    """For this account alone: a private key is often beside the certificate."""
    look(run_probe, till_folder, GOOD.chain)
    till_folder.joinpath(PATH[1:]).chmod(mode)
    till_folder.joinpath("etc/pos").chmod(folder_mode)
    readings = look(run_probe, till_folder)

    assert {(each.reason, each.because) for each in readings.values()} == {(Reason.NO_PERMISSION, because)}
    assert len(readings) == 1 + 1 + len(STEPS)


@pytest.mark.parametrize(
    "content",
    [
        serialize_key_and_certificates(
            b"till", GOOD.key, GOOD.certificate, None, BestAvailableEncryption(b"changeit")
        ),
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02",
        b"\xce\xce\xce\xce\x00\x00\x00\x02",
    ],
    ids=["PKCS #12", "JKS", "JCEKS"],
)
def test_a_key_store_is_not_supported(content: bytes, run_probe: RunProbe, till_folder: Path) -> None:
    """Its content is under a password: nothing is known of it, and nothing is called damaged."""
    readings = look(run_probe, till_folder, content)

    assert {each.reason for each in readings.values()} == {Reason.NOT_SUPPORTED}


@pytest.mark.parametrize(("line", "code"), [("failing", CLOCK_AT_FAULT.code), ("ok", "")])
def test_a_wrong_clock_explains_it(line: str, code: str, run_probe: RunProbe, till_folder: Path) -> None:
    """Where every payment line finds the clock at fault, the till's certificates are not blamed."""
    readings = look(run_probe, till_folder, client(-3).chain)
    facts: dict[str, Any] = {"clock": "2031-01-01 00:00", "look": "expired", "begins": "a", "ends": "b"}
    found = getattr(CLOCK_AT_FAULT, line)("card/primary", through=(), **facts)

    assert causes(readings, found) == [code or "software.certificate-not-valid"]
