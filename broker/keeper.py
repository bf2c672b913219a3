"""What outlives us: open files handed to systemd's store, and taken back from it at the next start."""

from __future__ import annotations

import mmap
import os
import socket
import sys
from collections.abc import Mapping

_NOTES = 4
_FIRST = 3  # SD_LISTEN_FDS_START, sd_listen_fds(3)


class Keeper:
    """sd_notify(3) and sd_listen_fds(3), spoken without a library. Without NOTIFY_SOCKET nothing is kept."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._kept = _handed_over(environment)

    def take(self, name: str) -> int | None:
        """A descriptor kept under this name by the run before, ours from now on."""
        return self._kept.pop(name, None)

    def drop_untaken(self) -> None:
        """An unknown version before us kept something we have no use for."""
        for name, descriptor in self._kept.items():
            os.close(descriptor)
            self.forget(name)
        self._kept = {}

    def keep(self, name: str, descriptor: int) -> None:
        """FDPOLL=0: systemd drops what hangs up, as a pty does whenever no program has it open (252)."""
        self._send(f"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", descriptor)

    def forget(self, name: str) -> None:
        self._send(f"FDSTOREREMOVE=1\nFDNAME={name}")

    def say(self, state: str) -> None:
        """READY=1, WATCHDOG=1, STOPPING=1, STATUS=..."""
        self._send(state)

    def _send(self, message: str, *descriptors: int) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.connect(self._address)
                socket.send_fds(notify, [message.encode()], list(descriptors))
        except OSError as error:
            print(f"printer broker: systemd does not listen: {error}", file=sys.stderr)


def _handed_over(environment: Mapping[str, str]) -> dict[str, int]:
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return {}
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    found: dict[str, int] = {}
    for descriptor, name in enumerate(names[: int(environment.get("LISTEN_FDS", "0"))], _FIRST):
        os.set_inheritable(descriptor, False)
        if name in found:
            os.close(found[name])
        found[name] = descriptor
    return found


class Notes:
    """Bytes that survive a kill: is a question of ours under way, is a command of the POS unfinished, is what
    waits a slip of ours, is the answer to one still to come.
    """

    def __init__(self, keeper: Keeper) -> None:
        descriptor = keeper.take("notes")
        if descriptor is None:
            descriptor = os.memfd_create("poshealth-printer-broker")
            keeper.keep("notes", descriptor)
        os.ftruncate(descriptor, _NOTES)  # a version before us may have kept fewer
        self._page = mmap.mmap(descriptor, _NOTES)
        os.close(descriptor)

    @property
    def is_asking(self) -> bool:
        return self._page[0] != 0

    @is_asking.setter
    def is_asking(self, value: bool) -> None:
        self._page[0] = value

    @property
    def is_inside(self) -> bool:
        return self._page[1] != 0

    @is_inside.setter
    def is_inside(self, value: bool) -> None:
        self._page[1] = value

    @property
    def is_slip(self) -> bool:
        return self._page[2] != 0

    @is_slip.setter
    def is_slip(self, value: bool) -> None:
        self._page[2] = value

    @property
    def is_answer_due(self) -> bool:
        return self._page[3] != 0

    @is_answer_due.setter
    def is_answer_due(self, value: bool) -> None:
        self._page[3] = value
