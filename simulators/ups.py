"""A UPS behind a NUT server: speaks upsd's network protocol (NUT 2.8.0, docs/net-protocol.txt) on TCP.

`python -m simulators.ups`; the requests on its control port are those of `control`.
"""

import argparse
import shlex
import socket
import time
from collections.abc import Callable

from simulators import control
from simulators.tcp_host import TcpHost

UNKNOWN_COMMAND = "ERR UNKNOWN-COMMAND"
INVALID_ARGUMENT = "ERR INVALID-ARGUMENT"
UNKNOWN_UPS = "ERR UNKNOWN-UPS"
LOGIN_WANTED = "ERR USERNAME-REQUIRED"

# What upsd 2.8.0 on Debian 12 says of itself.
FIXED_ANSWERS = {
    "VER": "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/",
    "NETVER": "1.3",
    "PROTVER": "1.3",
    "HELP": "Commands: HELP VER GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS",
    "STARTTLS": "ERR FEATURE-NOT-CONFIGURED",
    "USERNAME": "OK",
    "PASSWORD": "OK",
    "LOGIN": LOGIN_WANTED,
    "MASTER": LOGIN_WANTED,
    "PRIMARY": LOGIN_WANTED,
    "FSD": LOGIN_WANTED,
    "SET": LOGIN_WANTED,
    "INSTCMD": LOGIN_WANTED,
}


class Ups(TcpHost):
    """One UPS called `name`; `variables` and the faults may be set while it runs.

    `stale`: the driver hangs (ERR DATA-STALE). `driver_gone`: it died (ERR DRIVER-NOT-CONNECTED). `silent`:
    upsd itself hangs. `gone` (see TcpHost): upsd is not running. Another name is ERR UNKNOWN-UPS.
    `commands` keeps every line received.
    """

    def __init__(
        self,
        *,
        name: str = "till",
        description: str = "Till UPS",
        variables: dict[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port)
        self.name = name
        self.description = description
        self.variables = dict(variables) if variables is not None else dict(HEALTHY)
        self.stale = False
        self.driver_gone = False
        self.silent = False
        self.commands: list[tuple[float, str]] = []

    @property
    def status(self) -> str:
        """Tokens of ups.status, such as "OL", "OB DISCHRG", "OB DISCHRG LB"."""
        return self.variables["ups.status"]

    @status.setter
    def status(self, tokens: str) -> None:
        self.variables["ups.status"] = tokens

    @property
    def charge(self) -> int:
        """battery.charge in percent."""
        return int(self.variables["battery.charge"])

    @charge.setter
    def charge(self, percent: int) -> None:
        self.variables["battery.charge"] = str(percent)

    @property
    def runtime_seconds(self) -> int:
        """battery.runtime in seconds."""
        return int(self.variables["battery.runtime"])

    @runtime_seconds.setter
    def runtime_seconds(self, seconds: int) -> None:
        self.variables["battery.runtime"] = str(seconds)

    def set_variable(self, name: str, value: str) -> None:
        self.variables[name] = value

    def serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                command = line.decode("latin-1").rstrip("\r\n")
                self.commands.append((time.monotonic(), command))
                if self.silent:
                    continue
                connection.sendall(self.answer(command).encode("utf-8") + b"\n")
                if command.upper() == "LOGOUT":
                    return

    def answer(self, command: str) -> str:
        """The reply without its last line feed; command words in either case, as upsd takes them."""
        try:
            word, *arguments = shlex.split(command)
        except ValueError:  # nothing on the line, or an open quote
            return UNKNOWN_COMMAND
        word = word.upper()
        if word == "LOGOUT":
            return "OK Goodbye"
        if word == "GET":
            return self._get(arguments)
        if word == "LIST":
            return self._list(arguments)
        return FIXED_ANSWERS.get(word, UNKNOWN_COMMAND)

    def _get(self, arguments: list[str]) -> str:
        needed: dict[str, tuple[int, Callable[..., str]]] = {
            "VAR": (2, self._variable),
            "UPSDESC": (1, lambda: f"UPSDESC {self.name} {quoted(self.description)}"),
            "NUMLOGINS": (1, lambda: f"NUMLOGINS {self.name} 0"),
        }
        kind = arguments[0].upper() if arguments else ""
        if kind not in needed or len(arguments) < 1 + needed[kind][0]:
            return INVALID_ARGUMENT
        if arguments[1] != self.name:
            return UNKNOWN_UPS
        return needed[kind][1](*arguments[2 : 1 + needed[kind][0]])

    def _variable(self, name: str) -> str:
        if fault := self._driver_fault():
            return fault
        if name not in self.variables:
            return "ERR VAR-NOT-SUPPORTED"
        return f"VAR {self.name} {name} {quoted(self.variables[name])}"

    def _driver_fault(self) -> str:
        if self.driver_gone:
            return "ERR DRIVER-NOT-CONNECTED"
        return "ERR DATA-STALE" if self.stale else ""

    def _list(self, arguments: list[str]) -> str:
        kind = arguments[0].upper() if arguments else ""
        if kind == "UPS":
            return _listing("UPS", [f"UPS {self.name} {quoted(self.description)}"])
        if kind not in ("VAR", "CMD", "CLIENT") or len(arguments) < 2:
            return INVALID_ARGUMENT
        if arguments[1] != self.name:
            return UNKNOWN_UPS
        if kind != "CLIENT" and (fault := self._driver_fault()):
            return fault
        rows = [
            f"VAR {self.name} {name} {quoted(value)}"
            for name, value in sorted(self.variables.items())
            if kind == "VAR"
        ]
        return _listing(f"{kind} {self.name}", rows)


HEALTHY = {
    "battery.charge": "100",
    "battery.charge.low": "10",
    "battery.runtime": "1620",
    "battery.voltage": "13.6",
    "device.mfr": "Simulated",
    "device.model": "Line 650",
    "device.type": "ups",
    "input.voltage": "228.0",
    "ups.load": "22",
    "ups.mfr": "Simulated",
    "ups.model": "Line 650",
    "ups.status": "OL",
}


def quoted(value: str) -> str:
    r"""NUT's way: \ and " are escaped by a backslash."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listing(what: str, rows: list[str]) -> str:
    return "\n".join([f"BEGIN LIST {what}", *rows, f"END LIST {what}"])


FIELDS = ("status", "charge", "runtime_seconds", "stale", "driver_gone", "silent", "gone", "name")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.ups", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any; upsd's own is 3493")
    parser.add_argument("--name", default="till")
    control.add_arguments(parser)
    options = parser.parse_args()
    with Ups(name=options.name, port=options.port) as ups:
        where = {"tcp": "{}:{}".format(*ups.address), "ups": ups.name}
        control.serve(control.Controls(ups, fields=FIELDS, calls=("set_variable",)), where, options)


if __name__ == "__main__":
    main()
