"""A UPS asked through NUT's upsd: each way of not knowing is a finding of its own, none is "on battery"."""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Iterator
from typing import Final

from probes.power.conditions import (
    UPS_BATTERY_LOW,
    UPS_BYPASSED,
    UPS_DATA_STALE,
    UPS_DRIVER_GONE,
    UPS_NAME_UNKNOWN,
    UPS_NOT_CHARGED,
    UPS_ON_BATTERY,
    UPS_OVERLOAD,
    UPS_REPLACE_BATTERY,
    UPS_STATE,
    UPS_WAY,
    UPSD_BROKEN,
    UPSD_GONE,
)
from probes.till import Till
from protocols.nut import BrokenReplyError, UpsAddress, Upsd, UpsdError
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading, Reason
from vocabulary.redaction import shortened

UNKNOWN: Final = "unknown"
_ERRORS: Final = {
    "UNKNOWN-UPS": UPS_NAME_UNKNOWN,
    "DRIVER-NOT-CONNECTED": UPS_DRIVER_GONE,
    "DATA-STALE": UPS_DATA_STALE,
}


class _StoppedError(Exception):
    """How far the way to the UPS went."""

    def __init__(self, condition: Condition, **facts: Fact) -> None:
        super().__init__(condition.code)
        self.condition = condition
        self.facts = facts


def read_ups(address: UpsAddress, till: Till, seconds: float) -> Iterator[Reading]:
    """Every UPS condition, with subject `ups@host`, within about `seconds` (plus 1 s to look up a name)."""
    try:
        variables = _variables(address, till, seconds)
    except _StoppedError as stopped:
        yield from _stopped_at(stopped, address.name)
        return
    for condition in UPS_WAY:
        yield condition.ok(address.name)
    yield from _state(address.name, variables)


def not_set_up() -> Iterator[Reading]:
    for condition in UPS_WAY + UPS_STATE:
        yield condition.unknown(Reason.NOT_SET_UP)


def _stopped_at(stopped: _StoppedError, subject: str) -> Iterator[Reading]:
    reached = UPS_WAY.index(stopped.condition)
    for condition in UPS_WAY[:reached]:
        yield condition.ok(subject)
    yield stopped.condition.failing(subject, through=(), **stopped.facts)
    for condition in UPS_WAY[reached + 1 :] + UPS_STATE:
        yield condition.unknown(Reason.NOT_TESTED, subject, because=stopped.condition.code)


def _variables(address: UpsAddress, till: Till, seconds: float) -> dict[str, str]:
    deadline = till.monotonic_seconds() + seconds
    with _connect(address, till, seconds) as connection:
        upsd = Upsd(connection, till.monotonic_seconds, max(deadline - till.monotonic_seconds(), 0.1))
        try:
            return upsd.variables(address.ups)
        except UpsdError as error:
            raise _refused(error.code, upsd) from None
        except BrokenReplyError as broken:
            raise _StoppedError(UPSD_BROKEN, found=str(broken)) from None


def _connect(address: UpsAddress, till: Till, seconds: float) -> socket.socket:
    found = "its name is not found"
    for numeric in numeric_addresses(address.host, till):
        try:
            return till.connect(numeric, address.port, seconds)
        except ConnectionRefusedError:
            found = "connection refused"
        except TimeoutError:
            found = "no answer"
        except OSError:
            found = "no way there"
    raise _StoppedError(UPSD_GONE, found=found)


def numeric_addresses(host: str, till: Till) -> list[str]:
    """At most two to try, within a second; empty where the name is not found."""
    if host == "localhost":
        return ["127.0.0.1", "::1"]  # upsd.conf(5) LISTEN: both are the default
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            socket.inet_pton(family, host)
            return [host]
    # a lookup inside this process cannot be ended: with dead resolvers it takes 10 s
    answer = till.run("getent", "ahosts", host, timeout_seconds=1.0)
    return [line.split()[0] for line in answer.stdout.splitlines()[:1] if answer.returncode == 0]


def _refused(code: str, upsd: Upsd) -> _StoppedError:
    condition = _ERRORS.get(code)
    if condition is None:
        return _StoppedError(UPSD_BROKEN, found=f"ERR {_plain(code, 40)}")
    if condition is not UPS_NAME_UNKNOWN:
        return _StoppedError(condition)
    try:
        names = ", ".join(upsd.names())
    except (UpsdError, BrokenReplyError):
        names = ""
    return _StoppedError(condition, known_names=_plain(names, 120) or "none")


def _state(subject: str, variables: dict[str, str]) -> Iterator[Reading]:
    """NUT docs/new-drivers.txt names the tokens of `ups.status`; FSD counts as "OB LB" (net-protocol.txt)."""
    tokens = set(variables.get("ups.status", "").split())
    facts = _facts(variables)
    if not tokens & {"OL", "OB", "FSD", "BYPASS", "OFF"}:  # "WAIT" while the driver starts
        for condition in UPS_STATE:
            yield condition.unknown(Reason.NOT_TESTED, subject, because="the UPS has not told its state yet")
        return
    yield from _supply(subject, tokens, facts)
    yield UPS_REPLACE_BATTERY.failing_if("RB" in tokens, subject, through=(), **facts)
    yield UPS_OVERLOAD.failing_if("OVER" in tokens, subject, through=(), **facts)
    yield UPS_BYPASSED.failing_if(bool(tokens & {"BYPASS", "OFF"}), subject, through=(), **facts)


def _supply(subject: str, tokens: set[str], facts: dict[str, Fact]) -> Iterator[Reading]:
    because = ""
    if "CAL" in tokens and "OB" in tokens and "FSD" not in tokens:
        because = "the UPS is testing its battery"
    elif tokens <= {"OFF", "ALARM"}:
        because = UPS_BYPASSED.code
    if because:
        for condition in (UPS_BATTERY_LOW, UPS_ON_BATTERY, UPS_NOT_CHARGED):
            yield condition.unknown(Reason.NOT_TESTED, subject, because=because)
        return
    forced = "FSD" in tokens
    on_battery = forced or "OB" in tokens
    yield UPS_BATTERY_LOW.failing_if(forced or {"OB", "LB"} <= tokens, subject, through=(), **facts)
    yield UPS_ON_BATTERY.failing_if(on_battery, subject, through=(), **facts)
    if on_battery:
        yield UPS_NOT_CHARGED.unknown(Reason.NOT_TESTED, subject, because=UPS_ON_BATTERY.code)
    else:
        yield UPS_NOT_CHARGED.failing_if("LB" in tokens, subject, through=(), **facts)


def _facts(variables: dict[str, str]) -> dict[str, Fact]:
    runtime = _number(variables, "battery.runtime", 10**7)  # seconds
    return {
        "ups_status": _plain(variables.get("ups.status", ""), 60),
        "ups_model": _plain(variables.get("ups.model", ""), 40) or UNKNOWN,
        "minutes_left": UNKNOWN if runtime is None else int(runtime / 60),
        "charge_percent": _percent(variables, "battery.charge", 100),
        "load_percent": _percent(variables, "ups.load", 1000),
    }


def _percent(variables: dict[str, str], name: str, most: float) -> int | str:
    value = _number(variables, name, most)
    return UNKNOWN if value is None else round(value)


def _number(variables: dict[str, str], name: str, most: float) -> float | None:
    try:
        value = float(variables.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= most else None


def _plain(text: str, length: int) -> str:
    return shortened("".join(char if char.isprintable() else "?" for char in text), length)
