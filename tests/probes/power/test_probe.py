"""The power probe on fixture trees, on the real upsd, and on things that only pretend to be one."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.power.conditions import CONDITIONS
from probes.power.probe import PROBE, PowerOptions
from tests.probes.case_folders import Case, check, load_cases
from tests.real_upsd import RealUpsd
from vocabulary.reading import Reading, Status
from vocabulary.report import Known

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("power")


def named(case: Case) -> str:
    return case.name


@pytest.fixture(scope="module")
def upsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealUpsd]:
    with RealUpsd(tmp_path_factory.mktemp("upsd") / "nut") as running:
        yield running


def look(run_probe: RunProbe, case: Case, port: int | None = None) -> tuple[Reading, ...]:
    settings = dict(case.settings.get("options", {}))
    if port is not None:
        settings["ups"] += f":{port}"
    run: ProbeRun = run_probe(PROBE, msgspec.convert(settings, PowerOptions), root=case.root)
    assert run.complete, run.error
    return run.readings


@pytest.mark.parametrize("case", [c for c in CASES if "upsd" not in c.settings], ids=named)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Battery, sensors and last stop are told from files alone."""
    check(case, look(run_probe, case))


@pytest.mark.parametrize("case", [c for c in CASES if "variables" in c.settings.get("upsd", ())], ids=named)
def test_each_ups_state_is_told_apart(case: Case, run_probe: RunProbe, upsd: RealUpsd) -> None:
    """What the driver reports arrives through the real upsd."""
    upsd.set(case.settings["upsd"]["variables"])
    check(case, look(run_probe, case, upsd.port))


@pytest.mark.parametrize("case", [c for c in CASES if "fault" in c.settings.get("upsd", ())], ids=named)
def test_each_way_of_not_knowing_is_told_apart(case: Case, run_probe: RunProbe, tmp_path: Path) -> None:
    """A dead or hanging driver or upsd is a finding of its own and no claim of being on battery."""
    with RealUpsd(tmp_path / "nut") as own:
        own.fault(case.settings["upsd"]["fault"])
        check(case, look(run_probe, case, own.port))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_case_mentions_or_names_only_declared_conditions(case: Case) -> None:
    """A misspelt code in a case would otherwise never be looked for."""
    assert {expected["code"] for expected in case.expected} <= {each.code for each in CONDITIONS}


@pytest.mark.parametrize("case", [c for c in CASES if "upsd" not in c.settings], ids=named)
def test_every_condition_is_mentioned_in_every_round(case: Case, run_probe: RunProbe) -> None:
    """What could not be looked at is said to be unknown, never left out."""
    readings = look(run_probe, case)
    assert {reading.code for reading in readings} == {each.code for each in CONDITIONS}
    assert len({reading.identity for reading in readings}) == len(readings)


def failing(condition_code: str, **facts: str | int) -> Reading:
    return Reading(code=condition_code, subject="ups@localhost", status=Status.FAILING, facts=dict(facts))


FACTS: dict[str, str | int] = {"minutes_left": 1, "charge_percent": 8}


@pytest.mark.parametrize(
    ("codes", "cause"),
    [
        (["power.ups-on-battery", "power.ups-battery-low"], "power.ups-battery-low"),
        (["power.battery-low", "power.mains-off"], "power.battery-low"),
        (["power.mains-off", "power.ups-on-battery"], "power.ups-on-battery"),
    ],
)
def test_one_outage_is_one_cause(codes: list[str], cause: str) -> None:
    """The urgent condition stands for the lesser one, so that the cashier reads one headline."""
    known = tuple(Known(reading=failing(code, **FACTS), since=0.0) for code in codes)
    diagnosis = diagnose(known, {condition.code: condition for condition in CONDITIONS})
    assert [cause.code for cause in diagnosis.causes] == [cause]


HOSTILE = [
    ("garbled", [b"\x00\xff\x1b[2J\n"], "the answer is garbled"),
    ("a web page", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "the answer is garbled"),
    ("an unclosed quote", [b'BEGIN LIST VAR ups\nVAR ups ups.status "OB\n'], "the answer is garbled"),
    ("another UPS", [b'BEGIN LIST VAR ups\nVAR other ups.status "OB"\n'], "the answer is garbled"),
    ("a row too short", [b"BEGIN LIST VAR ups\nVAR ups x\nEND LIST VAR ups\n"], "the answer is garbled"),
    ("closed mid-reply", [b'BEGIN LIST VAR ups\nVAR ups ups.status "OB"\n'], "the connection was closed"),
    ("closed at once", [], "the connection was closed"),
    ("an endless line", [b"BEGIN LIST VAR ups\n", *[b"VAR ups a " * 400] * 40], "the answer never ends"),
    ("endless rows", [b"BEGIN LIST VAR ups\n", *[b'VAR ups a "1"\n' * 300] * 40], "the answer never ends"),
    ("access denied", [b"ERR ACCESS-DENIED\n"], "ERR ACCESS-DENIED"),
    ("an error without a word", [b"ERR\n"], "ERR "),
]


@contextlib.contextmanager
def pretender(chunks: list[bytes], pause_seconds: float = 0.0) -> Iterator[int]:
    """Listens once, waits for a question, writes the chunks, closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(100)
            for chunk in chunks:
                connection.sendall(chunk)
                time.sleep(pause_seconds)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(100)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join()
        listener.close()


def ask_pretender(run_probe: RunProbe, port: int) -> tuple[Reading, ...]:
    options = PowerOptions(ups=f"ups@127.0.0.1:{port}", ups_timeout_seconds=0.5)
    run: ProbeRun = run_probe(PROBE, options)
    assert run.complete, run.error
    return run.readings


@pytest.mark.parametrize(("chunks", "found"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_a_hostile_upsd_is_a_finding_of_its_own(chunks: list[bytes], found: str, run_probe: RunProbe) -> None:
    """Nothing that answers on the port can pass for a UPS state or break the probe."""
    with pretender(chunks) as port:
        readings = ask_pretender(run_probe, port)
    broken = next(r for r in readings if r.code == "power.upsd-broken")
    assert (broken.status, broken.facts) == (Status.FAILING, {"found": found})
    assert not [r for r in readings if r.code == "power.ups-on-battery" and r.status is not Status.UNKNOWN]


def test_a_dripping_upsd_cannot_outlast_the_deadline(run_probe: RunProbe) -> None:
    """One byte every 50 ms keeps a per-read timeout happy for ever, but not the overall one."""
    with pretender([b"V"] * 40, pause_seconds=0.05) as port:
        started = time.monotonic()
        readings = ask_pretender(run_probe, port)
        took = time.monotonic() - started
    broken = next(r for r in readings if r.code == "power.upsd-broken")
    assert broken.facts == {"found": "no complete answer in time"}
    assert took < 1.8, "the drip lasts 2 s"


def test_a_host_name_nobody_knows_is_a_upsd_out_of_reach(run_probe: RunProbe) -> None:
    """A name that does not resolve is bounded and named."""
    run: ProbeRun = run_probe(PROBE, PowerOptions(ups="ups@no-such-host.invalid"))
    gone = next(r for r in run.readings if r.code == "power.upsd-gone")
    assert (gone.status, gone.facts) == (Status.FAILING, {"found": "its name is not found"})


@pytest.mark.parametrize("ups", ["ups@", "@host", "ups@host:0", "ups@host:99999", "ups\nLOGIN x", "a b"])
def test_a_bad_ups_address_is_a_settings_error(ups: str) -> None:
    """It is refused when the settings are read, not at 3 a.m. in a probe."""
    with pytest.raises(msgspec.ValidationError, match="ups@host:port"):
        msgspec.convert({"ups": ups}, PowerOptions)
