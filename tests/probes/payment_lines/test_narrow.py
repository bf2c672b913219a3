"""When a line is said to lose big packets only."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE
from tests.conftest import RunProbe
from vocabulary.reading import Status


@contextlib.contextmanager
def going_away() -> Iterator[int]:
    """Its port is open, then takes one connection, says nothing and is closed for good."""
    listener = socket.create_server(("127.0.0.1", 0))
    with contextlib.ExitStack() as stack:

        def serve() -> None:
            with listener:
                for _ in range(2):
                    stack.enter_context(listener.accept()[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_second_try_that_cannot_connect_proves_nothing(run_probe: RunProbe) -> None:
    """The host went away in between: its silence stays the cause, whatever the size of packets."""
    with going_away() as port:
        line = Line(name="card/primary", host="127.0.0.1", port=port, reply_timeout_seconds=0.5, tries=1)
        run = run_probe(PROBE, PaymentLinesOptions(lines=(line,)))

    found = {reading.code: reading.status for reading in run.readings if reading.subject == line.name}
    assert found["payment-line.no-reply"] is Status.FAILING
    assert found["path.mtu-black-hole"] is not Status.FAILING
