"""node_exporter and blackbox_exporter, as Debian packages them, doing comparable checks on loopback."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from benchmarks.processes import cpu_seconds
from benchmarks.targets import NAME, Targets
from benchmarks.terminal import Asked

NODE = "/usr/bin/prometheus-node-exporter"
BLACKBOX = "/usr/bin/prometheus-blackbox-exporter"
START_SECONDS = 10.0

_MODULES = """
modules:
  tcp: {{prober: tcp, timeout: 3s}}
  tls:
    prober: tcp
    timeout: 3s
    tcp: {{tls: true, tls_config: {{ca_file: "{authority}", server_name: localhost}}}}
  https:
    prober: http
    timeout: 3s
    http: {{method: HEAD, tls_config: {{ca_file: "{authority}", server_name: localhost}}}}
  dns: {{prober: dns, timeout: 3s, dns: {{query_name: "{name}", query_type: A}}}}
  mains:
    prober: tcp
    timeout: 3s
    tcp: {{query_response: [{{send: "GET VAR till ups.status"}}, {{expect: "^VAR till ups.status .OL"}}]}}
  battery:
    prober: tcp
    timeout: 3s
    tcp:
      query_response: [{{send: "GET VAR till battery.charge"}}, {{expect: "^VAR till battery.charge .100"}}]
"""


class Scrape(Struct, frozen=True):
    port: int
    path: str


class Peers(Struct, frozen=True):
    node_pid: int
    blackbox_pid: int
    node_port: int
    blackbox_port: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.node_pid, self.blackbox_pid)

    def scrapes(self, found: Targets, asked: Asked) -> list[Scrape]:
        """One probe per network check, and one scrape of node_exporter for all of the host's."""
        probes = [("tcp", f"127.0.0.1:{port}") for port in asked.ports]
        probes += [("tls", f"127.0.0.1:{port}") for port in asked.card]
        probes += [("https", f"https://127.0.0.1:{port}/") for port in asked.wallets]
        probes += [("dns", resolver) for resolver in found.resolvers]
        probes += [(module, f"127.0.0.1:{found.ups_port}") for module in ("mains", "battery")]
        queries = [urllib.parse.urlencode({"module": module, "target": to}) for module, to in probes]
        paths = [Scrape(self.blackbox_port, f"/probe?{query}") for query in queries]
        return [*paths, Scrape(self.node_port, "/metrics")]


class Scraper:
    """Kept connections, all asked at once: the least a monitoring server could need."""

    def __init__(self, scrapes: list[Scrape]) -> None:
        self._scrapes = scrapes
        self._connections = [http.client.HTTPConnection("127.0.0.1", each.port) for each in scrapes]

    def __call__(self) -> list[str]:
        """The answers' texts."""
        for connection, scrape in zip(self._connections, self._scrapes, strict=True):
            connection.request("GET", scrape.path)
        return [connection.getresponse().read().decode() for connection in self._connections]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@contextlib.contextmanager
def peers(folder: Path, authority: str) -> Iterator[Peers]:
    """Both exporters with their packages' own collectors, until the block ends."""
    config = folder / "blackbox.yml"
    config.write_text(_MODULES.format(authority=authority, name=NAME))
    node_port, blackbox_port = _free_port(), _free_port()
    with (
        _running(NODE, node_port) as node,
        _running(BLACKBOX, blackbox_port, f"--config.file={config}") as blackbox,
    ):
        yield Peers(node, blackbox, node_port, blackbox_port)


@contextlib.contextmanager
def _running(program: str, port: int, *words: str) -> Iterator[int]:
    """Its process id, once it listens."""
    process = subprocess.Popen(
        [program, f"--web.listen-address=127.0.0.1:{port}", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens at 127.0.0.1:{port}")
