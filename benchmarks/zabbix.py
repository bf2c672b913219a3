"""zabbix_agent2, as Debian packages it, answering passive checks on loopback: memory beside ours.

`python -m benchmarks.zabbix`. It is asked what it can be: 15 TCP ports, a name of each resolver, 7 of the
host. It checks no certificate and asks no UPS, so no time and no CPU is compared.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks.processes import family, pss_mebibytes
from benchmarks.rows import Row
from benchmarks.targets import NAME, Targets
from benchmarks.terminal import PROBES, check, counter, head_office, healthy, tables, terminal
from tests.counter import wait_for

ZABBIX: Final = "/usr/sbin/zabbix_agent2"
COMMAND: Final = ".venv/bin/python -m benchmarks.zabbix"
ASKED: Final = 20
HOST_KEYS: Final = (
    "agent.ping",
    "net.if.discovery",
    "net.if.in[lo]",
    "system.uptime",
    "system.cpu.load",
    "vm.memory.size",
    "proc.num",
)
_HEAD: Final = struct.Struct("<4sBQ")  # "ZBXD", flags 1, length: Zabbix manual, header
_SETTINGS: Final = """
LogType=console
ListenIP=127.0.0.1
ListenPort={port}
Server=127.0.0.1
Hostname=till
PidFile={folder}/zabbix.pid
ControlSocket={folder}/zabbix.sock
"""


class Zabbix(Struct, frozen=True):
    pid: int
    port: int

    def ask(self, key: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), 10) as channel:
            channel.sendall(_HEAD.pack(b"ZBXD", 1, len(key)) + key.encode())
            answer = b""
            while chunk := channel.recv(65536):
                answer += chunk
        return answer[_HEAD.size :].decode("utf-8", "replace")


@contextlib.contextmanager
def zabbix_agent(folder: Path) -> Iterator[Zabbix]:
    """Without a server: it answers who asks."""
    port = _free_port()
    settings = folder / "zabbix.conf"
    settings.write_text(_SETTINGS.format(port=port, folder=folder))
    process = subprocess.Popen(
        [ZABBIX, "-f", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    found = Zabbix(process.pid, port)
    try:
        wait_for(lambda: _answers(found))
        yield found
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    """It takes no port above 32767 (zabbix_agent2.conf), where the kernel gives none below."""
    for port in range(20_000, 32_767):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise TimeoutError("no port is free")


def keys(found: Targets) -> list[str]:
    ports = (*found.ports, *found.card, *found.wallets)
    names = [f'net.dns["{host}",{NAME},A,1,1]' for host in ("127.0.0.1",) * len(found.resolvers)]
    return [*(f"net.tcp.port[127.0.0.1,{port}]" for port in ports), *names, *HOST_KEYS]


def main() -> None:
    with counter() as (folder, found), zabbix_agent(folder) as zabbix:
        time.sleep(2)
        idle = pss_mebibytes([zabbix.pid])
        for _ in range(ASKED):
            for key in keys(found):
                zabbix.ask(key)
        used = pss_mebibytes([zabbix.pid])
        with (
            head_office(folder, found) as office,
            terminal(folder, tables(found, healthy(found)), office) as daemon,
        ):
            for _ in range(ASKED):
                check(folder, (*PROBES, "receipt_printer", "software"))
            time.sleep(1)
            ours = pss_mebibytes(family(daemon.pid))
    for beside, theirs in (
        ("zabbix_agent2, never asked", idle),
        (f"zabbix_agent2, asked {ASKED} times", used),
    ):
        Row(
            what="memory between rounds, PSS",
            ours=f"{ours:.1f} MiB",
            peer=f"{theirs:.1f} MiB",
            beside=beside,
            ratio=ours / theirs,
            command=COMMAND,
        ).show()


def _answers(zabbix: Zabbix) -> bool:
    with contextlib.suppress(OSError):
        return zabbix.ask("agent.ping") == "1"
    return False


if __name__ == "__main__":
    main()
