"""One run of the owner's own checks, side by side."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from typing import Final

from probes.memory import Memory
from probes.plugins.conditions import CONDITIONS
from probes.plugins.misses import Misses
from probes.plugins.options import Check, PluginsOptions
from probes.plugins.verdict import MissingError, readings, result, without_result
from probes.programs import Ending, Program, Ran
from probes.till import Till
from vocabulary.reading import Reading, Reason

READ_SECONDS: Final = 13.0  # no plug-in is started whose deadline would lie beyond it
NO_PROCESS: Final = MissingError("no process can be had")
OPEN_TO_ALL: Final = MissingError(
    "anyone may change it; take the right to write from all others", Reason.NO_PERMISSION, lasting=True
)


def read(options: PluginsOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """As they end. Those for whom there was no time come first in the next round."""
    if not options.checks:
        yield from (
            condition.unknown(Reason.NOT_SET_UP, because="no checks are set") for condition in CONDITIONS
        )
        return
    misses = Misses(memory)
    waiting = {each.name: each for each in sorted(options.checks, key=lambda each: misses.rank(each.name))}
    for check in [each for each in waiting.values() if _is_open_to_all(each, till)]:
        yield from without_result(waiting.pop(check.name), OPEN_TO_ALL, misses.count(check.name))
    with contextlib.suppress(OSError):
        for ran in till.run_side_by_side([_program(each) for each in waiting.values()], READ_SECONDS):
            yield from _judged(waiting.pop(ran.name), ran, misses)
    for check in waiting.values():
        yield from without_result(check, NO_PROCESS, misses.count(check.name))
    misses.keep()


def _is_open_to_all(check: Check, till: Till) -> bool:
    try:
        return bool(till.stat(check.command[0]).st_mode & stat.S_IWOTH)
    except OSError:
        return False  # starting it will tell


def _program(check: Check) -> Program:
    return Program(name=check.name, words=check.command, timeout_seconds=check.timeout_seconds)


def _judged(check: Check, ran: Ran, misses: Misses) -> Iterator[Reading]:
    try:
        state, output = result(ran, check)
    except MissingError as missing:
        count = misses.put_off if ran.ending is Ending.NOT_STARTED else misses.count
        yield from without_result(check, missing, count(check.name))
    else:
        yield from readings(check, state, output)
