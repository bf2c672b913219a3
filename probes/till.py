"""Everything a probe may touch: files under a root, commands, sockets, devices, the clock."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket as sockets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from protocols import kernel_clock, netlink
from protocols.escpos.port import Parity
from protocols.netlink import Address

if TYPE_CHECKING:
    import serial

    from probes.programs import Program, Ran

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
MAX_OUTPUT_BYTES = 1 << 20  # `dpkg-query -W` of 855 packages prints 40 kB; a gigabyte is a fault


class Completed(Struct, frozen=True):
    """`returncode` is 127 where the command does not exist, -9 where its deadline ended it."""

    returncode: int
    stdout: str
    stderr: str


class Space(Struct, frozen=True, kw_only=True):
    """statvfs(3), as for a user without privileges; `files` is 0 where a file system counts none."""

    bytes: int
    free_bytes: int
    files: int
    free_files: int


class Till:
    """The world as one argument: tests give a fixture tree as `root` and real sockets on loopback."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """`name` is absolute as on the till ("/sys/class/net") or relative to the root."""
        return self.root / name.lstrip("/")

    def read_text(self, name: str) -> str:
        """At most 1 MiB, undecodable bytes escaped. Raise OSError."""
        return self.read_bytes(name).decode("utf-8", "backslashreplace")

    def read_line(self, name: str, default: str = "") -> str:
        """The first line without its newline; `default` where it cannot be read."""
        try:
            return self.read_text(name).partition("\n")[0].strip()
        except OSError:
            return default

    def read_value(self, name: str, key: str) -> str:
        """What stands behind `key` ("DEVNAME=") at the beginning of a line; "" where nothing does."""
        try:
            lines = self.read_text(name).splitlines()
        except OSError:
            return ""
        return next((line.removeprefix(key).strip() for line in lines if line.startswith(key)), "")

    def names(self, name: str) -> list[str]:
        """Sorted entries of a directory; empty where there is none."""
        try:
            return sorted(os.listdir(self.path(name)))  # noqa: PTH208  names, not paths
        except OSError:
            return []

    def exists(self, name: str) -> bool:
        return self.path(name).exists()

    def matching(self, pattern: str) -> list[str]:
        """Names on the till of files, sorted: "/etc/pos/*.conf". Folders one may not read hold none."""
        found = self.root.glob(pattern.lstrip("/"))
        with contextlib.suppress(OSError):
            return sorted(f"/{path.relative_to(self.root)}" for path in found if path.is_file())
        return []

    def stat(self, name: str) -> os.stat_result:
        """Raise OSError."""
        return self.path(name).stat()

    def run(self, *command: str, timeout_seconds: float = 5.0) -> Completed:
        """Run a fixed command in a process group of its own, killed whole at the deadline.

        C locale, no standard input, at most 1 MiB of output kept.
        """
        import subprocess  # noqa: PLC0415  0.6 MB of the daemon: in the children that run something

        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            return Completed(127, "", str(error))
        try:
            stdout, stderr = process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Completed(-signal.SIGKILL, "", f"no answer within {timeout_seconds:g} s")
        return Completed(process.returncode, _text(stdout), _text(stderr))

    def run_side_by_side(self, programs: Sequence[Program], within_seconds: float) -> Iterator[Ran]:
        """As they end; C locale, no standard input, no terminal. Raise OSError: no process can be had."""
        from probes.program_keeper import run_programs  # noqa: PLC0415  for plug-ins alone

        placed = [replace(each, words=(str(self.path(each.words[0])), *each.words[1:])) for each in programs]
        return run_programs(placed, within_seconds=within_seconds, environment=ENVIRONMENT)

    def wall_seconds(self) -> float:
        """Seconds since 1970 UTC by this machine's clock, right or wrong; under a fixture root what its file
        `wall_seconds` says, where it has one.
        """
        fixed = "" if self.root == Path("/") else self.read_line("wall_seconds")
        return float(fixed) if fixed else time.time()  # noqa: TID251  the one place

    def space(self, name: str) -> Space:
        """Of the file system at `name`; under a fixture root what statvfs.json says of it. Raise OSError.

        A dead network file system does not answer: ask only for what is local.
        """
        if self.root != Path("/"):
            return msgspec.json.decode(self.read_text("statvfs.json"), type=dict[str, Space])[name]
        found = os.statvfs(name)
        return Space(
            bytes=found.f_blocks * found.f_frsize,
            free_bytes=found.f_bavail * found.f_frsize,
            files=found.f_files,
            free_files=found.f_favail,
        )

    def clock_is_synchronised(self) -> bool | None:
        """As the kernel holds it, None where it would not say; under a fixture root adjtimex.json."""
        if self.root == Path("/"):
            return kernel_clock.synchronised()
        found: bool | None = msgspec.json.decode(self.read_line("adjtimex.json", "null"), type=bool | None)
        return found

    def read_bytes(self, name: str) -> bytes:
        """At most 1 MiB. Raise OSError."""
        with self.path(name).open("rb") as file:
            return file.read(MAX_OUTPUT_BYTES)

    def monotonic_seconds(self) -> float:
        return time.monotonic()

    def socket(self, family: int, kind: int, protocol: int = 0) -> sockets.socket:
        """A non-blocking socket. Raise OSError."""
        made = sockets.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    def addresses(self) -> tuple[Address, ...]:
        """The kernel's answer; under a fixture root what netlink/addresses.json says. Raise OSError."""
        if self.root == Path("/"):
            return netlink.addresses()
        return msgspec.json.decode(self.read_text("netlink/addresses.json"), type=tuple[Address, ...])

    def neighbours(self) -> frozenset[str]:
        """As `addresses`, from netlink/neighbours.json. Raise OSError."""
        if self.root == Path("/"):
            return netlink.neighbours()
        return msgspec.json.decode(self.read_text("netlink/neighbours.json"), type=frozenset[str])

    def interface_towards(self, address: str) -> str:
        """By which a packet would leave, as the kernel chooses; as `addresses`, from netlink/towards.json, by
        address. Raise OSError, also where no way leads there.
        """
        if self.root == Path("/"):
            return netlink.interface_towards(address)
        told = msgspec.json.decode(self.read_text("netlink/towards.json"), type=dict[str, str])
        if address not in told:
            raise OSError(errno.ENETUNREACH, address)
        return told[address]

    def connect(
        self, address: str, port: int, timeout_seconds: float, *, most_segment_bytes: int = 0
    ) -> sockets.socket:
        """A connected TCP socket to a numeric address, timeout set. Raise OSError (TimeoutError included).

        `most_segment_bytes` limits what both sides put into one packet (TCP_MAXSEG, tcp(7)); 0: as usual.
        """
        made = sockets.socket(sockets.AF_INET6 if ":" in address else sockets.AF_INET, sockets.SOCK_STREAM)
        try:
            made.settimeout(timeout_seconds)
            if most_segment_bytes:
                made.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_MAXSEG, most_segment_bytes)
            made.connect((address, port))
        except OSError:
            made.close()
            raise
        return made

    def serial_port(self, device: str, speed: int, parity: Parity = "none") -> serial.Serial:
        """8 data bits, 1 stop bit, exclusive, no flow control: a printer in trouble raises BUSY, which would
        block the question.

        Raise OSError (SerialException is one) or termios.error, which is not.
        """
        import serial  # noqa: PLC0415  only the child that opens a port pays for it

        return serial.Serial(
            str(self.path(device)),
            speed,
            parity=parity[0].upper(),
            timeout=0,
            write_timeout=1.0,
            exclusive=True,
            rtscts=False,
            xonxoff=False,
        )

    def battery_seconds_left(self) -> float | None:
        """Psutil's estimate, which knows more drivers' habits than we do; None on a fixture tree."""
        if self.root != Path("/"):
            return None
        import psutil  # noqa: PLC0415  24 ms: only the child that asks pays for it

        found = psutil.sensors_battery()
        return float(found.secsleft) if found is not None and found.secsleft >= 0 else None


def _text(output: bytes) -> str:
    return output[:MAX_OUTPUT_BYTES].decode("utf-8", "backslashreplace")
