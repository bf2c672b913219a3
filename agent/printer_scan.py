"""A scan of one port in an unprivileged child that can be killed, and never of a port that is in use."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from agent.running.account import probe_account
from agent.running.children import Write, start
from probes.receipt_printer.port import is_device
from probes.receipt_printer.scan import MOST_SECONDS, Finding, Found, scan
from probes.till import Till
from protocols.port_holders import character_device, look

_HELD_SECONDS = 3.5  # the longest our own probe keeps the port


def scan_port(name: str, root: Path = Path("/")) -> Finding:
    """A port that is held is waited for a little: it may be our own probe, asking its four questions."""
    until = time.monotonic() + _HELD_SECONDS
    finding = _scan_if_free(name, root)
    while finding.found is Found.HELD and time.monotonic() < until:
        time.sleep(0.1)
        finding = _scan_if_free(name, root)
    return finding


def _scan_if_free(name: str, root: Path) -> Finding:
    """A program that holds the port without locking it is seen only in /proc."""
    till = Till(root)
    try:
        device = character_device(str(till.path(name))) if is_device(name) else None
        held_by = look(device, str(till.path("/proc"))).holders if device is not None else ()
    except OSError:
        return Finding(port=name, found=Found.GONE)
    if held_by:
        return Finding(port=name, found=Found.HELD, detail=", ".join(map(str, held_by)))
    return _scan_in_child(name, root)


def _scan_in_child(name: str, root: Path) -> Finding:
    def work(write: Write) -> None:
        write(msgspec.json.encode(scan(Till(root), name)))

    child = start("printer scan", work, timeout_seconds=MOST_SECONDS, account=probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        if not child.read():
            break
        time.sleep(0.01)
    try:
        return msgspec.json.decode(bytes(child.output), type=Finding)
    except msgspec.MsgspecError:
        return Finding(port=name, found=Found.GONE, detail=f"the scan of this port ended: {child.ending}")
