"""A small fleet with one terminal in every standing."""

from __future__ import annotations

from tests.headoffice import reports
from tests.headoffice.office import Office, Terminal
from vocabulary.report import Cause

HOUR = 3600.0


def send_fleet(office: Office) -> None:
    now = reports.wall()
    blocked = reports.port_closed(now - 2 * HOUR)
    low, out = reports.paper_low(now - 26 * HOUR), reports.paper_out(now - 0.2 * HOUR)
    _send(office, "s0412-t2", (blocked, low), code="7K4P-2Q", store="0412", till="2")
    _send(office, "s0077-t1", (out,), code="AB2C-9X", store="0077", till="1")
    _send(office, "s0300-t4", (low,), code="LM3N-4R", store="0300", till="4")
    _send(office, "s0501-t1", (), code="QQ8W-7T", store="0501", till="1")
    Terminal(office, "s0999-t1").send(reports.pulse(5, unchanged_since=4))


def _send(office: Office, name: str, causes: tuple[Cause, ...], *, code: str, store: str, till: str) -> None:
    report = reports.report(terminal=name, causes=causes, code=code, store=store, till=till)
    Terminal(office, name).send(reports.full(report), every_seconds=60.0)
