"""What must be running or present: POS application, services, kernel, drivers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from probes.software.conditions import (
    DRIVER_MISSING,
    POS_NOT_RUNNING,
    RESTART_NEEDED,
    SERVICE_DOWN,
)
from probes.software.options import PosApplication
from probes.till import Till
from protocols.debian_packages import compare_versions
from vocabulary.reading import Reading, Reason

NO_SYSTEMD: Final = "no systemd on this till"
_ACTIVE: Final = ("active", "reloading", "refreshing")  # systemctl(1), "is-active"
_INTERPRETERS: Final = re.compile(
    r"(java|python[\d.]*|node|mono|dotnet|electron|wine\S*|sh|bash|perl|php[\d.]*)"
)
_LISTENING: Final = "0A"  # TCP_LISTEN in /proc/net/tcp (Linux include/net/tcp_states.h)
_ACCEPTS: Final = "00010000"  # __SO_ACCEPTCON in the Flags column of /proc/net/unix (proc(5))


class _HiddenError(Exception):
    """A sign of life cannot be looked for; carries reason and what would help."""

    def __init__(self, reason: Reason, because: str) -> None:
        super().__init__(because)
        self.reason = reason
        self.because = because


def read_pos(pos: PosApplication | None, till: Till) -> Reading:
    """A sign that is missing decides; one that cannot be looked for leaves the whole unknown."""
    if pos is None:
        return POS_NOT_RUNNING.unknown(Reason.NOT_SET_UP)
    signs = _signs(pos)
    hidden: _HiddenError | None = None
    missing: list[str] = []
    for kind, shown in signs.items():
        try:
            if not _alive(kind, pos, till):
                missing.append(shown)
        except _HiddenError as error:
            hidden = error
    if hidden and not missing:
        return POS_NOT_RUNNING.unknown(hidden.reason, because=hidden.because)
    return POS_NOT_RUNNING.failing_if(bool(missing), missing=", ".join(missing))


def _signs(pos: PosApplication) -> dict[str, str]:
    shown = {
        "unit": pos.unit,
        "process": pos.process,
        "pid_file": pos.pid_file,
        "port": f"TCP {pos.port}" if pos.port else None,
        "unix_socket": pos.unix_socket,
    }
    return {kind: text for kind, text in shown.items() if text}


def _alive(kind: str, pos: PosApplication, till: Till) -> bool:
    if kind == "unit":
        return _states(till, [pos.unit or ""])[0] in _ACTIVE
    if kind == "process":
        return _process_runs(till, pos.process or "")
    if kind == "pid_file":
        pid = till.read_line(pos.pid_file or "")
        return pid.isdecimal() and bool(_command_line(till, pid))
    if kind == "port":
        return pos.port in _listening_ports(till)
    return pos.unix_socket in _listening_sockets(till)


def _process_runs(till: Till, name: str) -> bool:
    pids = (entry for entry in till.names("/proc") if entry.isdecimal())
    if any(runs(name, _command_line(till, pid)) for pid in pids):
        return True
    if not _command_line(till, "1"):
        # proc(5), "hidepid": without this group an absent process and a hidden one look alike
        raise _HiddenError(Reason.NO_PERMISSION, "mount -o remount,gid=poshealth /proc")
    return False


def runs(name: str, words: list[str]) -> bool:
    """Whether a command line is that of the program: itself, or an interpreter with it as an argument."""
    if not words:
        return False
    program = PurePosixPath(words[0]).name
    if _INTERPRETERS.fullmatch(program):
        return any(PurePosixPath(word).name == name for word in words)
    return program == name


def _command_line(till: Till, pid: str) -> list[str]:
    """Empty for a process that is gone, a kernel thread or a zombie."""
    try:
        text = till.read_text(f"/proc/{pid}/cmdline").rstrip("\0")
    except OSError:
        return []
    return text.split("\0") if text else []


def _listening_ports(till: Till) -> set[int]:
    ports: set[int] = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        for columns in _table(till, name):
            if len(columns) > 3 and columns[3] == _LISTENING:
                ports.add(int(columns[1].rpartition(":")[2], 16))
    return ports


def _listening_sockets(till: Till) -> set[str]:
    rows = _table(till, "/proc/net/unix")
    return {columns[7] for columns in rows if len(columns) == 8 and columns[3] == _ACCEPTS}


def _table(till: Till, name: str) -> Iterator[list[str]]:
    try:
        lines = till.read_text(name).splitlines()
    except OSError:
        return
    yield from (line.split() for line in lines[1:])


def read_services(units: tuple[str, ...], till: Till) -> Iterator[Reading]:
    if not units:
        yield SERVICE_DOWN.unknown(Reason.NOT_SET_UP)
        return
    try:
        states = _states(till, list(units))
    except _HiddenError as error:
        for unit in units:
            yield SERVICE_DOWN.unknown(error.reason, unit, because=error.because)
        return
    for unit, state in zip(units, states, strict=True):
        yield SERVICE_DOWN.failing_if(state not in _ACTIVE, unit, state=state)


def _states(till: Till, units: list[str]) -> list[str]:
    """One word per unit, in their order, from one `systemctl is-active`."""
    if not till.exists("/run/systemd/system"):  # sd_booted(3)
        raise _HiddenError(Reason.NOT_SUPPORTED, NO_SYSTEMD)
    answer = till.run("systemctl", "is-active", "--", *units)
    states = answer.stdout.split()
    if len(states) != len(units):
        raise _HiddenError(Reason.NOT_TESTED, "systemctl gives no answer")
    return states


def read_restart(till: Till) -> Reading:
    """The updater's mark, or a newer kernel of the running one's flavour on the disk."""
    running = till.read_line("/proc/sys/kernel/osrelease")
    installed = [name for name in _kernels(till) if _flavour(name) == _flavour(running)]
    newest = newest_version(installed)
    marked = till.exists("/run/reboot-required")
    if not marked and (not newest or not running):
        return RESTART_NEEDED.unknown(Reason.NOT_SUPPORTED, because="this till's kernel is not in /boot")
    newer = bool(newest) and compare_versions(newest, running) > 0
    why = "A newer kernel is installed" if newer else "Installed updates ask for a restart"
    return RESTART_NEEDED.failing_if(marked or newer, why=why, running=running, newest=newest or "unknown")


def newest_version(names: Iterable[str]) -> str:
    newest = ""
    for name in names:
        if not newest or compare_versions(name, newest) > 0:
            newest = name
    return newest


def _kernels(till: Till) -> list[str]:
    images = [name.removeprefix("vmlinuz-") for name in till.names("/boot") if name.startswith("vmlinuz-")]
    folders = [name for name in till.names("/lib/modules") if till.exists(f"/lib/modules/{name}/modules.dep")]
    return images or folders


def _flavour(release: str) -> str:
    """What tells kernels apart: amd64 of "6.1.0-22-amd64", x86_64 of "5.14.0-427.13.1.el9_4.x86_64"."""
    return re.sub(r"^[\d.~-]*(?:(?:deb|el|fc)\d+[\d_.]*[.-])?", "", release)


def read_drivers(modules: tuple[str, ...], till: Till) -> Iterator[Reading]:
    """Loaded or built in."""
    kernel = till.read_line("/proc/sys/kernel/osrelease")
    for module in modules:
        yield DRIVER_MISSING.failing_if(not _has_module(till, module, kernel), module, kernel=kernel)
    if not modules:
        yield DRIVER_MISSING.unknown(Reason.NOT_SET_UP)


def _has_module(till: Till, module: str, kernel: str) -> bool:
    """Names use "-" and "_" as one; what is built in need not have a folder in /sys/module."""
    name = module.replace("-", "_")
    if till.exists(f"/sys/module/{name}"):
        return True
    try:
        built_in = till.read_text(f"/lib/modules/{kernel}/modules.builtin")
    except OSError:
        return False
    return name in {PurePosixPath(line).stem.replace("-", "_") for line in built_in.splitlines()}
