"""What can be wrong with a till's power, from the wall socket to the last stop."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Capability, Condition, Owner, Rung, Severity

_CUT: Final = (Capability.SURVIVES_POWER_CUT,)

UPSD_GONE = Condition(
    code="power.upsd-gone",
    title="UPS service not reachable",
    text="The UPS service of {subject} cannot be reached: {found}. Whether mains are on is not known.",
    remedy="Start the service nut-server, or check the UPS address in the settings.",
    prepare="{subject}: {found}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
)
UPSD_BROKEN = Condition(
    code="power.upsd-broken",
    title="UPS service answers wrongly",
    text="The UPS service of {subject} gives no proper answer: {found}. Whether mains are on is not known.",
    remedy="Restart the service nut-server; check that nothing else uses its port.",
    prepare="{subject}: {found}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPSD_GONE,),
)
UPS_NAME_UNKNOWN = Condition(
    code="power.ups-name-unknown",
    title="UPS name is not known",
    text="The UPS service does not know {subject}. It knows: {known_names}.",
    remedy="Correct the name of the UPS in the settings, or add it to /etc/nut/ups.conf.",
    prepare="no {subject}, only {known_names}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPSD_BROKEN,),
)
UPS_DRIVER_GONE = Condition(
    code="power.ups-driver-gone",
    title="UPS driver not running",
    text="The UPS service has no driver for {subject}. Whether mains are on is not known.",
    remedy="Check the cable between UPS and till, then start the service nut-driver.",
    prepare="{subject}: driver not connected",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_NAME_UNKNOWN,),
)
UPS_DATA_STALE = Condition(
    code="power.ups-data-stale",
    title="No news from the UPS",
    text="The driver of {subject} runs but has no fresh values. Whether mains are on is not known.",
    remedy="Check the cable from UPS to till and that the UPS is on, then restart the service nut-driver.",
    prepare="{subject}: data stale",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_DRIVER_GONE,),
)
UPS_BATTERY_LOW = Condition(
    code="power.ups-battery-low",
    title="Mains off, UPS nearly empty",
    text="{subject} will switch off soon. Minutes left: {minutes_left}. Charge (%): {charge_percent}.",
    remedy="Finish this sale, shut the till down. Other lights out? Call.",
    avoid="No new sale and no settlement until the mains are back.",
    prepare="mains off, minutes left: {minutes_left}",
    owner=Owner.POWER_COMPANY,
    severity=Severity.CRITICAL,
    stops=_CUT,
    rung=Rung.POWER,
    depends_on=(UPS_DATA_STALE,),
)
UPS_ON_BATTERY = Condition(
    code="power.ups-on-battery",
    title="Mains off, running on UPS",
    text="The till runs on {subject}. Minutes left: {minutes_left}. Charge (%): {charge_percent}.",
    remedy="Finish this sale. Check plug and breaker. Other lights out? Call.",
    avoid="No settlement without mains.",
    prepare="mains off, minutes left: {minutes_left}",
    owner=Owner.POWER_COMPANY,
    severity=Severity.WARNING,
    rung=Rung.POWER,
    depends_on=(UPS_BATTERY_LOW,),  # the worse one says all that this one says: one headline, the urgent one
)
UPS_NOT_CHARGED = Condition(
    code="power.ups-not-charged",
    title="UPS battery is low",
    text="The mains are on, but {subject} would not bridge a power cut. Charge (%): {charge_percent}.",
    remedy="Leave the UPS plugged in to charge; call if it is still low after one night.",
    prepare="{subject}, status {ups_status}, charge (%): {charge_percent}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_DATA_STALE,),
)
UPS_REPLACE_BATTERY = Condition(
    code="power.ups-replace-battery",
    title="UPS needs a new battery",
    text="{subject} asks for a new battery. It may not bridge the next power cut.",
    remedy="Order and fit a new battery for the UPS.",
    prepare="{subject}, model {ups_model}, status {ups_status}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_DATA_STALE,),
)
UPS_OVERLOAD = Condition(
    code="power.ups-overload",
    title="UPS is overloaded",
    text="Too much is plugged into {subject}. Load (%): {load_percent}. It may switch off.",
    remedy="Unplug from the UPS what is not till or payment terminal: heater, kettle, lamp, charger.",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_DATA_STALE,),
)
UPS_BYPASSED = Condition(
    code="power.ups-bypassed",
    title="UPS is not protecting",
    text="{subject} is bypassed or switched off (status {ups_status}): it would not bridge a power cut.",
    remedy="Switch the UPS to normal operation by its front panel.",
    prepare="{subject}, model {ups_model}, status {ups_status}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    stops=_CUT,
    depends_on=(UPS_DATA_STALE,),
)

BATTERY_LOW = Condition(
    code="power.battery-low",
    title="Battery nearly empty",
    text="The till will switch off soon. Minutes left: {minutes_left}. Charge (%): {charge_percent}.",
    remedy="Finish this sale, then plug the till in or shut it down from its menu.",
    avoid="No new sale and no settlement until the till is plugged in.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=_CUT,
    rung=Rung.POWER,
)
MAINS_OFF = Condition(
    code="power.mains-off",
    title="Mains off, on battery",
    text="The till runs on its own battery. Minutes left: {minutes_left}. Charge (%): {charge_percent}.",
    remedy="Finish this sale. Check plug and breaker. Other lights out? Call.",
    avoid="No settlement without mains.",
    prepare="mains off, minutes left: {minutes_left}",
    owner=Owner.POWER_COMPANY,
    severity=Severity.WARNING,
    rung=Rung.POWER,
    depends_on=(BATTERY_LOW, UPS_ON_BATTERY),
    # pulling the plug to move a tablet till is no outage; long enough to plug it in elsewhere
    visible_after_seconds=10.0,
)
BATTERY_WORN = Condition(
    code="power.battery-worn",
    title="Battery is worn out",
    text="Battery {subject} holds less than when new. Left (%): {capacity_left_percent}. State: {health}.",
    remedy="Order and fit a new battery for the till.",
    prepare="{subject}, model {battery_model}, {health}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
)

VOLTAGE_ALARM = Condition(
    code="power.voltage-alarm",
    title="Supply voltage out of range",
    text="The sensor {subject} reports a voltage alarm: {sensors}.",
    remedy="Check the till's power supply and its plug; replace the power supply if the alarm stays.",
    prepare="{subject}: {sensors}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    # a motor starting on the same circuit dips for a few periods of 20 ms; a real fault stays for a round
    visible_after_seconds=5.0,
)
TOO_HOT = Condition(
    code="power.too-hot",
    title="Till is overheating",
    text="{subject} is at {celsius} °C, its limit is {limit_celsius} °C. The till may switch itself off.",
    remedy="Clear the air vents of the till and move it away from heat and sun; call if it stays hot.",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
)
WARM = Condition(
    code="power.warm",
    title="Till is getting hot",
    text="{subject} is at {celsius} °C; it should stay below {limit_celsius} °C.",
    remedy="Clear the air vents of the till and move it away from heat and sun.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    depends_on=(TOO_HOT,),
    visible_after_seconds=120.0,  # a load peak heats a processor for seconds; a blocked vent for good
)

POWER_CUT = Condition(
    code="power.cut",
    title="Power was cut earlier",
    text="The till went off without shutting down: last seen {last_seen}, off for {minutes_off} min at most.",
    remedy="Look up the last payment before repeating it. If nobody switched it off: check plug and breaker.",
    avoid="Do not switch the till off at the wall; use its menu.",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
)
AGENT_CRASHED = Condition(
    code="power.agent-crashed",
    title="Health check stopped earlier",
    text="The health check ended without a word; last seen {last_seen}. The till itself stayed on.",
    remedy="Send what `poshealth check --json` prints to the vendor.",
    prepare="last seen {last_seen}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.NOTICE,
)

UPS_WAY = (UPSD_GONE, UPSD_BROKEN, UPS_NAME_UNKNOWN, UPS_DRIVER_GONE, UPS_DATA_STALE)
"""What must be well, in this order, before a UPS tells its state."""

UPS_STATE = (
    UPS_BATTERY_LOW,
    UPS_ON_BATTERY,
    UPS_NOT_CHARGED,
    UPS_REPLACE_BATTERY,
    UPS_OVERLOAD,
    UPS_BYPASSED,
)
SUPPLY = (BATTERY_LOW, MAINS_OFF, BATTERY_WORN)
SENSORS = (VOLTAGE_ALARM, TOO_HOT, WARM)
LAST_STOP = (POWER_CUT, AGENT_CRASHED)
CONDITIONS = UPS_WAY + UPS_STATE + SUPPLY + SENSORS + LAST_STOP
