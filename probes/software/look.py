"""One look at versions, at what runs, and at what needs a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from probes.memory import Memory
from probes.software.certificates import read_certificates
from probes.software.conditions import SYSTEM_END_OF_LIFE, SYSTEM_ENDS_SOON
from probes.software.options import SoftwareOptions
from probes.software.running import read_drivers, read_pos, read_restart, read_services
from probes.software.versions import not_set_up, read_versions
from probes.till import Till
from protocols.os_release import end_of_life, parse_os_release
from vocabulary.reading import Reading, Reason
from vocabulary.redaction import shortened

READ_SECONDS = 12.0  # then no further command is started


def read(options: SoftwareOptions, till: Till, _memory: Memory) -> Iterator[Reading]:
    """Cheapest and most urgent first; commands of others come last."""
    deadline = till.monotonic_seconds() + READ_SECONDS
    yield read_pos(options.pos, till)
    yield read_restart(till)
    yield from read_drivers(options.modules, till)
    yield from _system(options, till)
    yield from read_certificates(options.certificates, till)
    yield from read_services(options.services, till)
    yield from not_set_up(options)
    yield from read_versions(options, till, deadline)


def _system(options: SoftwareOptions, till: Till) -> Iterator[Reading]:
    try:
        release = parse_os_release(till.read_text("/etc/os-release"))
    except OSError:
        release = parse_os_release("")
    row = end_of_life(release)
    last_day = options.supported_until or (row.last_day if row else None)
    if last_day is None:
        for condition in (SYSTEM_END_OF_LIFE, SYSTEM_ENDS_SOON):
            yield condition.unknown(Reason.NOT_SUPPORTED, because="no end date is known for this system")
        return
    today = datetime.fromtimestamp(till.wall_seconds(), UTC).date()
    yield from judge_system(release.name, last_day, today, options.warn_days)


def judge_system(name: str, last_day: date, today: date, warn_days: int) -> Iterator[Reading]:
    """Supported through `last_day`; announced from `warn_days` before it."""
    days_left = (last_day - today).days
    facts = {"system_name": shortened(name, 60), "last_day": last_day.isoformat()}
    yield SYSTEM_END_OF_LIFE.failing_if(days_left < 0, through=(), **facts)
    if days_left < 0:
        yield SYSTEM_ENDS_SOON.unknown(Reason.NOT_TESTED, because=SYSTEM_END_OF_LIFE.code)
    else:
        yield SYSTEM_ENDS_SOON.failing_if(days_left < warn_days, through=(), days_left=days_left, **facts)
