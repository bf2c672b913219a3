"""The web proxy's answers to CONNECT, each with a name of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE, NetworkOptions
from simulators.black_hole import BlackHole
from tests.name_server import address, name_server
from tests.probes.case_folders import load_cases
from tests.spoken_lines import Pieces, line_server, say
from vocabulary.report import Known

RunProbe = Callable[..., ProbeRun]
HEALTHY = next(case for case in load_cases("network") if case.name == "healthy-cable").root
CONDITIONS = {condition.code: condition for condition in PROBE.conditions}
WANTED = "pay.example:443"


def look(run_probe: RunProbe, port: int, host: str = "127.0.0.1") -> ProbeRun:
    with name_server(address("127.0.0.1")) as names:
        options = NetworkOptions(
            resolvers=(f"127.0.0.1:{names}",),
            http_proxy=f"{host}:{port}",
            http_proxy_for=WANTED,
            host_timeout_seconds=0.4,
        )
        run = run_probe(PROBE, options, root=HEALTHY)
    assert run.complete, run.error
    return run


def causes(run: ProbeRun) -> list[tuple[str, str]]:
    known = tuple(Known(reading=each, since=0.0) for each in run.readings)
    return [(cause.code, cause.owner) for cause in diagnose(known, CONDITIONS).causes]


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        (say(b"HTTP/1.1 200 Connection established\r\n\r\n"), ""),
        (say(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), "network.proxy-login"),
        (say(b"HTTP/1.1 403 Forbidden\r\n\r\n<html>"), "network.proxy-forbids"),
        (say(b"HTTP/1.1 302 Found\r\nLocation: /blocked\r\n\r\n"), "network.proxy-forbids"),
        (say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "network.proxy-failing"),
        (say(b"HTTP/1.1 504 Gateway Timeout\r\n\r\n"), "network.proxy-failing"),
        (say(b"\x05\x00"), "network.proxy-failing"),
        (say(), "network.proxy-failing"),
    ],
)
def test_each_answer_is_one_cause(run_probe: RunProbe, pieces: Pieces, code: str) -> None:
    """The site's network team owns them all."""
    with line_server(pieces) as port:
        found = causes(look(run_probe, port))
    assert found == ([(code, "site-it")] if code else [])


def test_it_is_asked_for_the_wanted_host_and_for_nothing_more(run_probe: RunProbe) -> None:
    """No byte goes through the tunnel."""
    seen: list[bytes] = []

    def remember(asked: bytes) -> list[bytes]:
        seen.append(asked)
        return [b"HTTP/1.1 200 OK\r\n\r\n"]

    with line_server(remember) as port:
        look(run_probe, port, host="proxy.example")
    assert [each.partition(b"\r\n")[0] for each in seen] == [b"CONNECT pay.example:443 HTTP/1.1"]
    assert seen[0].endswith(b"\r\n\r\n")


def test_a_proxy_that_is_not_there(run_probe: RunProbe) -> None:
    """Refused, and silent."""
    with line_server(say()) as closed:
        pass
    refused = look(run_probe, closed)
    with BlackHole() as hole:
        silent = look(run_probe, hole.address[1])
    for run, seen in ((refused, "it refuses the connection"), (silent, "no answer")):
        assert causes(run) == [("network.proxy-unreachable", "site-it")]
        facts = [each.facts for each in run.readings if each.code == "network.proxy-unreachable"]
        assert facts == [{"seen": seen}]


@pytest.mark.parametrize(
    "options",
    [
        {"http_proxy": "proxy:3128"},
        {"http_proxy_for": "pay.example:443"},
        {"http_proxy": "proxy", "http_proxy_for": "pay.example:443"},
        {"http_proxy": "proxy:0", "http_proxy_for": "pay.example:443"},
        {"http_proxy": "http://proxy:3128", "http_proxy_for": "pay.example:443"},
        {"http_proxy": f"{'a' * 300}:3128", "http_proxy_for": "pay.example:443"},
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"http_proxy|host|name|label"):
        NetworkOptions(**options)  # type: ignore[arg-type]
