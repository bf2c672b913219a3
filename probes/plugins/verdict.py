"""What one run of a plug-in means: its exit status as the guidelines have it, or why there is none."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from probes.plugins.conditions import FAILED, UNUSABLE, WARNING
from probes.plugins.options import Check
from probes.programs import Ending, Ran
from protocols.monitoring_plugins import Figure, Output, State, parse
from vocabulary.reading import Fact, Reading, Reason
from vocabulary.redaction import SECRET_HIDDEN, redacted, shortened

MOST_TEXT: Final = 120
MOST_FIGURES: Final = 5
MOST_LABEL: Final = 30
PATIENCE: Final = 3  # runs without a result before it is a fault: one may have met a busy till
SHORTEST_SECRET: Final = 4

NO_TIME: Final = "no time was left in this round"
NO_TEXT: Final = "it says nothing"
_FAULT: Final = "a fault"
_LIMIT: Final = "a limit is near"
_CALL: Final = "call, and read out what the check says"
_SETUP: Final = {  # errors of execve(2) that the next run will meet again
    errno.ENOENT: "it is not there, or its interpreter is not",
    errno.ENOTDIR: "it is not there, or its interpreter is not",
    errno.EACCES: "it may not be run by the health check",
    errno.EPERM: "it may not be run by the health check",
    errno.ENOEXEC: "it is no program",
    errno.E2BIG: "its command is too long",
    errno.ELOOP: "its path leads in a circle",
}
_SHORT_OPTIONS: Final = ("-p", "-a")  # a password of some, a port or a path of others
_PASSWORD_OPTIONS: Final = (
    "--pass",
    "--password",
    "--passwd",
    "--authorization",
    "--authpassword",
)


class MissingError(Exception):
    """Why a run has no result: `lasting` where the next will have none either."""

    def __init__(self, because: str, reason: Reason = Reason.PROBE_FAILED, *, lasting: bool = False) -> None:
        super().__init__(because)
        self.because = because
        self.reason = reason
        self.lasting = lasting


def result(ran: Ran, check: Check) -> tuple[State, Output]:
    """Without secrets. Raise MissingError."""
    match ran.ending:
        case Ending.NOT_STARTED:
            raise MissingError(NO_TIME, Reason.NOT_TESTED)
        case Ending.TIMED_OUT:
            raise MissingError(f"no end within {check.timeout_seconds:g} s", Reason.TIMED_OUT)
        case Ending.TOO_MUCH_OUTPUT:
            raise MissingError("it says too much")
        case Ending.CANNOT_START:
            lasting = ran.errno in _SETUP
            raise MissingError(_SETUP.get(ran.errno, "it could not be started"), lasting=lasting)
    if ran.status not in list(State):
        if ran.status < 0:
            raise MissingError(f"it ended with signal {-ran.status}")
        raise MissingError(f"it ended with exit status {ran.status}")
    output = parse(_cleared(ran.stdout, check.command))
    if ran.status == State.OK and not output.text:
        raise MissingError(NO_TEXT)  # NRPE took this for OK until its pull request 14
    # Why it cannot tell stands in stderr, where stdout has the usage or nothing.
    if ran.stderr and (ran.status == State.UNKNOWN or not output.text):
        output = replace(output, text=parse(_cleared(ran.stderr, check.command)).text)
    return State(ran.status), output


def readings(check: Check, state: State, output: Output) -> Iterator[Reading]:
    """A limit is not looked at beyond it: where a check fails, its warning is past."""
    said = redacted(output.text)[:MOST_TEXT].rstrip()
    facts = {"said": said or NO_TEXT, **figures(output)}
    through = () if check.over_network else (check.name,)
    yield UNUSABLE.ok(check.name, through=(check.name,))
    if state is State.UNKNOWN:
        because = f"it cannot tell: {facts['said']}"
        yield FAILED.unknown(Reason.NOT_TESTED, check.name, because=because, through=through, **facts)
        yield WARNING.unknown(Reason.NOT_TESTED, check.name, because=because, through=through)
    elif state is State.CRITICAL:
        yield FAILED.failing(check.name, through=through, **facts, **_owners_words(check, _FAULT))
        yield WARNING.unknown(Reason.NOT_TESTED, check.name, because=FAILED.code, through=through)
    elif state is State.WARNING:
        yield FAILED.ok(check.name, through=through)
        yield WARNING.failing(check.name, through=through, **facts, **_owners_words(check, _LIMIT))
    else:
        yield FAILED.ok(check.name, through=through, **facts)
        yield WARNING.ok(check.name, through=through)


def without_result(check: Check, missing: MissingError, times: int) -> Iterator[Reading]:
    """What it would have said is unknown; that it says nothing is a fault where that lasts."""
    for condition in (FAILED, WARNING):
        yield condition.unknown(missing.reason, check.name, because=missing.because)
    if missing.lasting or times >= PATIENCE:
        yield UNUSABLE.failing(check.name, through=(check.name,), why=missing.because)
    else:
        yield UNUSABLE.unknown(missing.reason, check.name, because=missing.because)


def _owners_words(check: Check, meaning: str) -> dict[str, Fact]:
    """The templates bring the full stop."""
    return {
        "meaning": check.says.rstrip(".。 ") or meaning,
        "step": check.remedy.rstrip(".。 ") or _CALL,
    }


def _cleared(text: str, command: tuple[str, ...]) -> str:
    """All it says: what is read out of it or cut would no longer be known for half a secret."""
    for secret in sorted(_secrets(command), key=len, reverse=True):
        text = text.replace(secret, SECRET_HIDDEN)
    return redacted(text)


def _secrets(command: tuple[str, ...]) -> Iterator[str]:
    """What its own command hands it as a password: some plug-ins repeat it when they fail."""
    for option, word in pairwise((*command, "")):
        name, is_joined, value = option.partition("=")
        secret = ""
        if name in _PASSWORD_OPTIONS:
            secret = value if is_joined else word
        elif option[:2] in _SHORT_OPTIONS:
            secret = option[2:].removeprefix("=") or word
            if secret.isdecimal() or secret.startswith("/"):
                continue
        if len(secret) >= SHORTEST_SECRET:
            yield secret


def figures(output: Output) -> dict[str, Fact]:
    """The first few, named `perf_LABEL` or `perf_LABEL_UNIT`."""
    facts: dict[str, Fact] = {}
    for figure in output.figures:
        if figure.value is not None and len(facts) < MOST_FIGURES:
            facts[_name(figure)] = int(figure.value) if figure.value.is_integer() else figure.value
    return facts


def _name(figure: Figure) -> str:
    label = "root" if figure.label == "/" else figure.label.lower()
    label = shortened(re.sub(r"[^a-z0-9]+", "_", label).strip("_"), MOST_LABEL)
    unit = {"%": "percent"}.get(figure.unit, re.sub(r"[^A-Za-z]", "", figure.unit))
    return "_".join(part for part in ("perf", label, unit) if part)
