"""What can be wrong with a network card, its cable, its Wi-Fi or its SIM."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Condition, Owner, Rung, Severity

INTERFACE_DOWN: Final = Condition(
    code="network.interface-down",
    title="Network card is off",
    text="{subject}: {state}.",
    remedy="Switch the network card on in the till's network settings; if it is missing, plug it in again.",
    prepare="Network card {subject}: {state}",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
)
NO_CARRIER: Final = Condition(
    code="network.no-carrier",
    title="Network cable not in",
    text="{subject} gets no signal: the cable is out or broken, or the box at its other end is off.",
    remedy="Push the network cable in at the till and at the wall until it clicks and the small light is on.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
WIFI_LOST: Final = Condition(
    code="network.wifi-lost",
    title="Wi-Fi not connected",
    text="{subject} is not connected to any Wi-Fi.",
    remedy="Check that the Wi-Fi router has power, then connect the till to the shop's Wi-Fi again.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
WIFI_WEAK: Final = Condition(
    code="network.wifi-weak",
    title="Wi-Fi signal is weak",
    text="{subject} receives {signal_dbm} dBm; below {weak_below_dbm} dBm payments stall.",
    remedy="Move the till or the Wi-Fi router, or take away what stands between them.",
    prepare="Wi-Fi {subject}: {signal_dbm} dBm",
    owner=Owner.SITE_IT,
    severity=Severity.WARNING,
    rung=Rung.LINK,
    depends_on=(WIFI_LOST, INTERFACE_DOWN),
    visible_after_seconds=90,  # a person or trolley in the way is gone by the next round (60 s)
)
SIM_MISSING: Final = Condition(
    code="network.sim-missing",
    title="No SIM in the modem",
    text="The modem of {subject} finds no SIM card: {state}.",
    remedy="Push the SIM card in until it clicks; switch the modem off and on.",
    prepare="Modem {subject}: {state}",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN,),
)
SIM_LOCKED: Final = Condition(
    code="network.sim-locked",
    title="SIM is locked",
    text="The SIM card of {subject} is locked: it asks for its {lock}.",
    remedy="Ask the provider for the code of this SIM; have it entered, or asked for no more.",
    avoid="Do not guess the code: three wrong ones lock the SIM.",
    prepare="SIM of {subject} asks for its {lock}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN, SIM_MISSING),
)
SIM_REFUSED: Final = Condition(
    code="network.sim-refused",
    title="SIM refused by the network",
    text="The mobile network turns the SIM card of {subject} away (registration {registration}).",
    remedy="Ask the provider whether this SIM is active, paid for, and allowed in this modem.",
    prepare="SIM of {subject}: registration {registration}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN, SIM_MISSING, SIM_LOCKED),
)
SIM: Final = (SIM_MISSING, SIM_LOCKED, SIM_REFUSED)
MODEM_OFFLINE: Final = Condition(
    code="network.modem-offline",
    title="Mobile line not up",
    text="The mobile line of {subject} is not up: {state}.",
    remedy="Push the SIM card in; switch the modem off and on; ask whether the SIM is active.",
    prepare="Mobile line {subject}: {state}",
    owner=Owner.LINE_PROVIDER,
    severity=Severity.CRITICAL,
    rung=Rung.LINK,
    depends_on=(INTERFACE_DOWN, *SIM),
)
LINK: Final = (INTERFACE_DOWN, NO_CARRIER, WIFI_LOST, *SIM, MODEM_OFFLINE)
"""Without any of these no packet leaves; a weak Wi-Fi may still carry one."""
