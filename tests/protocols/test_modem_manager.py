"""What mmcli prints. The layout is that of ModemManager 1.20's manual page, not of a modem on the desk."""

from __future__ import annotations

import pytest

from protocols.modem_manager import parse, what_is_wrong


def printed(state: str) -> str:
    return (
        "modem.dbus-path                                 : /org/freedesktop/ModemManager1/Modem/0\n"
        f"modem.generic.state                             : {state}\n"
        "modem.generic.state-failed-reason               : --\n"
    )


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        ("connected", ""),
        ("registered", ""),
        ("locked", "SIM locked by its PIN"),
        ("failed", "SIM missing or modem broken"),
        ("searching", "looking for a mobile network"),
        ("initializing", None),
        ("", None),
    ],
)
def test_each_modem_state_is_up_down_or_neither(state: str, wrong: str | None) -> None:
    """Between two states nothing is claimed."""
    assert what_is_wrong(parse(printed(state))) == wrong


def test_a_dash_is_an_empty_value() -> None:
    """As mmcli prints what it does not know."""
    assert parse(printed("connected"))["modem.generic.state-failed-reason"] == ""
