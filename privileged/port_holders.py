"""Who holds a serial port or a USB printer: the one question that needs a right the agent does not have.

systemd starts it for each connection to its socket, which is its standard input and output. A line
"who 4:64", major and minor number of a device, is answered by "held PID NAME" for each program and "end", or
by "unknown WHY". A number tells nothing of what files there are; a path, looked at with our rights, would.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time

from protocols.port_holders import lines, look

_REQUEST = re.compile(rb"who (\d{1,6}):(\d{1,7})\n")
_LONGEST_REQUEST = 32
_LONGEST_SECONDS = 5.0  # a round of the printer's probe, which asks before and after it opens, takes 3
_DRIVER = re.compile(r".* /dev/\S+ +(\d+) +(\d+)(?:-(\d+))? +(?:serial|pty:slave)$", re.MULTILINE)
_USB_PRINTERS = (180, 0, 15)  # usblp, Documentation/admin-guide/devices.txt
_PARALLEL_PORTS = (6, 0, 255)


def main() -> int:
    """Questions one by one, until the other end hangs up, stops asking, or asks for something else."""
    until = time.monotonic() + _LONGEST_SECONDS
    while request := _request(until):
        answer = _answer(request)
        sys.stdout.write("\n".join(answer) + "\n")
        sys.stdout.flush()
        if answer == ["what"]:
            break
    return 0


def _request(until: float) -> bytes:
    """A whole line; b"" at the end and where none comes in time."""
    received = b""
    while not received.endswith(b"\n") and len(received) < _LONGEST_REQUEST:
        if not select.select([0], [], [], max(0.0, until - time.monotonic()))[0]:
            return b""
        piece = os.read(0, _LONGEST_REQUEST)
        if not piece:
            return b""
        received += piece
    return received


def _answer(request: bytes) -> list[str]:
    wanted = _REQUEST.fullmatch(request)
    if wanted is None:
        return ["what"]
    major, minor = int(wanted[1]), int(wanted[2])
    if not is_a_port(major, minor, _drivers()):
        return ["unknown this is neither a serial port nor a printer"]
    return lines(look(os.makedev(major, minor)))


def _drivers() -> str:
    with open("/proc/tty/drivers", encoding="ascii", errors="replace") as file:  # noqa: PTH123  start-up time
        return file.read()


def is_a_port(major: int, minor: int, drivers: str) -> bool:
    """`drivers` lists the kernel's terminals, as /proc/tty/drivers does; a console or a disk is none of our
    business.
    """
    found = _DRIVER.findall(drivers)
    ranges = [(int(of), int(first), int(last or first)) for of, first, last in found]
    return any(
        major == of and first <= minor <= last
        for of, first, last in (_USB_PRINTERS, _PARALLEL_PORTS, *ranges)
    )


if __name__ == "__main__":
    sys.exit(main())
