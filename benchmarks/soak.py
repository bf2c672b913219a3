"""A till's days in minutes: every interval is a 20th, and nothing may grow.

`python -m benchmarks.soak [MINUTES]`, 30 by default: ten hours of a till. Real children against simulated
hosts, resolvers, a UPS, a printer and a head office over TLS; every ten seconds somebody asks for a check.
What grows is told from the regression over all samples but the first fifth, in which caches fill.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from agent.own_processes import family, pss_bytes
from benchmarks.terminal import check, counter, head_office, healthy, status, tables, terminal
from probes.catalogue import ALL_PROBES

SCALE: Final = 20.0
MINUTES: Final = 30.0
SAMPLE_SECONDS: Final = 1.0
CHECK_SECONDS: Final = 10.0
WARM_UP: Final = 0.2
RESIDENT: Final = 3  # supervisor, courier and watcher; more are probes
QUIET_SECONDS: Final = 10.0
HEARTBEAT_SECONDS: Final = 60.0

MOST_BYTES: Final = 1 << 20  # over a whole run; one run's samples scatter by a third of it
MOST_DESCRIPTORS: Final = 0.5
MOST_WAITING: Final = 2.0
MOST_ON_DISK: Final = 8 << 20  # SQLite lets its log grow to 4 MB before it is folded into the file


class Sample(Struct, frozen=True):
    """Between two rounds: seconds since the begin, the resident processes' own memory and open files."""

    seconds: float
    memory_bytes: int
    descriptors: int
    waiting: int
    on_disk_bytes: int


class Outcome(Struct, frozen=True, kw_only=True):
    """`growth_*` is the regression's slope times the time it was measured over."""

    seconds: float
    rounds: int
    samples: int
    memory_bytes: int
    growth_bytes: float
    growth_descriptors: float
    growth_waiting: float
    on_disk_bytes: int

    @property
    def complaints(self) -> list[str]:
        """What grew; empty where the daemon stays as it is."""
        found = {
            "memory": self.growth_bytes > MOST_BYTES,
            "descriptors": self.growth_descriptors > MOST_DESCRIPTORS,
            "reports waiting": self.growth_waiting > MOST_WAITING,
            "outbox on disk": self.on_disk_bytes > MOST_ON_DISK,
        }
        return [what for what, grew in found.items() if grew]


def soak(seconds: float, scale: float = SCALE, within: tuple[str, ...] = ()) -> Outcome:
    """`within`: what the daemon is started by. Raise TimeoutError where it never comes to rest."""
    every = {probe.id: max(0.2, probe.every_seconds / scale) for probe in ALL_PROBES}
    with counter() as (folder, found), head_office(folder, found) as office:
        wanted = tables(found, healthy(found), every)
        with terminal(
            folder, wanted, office, every_seconds=HEARTBEAT_SECONDS / scale, within=within
        ) as daemon:
            before = status(folder)["rounds"]
            samples = _watched(folder, daemon.pid, seconds)
            rounds = status(folder)["rounds"] - before
    return outcome_of(samples, rounds)


def _watched(folder: Path, pid: int, seconds: float) -> list[Sample]:
    begun = asked = time.monotonic()
    samples: list[Sample] = []
    while (now := time.monotonic()) - begun < seconds:
        if now - asked > CHECK_SECONDS:
            check(folder)
            asked = now
        samples.append(_sample(folder, pid, begun))
        time.sleep(SAMPLE_SECONDS)
    return samples


def _sample(folder: Path, pid: int, begun: float) -> Sample:
    waiting = status(folder)["outbox"]["waiting"]
    on_disk = sum(path.stat().st_size for path in (folder / "state").glob("outbox.db*"))
    limit = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < limit:
        pids = family(pid)
        if len(pids) == RESIDENT:
            memory, files = pss_bytes(*pids, part="Pss_Anon"), sum(map(_descriptors, pids))
            if family(pid) == pids:
                return Sample(time.monotonic() - begun, memory, files, waiting, on_disk)
        time.sleep(0.01)
    raise TimeoutError(f"never without a probe for {QUIET_SECONDS:g} s")


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def outcome_of(samples: Sequence[Sample], rounds: int) -> Outcome:
    warm = samples[int(len(samples) * WARM_UP) :]
    return Outcome(
        seconds=samples[-1].seconds,
        rounds=rounds,
        samples=len(warm),
        memory_bytes=warm[-1].memory_bytes,
        growth_bytes=growth([(each.seconds, each.memory_bytes) for each in warm]),
        growth_descriptors=growth([(each.seconds, each.descriptors) for each in warm]),
        growth_waiting=growth([(each.seconds, each.waiting) for each in warm]),
        on_disk_bytes=warm[-1].on_disk_bytes,
    )


def growth(points: Sequence[tuple[float, float]]) -> float:
    """From the first to the last of them, as least squares see it."""
    times, values = zip(*points, strict=True)
    found = statistics.linear_regression(times, values)
    return float(found.slope * (times[-1] - times[0]))


def main() -> int:
    """1 where something grew."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    outcome = soak(minutes * 60)
    print(
        f"{outcome.seconds / 60:.0f} minutes, {outcome.seconds * SCALE / 3600:.1f} hours of a till:"
        f" {outcome.rounds} rounds, {outcome.samples} samples\n"
        f"memory {outcome.memory_bytes / (1 << 20):.1f} MiB, grew by {outcome.growth_bytes / 1024:.0f} KiB"
        f" (at most {MOST_BYTES >> 10})\n"
        f"open files grew by {outcome.growth_descriptors:.2f} (at most {MOST_DESCRIPTORS:g})\n"
        f"reports waiting grew by {outcome.growth_waiting:.2f} (at most {MOST_WAITING:g})\n"
        f"outbox on disk {outcome.on_disk_bytes >> 10} KiB (at most {MOST_ON_DISK >> 10})"
    )
    if outcome.complaints:
        print(f"GROWS: {', '.join(outcome.complaints)}")
    return 1 if outcome.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
