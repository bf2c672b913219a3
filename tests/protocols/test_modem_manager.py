"""What mmcli prints. The layout is that of ModemManager 1.20's manual page, not of a modem on the desk."""

from __future__ import annotations

import pytest

from protocols.modem_manager import Modem, Trouble, judge, parse


def printed(state: str, reason: str = "--", lock: str = "--", registration: str = "--") -> str:
    return (
        "modem.dbus-path                                 : /org/freedesktop/ModemManager1/Modem/0\n"
        f"modem.generic.unlock-required                   : {lock}\n"
        f"modem.generic.state                             : {state}\n"
        f"modem.generic.state-failed-reason               : {reason}\n"
        f"modem.3gpp.registration-state                   : {registration}\n"
    )


@pytest.mark.parametrize(
    ("text", "modem"),
    [
        (printed("connected", registration="home"), Modem(Trouble.NONE, "up")),
        (printed("registered", lock="sim-pin2", registration="roaming"), Modem(Trouble.NONE, "up")),
        (printed("failed", reason="sim-missing"), Modem(Trouble.NO_SIM, "no SIM card in it")),
        (printed("failed", reason="sim-error"), Modem(Trouble.NO_SIM, "the SIM card cannot be read")),
        (printed("failed", reason="unknown"), Modem(Trouble.OFFLINE, "SIM missing or modem broken")),
        (printed("locked", lock="sim-pin"), Modem(Trouble.LOCKED, "PIN")),
        (printed("locked", lock="sim-puk"), Modem(Trouble.LOCKED, "PUK")),
        (printed("locked", lock="ph-net-pin"), Modem(Trouble.LOCKED, "code")),
        (printed("searching", registration="denied"), Modem(Trouble.REFUSED, "denied")),
        (printed("enabled", registration="emergency-only"), Modem(Trouble.REFUSED, "emergency-only")),
        (
            printed("searching", registration="searching"),
            Modem(Trouble.OFFLINE, "looking for a mobile network"),
        ),
        (printed("disabled", registration="denied"), Modem(Trouble.OFFLINE, "modem switched off")),
        (printed("initializing"), Modem(Trouble.BETWEEN_STATES)),
        (printed(""), Modem(Trouble.BETWEEN_STATES)),
        ("", Modem(Trouble.BETWEEN_STATES)),
    ],
    ids=lambda value: value.seen if isinstance(value, Modem) else None,
)
def test_each_modem_state_is_one_trouble_or_none(text: str, modem: Modem) -> None:
    """SIM missing, locked and turned away are told apart; between two states nothing is claimed."""
    assert judge(parse(text)) == modem


def test_a_dash_is_an_empty_value() -> None:
    """As mmcli prints what it does not know."""
    assert parse(printed("connected"))["modem.generic.state-failed-reason"] == ""
