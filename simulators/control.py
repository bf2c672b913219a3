"""Runs a simulator as a process: one line of JSON says where it listens, each further line is a fault.

A request is one JSON object on a line, on standard input or on the control port:
`{"set": {"state.paper_out": true}}`, `{"get": ["state.paper_out"]}`, `{"call": "vanish"}` (with
`"arguments": {...}`), or `{"stop": true}`. The answer is one line: `{"ok": true, "value": ...}` or
`{"ok": false, "error": "..."}`. The process ends with its standard input unless it was started with --stay.
"""

import argparse
import json
import signal
import socketserver
import sys
import threading
from collections.abc import Collection
from typing import Any


class Controls:
    """Which attributes of a simulator may be set or read from outside, and which methods called."""

    def __init__(self, simulator: object, *, fields: Collection[str], calls: Collection[str]) -> None:
        self._simulator = simulator
        self._fields = frozenset(fields)
        self._calls = frozenset(calls)
        self.stopped = threading.Event()

    def answer(self, line: str) -> str:
        """One request line in, one answer line out; a mistake is an answer, never an exception."""
        try:
            value = self._obey(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, OSError) as error:
            return json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"})
        return json.dumps({"ok": True, "value": value}, ensure_ascii=False)

    def _obey(self, request: dict[str, Any]) -> object:
        for path, value in request.get("set", {}).items():
            owner, name = self._find(path)
            setattr(owner, name, value)
        if "call" in request:
            return self._call(request["call"], request.get("arguments", {}))
        if request.get("stop"):
            self.stopped.set()
        return {path: _plain(getattr(*self._find(path))) for path in request.get("get", ())}

    def _call(self, name: str, arguments: dict[str, Any]) -> object:
        if name not in self._calls:
            raise KeyError(f"no call {name!r}; there are {', '.join(sorted(self._calls))}")
        return _plain(getattr(self._simulator, name)(**arguments))

    def _find(self, path: str) -> tuple[object, str]:
        *owners, name = path.split(".")
        if path not in self._fields and f"{'.'.join(owners)}.*" not in self._fields:
            raise KeyError(f"no setting {path!r}; there are {', '.join(sorted(self._fields))}")
        owner = self._simulator
        for part in owners:
            owner = getattr(owner, part)
        getattr(owner, name)
        return owner, name


def _plain(value: object) -> object:
    """What JSON has no type for: bytes as hex digits."""
    return value.hex(" ") if isinstance(value, bytes) else value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--control-port", type=int, default=0, help="loopback TCP port for faults (0: any)")
    parser.add_argument("--stay", action="store_true", help="go on when standard input ends")


def serve(controls: Controls, where: dict[str, str], options: argparse.Namespace) -> None:
    """Announce where the simulator listens and take requests until one says stop (or input ends)."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: controls.stopped.set())
    with _server(controls, options.control_port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        print(json.dumps(where | {"control": f"{host!s}:{port}"}), flush=True)
        threading.Thread(target=_read_input, args=(controls, options.stay), daemon=True).start()
        controls.stopped.wait()
        server.shutdown()


def _read_input(controls: Controls, stay: bool) -> None:
    for line in sys.stdin:
        print(controls.answer(line), flush=True)
    if not stay:
        controls.stopped.set()


def _server(controls: Controls, port: int) -> socketserver.ThreadingTCPServer:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                self.wfile.write(controls.answer(line.decode("utf-8", "replace")).encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    return Server(("127.0.0.1", port), Handler)
