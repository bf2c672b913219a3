"""The network probe run in the lab's terminal, and what the diagnosis makes of it."""

from __future__ import annotations

import socket
from collections.abc import Callable

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE
from tests.lab.shop_network import ShopNetwork
from tests.name_server import Behaviour, serve_names
from tests.spoken_lines import Pieces, serve_lines
from vocabulary.reading import Reading
from vocabulary.report import Known

CONDITIONS = {condition.code: condition for condition in PROBE.conditions}
HOST = "host.acquirer.test"
UP_FRONT = "127.0.0.1:1"
"""A name server at whose port no one listens, where a test is about something else."""


def reading(run: ProbeRun, code: str) -> Reading:
    return next(reading for reading in run.readings if reading.code == code)


def causes(run: ProbeRun) -> list[tuple[str, tuple[str, ...]]]:
    """Without the name server that nobody is."""
    known = tuple(Known(reading=each, since=0.0) for each in run.readings)
    found = diagnose(known, CONDITIONS).causes
    return [(cause.code, cause.subjects) for cause in found if cause.subjects != (UP_FRONT,)]


def serve_dns(shop: ShopNetwork, hop: str, behaviour: Behaviour, port: int = 53) -> int:
    def work(ready: Callable[[], object]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("0.0.0.0", port))
            ready()
            serve_names(sock, behaviour)

    return shop.start(hop, work)


def serve_page(shop: ShopNetwork, hop: str, port: int, pieces: Pieces) -> int:
    def work(ready: Callable[[], object]) -> None:
        with socket.create_server(("", port)) as listener:
            ready()
            serve_lines(listener, pieces)

    return shop.start(hop, work)
