"""SIM and mobile line, as a `mmcli` on the till's path prints them; there is no modem on this machine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE, NetworkOptions
from tests.lab.network_look import UP_FRONT, causes, reading
from tests.lab.shop_network import ShopNetwork
from tests.probes.case_folders import load_cases
from tests.protocols.test_modem_manager import printed
from vocabulary.reading import Reason, Status

RunProbe = Callable[..., ProbeRun]
Look = Callable[[str], ProbeRun]
MOBILE = next(case for case in load_cases("network") if case.name == "mobile-line").root
OPTIONS = NetworkOptions(resolvers=(UP_FRONT,))
_MS_BIND = 0x1000
_libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe, till_folder: Path) -> Look:
    """The probe on a till whose mmcli prints this; the path is bound over in a mount namespace of its own."""

    def look(text: str) -> ProbeRun:
        folder = till_folder / "sbin"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        program = folder / "mmcli"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
        program.chmod(0o755)

        def work() -> ProbeRun:
            assert not _libc.mount(str(folder).encode(), b"/usr/sbin", None, _MS_BIND, None)
            return run_probe(PROBE, OPTIONS, root=MOBILE)

        run = shop.run("terminal", work)
        assert run.complete, run.error
        return run

    return look


@pytest.mark.parametrize(
    ("text", "code", "owner"),
    [
        (printed("failed", reason="sim-missing"), "network.sim-missing", "staff"),
        (printed("locked", lock="sim-pin"), "network.sim-locked", "line-provider"),
        (printed("locked", lock="sim-puk"), "network.sim-locked", "line-provider"),
        (printed("searching", registration="denied"), "network.sim-refused", "line-provider"),
        (printed("searching", registration="searching"), "network.modem-offline", "line-provider"),
        (printed("disabled"), "network.modem-offline", "line-provider"),
    ],
)
def test_what_keeps_a_mobile_line_down_is_the_one_cause(look: Look, text: str, code: str, owner: str) -> None:
    """No SIM, a lock and a network that turns it away are three faults, beside a line that is not up."""
    run = look(text)
    assert causes(run) == [(code, ("wwan0",))]
    assert next(each for each in PROBE.conditions if each.code == code).owner == owner
    assert reading(run, "network.gateway-silent").status is Status.UNKNOWN


def test_a_line_that_is_up_is_ok(look: Look) -> None:
    run = look(printed("connected", lock="sim-pin2", registration="home"))
    assert causes(run) == []
    assert {reading(run, each).status for each in ("network.sim-refused", "network.modem-offline")} == {"ok"}


def test_a_modem_between_two_states_is_busy(look: Look) -> None:
    run = look(printed("initializing"))
    assert (causes(run), reading(run, "network.sim-missing").reason) == ([], Reason.BUSY)
