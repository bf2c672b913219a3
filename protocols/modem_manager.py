"""The state of a mobile modem and its SIM as `mmcli -m any --output-keyvalue` prints it (mmcli(1)).

Values are the nicknames of ModemManager's own enumerations: MMModemState, MMModemStateFailedReason,
MMModemLock, MMModem3gppRegistrationState (ModemManager-enums.h).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

COMMAND: Final = ("mmcli", "-m", "any", "--output-keyvalue")

# MMModemState, as a phrase for what keeps the line down; the rest is up, or on its way.
_DOWN: Final = {
    "failed": "SIM missing or modem broken",
    "disabled": "modem switched off",
    "enabled": "not accepted by any mobile network",
    "searching": "looking for a mobile network",
}
_UP: Final = frozenset({"registered", "connecting", "connected"})
_NO_SIM: Final = {
    "sim-missing": "no SIM card in it",
    "sim-error": "the SIM card cannot be read",
    "esim-without-profiles": "no profile on the built-in SIM",
}
# MMModemLock: the second codes (PIN2, PUK2) lock nothing that a till needs.
_LOCKS: Final = {"sim-pin": "PIN", "sim-puk": "PUK"}
_REFUSED: Final = frozenset(
    {"denied", "emergency-only"}
)  # 3GPP TS 24.008: registration denied; emergency calls


class Trouble(StrEnum):
    NONE = "none"
    BETWEEN_STATES = "between-states"
    NO_SIM = "no-sim"
    LOCKED = "locked"
    REFUSED = "refused"
    OFFLINE = "offline"


class Modem(Struct, frozen=True):
    """`seen` is a short English phrase: the state, the lock, or the registration."""

    trouble: Trouble
    seen: str = ""


def parse(text: str) -> dict[str, str]:
    """Keys such as "modem.generic.state"; "--" is an empty value."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip().removeprefix("--") for key, _, value in pairs}


def judge(values: dict[str, str]) -> Modem:
    """Unknown words are BETWEEN_STATES: nothing is claimed."""
    state = values.get("modem.generic.state", "")
    reason = values.get("modem.generic.state-failed-reason", "")
    registration = values.get("modem.3gpp.registration-state", "")
    if state in _UP:
        return Modem(Trouble.NONE, "up")
    if state == "failed" and reason in _NO_SIM:
        return Modem(Trouble.NO_SIM, _NO_SIM[reason])
    if state == "locked":
        return Modem(Trouble.LOCKED, _LOCKS.get(values.get("modem.generic.unlock-required", ""), "code"))
    if state in {"enabled", "searching"} and registration in _REFUSED:
        return Modem(Trouble.REFUSED, registration)
    if state in _DOWN:
        return Modem(Trouble.OFFLINE, _DOWN[state])
    return Modem(Trouble.BETWEEN_STATES)
