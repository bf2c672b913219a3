"""The state of a mobile modem as `mmcli -m any --output-keyvalue` prints it (mmcli(1), MMModemState)."""

from __future__ import annotations

from typing import Final

COMMAND: Final = ("mmcli", "-m", "any", "--output-keyvalue")

# MMModemState by its nickname, as a phrase for what keeps the line down; the rest is up, or on its way.
_DOWN: Final = {
    "failed": "SIM missing or modem broken",
    "locked": "SIM locked by its PIN",
    "disabled": "modem switched off",
    "enabled": "not accepted by any mobile network",
    "searching": "looking for a mobile network",
}
_UP: Final = frozenset({"registered", "connecting", "connected"})


def parse(text: str) -> dict[str, str]:
    """Keys such as "modem.generic.state"; "--" is an empty value."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip().removeprefix("--") for key, _, value in pairs}


def what_is_wrong(values: dict[str, str]) -> str | None:
    """A short English phrase, "" where the line is up, None while the modem is between two states."""
    state = values.get("modem.generic.state", "")
    return "" if state in _UP else _DOWN.get(state)
