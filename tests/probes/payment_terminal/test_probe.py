"""Payment terminals against a simulated one: every situation, its readings, its one cause."""

from __future__ import annotations

import datetime as dt
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from probes.network.link_conditions import NO_CARRIER
from probes.payment_terminal.options import PaymentTerminalOptions
from probes.payment_terminal.probe import PROBE
from simulators.acquirer import Acquirer
from simulators.certificates import CertificateFolder
from simulators.dns_server import DnsServer
from simulators.nexo_terminal import NexoTerminal
from tests.conftest import RunProbe
from tests.probes.case_folders import Case, check, load_cases
from vocabulary import texts
from vocabulary.reading import Reading, Status
from vocabulary.report import Diagnosis, Known

CASES = load_cases("payment_terminal")
POI = "V400m-346403161"


@pytest.fixture(scope="module")
def certificates() -> Iterator[CertificateFolder]:
    """In a folder the unprivileged child may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield CertificateFolder(Path(name))


def start(table: Mapping[str, Any], certificates: CertificateFolder, stack: ExitStack) -> Any:
    """A terminal as a case's [[host]] table describes it; a host that is gone where it says so."""
    if table.get("gone"):
        host = stack.enter_context(Acquirer())
        host.gone = True
        return host
    terminal = stack.enter_context(NexoTerminal(tls=certificates.server_context(table["certificate"])))
    for part in ("state", "faults"):
        for name, value in table.get(part, {}).items():
            setattr(getattr(terminal, part), name, value)
    return terminal


def options_of(*terminals: Mapping[str, Any], **more: Any) -> PaymentTerminalOptions:
    return msgspec.convert({"terminals": terminals, **more}, PaymentTerminalOptions)


def terminal_at(
    address: tuple[str, int], certificates: CertificateFolder, name: str = "counter", **more: Any
) -> dict[str, Any]:
    ours = {"name": name, "host": address[0], "port": address[1], "poi_id": POI, "server_name": "localhost"}
    return {**ours, "ca_file": str(certificates.authority_path), **more}


def diagnosis_of(readings: tuple[Reading, ...]) -> Diagnosis:
    return diagnose(tuple(Known(reading=reading, since=0.0) for reading in readings), ALL_CONDITIONS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_situation_is_told_as_expected(
    case: Case, certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """One situation, its readings, its one cause, what is lost and what works, in both languages."""
    with ExitStack() as stack:
        tables = case.settings.get("host", [])
        hosts = [start(table, certificates, stack) for table in tables]
        kept = ("reply_timeout_seconds",)
        terminals = [
            terminal_at(host.address, certificates, **{key: table[key] for key in kept if key in table})
            for host, table in zip(hosts, tables, strict=True)
        ]
        run = run_probe(PROBE, options_of(*terminals, own_line=case.settings.get("own_line", False)))
    found = diagnosis_of(run.readings)

    assert run.error == ""
    check(case, run.readings)
    assert [cause.code for cause in found.causes] == case.settings["causes"]
    assert [str(each) for each in found.lost] == case.settings["lost"]
    assert [str(each) for each in found.works] == case.settings["works"]
    assert {reading.code for reading in run.readings} == {condition.code for condition in PROBE.conditions}
    for host, table in zip(hosts, tables, strict=True):
        assert getattr(host, "forbidden", 0) == 0
        assert "asked" not in table or host.asked == table["asked"]
    for reading in run.readings:
        if reading.status is Status.FAILING:
            for language in texts.LANGUAGES:
                texts.words(ALL_CONDITIONS[reading.code], (reading,), language)


def test_one_terminal_of_two_is_a_warning(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """The other one takes cards."""
    with Acquirer() as off, NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        off.gone = True
        two = [terminal_at(host.address, certificates, name) for name, host in (("a", off), ("b", terminal))]
        found = diagnosis_of(run_probe(PROBE, options_of(*two)).readings)

    assert [(cause.code, cause.subjects, int(cause.severity)) for cause in found.causes] == [
        ("payment-terminal.unreachable", ("a",), 1)
    ]
    assert [str(each) for each in found.works] == ["card-payments", "settlement"]


def test_two_terminals_down_in_two_ways_are_two_causes_and_one_loss(
    certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """That none works follows from both."""
    with Acquirer() as off, NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        off.gone, terminal.state.communicates = True, False
        two = [terminal_at(host.address, certificates, name) for name, host in (("a", off), ("b", terminal))]
        found = diagnosis_of(run_probe(PROBE, options_of(*two)).readings)

    assert {cause.code for cause in found.causes} == {
        "payment-terminal.unreachable",
        "payment-terminal.host-unreachable",
    }
    assert [str(each) for each in found.lost] == ["card-payments", "settlement"]


def test_the_stores_own_fault_explains_a_terminal_that_is_not_there(
    certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """A pulled cable is the one cause."""
    with Acquirer() as off:
        off.gone = True
        readings = run_probe(PROBE, options_of(terminal_at(off.address, certificates))).readings
    found = diagnosis_of((NO_CARRIER.failing("lo"), *readings))

    assert [cause.code for cause in found.causes] == ["network.no-carrier"]


@pytest.mark.parametrize(("own_line", "causes"), [(False, 1), (True, 2)])
def test_a_terminal_on_its_own_sim_does_not_fail_with_the_stores_line(
    own_line: bool, causes: int, certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """Its way to the acquirer is another one; on the store's network it is the same."""
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        terminal.state.communicates = False
        table = terminal_at(terminal.address, certificates)
        readings = run_probe(PROBE, options_of(table, own_line=own_line)).readings

    assert len(diagnosis_of((NO_CARRIER.failing("lo"), *readings)).causes) == causes


def test_what_goes_over_a_line_of_its_own_is_unseen(run_probe: RunProbe) -> None:
    """Neither lost nor working: the till's own green lines say nothing for it."""
    readings = run_probe(PROBE, options_of(own_line=True)).readings
    lines = ALL_CONDITIONS["card-payments.no-line"].ok(lines="card/primary")
    found = diagnosis_of((lines, *readings))

    assert [str(each) for each in found.unseen] == ["card-payments", "settlement"]
    assert (found.works, found.lost, found.causes) == ((), (), ())


def test_no_service_id_comes_twice(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """Nor does one where the clock has gone back: the last one is remembered."""
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        terminal.state.unconfirmed = 1
        options = options_of(terminal_at(terminal.address, certificates))
        memory = run_probe(PROBE, options).memory or {}
        ahead = {"service": int(str(memory["service"])) + 10**9}
        assert run_probe(PROBE, options, memory=ahead).memory == {"service": ahead["service"] + 2}

    assert len(set(terminal.services)) == len(terminal.services) == 4


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"poi_id": "V400m 1"}, "matching regex"),
        ({"poi_id": 'x","y'}, "matching regex"),
        ({"host": "pay..example"}, "not a host name"),
        ({"server_name": ".example"}, "not a host name"),
        ({"port": 0}, "`int` >= 1"),
        ({"pin": "1234"}, "unknown field `pin`"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    change: dict[str, Any], complaint: str, certificates: CertificateFolder
) -> None:
    """Before anything is sent to anybody."""
    with pytest.raises(msgspec.ValidationError) as refused:
        options_of({**terminal_at(("127.0.0.1", 8443), certificates), **change})

    assert complaint in str(refused.value)


def test_a_terminal_is_not_there_twice(certificates: CertificateFolder) -> None:
    """Its name is its identity."""
    table = terminal_at(("127.0.0.1", 8443), certificates)
    with pytest.raises(msgspec.ValidationError, match="counter is there twice"):
        options_of(table, table)


def named_in_its_subject_alone(name: str, folder: Path) -> ssl.SSLContext:
    """A self-signed certificate that has no subjectAltName, as terminals' have; `folder` gets it to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "terminal.pem").write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "terminal.key").write_bytes(plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "terminal.pem", folder / "terminal.key")
    return context


@pytest.mark.parametrize("poi_id", [POI, "P400Plus-275479597"])
def test_a_certificate_that_names_its_terminal_by_common_name(
    poi_id: str, till_folder: Path, run_probe: RunProbe
) -> None:
    """`server_name` is compared with it; the address it is reached at is not in it."""
    with NexoTerminal(tls=named_in_its_subject_alone(f"{POI}.terminal.test", till_folder)) as terminal:
        host, port = terminal.address
        table = {"name": "counter", "host": host, "port": port, "poi_id": POI}
        table |= {"server_name": f"{poi_id}.terminal.test", "ca_file": str(till_folder / "terminal.pem")}
        readings = {reading.code: reading for reading in run_probe(PROBE, options_of(table)).readings}
    recognised = readings["payment-terminal.not-recognised"]

    assert (recognised.status is Status.OK) == (poi_id == POI)
    assert recognised.facts.get("names", f"{POI}.terminal.test") == f"{POI}.terminal.test"


def test_a_terminals_name_is_looked_up(certificates: CertificateFolder, run_probe: RunProbe) -> None:
    """And where it has no address, that is what is seen."""
    with DnsServer({}) as names:
        names.mode = "nxdomain"
        resolver = "{}:{}".format(*names.address)
        table = terminal_at(("terminal.example", 8443), certificates)
        readings = run_probe(PROBE, options_of(table, resolvers=[resolver])).readings
    unreachable = next(reading for reading in readings if reading.code == "payment-terminal.unreachable")

    assert (unreachable.status, unreachable.facts["seen"]) == (Status.FAILING, "its name has no address")
