"""The ladder to the acquirer, in network namespaces: healthy, and with ten silent drops. Needs root.

Three probe children side by side, forked from a warm parent as the daemon forks them: the till's network with
two name servers, two card lines with an echo test each, and 20 ports.
"""

from __future__ import annotations

import statistics
import time
from typing import Final

from benchmarks.rows import Row
from probes.base import Options
from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.payment_lines.options import PaymentLinesOptions
from protocols.tcp_sweep import Outcome, Target, sweep
from tests.lab.making import ruled
from tests.lab.shop_network import ACQUIRER
from tests.lab.store import BACKUP, PRIMARY, Store, card_line
from vocabulary.reading import Status

COMMAND: Final = ".venv/bin/python -m benchmarks.path"
ROUNDS: Final = 25
PORTS: Final = tuple(range(6000, 6020))
SILENT: Final = 10
HEALTHY_MS: Final = 30.0
ALLOWED: Final = 1.1
LINES: Final = PaymentLinesOptions(
    lines=(card_line("card/primary", PRIMARY), card_line("card/backup", BACKUP)),
)
FIREWALL: Final = FirewallOptions(outbound=tuple(Outbound(host=ACQUIRER, port=port) for port in PORTS))


def main() -> None:
    with Store() as store:
        store.shop.serve("acquirer", *PORTS)
        options: dict[str, Options] = {"firewall_ports": FIREWALL, "payment_lines": LINES}
        store.memories = store.look(**options).memories
        measure_healthy(store, options)
        measure_silent(store, options)


def measure_healthy(store: Store, options: dict[str, Options]) -> None:
    """Beside them, what the same 22 connections take in one process that judges nothing."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        seen = store.look(**options)
        if seen.diagnosis.causes:
            raise RuntimeError(f"not healthy: {seen.diagnosis.causes}")
        ours.append(seen.seconds * 1000)
        bare.append(store.shop.run("terminal", bare_connections) * 1000)
    median = statistics.median(ours)
    Row(
        what="2 lines and 20 ports, healthy, 3 children",
        ours=f"{median:.1f} ms",
        peer=f"{statistics.median(bare):.1f} ms",
        beside="22 bare connections, one process",
        ratio=median / statistics.median(bare),
        promise=f"< {HEALTHY_MS:g} ms",
        kept=median < HEALTHY_MS,
        command=COMMAND,
    ).show()


def bare_connections() -> float:
    begun = time.perf_counter()
    results = sweep([Target(ACQUIRER, port) for port in (PRIMARY, BACKUP, *PORTS)])
    if {result.outcome for result in results} != {Outcome.OPEN}:
        raise RuntimeError(f"not open: {results}")
    return time.perf_counter() - begun


def measure_silent(store: Store, options: dict[str, Options]) -> None:
    """Traces included: they run while the silent ports are given their time."""
    dropped = f"tcp dport {PORTS[0]}-{PORTS[SILENT - 1]} drop"
    with ruled(store.shop, "provider", "forward", dropped):
        seen = store.look(**options)
    failing = [reading for reading in seen.readings if reading.status is Status.FAILING]
    if [reading.code for reading in failing] != ["firewall.port-dropped"] * SILENT:
        raise RuntimeError(f"not the ten drops that were made: {failing}")
    timeout = FIREWALL.timeout_seconds
    Row(
        what=f"the same, {SILENT} ports dropped, traced",
        ours=f"{seen.seconds:.2f} s",
        peer=f"{timeout:.2f} s",
        beside="one timeout",
        ratio=seen.seconds / timeout,
        promise=f"<= {ALLOWED:g} x timeout",
        kept=seen.seconds <= ALLOWED * timeout,
        command=COMMAND,
    ).show()


if __name__ == "__main__":
    main()
