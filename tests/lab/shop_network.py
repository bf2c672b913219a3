"""A shop's way to its acquirer in six network namespaces, with real nftables on every hop. Needs root.

terminal 10.8.0.2 -- switch -- 10.8.0.1 router 10.8.1.1 -- 10.8.1.2 provider 10.8.2.1 -- 10.8.2.2 core
10.8.3.1 -- 10.8.3.2 acquirer
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self, TypeVar

TERMINAL: Final = "10.8.0.2"
ROUTER: Final = "10.8.0.1"
PROVIDER: Final = "10.8.1.2"
CORE: Final = "10.8.2.2"
ACQUIRER: Final = "10.8.3.2"

_HOPS: Final = ("terminal", "switch", "router", "provider", "core", "acquirer")
_FORWARDING: Final = ("router", "provider", "core")
_End = tuple[str, str, str]  # namespace, device, address; a port of the switch has none
_CABLES: Final[tuple[tuple[_End, _End], ...]] = (
    (("terminal", "eth0", "10.8.0.2/24"), ("switch", "till", "")),
    (("router", "lan", "10.8.0.1/24"), ("switch", "router", "")),
    (("router", "wan", "10.8.1.1/24"), ("provider", "store", "10.8.1.2/24")),
    (("provider", "core", "10.8.2.1/24"), ("core", "provider", "10.8.2.2/24")),
    (("core", "acquirer", "10.8.3.1/24"), ("acquirer", "eth0", "10.8.3.2/24")),
)
_ROUTES: Final = (
    ("terminal", "default via 10.8.0.1"),
    ("router", "default via 10.8.1.2"),
    ("provider", "10.8.0.0/24 via 10.8.1.1"),
    ("provider", "10.8.3.0/24 via 10.8.2.2"),
    ("core", "10.8.0.0/23 via 10.8.2.1"),
    ("acquirer", "default via 10.8.3.1"),
)
_CLONE_NEWNS: Final = 0x20000
_CLONE_NEWNET: Final = 0x40000000
_MS_PRIVATE_ALL: Final = 0x4000 | 0x40000  # MS_REC | MS_PRIVATE
_MNT_DETACH: Final = 2

Answer = TypeVar("Answer")
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


class ShopNetwork:
    """Built on entering, gone on leaving; every process it started is ended by its own id."""

    def __init__(self) -> None:
        self._prefix = f"ph{os.getpid()}-{next(_numbers)}-"
        self._servers: list[int] = []
        self._guests: list[str] = []

    def __enter__(self) -> Self:
        try:
            for hop in _HOPS:
                _command("ip", "netns", "add", self._prefix + hop)
                self.ip(hop, "link set lo up")
            self.ip("switch", "link add bridge type bridge")
            self.ip("switch", "link set bridge up")
            for near, far in _CABLES:
                self._lay(near, far)
            for hop, route in _ROUTES:
                self.ip(hop, f"route add {route}")
            for hop in _FORWARDING:
                self.sysctl(hop, "net/ipv4/ip_forward", "1")
                self.sysctl(hop, "net/ipv4/icmp_ratelimit", "0")  # many tests a second ask the same router
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_servers()
        for hop in (*_HOPS, *self._guests):
            subprocess.run(["ip", "netns", "del", self._prefix + hop], check=False, capture_output=True)

    def _lay(self, near: _End, far: _End) -> None:
        peer = ("peer", "name", far[1], "netns", self._prefix + far[0])
        _command("ip", "link", "add", near[1], "netns", self._prefix + near[0], "type", "veth", *peer)
        for hop, device, address in (near, far):
            self.ip(
                hop, f"address add {address} dev {device}" if address else f"link set {device} master bridge"
            )
            self.ip(hop, f"link set {device} up")

    def join(self, hop: str, address: str) -> None:
        """One more machine on the store's switch, of its own namespace `hop`, gone with the others."""
        _command("ip", "netns", "add", self._prefix + hop)
        self._guests.append(hop)
        self.ip(hop, "link set lo up")
        self._lay((hop, "eth0", address), ("switch", hop, ""))

    def leave(self, hop: str) -> None:
        self._guests.remove(hop)
        _command("ip", "netns", "del", self._prefix + hop)

    def within(self, hop: str) -> tuple[str, ...]:
        """What starts a command in the namespace, with its /sys, as the same process."""
        return ("ip", "netns", "exec", self._prefix + hop)

    def ip(self, hop: str, arguments: str) -> None:
        _command("ip", "-n", self._prefix + hop, *arguments.split())

    def sysctl(self, hop: str, name: str, value: str) -> None:
        self.run(hop, lambda: _write(f"/proc/sys/{name}", value))

    def rule(self, hop: str, hook: str, *rules: str) -> None:
        """A base chain at `hook` with these nft rules."""
        chain = f"chain {hook} {{\n type filter hook {hook} priority 0\n" + "\n".join(rules) + "\n}"
        self.nft(hop, f"table inet lab {{\n{chain}\n}}\n")

    def nft(self, hop: str, text: str) -> None:
        """Rules of any kind, as nft(8) reads them."""
        _command("ip", "netns", "exec", self._prefix + hop, "nft", "-f", "-", text=text)

    def flush_rules(self) -> None:
        for hop in _HOPS:
            _command("ip", "netns", "exec", self._prefix + hop, "nft", "flush", "ruleset")

    def run(self, hop: str, work: Callable[[], Answer]) -> Answer:
        """What `work` returns in a child that lives in the namespace; raise what it raises."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            self._live(hop, lambda: _report(writer, work))
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            message = pipe.read()
        os.waitpid(child, 0)
        answer, error = pickle.loads(message)
        if error is not None:
            raise error
        return answer  # type: ignore[no-any-return]

    def serve(self, hop: str, *ports: int) -> None:
        """Accept and close every TCP connection to these ports."""
        self.start(hop, lambda ready: _accept(ports, ready))

    def start(self, hop: str, work: Callable[[Callable[[], object]], None]) -> int:
        """A server in the namespace, its id; returns when `work` has called what it is given."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            self._live(hop, lambda: work(lambda: os.write(writer, b"ready")))
        os.close(writer)
        self._servers.append(child)
        with os.fdopen(reader, "rb") as pipe:
            assert pipe.read(5) == b"ready", f"the server at {hop} did not start"
        return child

    def stop(self, server: int) -> None:
        self._servers.remove(server)
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)

    def stop_servers(self) -> None:
        while self._servers:
            self.stop(self._servers[-1])

    def _live(self, hop: str, work: Callable[[], object]) -> NoReturn:
        """The rest of this child's life, in the namespace and with its /sys."""
        status = 1
        try:
            _enter(f"/run/netns/{self._prefix}{hop}")
            work()
            status = 0
        except BaseException as error:  # noqa: BLE001  nothing may reach the test runner's copy
            print(f"{hop}: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)


def _enter(namespace: str) -> None:
    with Path(namespace).open() as file:
        _call(_libc.setns(file.fileno(), _CLONE_NEWNET))
    _call(_libc.unshare(_CLONE_NEWNS))
    _call(_libc.mount(b"none", b"/", None, _MS_PRIVATE_ALL, None))
    _libc.umount2(b"/sys", _MNT_DETACH)
    _call(_libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None))


def _call(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _report(writer: int, work: Callable[[], object]) -> None:
    try:
        message = pickle.dumps((work(), None))
    except Exception as error:  # noqa: BLE001  is raised again in the test
        message = pickle.dumps((None, error))
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(message)


def _accept(ports: tuple[int, ...], ready: Callable[[], object]) -> None:
    with selectors.DefaultSelector() as selector:
        for port in ports:
            selector.register(socket.create_server(("0.0.0.0", port)), selectors.EVENT_READ)
        ready()
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.accept()[0].close()


def _write(path: str, value: str) -> None:
    Path(path).write_text(value)


def _command(*words: str, text: str | None = None) -> None:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
