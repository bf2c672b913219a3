"""A whole store in the lab: its till with everything it is set to reach, and one round of its probes."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.running.account import probe_account
from agent.running.preload import preload
from agent.running.probe_run import AnyProbe, ProbeRun, collect, memory_for, start_probe
from probes.base import Options
from probes.firewall_ports.probe import PROBE as FIREWALL_PORTS
from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.network.probe import PROBE as NETWORK
from probes.network.probe import NetworkOptions
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE as PAYMENT_LINES
from simulators.acquirer import Acquirer
from simulators.certificates import CertificateFolder
from simulators.https_host import HttpsHost
from tests.address_owners import address_owners
from tests.lab.network_look import serve_page
from tests.lab.shop_network import ACQUIRER, CORE, PROVIDER, ROUTER, ShopNetwork
from tests.lab.tunnel import BEHIND, FAR, tunnel
from tests.name_server import address, serve_names
from tests.spoken_lines import say
from vocabulary.reading import Reading
from vocabulary.report import Diagnosis, Known

PRIMARY, BACKUP, WALLET, REPORTS, PROXY = 8583, 8584, 443, 5000, 3128
PAGE, WEB_PROXY, PRICES = 80, 8888, 6000
_PR_SET_NO_NEW_PRIVS: Final = 38  # linux/prctl.h
_Memory = dict[str, object]
_Ready = Callable[[], object]
_Asked = tuple[tuple[AnyProbe, Options], ...]


class Round(Struct, frozen=True):
    """`seconds` is that of the slowest probe: they run side by side."""

    readings: tuple[Reading, ...]
    memories: dict[str, _Memory]
    seconds: float

    @property
    def diagnosis(self) -> Diagnosis:
        return diagnose(tuple(Known(reading=each, since=0.0) for each in self.readings), ALL_CONDITIONS)


class Store:
    """Healthy on entering: two card lines, a scan-code line, reports, prices behind a tunnel, and two name
    servers.
    """

    def __init__(self) -> None:
        self.shop = ShopNetwork()
        self._folder = tempfile.TemporaryDirectory(prefix="poshealth-test-")
        self._stack = ExitStack()
        self.memories: dict[str, _Memory] = {}

    def __enter__(self) -> Self:
        preload()  # as the daemon does before its first fork
        Path(self._folder.name).chmod(0o711)
        self._certificates = CertificateFolder(Path(self._folder.name))
        self.shop.__enter__()
        tls = self._certificates.server_context("valid")
        self._host(lambda: Acquirer(host="0.0.0.0", port=PRIMARY))
        self._host(lambda: Acquirer(host="0.0.0.0", port=BACKUP))
        self._host(lambda: HttpsHost(tls=tls, host="0.0.0.0", port=WALLET))
        self.shop.serve("acquirer", REPORTS)
        self.shop.serve("core", PRICES)
        for hop in ("router", "provider"):
            self.shop.start(hop, _serve_dns)
            self.shop.serve(hop, PROXY)
        serve_page(self.shop, "core", PAGE, say(b"HTTP/1.1 204 No Content\r\n\r\n"))
        serve_page(self.shop, "core", WEB_PROXY, say(b"HTTP/1.1 200 Connection established\r\n\r\n"))
        self._stack.enter_context(tunnel(self.shop))
        service = address_owners(Path(self._folder.name), self.shop.within("terminal"))
        self._owners = self._stack.enter_context(service)
        self.memories = self.look().memories
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.shop.__exit__(kind, error, trace)
        self._folder.cleanup()

    def _host(self, make: Callable[[], Acquirer | HttpsHost]) -> None:
        self.shop.start("acquirer", lambda ready: _serve(make(), ready))

    def look(self, **changes: Options) -> Round:
        """One round with what the till remembers of its healthy days; `changes` are options by probe id."""
        asked = tuple((probe, changes.get(probe.id, options)) for probe, options in self.asked())
        runs = self.shop.run("terminal", lambda: _side_by_side(asked, self.memories))
        for run in runs:
            assert run.complete, f"{run.probe_id}: {run.error}"
        return Round(
            readings=tuple(reading for run in runs for reading in run.readings),
            memories={run.probe_id: run.memory or {} for run in runs},
            seconds=max(run.seconds for run in runs),
        )

    def _network(self) -> NetworkOptions:
        return NetworkOptions(
            address_owners_socket=self._owners,
            resolvers=(ROUTER, PROVIDER),
            lookup_name="host.acquirer.test",
            lookup_addresses=(ACQUIRER,),
            # Not at the acquirer: a router says only a few times a second that it knows no way there.
            portal_check=f"http://{CORE}/generate_204",
            http_proxy=f"{CORE}:{WEB_PROXY}",
            http_proxy_for=f"{ACQUIRER}:{WALLET}",
            vpn_interface="tun0",
            vpn_peer=FAR,
        )

    def asked(self) -> _Asked:
        trusted = str(self._certificates.authority_path)
        lines = (
            card_line("card/primary", PRIMARY, "29110001"),
            card_line("card/backup", BACKUP, "29110002"),
            Line(name="qr/wallet", host=ACQUIRER, port=WALLET, server_name="127.0.0.1", ca_file=trusted),
        )
        reports = Outbound(host=ACQUIRER, port=REPORTS, purpose="Reports", reference=True)
        prices = Outbound(host=BEHIND, port=PRICES, purpose="Prices", vpn="tun0")
        return (
            (NETWORK, self._network()),
            (FIREWALL_PORTS, FirewallOptions(outbound=(reports, prices))),
            (PAYMENT_LINES, PaymentLinesOptions(lines=lines)),
        )


def card_line(name: str, port: int, terminal_id: str = "29110001") -> Line:
    return Line(name=name, host=ACQUIRER, port=port, tls=False, echo="0800/301 bcd", terminal_id=terminal_id)


def _side_by_side(asked: _Asked, memories: dict[str, _Memory]) -> tuple[ProbeRun, ...]:
    """As the daemon does it: unprivileged children that can never get more rights than they have."""
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    children = [
        start_probe(probe, options, Path("/"), memory_for(probe, memories), probe_account())
        for probe, options in asked
    ]
    runs: dict[str, ProbeRun] = {}
    while len(runs) < len(children):
        open_ones = [child for child in children if child.name not in runs]
        ready = set(select.select([child.fd for child in open_ones], [], [], 0.05)[0])
        for child in open_ones:
            if child.fd in ready:
                child.read()
            if child.ending is not None or child.expire(time.monotonic()):
                runs[child.name] = collect(child)
    assert all(run.uid not in {None, 0} for run in runs.values()), "a probe ran as root"
    return tuple(runs[child.name] for child in children)


def _serve(host: Acquirer | HttpsHost, ready: _Ready) -> None:
    with host:
        ready()
        signal.pause()


def _serve_dns(ready: _Ready) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 53))
        ready()
        serve_names(sock, address(ACQUIRER))
    os._exit(1)
