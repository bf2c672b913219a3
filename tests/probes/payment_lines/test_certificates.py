"""Chain, pins, and another issuer than before, of real hosts."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.running.probe_run import ProbeRun
from probes.memory import MAX_BYTES, Memory
from probes.payment_lines.authorities import NEW_SECONDS, note_authority, remembered
from probes.payment_lines.probe import PROBE
from protocols.tls import Verdict
from simulators.certificates import CertificateFolder
from simulators.https_host import HttpsHost
from tests.conftest import RunProbe
from tests.probes.payment_lines.test_probe import diagnosis_of, failing, options_of, walked
from vocabulary.reading import Reason

CHANGED = ("payment-line.tls-other-issuer", "qr/a")
PINNED = ("payment-line.tls-pin-mismatch", "qr/a")


def line_to(gateway: HttpsHost, certificates: CertificateFolder, **more: Any) -> dict[str, Any]:
    host, port = gateway.address
    return {"name": "qr/a", "host": host, "port": port, "ca_file": str(certificates.authorities_path), **more}


def sha256_of(pem: Path, *, key: bool) -> str:
    found = x509.load_pem_x509_certificate(pem.read_bytes())
    spki = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki if key else found.public_bytes(Encoding.DER)).hexdigest()


@pytest.mark.parametrize("key", [True, False], ids=["key", "certificate"])
@pytest.mark.parametrize("whose", ["the host's", "the issuer's"])
def test_one_pin_of_several_is_enough(
    whose: str, key: bool, certificates: CertificateFolder, run_probe: RunProbe, tmp_path: Path
) -> None:
    """Of the host's own certificate or key, or of any that vouches for it, as other tools compute them."""
    own, private = certificates.make("chained")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, private)
    pin = sha256_of(own if whose == "the host's" else certificates.authority_path, key=key)
    with HttpsHost(tls=context) as gateway:
        run = run_probe(PROBE, options_of(line_to(gateway, certificates, pins=["0" * 64, pin])))

    assert failing(run.readings) == {}
    assert PINNED in {reading.identity for reading in run.readings if reading.status == "ok"}
    assert remembered(memory_of(run)) == {}


def memory_of(run: ProbeRun) -> Memory:
    return Memory(run.memory)


def visits(
    kinds: list[str], certificates: CertificateFolder, run_probe: RunProbe, **line: Any
) -> list[ProbeRun]:
    """One host, one round for each certificate it shows, with what the rounds before remember."""
    runs: list[ProbeRun] = []
    with HttpsHost() as gateway:
        for kind in kinds:
            gateway.tls = certificates.server_context(kind)
            memory = memory_of(runs[-1]).values() if runs else {}
            runs.append(run_probe(PROBE, options_of(line_to(gateway, certificates, **line)), memory=memory))
    return runs


def test_a_trusted_box_in_between_is_noticed(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """The line carries and nothing is lost; who vouches now, who did, and since when are told."""
    first, second, third = visits(["valid", "intercepted", "chained"], certificates, run_probe)

    assert failing(first.readings) == failing(third.readings) == {}
    assert list(failing(second.readings)) == [CHANGED]
    facts = failing(second.readings)[CHANGED].facts
    assert (facts["authority"], facts["earlier"]) == (
        "Store Firewall Inspection",
        "Simulated Payment Authority",
    )
    diagnosis = diagnosis_of(second.readings)
    assert [(cause.code, int(cause.severity)) for cause in diagnosis.causes] == [(CHANGED[0], 0)]
    assert diagnosis.lost == ()


def test_a_pin_knows_what_the_memory_would_ask(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """With the box's own authority pinned nobody is asked about it."""
    box = x509.load_pem_x509_certificates(certificates.authorities_path.read_bytes())[1]
    pin = hashlib.sha256(box.public_bytes(Encoding.DER)).hexdigest()
    _, second = visits(["valid", "intercepted"], certificates, run_probe, pins=[pin])

    assert failing(second.readings) == {}


def test_an_issuer_is_news_for_a_week(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """Then it is the one that is known, also by the longer mark that earlier versions remembered."""
    first, second = visits(["valid", "intercepted"], certificates, run_probe)
    memory = memory_of(second)
    host, ((_, _, before), (_, since, name)) = next(iter(remembered(memory).items()))
    walk = walked(Verdict.OK)
    assert walk.handshake is not None
    (leaf,) = walk.handshake.chain
    memory.set("authorities", {"127.0.0.1:1": [("x", 0.0, before), (leaf.key_sha256[:16], since, name)]})

    def changed(after: float) -> bool:
        walk.now = since + after
        note_authority(walk, (leaf,), memory)
        return "earlier" in walk.authority

    assert (changed(0), changed(NEW_SECONDS - 1), changed(NEW_SECONDS)) == (True, True, False)
    assert (changed(-9 * NEW_SECONDS), changed(-8 * NEW_SECONDS)) == (True, False)  # its clock was ahead
    assert host in remembered(memory_of(first))


@pytest.mark.parametrize(
    "memory", [{"authorities": "rubbish"}, {"authorities": {"a:1": [["x"]]}}, {"authorities": [1]}]
)
def test_a_damaged_memory_is_none(
    memory: dict[str, object], certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """It is begun again."""
    with HttpsHost(tls=certificates.server_context()) as gateway:
        run = run_probe(PROBE, options_of(line_to(gateway, certificates)), memory=memory)

    assert failing(run.readings) == {}
    assert len(remembered(memory_of(run))) == 1


def test_hosts_of_the_past_are_forgotten(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """What the settings no longer name takes no room."""
    memory = {"authorities": {"gone.example:1": [["x", 0.0, "X"]]}}
    with HttpsHost(tls=certificates.server_context()) as gateway:
        run = run_probe(PROBE, options_of(line_to(gateway, certificates)), memory=memory)

    assert list(remembered(memory_of(run))) == ["{}:{}".format(*gateway.address)]


def test_a_full_memory_remembers_no_more() -> None:
    """The round goes on without."""
    memory = Memory({"filler": "x" * (MAX_BYTES - 20)})
    walk = walked(Verdict.OK)
    assert walk.handshake is not None
    note_authority(walk, walk.handshake.chain, memory)

    assert remembered(memory) == {}
    assert "earlier" not in walk.authority


def test_hundreds_of_hosts_leave_room_for_trace_numbers() -> None:
    """What is remembered of hosts ends before the memory does."""
    memory = Memory()
    for port in range(1, 301):
        walk = walked(Verdict.OK)
        assert walk.handshake is not None
        walk.line = msgspec.structs.replace(walk.line, port=port)
        note_authority(walk, walk.handshake.chain, memory)
    memory.set("stan", 900_000)

    assert 20 < len(remembered(memory)) < 300


def test_an_unreadable_file_of_authorities_names_the_command(
    certificates: CertificateFolder, run_probe: RunProbe, till_folder: Path
) -> None:
    """Not tested, for a right that is missing."""
    secret = till_folder / "ca.pem"
    secret.write_bytes(certificates.authority_path.read_bytes())
    secret.chmod(0o600)
    with HttpsHost(tls=certificates.server_context()) as gateway:
        run = run_probe(PROBE, options_of(line_to(gateway, certificates) | {"ca_file": str(secret)}))

    (down,) = (reading for reading in run.readings if reading.code == "payment-line.down")
    assert (down.reason, down.because) == (
        Reason.NO_PERMISSION,
        f"setfacl -m u:poshealth:r {secret}",
    )
