"""A line's tunnel goes away while the line is looked at: nothing more is sent."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probes.memory import Memory
from probes.payment_lines.conditions import NO_REPLY
from probes.payment_lines.narrow import look_again
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE
from probes.payment_lines.walk import NOTHING_COMES, Walk, climb, measure
from probes.payment_lines.way import connect, note_straying
from probes.routing import Course
from probes.till import Till
from tests.conftest import RunProbe
from vocabulary.reading import Status

DOWN = {"payment-line.down", "card-payments.no-line"}
HOST, TUNNEL = "127.0.0.1", "wg0"


def leads(root: Path, interface: str) -> None:
    """By which interface the kernel sends what is meant for the host, from now on."""
    (root / "netlink").mkdir(exist_ok=True)
    (root / "netlink/next").write_text(json.dumps({HOST: interface}))
    (root / "netlink/next").rename(root / "netlink/towards.json")


@contextlib.contextmanager
def breaks_off(root: Path, met: list[bytes], answer: bytes = b"") -> Iterator[int]:
    """Its port; with the first bytes it gets the tunnel goes away, and it hangs up. `met`: each visit's."""
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                visit, _ = listener.accept()
                with visit:
                    met.append(visit.recv(4096))
                    if met[-1]:
                        leads(root, "eth0")
                        visit.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_a_tunnel_that_goes_away_meanwhile_is_the_cause(run_probe: RunProbe, till_folder: Path) -> None:
    """The second look at a failed handshake is not taken past it; the verdict is that of a tunnel gone."""
    met: list[bytes] = []
    root = till_folder / "till"
    root.mkdir(mode=0o755)
    leads(root, TUNNEL)
    with breaks_off(root, met) as port:
        line = Line(name="card/primary", host=HOST, port=port, vpn=TUNNEL)
        run = run_probe(PROBE, PaymentLinesOptions(lines=(line,)), root)

    failing = {reading.code for reading in run.readings if reading.status is Status.FAILING}
    assert [bool(said) for said in met] == [False, True]
    assert failing == {"path.past-the-tunnel", "payment-line.unreachable", *DOWN}


STEPS: dict[str, Callable[[Walk, Till], None]] = {
    "first": lambda walk, till: connect([walk], till, Memory(), "", time.monotonic() + 5),
    "question": lambda walk, till: climb(walk, till, Memory(), lambda: 1, time.monotonic() + 5),
    "measurement": lambda walk, till: measure(walk, till, time.monotonic() + 5),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_connection_asks_for_the_tunnel_itself(step: str, tmp_path: Path) -> None:
    """It was there when the round began."""
    leads(tmp_path, "eth0")
    with socket.create_server((HOST, 0)) as listener:
        listener.setblocking(False)
        line = Line(name="card/primary", host=HOST, port=listener.getsockname()[1], vpn=TUNNEL, tls=False)
        there = Course(way=(TUNNEL,), tunnel=TUNNEL, below=(TUNNEL,))
        walk = Walk(line=line, course=there, facts={}, now=0.0, address=HOST)
        STEPS[step](walk, Till(tmp_path))
        note_straying(walk)
        with pytest.raises(BlockingIOError):
            listener.accept()

    assert walk.finding is not None
    assert walk.finding.verdict.facts == {"tunnel": TUNNEL}
    assert walk.broken is not None


def test_big_packets_are_not_traced_past_the_tunnel(tmp_path: Path) -> None:
    """It went away while small ones were tried, after the last of their connections had asked for it."""
    leads(tmp_path, TUNNEL)
    met: list[bytes] = []
    there = Course(way=(TUNNEL,), tunnel=TUNNEL, below=(TUNNEL,))
    with breaks_off(tmp_path, met, b"HTTP/1.0 400 Bad Request\r\n\r\n") as port:
        line = Line(name="card/primary", host=HOST, port=port, vpn=TUNNEL)
        walk = Walk(line=line, course=there, facts={"seen": NOTHING_COMES}, now=0.0, address=HOST)
        walk.broken = NO_REPLY
        look_again(walk, Till(tmp_path), Memory(), lambda: 1, time.monotonic() + 5)

    assert (len(met), walk.course.strays, walk.narrow) == (1, True, None)
