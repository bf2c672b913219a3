"""Why the daemon is being stopped, as systemd tells an unprivileged service that asks in time."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from agent.outbox.outbox import Outbox
from agent.sending.dispatch import Dispatch
from vocabulary.absence import Why

UNIT: Final = "poshealth.service"
CURRENT_RELEASE: Final = Path("/opt/poshealth")  # a link: tools/install lets it lead to the new release first
ASK_SECONDS: Final = 1.0  # it took 10 ms; a bus that hangs must not hold up a shutdown
LAST_WORD_SECONDS: Final = 2.0  # a kept connection answers within one; a store's line may be slow
_UP_AGAIN: Final = ("reboot.target", "kexec.target", "soft-reboot.target")
_DOWN: Final = ("poweroff.target", "halt.target", "shutdown.target")


def why() -> Why:
    """As the jobs say that are queued at this moment; without systemd it was stopped by hand."""
    return read(_jobs(), renewed=is_renewed())


def last_word(dispatch: Dispatch, outbox: Outbox) -> None:
    """Deliver what waits, while head office answers and for LAST_WORD_SECONDS; the rest waits on the disk."""
    now = time.monotonic()
    until = now + LAST_WORD_SECONDS
    dispatch.hurry(now)
    while now < until and not dispatch.failures and not outbox.is_empty:
        dispatch.step(now)
        time.sleep(0.01)
        now = time.monotonic()


def read(jobs: str, *, renewed: bool) -> Why:
    """`jobs` as `systemctl list-jobs` prints them: number, unit, type, state (systemctl(1))."""
    rows = [line.split() for line in jobs.splitlines()]
    queued = {row[1]: row[2] for row in rows if len(row) == 4}
    if any(unit in queued for unit in _UP_AGAIN):
        return Why.REBOOTED
    if any(unit in queued for unit in _DOWN):
        return Why.SWITCHED_OFF
    if queued.get(UNIT) == "restart":
        return Why.AGENT_RENEWED if renewed else Why.AGENT_RESTARTED
    return Why.AGENT_STOPPED


def _jobs() -> str:
    if not Path("/run/systemd/system").exists():
        return ""
    import subprocess  # noqa: PLC0415  0.6 MB of the daemon, for its last moment

    quiet = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    try:
        done = subprocess.run(
            ["systemctl", "list-jobs", "--no-legend", "--plain", "--no-pager"],
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=False,
            env=quiet,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def is_renewed() -> bool:
    """Whether another release than the one that runs will be started next."""
    ours = Path(sys.prefix).resolve()
    return ours.name.startswith(f"{CURRENT_RELEASE.name}-") and CURRENT_RELEASE.resolve() != ours
