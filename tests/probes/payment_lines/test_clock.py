"""Expired, or our clock is wrong: by the lines together, the kernel, and the date a host tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.device.conditions import CLOCK_RESET
from probes.payment_lines.clock import RELEASED, read_clock, wrong_by_the_clock
from probes.payment_lines.conditions import CLOCK_AT_FAULT
from probes.payment_lines.probe import PROBE
from probes.payment_lines.walk import Walk
from probes.routing import Course
from protocols.tls import Verdict
from simulators.certificates import CertificateFolder
from simulators.https_host import HttpsHost
from tests.conftest import RunProbe
from tests.probes.payment_lines.test_probe import DAY, NOW, diagnosis_of, failing, options_of, walked

OVER, EARLY, GOOD = Verdict.EXPIRED, Verdict.NOT_YET_VALID, Verdict.OK


@pytest.mark.parametrize(
    ("walks", "synchronised", "at_fault"),
    [
        ([walked(EARLY, now=0.0)], True, True),  # 1970, whatever the kernel thinks
        ([walked(EARLY, now=RELEASED - 1)], None, True),
        ([walked(EARLY)], False, True),
        ([walked(EARLY)], True, False),  # a clock in step: the acquirer was too early
        ([walked(EARLY)], None, False),
        ([walked(EARLY), walked(GOOD)], False, False),  # another certificate is good today
        ([walked(OVER, 1.0)], False, False),  # one may well have been forgotten
        ([walked(OVER, 1.0), walked(OVER, 1.0)], False, False),  # the same one on both lines
        ([walked(OVER, 1.0), walked(OVER, 2.0)], False, True),
        ([walked(OVER, 1.0), walked(OVER, 2.0)], True, False),
        ([walked(OVER, 1.0), walked(OVER, 2.0), walked(GOOD)], False, False),
        ([walked(OVER, 1.0), walked(EARLY)], False, False),  # no clock makes both wrong
        ([walked(GOOD)], False, False),
    ],
)
def test_when_the_clock_is_to_blame(walks: list[Walk], synchronised: bool | None, at_fault: bool) -> None:
    """Certificates are blamed only where the clock cannot be the reason."""
    assert bool(wrong_by_the_clock(walks, synchronised)) is at_fault


@pytest.mark.parametrize(
    ("walks", "ahead_days", "synchronised", "wrong"),
    [
        ([walked(OVER, NOW - 3 * DAY)], -10, False, [0]),  # one line: it was good when the host says it is
        ([walked(OVER, NOW - 3 * DAY)], -10, None, [0]),
        ([walked(OVER, NOW - 3 * DAY)], -10, True, []),  # the kernel knows better than one host
        ([walked(OVER, NOW - 3 * DAY)], -1, False, []),  # over by the host's clock too
        ([walked(OVER, NOW - 3 * DAY)], -1000, False, []),  # nor was it good then
        ([walked(EARLY, NOW + 395 * DAY)], 60, False, [0]),
        ([walked(EARLY, NOW + 395 * DAY)], 0, False, []),  # a clock in step: the acquirer was too early
        ([walked(OVER, NOW - 3 * DAY), walked(OVER, NOW - 99 * DAY)], -10, False, [0]),
        ([walked(OVER, NOW - 3 * DAY), walked(GOOD, NOW + 99 * DAY)], -10, False, [0]),
    ],
)
def test_a_host_that_tells_the_time_decides(
    walks: list[Walk], ahead_days: float, synchronised: bool | None, wrong: list[int]
) -> None:
    """Line by line: what is over by the host's clock too is the acquirer's."""
    walks[-1].host_ahead_seconds = ahead_days * DAY

    assert wrong_by_the_clock(walks, synchronised) == [walks[index] for index in wrong]


def test_a_clock_that_the_till_itself_knows_to_be_wrong_is_the_one_cause() -> None:
    """Lines follow from it, with what they stop: nobody reads of certificates and of the clock."""
    walk = walked(EARLY, now=0.0)
    walk.course = Course(way=("eth0", "10.8.0.1"))
    readings = (CLOCK_RESET.failing(clock="1970-01-01T00:07+00:00"), *read_clock([walk], None))

    (cause,) = diagnosis_of(readings).causes
    assert (cause.code, [each[0] for each in cause.consequences]) == (CLOCK_RESET.code, [CLOCK_AT_FAULT.code])


@pytest.mark.parametrize(
    ("kind", "ahead_days", "kernel", "cause"),
    [
        ("expired", -10, "false", "payment-line.clock-at-fault"),
        ("expired", -10, "null", "payment-line.clock-at-fault"),
        ("expired", -10, "true", "payment-line.tls-expired"),
        ("expired", 0, "false", "payment-line.tls-expired"),
        ("not-yet-valid", 60, "false", "payment-line.clock-at-fault"),
        ("not-yet-valid", 60, "true", "payment-line.tls-not-yet-valid"),
        ("intermediate-expired", -10, "false", "payment-line.tls-expired"),  # no date makes all good
        ("intermediate-expired", 0, "false", "payment-line.tls-expired"),
    ],
)
def test_one_line_is_enough_where_its_host_tells_the_date(  # noqa: PLR0917  the columns of the table
    kind: str,
    ahead_days: float,
    kernel: str,
    cause: str,
    certificates: CertificateFolder,
    run_probe: RunProbe,
    till_folder: Path,
) -> None:
    """The host is asked once more, with its name and issuer checked, and only its dates not."""
    (till_folder / "till").mkdir()
    (till_folder / "till/adjtimex.json").write_text(kernel)
    with HttpsHost(tls=certificates.server_context(kind)) as gateway:
        gateway.ahead_days = ahead_days
        line = {"name": "qr/a", "host": gateway.address[0], "port": gateway.address[1]}
        line |= {"ca_file": str(certificates.authority_path)}
        readings = run_probe(PROBE, options_of(line), root=till_folder / "till").readings

    assert [found.code for found in diagnosis_of(readings).causes] == [cause]


def test_nobody_but_the_host_is_asked_for_the_date(
    certificates: CertificateFolder, run_probe: RunProbe
) -> None:
    """Whoever else is there at the next connection gets no request, and is no witness."""
    others = [certificates.server_context(kind) for kind in ("wrong-name", "expired", "expired")]
    context = certificates.server_context("expired")
    context.sni_callback = lambda sock, _name, _context: setattr(sock, "context", others.pop())
    with HttpsHost(tls=context) as gateway:
        line = {"name": "qr/a", "host": gateway.address[0], "port": gateway.address[1]}
        line |= {"ca_file": str(certificates.authority_path), "server_name": "localhost"}
        readings = run_probe(PROBE, options_of(line)).readings

    assert (gateway.requests, others) == ([], [])
    assert ("payment-line.tls-expired", "qr/a") in failing(readings)
