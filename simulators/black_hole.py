"""Loopback ports on which a TCP connect never ends: the accept queue is full, so the kernel drops each SYN.

`python -m simulators.black_hole`; nothing can be set but `{"stop": true}`.
"""

import argparse
import socket
from types import TracebackType
from typing import Self

from simulators import control


class BlackHole:
    """A listener nobody accepts from, with a backlog of 0 that one connection of our own fills.

    Linux (net/ipv4/tcp_ipv4.c, sk_acceptq_is_full) drops further SYNs silently, without reset, which is what
    a firewall's DROP looks like from here. `start` raises RuntimeError where the kernel answers all the same.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._at = (host, port)
        self._fillers: list[socket.socket] = []

    @property
    def address(self) -> tuple[str, int]:
        return self._at

    def start(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(self._at)
        self._listener.listen(0)
        self._at = self._listener.getsockname()[:2]
        for _ in range(8):
            if not self._fill():
                return
        self.stop()
        raise RuntimeError("this kernel accepts connections beyond a full backlog")

    def _fill(self) -> bool:
        """Whether one more connection was accepted by the kernel."""
        filler = socket.socket()
        filler.settimeout(0.2)
        self._fillers.append(filler)
        try:
            filler.connect(self._at)
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        for sock in (*self._fillers, self._listener):
            sock.close()
        self._fillers.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.black_hole", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    control.add_arguments(parser)
    options = parser.parse_args()
    with BlackHole(port=options.port) as hole:
        where = {"tcp": "{}:{}".format(*hole.address)}
        control.serve(control.Controls(hole, fields=(), calls=()), where, options)


if __name__ == "__main__":
    main()
