"""Where a printer may hang, and at which speed it answers: on request only, for it may print a character."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from probes.receipt_printer.port import PortTroubleError, Trouble, grant_command, has_speed, opened
from probes.till import Till
from protocols.escpos.interview import ANSWER_SECONDS, ask
from protocols.escpos.port import Port
from protocols.escpos.status import question

SPEEDS = (9600, 19200, 38400, 115200, 4800, 57600, 1200, 2400)  # the first four are what printers ship with
MOST_SECONDS = 15.0  # eight speeds, two questions of 0.3 s each, and opening

_BY_NAME = ("/dev/serial/by-id", "/dev/serial/by-path")  # names that survive a re-plug, the best first
_DEVICES = (("/dev", re.compile(r"tty(?:S|USB|ACM)\d+")), ("/dev/usb", re.compile(r"lp\d+")))


class Found(StrEnum):
    ANSWERS = "answers"
    HELD = "held"
    SILENT = "silent"
    GARBLED = "garbled"
    NO_PERMISSION = "no-permission"
    GONE = "gone"


class Finding(Struct, frozen=True, kw_only=True):
    """`speed` in baud, None where the port has none or none was found; `detail` is the granting command, the
    holder, or what was heard in hex.
    """

    port: str
    found: Found
    speed: int | None = None
    detail: str = ""


_TROUBLES = {Trouble.HELD: Found.HELD, Trouble.NO_PERMISSION: Found.NO_PERMISSION}


def candidates(till: Till) -> list[str]:
    """One name for each device, the one that survives a re-plug where there is one.

    Serial ports the kernel knows without hardware behind them, and its own console, are left out.
    """
    listed = [f"{folder}/{name}" for folder in _BY_NAME for name in till.names(folder)]
    for folder, pattern in _DEVICES:
        names = [name for name in till.names(folder) if pattern.fullmatch(name)]
        listed += [f"{folder}/{name}" for name in names if _has_hardware(till, name)]
    by_device: dict[str, str] = {}
    for name in listed:
        by_device.setdefault(str(till.path(name).resolve()), name)
    return sorted(by_device.values(), key=listed.index)


def _has_hardware(till: Till, name: str) -> bool:
    """PORT_UNKNOWN is type 0 (linux/serial_core.h): a name without a chip."""
    if name in till.read_line("/sys/class/tty/console/active").split():
        return False
    return till.read_line(f"/sys/class/tty/{name}/type", "1") != "0"


def scan(till: Till, name: str) -> Finding:
    """DLE EOT 1 at one speed after the other until an answer comes twice. Raise nothing of the port's."""
    noise = b""
    for speed in SPEEDS if has_speed(till, name) else (None,):
        try:
            with opened(till, name, speed or SPEEDS[0]) as port:
                answers, heard = _answers(port)
                shared = port.shared
        except PortTroubleError as error:
            grant = grant_command(till, name) if error.trouble is Trouble.NO_PERMISSION else ""
            return Finding(port=name, found=_TROUBLES.get(error.trouble, Found.GONE), detail=grant)
        if shared:
            return Finding(port=name, found=Found.HELD, detail="a program that reads the same bytes")
        if answers:
            return Finding(port=name, found=Found.ANSWERS, speed=speed)
        noise = noise or heard
    if noise:
        return Finding(port=name, found=Found.GARBLED, detail=noise[:8].hex(" ").upper())
    return Finding(port=name, found=Found.SILENT)


def _answers(port: Port) -> tuple[bool, bytes]:
    """Whether two of three questions in a row are answered, and the noise.

    The first may be eaten: what came at another speed can look like the beginning of a command. Noise passes
    the fixed bits once in 16 bytes, so one answer alone proves nothing.
    """
    replies = list(_replies(port))
    good = [is_reply for is_reply, _ in replies]
    noise = b"".join(received for is_reply, received in replies if not is_reply)
    return good[-2:] == [True, True], noise


def _replies(port: Port) -> Iterator[tuple[bool, bytes]]:
    """Two questions; a third only where the first alone was not answered."""
    good: list[bool] = []
    while len(good) < 2 or good == [False, True]:
        said = ask(port, question(1), time.monotonic() + 2 * ANSWER_SECONDS)
        good.append(said.reply is not None)
        yield good[-1], said.received
