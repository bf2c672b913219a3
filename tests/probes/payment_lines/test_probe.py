"""Payment lines against simulated hosts: every situation, its readings, its one cause."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from agent.diagnosis import diagnose
from probes.firewall_ports import probe as firewall_ports
from probes.host_names import NO_ADDRESS
from probes.network.wrong_answers import WRONG
from probes.payment_lines.clock import RELEASED
from probes.payment_lines.conditions import LADDER, REFUSED, TLS_EXPIRED, TLS_NOT_YET_VALID
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE, _quality
from probes.payment_lines.start import IN_WORDS
from probes.payment_lines.walk import Walk, group_of, note_connect
from probes.payment_lines.way import waves
from protocols.certificates import Certificate
from protocols.iso8583.dialects import DIALECTS
from protocols.tcp_sweep import Outcome, Result, Target
from protocols.tls import Handshake, Verdict
from simulators.acquirer import Acquirer
from simulators.black_hole import BlackHole
from simulators.certificates import CertificateFolder
from simulators.dns_server import DnsServer
from simulators.https_host import HttpsHost
from simulators.iso8583 import DIALECTS as HOST_DIALECTS
from simulators.iso8583 import Dialect as HostDialect
from simulators.iso8583 import Framing
from simulators.tlcp_host import TlcpHost
from tests.conftest import RunProbe
from tests.name_server import Behaviour, denial, name_server, reply, silence
from tests.probes.case_folders import Case, check, load_cases
from vocabulary import texts
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Diagnosis, Known

CASES = load_cases("payment_lines")
MOST_SECONDS = 5.0


def start_host(
    table: Mapping[str, Any], certificates: CertificateFolder, stack: ExitStack
) -> tuple[str, int]:
    """A host as a case's [[host]] table describes it; returns where it listens."""
    kind = table.get("certificate")
    habits = {name: table.get(name, False) for name in ("old_tls", "wants_certificate")}
    tls = certificates.server_context(kind, **habits) if kind else None
    if table["simulator"] == "black-hole":
        return stack.enter_context(BlackHole()).address
    if table["simulator"] == "tlcp":
        return stack.enter_context(TlcpHost()).address
    if table["simulator"] == "https":
        gateway = stack.enter_context(HttpsHost(tls=tls))
        gateway.status, gateway.silent = table.get("status", 200), table.get("silent", False)
        gateway.body, gateway.content_type = table.get("body", "{}"), table.get("type", "application/json")
        gateway.headers = table.get("headers", {})
        return gateway.address
    host = stack.enter_context(Acquirer(tls=tls))
    host.response_code, host.gone = table.get("response_code"), table.get("gone", False)
    for fault in table.get("faults", ()):
        setattr(host.faults, fault, True)
    return host.address


def options_of(*lines: Mapping[str, Any], **more: Any) -> PaymentLinesOptions:
    return msgspec.convert({"lines": lines, **more}, PaymentLinesOptions)


def echo_line(address: tuple[str, int], name: str = "card/primary", **more: Any) -> dict[str, Any]:
    line = {"name": name, "host": address[0], "port": address[1], "tls": False}
    return {**line, "echo": "0800/301 bcd", "terminal_id": "29110001", **more}


def closure(conditions: tuple[Condition, ...]) -> dict[str, Condition]:
    """These and all they depend on."""
    found: dict[str, Condition] = {}
    waiting = list(conditions)
    while waiting:
        condition = waiting.pop()
        if condition.code not in found:
            found[condition.code] = condition
            waiting += condition.depends_on
    return found


def diagnosis_of(readings: tuple[Reading, ...]) -> Diagnosis:
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)
    return diagnose(known, closure(PROBE.conditions))


def failing(readings: tuple[Reading, ...]) -> dict[tuple[str, str], Reading]:
    return {reading.identity: reading for reading in readings if reading.status is Status.FAILING}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_situation_is_told_as_expected(
    case: Case, certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """One situation, its readings, its causes in order, what is lost; in time, in both languages."""
    with ExitStack() as stack:
        lines = []
        hosts = case.settings.get("host", [])
        for table, line in zip(hosts, case.settings.get("options", {}).get("lines", []), strict=True):
            host, port = start_host(table, certificates, stack)
            trusted = {"ca_file": str(certificates.authority_path)} if "certificate" in table else {}
            lines.append({"host": host, "port": port, **trusted, **line})
        run = run_probe(PROBE, options_of(*lines))
    found = diagnosis_of(run.readings)

    assert run.error == ""
    check(case, run.readings)
    assert [cause.code for cause in found.causes] == case.settings["causes"]
    assert [str(capability) for capability in found.lost] == case.settings["lost"]
    assert {reading.code for reading in run.readings} == {condition.code for condition in PROBE.conditions}
    assert len({reading.identity for reading in run.readings}) == len(run.readings)
    assert run.seconds < MOST_SECONDS
    for reading in failing(run.readings).values():
        for language in texts.LANGUAGES:
            texts.words(closure(PROBE.conditions)[reading.code], (reading,), language)


def test_primary_dead_and_backup_alive_is_a_warning_without_loss(run_probe: RunProbe) -> None:
    """One cause, nothing lost, cards still work."""
    with Acquirer() as primary, Acquirer() as backup:
        primary.gone = True
        lines = echo_line(primary.address), echo_line(backup.address, "card/backup")
        found = diagnosis_of(run_probe(PROBE, options_of(*lines)).readings)

    assert [(cause.code, cause.subjects, int(cause.severity)) for cause in found.causes] == [
        ("payment-line.refused", ("card/primary",), 1)
    ]
    assert found.lost == ()
    assert [str(capability) for capability in found.works] == ["card-payments", "settlement"]


def test_both_lines_refused_are_one_critical_cause(run_probe: RunProbe) -> None:
    """Two subjects of one condition; it takes over what follows from it."""
    with Acquirer() as primary, Acquirer() as backup:
        primary.gone = backup.gone = True
        lines = echo_line(primary.address), echo_line(backup.address, "card/backup")
        (cause,) = diagnosis_of(run_probe(PROBE, options_of(*lines)).readings).causes

    assert cause.subjects == ("card/primary", "card/backup")
    assert (int(cause.severity), [str(s) for s in cause.stops]) == (2, ["card-payments", "settlement"])
    assert cause.consequences == (
        ("card-payments.no-line", ""),
        ("payment-line.down", "card/backup"),
        ("payment-line.down", "card/primary"),
    )


@pytest.mark.parametrize(
    ("dead", "code"),
    [
        ("card/primary", "card-payments.on-backup"),
        ("card/backup", "card-payments.backup-down"),
    ],
)
def test_one_dead_line_of_two_is_one_cause_that_names_both(dead: str, code: str, run_probe: RunProbe) -> None:
    """What it means for the other line follows from it; a warning, for there is no second one left."""
    with Acquirer() as primary, Acquirer() as backup:
        hosts = {"card/primary": primary, "card/backup": backup}
        hosts[dead].gone = True
        lines = [echo_line(host.address, name) for name, host in hosts.items()]
        readings = run_probe(PROBE, options_of(*lines)).readings
    (carrying,) = hosts.keys() - {dead}
    (cause,) = diagnosis_of(readings).causes

    assert failing(readings)[code, dead].facts == {"dead": dead, "carrying": carrying}
    assert cause.code == "payment-line.refused"
    assert cause.consequences == ((code, dead), ("payment-line.down", dead))
    assert int(cause.severity) == 1


@pytest.mark.parametrize(
    ("second", "identity", "said"),
    [
        ("card/backup", ("card-payments.on-backup", "card/primary"), (Status.OK, None)),
        ("card/backup", ("card-payments.backup-down", "card/backup"), (Status.OK, None)),
        ("card/other", ("card-payments.on-backup", ""), (Status.UNKNOWN, Reason.NOT_SET_UP)),
        ("card/other", ("card-payments.backup-down", ""), (Status.UNKNOWN, Reason.NOT_SET_UP)),
    ],
)
def test_a_backup_is_one_by_its_name(
    second: str, identity: tuple[str, str], said: tuple[Status, Reason | None], run_probe: RunProbe
) -> None:
    """Two acquirers are no backup of each other, and to have none is no finding."""
    with Acquirer() as host:
        lines = echo_line(host.address), echo_line(host.address, second)
        readings = {r.identity: r for r in run_probe(PROBE, options_of(*lines)).readings}

    assert (readings[identity].status, readings[identity].reason) == said


def test_a_backup_may_bear_any_name(run_probe: RunProbe) -> None:
    """`backup_of` says what it stands in for; of two, the first living one carries."""
    with Acquirer() as host, Acquirer() as dead:
        dead.gone = True
        lines = [
            echo_line(dead.address, "card/main"),
            echo_line(dead.address, "card/sim", backup_of="card/main"),
            echo_line(host.address, "card/second-sim", backup_of="card/main"),
        ]
        readings = run_probe(PROBE, options_of(*lines)).readings
    said = {
        identity: r.facts["carrying"] for identity, r in failing(readings).items() if "carrying" in r.facts
    }

    assert said == {
        ("card-payments.on-backup", "card/main"): "card/second-sim",
        ("card-payments.backup-down", "card/sim"): "card/second-sim",
    }
    assert len(diagnosis_of(readings).causes) == 1


def test_with_both_dead_nobody_is_on_backup(run_probe: RunProbe) -> None:
    """The loss is told once; what carries what is not tested."""
    with Acquirer() as primary, Acquirer() as backup:
        primary.gone = backup.gone = True
        lines = echo_line(primary.address), echo_line(backup.address, "card/backup")
        readings = {r.identity: r for r in run_probe(PROBE, options_of(*lines)).readings}
    on_backup = readings["card-payments.on-backup", "card/primary"]

    assert (on_backup.status, on_backup.because) == (Status.UNKNOWN, "card-payments.no-line")


def test_a_port_the_firewall_probe_finds_refused_is_the_one_cause(run_probe: RunProbe) -> None:
    """The line's own refusal follows from it where both look at the same host and port."""
    with Acquirer() as host:
        host.gone = True
        address, port = host.address
        ports = msgspec.convert(
            {"outbound": [{"host": address, "port": port}], "timeout_seconds": 1.0},
            firewall_ports.FirewallOptions,
        )
        readings = run_probe(firewall_ports.PROBE, ports).readings
        readings += run_probe(PROBE, options_of(echo_line(host.address))).readings

    assert [cause.code for cause in diagnosis_of(readings).causes] == ["firewall.port-refused"]


def test_a_line_is_travelled_by_way_of_interface_port_and_itself(run_probe: RunProbe) -> None:
    """What the rungs below call their subjects, so that they can explain this line."""
    with Acquirer() as host:
        readings = run_probe(PROBE, options_of(echo_line(host.address))).readings
        port = host.address[1]

    refused = next(reading for reading in readings if reading.code == REFUSED.code)
    assert refused.through == (f"127.0.0.1:{port}", "card/primary")


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        (denial(3), "there is no such name"),
        (denial(2), "the name servers fail"),
        (denial(5), "the name servers refuse"),
        (denial(0), "the name has no address"),
        (lambda query: [reply(query, identifier=b"\0\0")], "what the name servers send makes no sense"),
        (silence, "the name servers do not answer"),
    ],
    ids=["NXDOMAIN", "SERVFAIL", "REFUSED", "no record", "garbage", "silence"],
)
def test_a_name_without_an_address(behaviour: Behaviour, seen: str, run_probe: RunProbe) -> None:
    """The line stops on its first rung, by way of the name servers that were asked."""
    with name_server(behaviour) as port:
        resolver = f"127.0.0.1:{port}"
        line = echo_line(("pay.example", 8583))
        readings = run_probe(PROBE, options_of(line, resolvers=[resolver])).readings

    found = failing(readings)["payment-line.name-not-found", "card/primary"]
    assert found.facts["seen"] == seen
    assert found.through == (resolver, "card/primary")
    assert [cause.code for cause in diagnosis_of(readings).causes] == ["payment-line.name-not-found"]


def test_ports_and_lines_give_one_reason_for_one_name() -> None:
    """A line says in words what stands in the way of a port by its code."""
    assert IN_WORDS.keys() == {NO_ADDRESS, *(condition.code for condition in WRONG.values())}


def test_names_are_looked_up_and_numbers_are_not(
    run_probe: RunProbe, certificates: CertificateFolder
) -> None:
    """A name leads to its host, whose certificate must carry that name; a numeric line asks nobody."""
    with (
        DnsServer({"acquirer.test": ["127.0.0.1"]}) as server,
        HttpsHost(tls=certificates.server_context("valid")) as gateway,
        Acquirer() as host,
    ):
        named = {"name": "qr/alipay", "host": "Acquirer.test", "port": gateway.address[1]}
        lines = {**named, "ca_file": str(certificates.authority_path)}, echo_line(host.address)
        run = run_probe(PROBE, options_of(*lines, resolvers=["{}:{}".format(*server.address)]))
        asked = [name for _, name in server.queries]

    assert failing(run.readings) == {}
    assert asked == ["acquirer.test"]


def test_no_name_server_at_all(run_probe: RunProbe, tmp_path: Path) -> None:
    """An empty resolv.conf is said, not waited for."""
    run = run_probe(PROBE, options_of(echo_line(("pay.example", 8583))), root=tmp_path)

    assert failing(run.readings)["payment-line.name-not-found", "card/primary"].facts["resolvers"] == "nobody"
    assert run.seconds < MOST_SECONDS


@pytest.mark.parametrize(
    ("name", "host", "framing"),
    [
        ("0800/301 ascii", HostDialect(packed=False), Framing()),
        ("0800/301 ascii, hex bitmap", HostDialect(packed=False, hex_bitmap=True), Framing(length="ascii")),
        ("0800/301 bcd", HostDialect(), Framing()),
        ("0800/301 bcd, 39 bcd", HostDialect(response_code="bcd"), Framing()),
        ("1804/831", HostDialect(packed=False), Framing()),
        ("1820/831", HostDialect(packed=False), Framing()),
        ("0820/60.3=301", HOST_DIALECTS["unionpay"], Framing(tpdu=True)),
        ("0820/60.3=362", HOST_DIALECTS["unionpay"], Framing(tpdu=True)),
    ],
)
def test_every_dialect_is_answered(
    name: str, host: HostDialect, framing: Framing, run_probe: RunProbe
) -> None:
    """By a host that was written from the standard's table, not from ours; with nothing it may not get."""
    with Acquirer(dialect=host, framing=framing) as acquirer:
        run = run_probe(
            PROBE,
            options_of(echo_line(acquirer.address, echo=name, merchant_id="104110045110012")),
        )

    assert failing(run.readings) == {}
    assert acquirer.forbidden == 0
    assert acquirer.answered == 3


@pytest.mark.parametrize(
    ("framing", "own"),
    [
        (Framing(length="bcd", tpdu=True), {"framing": "bcd-2", "tpdu": "6000010000"}),
        (Framing(length="ascii"), {"framing": "ascii-4"}),
        (Framing(inclusive=True), {"length_counts_itself": True}),
    ],
)
def test_a_line_changes_a_templates_frame_and_formats(
    framing: Framing, own: dict[str, Any], run_probe: RunProbe
) -> None:
    """Without describing the message again."""
    with Acquirer(dialect=HostDialect(response_code="bcd"), framing=framing) as acquirer:
        line = echo_line(acquirer.address, formats={"39": "n2 bcd"}, **own)
        run = run_probe(PROBE, options_of(line))

    assert failing(run.readings) == {}
    assert acquirer.answered == 3


@pytest.mark.parametrize("spelling", ["ascii", "bcd", "ebcdic"])
@pytest.mark.parametrize(
    ("framing", "own"),
    [
        (Framing(length="bcd", tpdu=True), {"framing": "bcd-2", "tpdu": "6000010000"}),
        (Framing(inclusive=True), {"length_counts_itself": True}),
        (Framing(length="ascii", inclusive=True), {"framing": "ascii-4", "length_counts_itself": True}),
    ],
)
def test_a_dialect_of_the_settings_own(
    spelling: Any, framing: Framing, own: dict[str, Any], run_probe: RunProbe
) -> None:
    """Framing, TPDU and the spelling of single fields come from the settings."""
    answer_code = {"ascii": "an2", "bcd": "n2 bcd", "ebcdic": "an2 cp500"}[spelling]
    dialect = {"mti": "0800", "fields": {"11": "{stan}", "70": "301"}, "numbers": "bcd", "lengths": "bcd"}
    inline = {**dialect, "formats": {"39": answer_code}, **own}
    with Acquirer(dialect=HostDialect(response_code=spelling), framing=framing) as acquirer:
        run = run_probe(PROBE, options_of(echo_line(acquirer.address, echo=inline)))

    assert failing(run.readings) == {}
    assert acquirer.forbidden == 0


def test_trace_numbers_go_on_from_round_to_round(run_probe: RunProbe) -> None:
    """No host sees one twice, and they keep away from the terminal's own."""
    with Acquirer() as host:
        options = options_of(echo_line(host.address))
        memory = run_probe(PROBE, options).memory
        run_probe(PROBE, options, memory=memory)
        seen = [request.message.fields[11] for request in host.log.requests if request.message]

    assert seen == [f"{number:06d}" for number in range(900_000, 900_006)]


@pytest.mark.parametrize("last", [999_999, 42, "rubbish", 1e9])
def test_trace_numbers_begin_again(last: object, run_probe: RunProbe) -> None:
    """After the last one of six digits, or where the memory holds none of ours."""
    with Acquirer() as host:
        run = run_probe(PROBE, options_of(echo_line(host.address, tries=1)), memory={"stan": last})

    assert run.memory == {"stan": 900_000}


def test_lines_of_one_terminal_are_asked_one_after_the_other(run_probe: RunProbe) -> None:
    """The second host hears of the terminal only after the first has answered and is closed."""
    with Acquirer() as primary, Acquirer() as backup:
        primary.faults.slow_seconds = 0.1
        lines = echo_line(primary.address), echo_line(backup.address, "card/backup")
        run_probe(PROBE, options_of(*lines))
        last = max(request.at for request in primary.log.requests)
        first = min(request.at for request in backup.log.requests)

    assert first >= last + 0.1


class OneAtATime(Acquirer):
    """A host that takes the next connection when the last one is closed, as many do per terminal."""

    def _begin(self, work: Any, sock: socket.socket) -> None:
        if work == self._talk:
            work(sock)
        else:
            super()._begin(work, sock)


def test_each_connection_is_closed_before_the_next(run_probe: RunProbe) -> None:
    """Two lines of one terminal, at a host that takes one connection at a time."""
    with OneAtATime() as host:
        lines = echo_line(host.address), echo_line(host.address, "card/backup")
        run = run_probe(PROBE, options_of(*lines))

    assert failing(run.readings) == {}
    assert host.answered == 6


class Counting:
    """A host that knows at every moment how many connections are open, and answers no more than it must.

    One thread looks at what is ready, ends first, so that an end never seems to come after the next connect.
    """

    def __init__(self) -> None:
        self.most = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.listener.close()

    def _run(self) -> None:
        open_now: list[socket.socket] = []
        while not self._over.is_set():
            ready, _, _ = select.select([*open_now, self.listener], [], [], 0.05)
            for each in [connection for connection in open_now if connection in ready]:
                if not each.recv(4096):
                    each.close()
                    open_now.remove(each)
            if self.listener in ready:
                open_now.append(self.listener.accept()[0])
            self.most = max(self.most, len(open_now))


@pytest.mark.parametrize("echo", ["0800/301 bcd", ""])
def test_one_terminal_id_has_one_connection_at_a_time(echo: str, run_probe: RunProbe) -> None:
    """From the first look at the port on, with echo and without."""
    with Counting() as host:
        address = host.listener.getsockname()
        lines = [
            echo_line(address, f"card/{number}", echo=echo, reply_timeout_seconds=0.2) for number in range(4)
        ]
        run = run_probe(PROBE, options_of(*lines))

    assert run.error == ""
    assert host.most == 1


def test_lines_without_a_terminal_id_are_looked_at_together() -> None:
    """Only a terminal id that comes twice makes a second wave."""
    lines = [("a", "1"), ("b", ""), ("c", "1"), ("d", ""), ("e", "2"), ("f", "1")]
    walks = [
        Walk(line=Line(name=name, host="127.0.0.1", port=1, terminal_id=tid), facts={}, now=NOW)
        for name, tid in lines
    ]

    assert ["".join(walk.line.name for walk in wave) for wave in waves(walks)] == ["abde", "c", "f"]


def test_black_holes_of_one_terminal_end_in_time(
    run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other they would take longer than a round: the last is not tested, and it is said."""
    monkeypatch.setattr("probes.payment_lines.probe.BUDGET_SECONDS", 1.5)
    with BlackHole() as hole:
        lines = [echo_line(hole.address, f"card/{n}", connect_timeout_seconds=0.6) for n in range(3)]
        run = run_probe(PROBE, options_of(*lines))
    last = next(r for r in run.readings if r.identity == ("payment-line.down", "card/2"))

    assert run.error == ""
    assert (last.status, last.because) == (Status.UNKNOWN, "no time was left")


def test_every_answer_has_its_own_time(run_probe: RunProbe) -> None:
    """Three answers within the limit each are no loss, however long they take together."""
    with Acquirer() as host:
        host.faults.slow_seconds = 0.3
        run = run_probe(PROBE, options_of(echo_line(host.address, reply_timeout_seconds=0.7)))

    assert failing(run.readings) == {}


def test_a_repeated_syn_is_a_loss() -> None:
    """The kernel had to knock twice before the port opened."""
    walk = walked(Verdict.OK, ends=NOW + 14.5 * DAY)
    walk.passed, walk.broken = len(LADDER), None
    target = Target("127.0.0.1", 1)
    note_connect(walk, Result(target=target, outcome=Outcome.OPEN, seconds=1.07, repeated=True))

    assert (walk.lost, walk.seconds) == (1, [])
    assert {reading.code: reading.status for reading in _quality(walk)} == {
        "payment-line.tls-expiring-tomorrow": Status.OK,
        "payment-line.tls-expiring-this-week": Status.OK,
        "payment-line.tls-expiring-very-soon": Status.FAILING,
        "payment-line.tls-expiring-soon": Status.FAILING,
        "payment-line.tls-other-issuer": Status.UNKNOWN,
        "payment-line.lossy": Status.FAILING,
        "payment-line.slow": Status.UNKNOWN,
        "payment-line.unsteady": Status.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("seconds", "slow", "unsteady"),
    [
        ([0.04, 0.05, 0.06], Status.OK, Status.OK),
        ([0.05, 0.05, 0.9], Status.OK, Status.FAILING),
        ([0.9, 0.9, 0.9], Status.FAILING, Status.OK),
        ([0.3], Status.OK, Status.UNKNOWN),
    ],
)
def test_a_line_is_steady_or_not(seconds: list[float], slow: Status, unsteady: Status) -> None:
    """Slow by the median, unsteady by the deviation; one answer alone does not vary."""
    line = options_of(echo_line(("127.0.0.1", 8583))).lines[0]
    walk = Walk(line=line, facts={}, now=0.0, passed=len(LADDER), seconds=seconds)
    found = {reading.code: reading.status for reading in _quality(walk)}

    assert (found["payment-line.slow"], found["payment-line.unsteady"]) == (slow, unsteady)


def test_ten_black_holes_cost_one_timeout(run_probe: RunProbe) -> None:
    """All ports are tried at once."""
    with BlackHole() as hole:
        host, port = hole.address
        lines = [
            {"name": f"card/{number}", "host": host, "port": port, "connect_timeout_seconds": 1.2}
            for number in range(10)
        ]
        run = run_probe(PROBE, options_of(*lines))

    assert len([code for code, _ in failing(run.readings) if code == "payment-line.dropped"]) == 10
    assert run.seconds < 2.4


def test_a_drip_of_bytes_ends_at_the_deadline(run_probe: RunProbe) -> None:
    """A host that sends one byte after the other and never a message."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child_line = echo_line(listener.getsockname(), reply_timeout_seconds=0.5)
        with _Dripping(listener):
            run = run_probe(PROBE, options_of(child_line))

    found = failing(run.readings)["payment-line.garbled-reply", "card/primary"]
    assert found.facts["seen"] == "a reply cut short"
    assert run.seconds < MOST_SECONDS


class _Dripping:
    """Every connection gets an announced 512 bytes, one each 20 ms."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
                with connection:
                    connection.sendall(b"\x02\x00")
                    while not self._over.is_set():
                        connection.sendall(b"\x08")
                        time.sleep(0.02)
            except OSError:
                continue


def test_a_slow_line_is_a_notice(run_probe: RunProbe) -> None:
    """It works, so nothing is lost; latency, jitter and loss are facts."""
    with Acquirer() as host:
        host.faults.slow_seconds = 0.06
        run = run_probe(PROBE, options_of(echo_line(host.address, slow_over_ms=50)))
    (slow,) = failing(run.readings).values()

    assert slow.code == "payment-line.slow"
    assert float(slow.facts["latency_ms"]) >= 60
    assert (slow.facts["rating"], slow.facts["lost"], slow.facts["tries"]) == ("slow", 0, 3)
    assert diagnosis_of(run.readings).lost == ()


def test_an_answer_that_stays_away_once_is_a_loss(run_probe: RunProbe) -> None:
    """The first echo is answered, the second is not: the line carries, and loses."""
    with Acquirer() as host:
        line = echo_line(host.address, reply_timeout_seconds=0.5)
        host._reply_bytes = _first_only(host)  # type: ignore[method-assign]
        run = run_probe(PROBE, options_of(line))
    (lossy,) = failing(run.readings).values()

    assert (lossy.code, lossy.facts["lost"], lossy.facts["tries"]) == ("payment-line.lossy", 1, 2)


def _first_only(host: Acquirer) -> Any:
    answer = type(host)._reply_bytes
    return lambda request: answer(host, request) if len(host.log.requests) == 1 else b""


DAY = 86400.0
NOW = RELEASED + 30 * DAY


def walked(verdict: Verdict, ends: float = 0.0, now: float = NOW) -> Walk:
    """A line whose certificate failed, or passed, by its dates."""
    leaf = Certificate(not_before=ends - 365 * DAY, not_after=ends, issuer="A", subject="B")
    line = Line(name="card/primary", host="127.0.0.1", port=1)
    walk = Walk(line=line, facts={}, now=now, handshake=Handshake(verdict=verdict, chain=(leaf,)))
    broken = {Verdict.EXPIRED: TLS_EXPIRED, Verdict.NOT_YET_VALID: TLS_NOT_YET_VALID}.get(verdict)
    if broken:
        walk.breaks(broken)
    else:
        walk.passed = group_of(TLS_EXPIRED) + 1
    return walk


def test_a_certificate_of_next_month_is_never_called_expired(
    certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """One cause, the certificate or this machine's clock, as the kernel holds it."""
    with HttpsHost(tls=certificates.server_context("not-yet-valid")) as gateway:
        host, port = gateway.address
        line = {"name": "qr/a", "host": host, "port": port, "ca_file": str(certificates.authority_path)}
        readings = run_probe(PROBE, options_of(line)).readings

    assert ("payment-line.tls-not-yet-valid", "qr/a") in failing(readings)
    (cause,) = diagnosis_of(readings).causes
    assert cause.code in {"payment-line.tls-not-yet-valid", "payment-line.clock-at-fault"}
    assert [str(capability) for capability in cause.stops] == ["qr-payments"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"echo": "0800/302"}, "no echo dialect '0800/302'; known: 0800/301 ascii,"),
        ({"echo": "0820/60.3=301"}, "the echo needs merchant_id"),
        ({"terminal_id": ""}, "the echo needs terminal_id"),
        ({"name": "qr/alipay"}, "a scan-code line is HTTPS"),
        ({"kind": "scan-code"}, "a scan-code line is HTTPS"),
        ({"backup_of": "card/primary"}, "backup_of names no other line of its kind"),
        ({"expected_status": 200}, "expected_status is 200 to 599, for scan-code lines"),
        ({"port": 0}, "`int` >= 1"),
        ({"server_name": ".example"}, "not a host name: '.example'"),
        ({"host": "pay..example"}, "not a host name: 'pay..example'"),
        ({"tpdu": "60"}, "tpdu: ten hexadecimal digits"),
        ({"echo": {"mti": "0800", "fields": {"70": "001"}}}, "field 70 must be 301"),
        ({"echo": {"mti": "0500", "fields": {"60": "00000001201"}}}, "not network management"),
        ({"path": "/ HTTP/1.1\r\nX: y"}, "matching regex"),
        ({"speed": 9600}, "unknown field `speed`"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any], complaint: str) -> None:
    """Before anything is sent to anybody."""
    with pytest.raises(msgspec.ValidationError) as refused:
        options_of({**echo_line(("127.0.0.1", 8583)), **change})

    assert complaint in str(refused.value)


def test_a_line_is_not_there_twice() -> None:
    """Its name is its identity."""
    with pytest.raises(msgspec.ValidationError, match="card/primary is there twice"):
        options_of(echo_line(("127.0.0.1", 1)), echo_line(("127.0.0.1", 2)))


@pytest.mark.parametrize("condition", PROBE.conditions, ids=lambda condition: condition.code)
def test_titles_fit_and_everything_is_translated(condition: Condition) -> None:
    """28 columns in both languages, a Han character counts two."""
    chinese = texts.translate(condition.title, "zh")

    assert len(condition.title) <= 28
    assert sum(2 if ord(letter) > 0x2E80 else 1 for letter in chinese) <= 28
    for template in (condition.title, condition.text, condition.remedy, condition.avoid, condition.prepare):
        assert not template or texts.translate(template, "zh") != template


def test_every_dialect_can_be_named_in_the_settings() -> None:
    """With both ids given."""
    for name in DIALECTS:
        line = echo_line(("127.0.0.1", 8583), echo=name, merchant_id="104110045110012")
        assert options_of(line).lines[0].dialect == DIALECTS[name]


def test_nothing_is_said_about_what_was_not_reached(run_probe: RunProbe) -> None:
    """Above a broken rung everything is "not tested", because of the code that broke it."""
    with Acquirer() as host:
        host.gone = True
        readings = run_probe(PROBE, options_of(echo_line(host.address))).readings
    above = [r for r in readings if r.code in {"payment-line.no-reply", "payment-line.not-accepted"}]

    assert [(r.status, r.reason, r.because) for r in above] == [
        (Status.UNKNOWN, Reason.NOT_TESTED, "payment-line.refused")
    ] * 2
