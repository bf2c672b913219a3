"""A real systemd as process 1 of namespaces of its own, with a real system bus. Needs root."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

UNPRIVILEGED = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")

ENTER = """
set -e
mount -t tmpfs tmpfs /run
mkdir /run/groups /run/systemd /run/systemd/system /run/dbus
mount -t cgroup2 none /run/groups
mkdir /run/groups/{group}
echo $$ > /run/groups/{group}/cgroup.procs
umount /run/groups
cp {units}/* /run/systemd/system/
exec unshare --cgroup --pid --fork --mount-proc --kill-child \
    sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec /lib/systemd/systemd --system --unit=till.target'
"""
LEAVE = """
mount -t tmpfs tmpfs /run && mkdir /run/groups && mount -t cgroup2 none /run/groups
find /run/groups/{group} -depth -type d -exec rmdir '{{}}' ';'
"""
PRIVATE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")
BUS_SOCKET = "[Socket]\nListenStream=/run/dbus/system_bus_socket\n"
BUS = "[Service]\nType=notify\nExecStart=/usr/bin/dbus-daemon --system --nofork --address=systemd:\n"


class RealSystemd:
    """Runs the given units (name to body); every unit stands alone, without the usual dependencies."""

    def __init__(self, folder: Path, units: dict[str, str], within: tuple[str, ...] = ()) -> None:
        """`within` is what starts it in a network namespace."""
        self._group = f"poshealth-test-{uuid.uuid4().hex}"  # one that was left behind must not be in the way
        self._folder = folder
        self._within = within
        self._units = {**units, "dbus.socket": BUS_SOCKET, "dbus.service": BUS}

    def __enter__(self) -> Self:
        self._folder.mkdir()
        wanted = " ".join(name for name in self._units if "@." not in name)
        for name, body in {**self._units, "till.target": f"[Unit]\nWants={wanted}\n"}.items():
            (self._folder / name).write_text(f"[Unit]\nDefaultDependencies=no\n{body}")
        script = ENTER.format(group=self._group, units=self._folder)
        self._process = subprocess.Popen([*self._within, *PRIVATE, script], stderr=subprocess.DEVNULL)
        _until(lambda: self.run("systemctl", "is-active", "till.target") == "active\n")
        return self

    def __exit__(self, *_: object) -> None:
        for child in psutil.Process(self._process.pid).children():
            child.kill()
        self._process.wait()
        _until(
            lambda: subprocess.run([*PRIVATE, LEAVE.format(group=self._group)], check=False).returncode == 0
        )

    def run(self, *command: str) -> str:
        """What an unprivileged command prints inside."""
        return self._inside(*UNPRIVILEGED, *command)

    def python(self, program: str) -> str:
        """What a program prints inside that gives up its privileges by itself."""
        return self._inside(sys.executable, "-c", program)

    def _inside(self, *command: str) -> str:
        children = psutil.Process(self._process.pid).children()
        if not children:
            return ""
        inside = ("nsenter", "--target", str(children[0].pid), "--mount", "--pid", "--net")
        return subprocess.run([*inside, *command], capture_output=True, text=True, check=False).stdout


def _until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain for systemd"
        time.sleep(0.05)
