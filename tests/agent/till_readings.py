"""Every reading of one store's till, with the facts that its probes find there."""

from __future__ import annotations

from string import Formatter
from typing import Final

from agent.own_conditions import ALL_CONDITIONS
from probes.maintenance.conditions import BY_STAFF, BY_VISIT
from probes.maintenance.conditions import CONDITIONS as MAINTENANCE
from probes.network.way_conditions import PROXY
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading, Reason

CARD_PORT: Final = "10.8.3.2:8583"
QR_PORT: Final = "pay.wallet.example:443"
UPS: Final = "ups@localhost"
PRINTER: Final = "receipt-printer"
TERMINAL: Final = "counter"
ROUTER: Final = "10.8.0.1"
CARD_LINE: Final = "card/primary"
QR_LINE: Final = "qr/wallet"
SAID_ONLY_WHEN_FAILING: Final = ("agent.probe-ended", "agent.spool-in-memory", "agent.settings-rejected")

Identity = tuple[str, str]

FACTS: Final[dict[str, Fact]] = {
    "day": "2026-11-21",
    "account": "pos",
    "numbers": "1035 12:31, 1036 12:33, 1037 12:34",
    "count": 3,
    "at": "12:34",
    "number": "1037",
    "left": 12,
    "limit": 500,
    "mark": "9f86d081",
    "last": "2026-11-20T22:31+08:00",
    "begun": "2026-11-21T09:05+08:00",
    "changed": "2026-11-17",
    "changes": 3,
    "expected": "2026-11-20",
    "gap": 2,
    "highest": 39,
    "last_change": "2026-11-19",
    "lowest": 1,
    "oldest": "2026-11-18",
    "part": "Settlement card",
    "posted": 0,
    "quiet_minutes": 95,
    "reason": "new settlement card",
    "span_days": 20,
    "unposted": 112,
    "usual_minutes": 24,
    "working_days": 3,
    "merchant": "..1234",
    "missed": 1,
    "sales": 37,
    "due": "2026-11-22T00:00+08:00",
    "batch": "000123",
    "by": "24:00",
    "application": "unionpay",
    "address": "10.8.3.2",
    "answer": "server failure",
    "answer_code": "58",
    "answers": "10.8.0.1: 203.0.113.7; 223.5.5.5: 198.51.100.9",
    "asked": 4,
    "authority": "FortiGate CA",
    "battery_model": "DELL 1VX1H93",
    "beginning": "pos.acquirer.example",
    "begins": "2025-11-20",
    "capacity_left_percent": 38,
    "carrying": "card/backup",
    "celsius": 97,
    "charge_percent": 64,
    "clock": "2026-11-21T21:52+08:00",
    "days_left": 5,
    "elsewhere": "203.0.113.7",
    "dead": "card/primary",
    "earlier": "DigiCert Global Root G2",
    "ending": "pos.acquirer.example",
    "ends": "2026-11-20",
    "error": "ICMP 3/1",
    "every": 90,
    "expected_status": 200,
    "failures": 12,
    "fingerprint": "9f86d081884c7d65",
    "far": 9,
    "first_bytes": "48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64",
    "flow": "10.8.0.2 > 10.8.3.2 TCP 8583",
    "folder": "/var/lib/poshealth",
    "found": "connection refused",
    "health": "Good",
    "heard": "C0 FE 00 C0",
    "host": "pos.acquirer.example",
    "hosts": "2, 3",
    "how": "its firewall drops the packets",
    "rule": "inet filter output 12",
    "icmp": "3/13",
    "installed": "1.1.1n-0+deb11u5",
    "interface": "eth0",
    "issuer": "FortiGate CA",
    "jitter_ms": 212.5,
    "kernel": "6.1.0-22-amd64",
    "known_names": "apc, backup",
    "last_day": "2026-06-30",
    "last_hop": "10.8.0.1",
    "last_seen": "2026-11-21T18:07+08:00",
    "latency_ms": 1480.2,
    "limit_celsius": 95,
    "limit_ms": 500,
    "lines": CARD_LINE,
    "lock": "PIN",
    "load_percent": 108,
    "look": "expired",
    "lost": 2,
    "may_be": "switched off, cable, speed, flow control, deselected, or exchanged for one that never answers",
    "meaning": "this function is not open to the terminal",
    "minutes_left": 12,
    "minutes_off": 25,
    "missing": "pos-front",
    "name": "pos.acquirer.example",
    "near": 1,
    "mebibytes": 84,
    "most_mebibytes": 70,
    "names": "www.acquirer.example",
    "newest": "6.1.0-28-amd64",
    "offender": "10.8.0.1",
    "other": "10.8.1.2",
    "owner_name": "pos.acquirer.example",
    "paper": "58 mm thermal paper",
    "peer": "10.9.0.2",
    "path": "/health",
    "poi_id": "V400m-346403161",
    "port": 8583,
    "portal": "login.guest.example",
    "ports": "5900 (root), 8080 (pos)",
    "protocol": "TLSv1",
    "purpose": "Card payments",
    "registration": "denied",
    "replies": "1E 32 12 72",
    "resolvers": "10.8.0.1, 223.5.5.5",
    "running": "6.1.0-22-amd64",
    "seen": "there is no such name",
    "seen_by": "10.8.0.1",
    "sensors": "+12V 10.61 V",
    "said": "DISK CRITICAL - free space: /media/backup 12 MB (0%);",
    "saved": 1496,
    "setting": "9600 8N1",
    "signal_dbm": -81,
    "since": "2026-11-21T21:40+08:00",
    "size": 1472,
    "source": "10.8.0.2",
    "stage": "echo test",
    "state": "failed",
    "status": 503,
    "stops_at": "2026-11-22T23:59+08:00",
    "system_name": "Debian GNU/Linux 11 (bullseye)",
    "span": "02:00-04:00",
    "target": CARD_PORT,
    "task": "Clean the print head",
    "terminal": "0412-2",
    "terminal_id": "10480412",
    "terminals": TERMINAL,
    "times": 3,
    "tries": 3,
    "tried_on": "2026-05-02",
    "unconfirmed": 4,
    "unit": "days",
    "until": "04:00",
    "used": 99,
    "tunnel": "tun0",
    "ups_model": "TG-BOX 850",
    "ups_status": "OB DISCHRG",
    "waited_seconds": 3.0,
    "waiting": 41,
    "wanted": "3.0.9",
    "wanted_name": "pos.acquirer.example",
    "what": "cards",
    "available_percent": 7,
    "before_kibibytes": 2048,
    "days_up": 63,
    "devices": "PIN pad, scanner",
    "disk": "/dev/mmcblk0p2",
    "errors": 4,
    "file": "sales-2026-11-20.gz",
    "files": 2_000_000,
    "free_files": 40_000,
    "free_mebibytes": 5,
    "hardware_clock": "2000-01-01T00:10+08:00",
    "hours": 150,
    "kibibytes": 12,
    "load": 6.4,
    "made": "2026-11-15T03:00+08:00",
    "most_hours": 26,
    "noticed": "2026-11-21T21:40+08:00",
    "pattern": "/var/backups/pos/*.gz",
    "processors": 2,
    "seconds_off": 5400,
    "server": "10.8.0.1",
    "signs": "unreadable sectors",
    "stalled_percent": 34.5,
    "swap_percent": 75,
    "used_percent": 90,
    "weak_below_dbm": -75,
    "zombies": 50,
    "where": "beyond the first router",
    "who": "Acquirer A",
    "whom": "head office",
    "why": "no answer within 10 s",
}
"""What a placeholder stands for on this till, where its condition has nothing of its own below."""

_TERMINAL_AT: Final[dict[str, Fact]] = {"host": "10.8.0.20", "port": 8443}
OWN_FACTS: Final[dict[str, dict[str, Fact]]] = {
    "device.backup-broken": {"found": "it ends too early"},
    "device.clock-reset": {"clock": "2000-01-01T00:10+08:00"},
    "device.disk-full": {"mebibytes": 30_720},
    "device.disk-nearly-full": {"mebibytes": 30_720, "free_mebibytes": 900},
    "device.throttled": {"signs": "get_throttled 0x40004"},
    "agent.probe-ended": {"why": "no end within 15 s"},
    "agent.settings-rejected": {"why": "line 12: power.ups is not name@host"},
    "agent.spool-in-memory": {"why": "No space left on device"},
    "firewall.port-refused": {"where": "in the store network"},
    **{each.code: {"due": "2026-11-12"} for each in (*BY_STAFF, *BY_VISIT)},
    "maintenance.spare-not-ready": {"where": "back office"},
    "network.address-taken": {"address": "10.8.0.2", "other": "02:00:5e:10:00:01"},
    "network.captive-portal": {"seen": "a redirect"},
    "network.gateway-silent": {"asked": "ping and TCP"},
    "network.interface-down": {"state": "not found in this till"},
    "network.modem-offline": {"state": "SIM missing or modem broken"},
    "network.ipv6-address-taken": {"address": "2001:db8::2"},
    "network.ipv6-broken": {"target": "pos.acquirer.example:443", "seen": "no answer"},
    "network.name-unknown": {"answer": "no such name"},
    "network.no-address": {"found": "169.254.12.7"},
    "network.proxy-failing": {"seen": "HTTP 502", "wanted": "pay.wallet.example:443"},
    "network.proxy-forbids": {"status": 403, "wanted": "pay.wallet.example:443"},
    "network.proxy-login": {"status": 407, "wanted": "pay.wallet.example:443"},
    "network.proxy-unreachable": {"seen": "it refuses the connection"},
    "network.resolver-garbled": {"answer": "unreadable packets"},
    "network.resolver-inventing": {"name": "poshealth-1a2b3c4d.invalid", "address": "10.8.0.1"},
    "network.resolver-lying": {"address": "10.8.0.1", "why": "the store's own router"},
    "network.sim-missing": {"state": "no SIM card in it"},
    "network.vpn-down": {"state": "its program does not run"},
    "network.vpn-peer-silent": {"asked": "ping and TCP"},
    "payment-line.clock-at-fault": {"clock": "2018-01-01T00:07+08:00", "look": "not yet valid"},
    "payment-line.garbled-reply": {"seen": "bytes that are not ISO 8583"},
    "payment-line.login-page": {"seen": "a page with a form", "status": 200},
    "payment-line.no-reply": {"seen": "it closes the connection"},
    "payment-line.not-tls": {"seen": "a web page"},
    "payment-line.tls-expiring-soon": {"ends": "2026-12-15", "days_left": 24},
    "payment-line.tls-expiring-very-soon": {"ends": "2026-11-26"},
    "payment-line.tls-not-yet-valid": {"begins": "2026-12-01"},
    "payment-line.tls-unknown-issuer": {"why": "home-made, as by a box in between"},
    "payment-terminal.host-unreachable": {"seen": "it has no connection"},
    "payment-terminal.not-recognised": {**_TERMINAL_AT, "seen": "its certificate bears another name"},
    "payment-terminal.printer-fault": {"seen": "paper jam"},
    "payment-terminal.unreachable": {**_TERMINAL_AT, "seen": "refused"},
    "plugin.failed": {"meaning": "The backup drive is full", "step": "Put the second drive in"},
    "plugin.unusable": {"why": "it may not be run by the health check"},
    "plugin.warning": {"meaning": "a limit is near", "step": "call, and read out what the check says"},
    "power.ups-battery-low": {"minutes_left": 3, "charge_percent": 11, "ups_status": "OB DISCHRG LB"},
    "power.battery-low": {"minutes_left": 4, "charge_percent": 9},
    "power.ups-bypassed": {"ups_status": "OL BYPASS"},
    "power.ups-not-charged": {"ups_status": "OL CHRG LB", "charge_percent": 18},
    "power.ups-overload": {"ups_status": "OL OVER"},
    "power.ups-replace-battery": {"ups_status": "OL RB"},
    "power.warm": {"celsius": 86, "limit_celsius": 85},
    "receipt-printer.near-end": {"replies": "16 12 12 1E"},
    "receipt-printer.paper-out": {"replies": "1E 32 12 7E"},
    "receipt-printer.wear": {"counted": 151_204, "limit": 150_000, "what": "energisings of the print head"},
    "posting.twice": {"numbers": "1035, 1036"},
    "settings.differ": {"fingerprint": "9f86d081", "since": "2026-11-19T10:12+08:00"},
    "software.agent-too-old": {"installed": "0.1.0", "wanted": "0.2.0"},
    "software.package-missing": {"state": "not-installed"},
    "software.restart-needed": {"why": "A newer kernel is installed"},
    "software.system-ends-soon": {"last_day": "2027-06-30", "days_left": 221},
}

LINES: Final = {CARD_LINE: CARD_PORT, QR_LINE: QR_PORT}
_NO_BATTERY: Final = "this till has no battery of its own"
_CABLE: Final = "the till uses a cable"
_NOT_HERE: Final = {
    **dict.fromkeys(("power.battery-low", "power.mains-off", "power.battery-worn"), _NO_BATTERY),
    **dict.fromkeys(("network.wifi-lost", "network.wifi-weak", "network.modem-offline"), _CABLE),
}
_NOT_SET_UP: Final = {
    **dict.fromkeys(("network.sim-missing", "network.sim-locked", "network.sim-refused"), _CABLE),
    **dict.fromkeys(("network.vpn-down", "network.vpn-peer-silent"), "vpn_interface is not set"),
    **dict.fromkeys((each.code for each in PROXY), "http_proxy is not set"),
    **dict.fromkeys((each.code for each in MAINTENANCE), "nothing is planned"),
    "network.captive-portal": "portal_check is not set",
    "path.past-the-tunnel": "vpn is not set",
    "network.answers-differ": "no two name servers to compare",
    "network.resolver-lying": "lookup_addresses is not set",
    "network.ipv6-broken": "the till has no IPv6 way out",
}
_SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "agent.probe-ended": ("software",),
    "card-payments.backup-down": ("card/backup",),
    "card-payments.on-backup": (CARD_LINE,),
    "device.backup": ("sales",),
    "device.card-reader": ("PIN pad",),
    "device.disk": ("/",),
    "device.disk-failing": ("mmcblk0",),
    "device.disk-worn": ("mmcblk0",),
    "device.display": ("HDMI-A-1",),
    "device.records": ("/var/lib/pos",),
    "device.too-many-files": ("/",),
    "device.usb-hub": ("1-1",),
    "firewall": tuple(LINES.values()),
    "firewall.unexpected": ("listening-ports",),
    "maintenance.downtime": (CARD_LINE, CARD_PORT),
    "maintenance": ("print-head",),
    "maintenance.spare": ("",),
    "network": ("eth0",),
    "path": tuple(LINES.values()),
    "path.mtu-black-hole": tuple(LINES),
    "network.gateway": (ROUTER,),
    "network.answers": ("pos.acquirer.example",),
    "network.name": (ROUTER,),
    "network.proxy": ("10.8.0.9:3128",),
    "network.resolver": (ROUTER,),
    "network.vpn": ("tun0",),
    "payment-line": tuple(LINES),
    "payment-line.not-accepted": (CARD_LINE,),
    "payment-terminal": (TERMINAL,),
    "plugin": ("backup-drive",),
    "power.battery-worn": ("BAT0",),
    "power.too-hot": ("coretemp",),
    "power.ups": (UPS,),
    "power.voltage": ("nct6779",),
    "power.warm": ("coretemp",),
    "qr-payments.backup-down": ("qr/wallet-backup",),
    "qr-payments.on-backup": (QR_LINE,),
    "receipt-printer": (PRINTER,),
    "settings.differ": ("/opt/pos/pos.ini",),
    "pre-slip.database-not-writable": ("/var/lib/pos/pos.db",),
    "pre-slip.spool-not-writable": ("/var/spool/pos",),
    "software.device": ("scanner",),
    "software.driver": ("usblp",),
    "software.package": ("libusb-1.0-0",),
    "software.program": ("/opt/pos/pos-front",),
    "software.service": ("cups.service",),
    "software.version": ("openssl",),
}
_TEMPLATES: Final = ("text", "remedy", "avoid", "prepare")


def subjects(condition: Condition) -> tuple[str, ...]:
    """The longest beginning of its code decides."""
    known = [each for each in _SUBJECTS if condition.code.startswith(each)]
    return _SUBJECTS[max(known, key=len)] if known else ("",)


def way(code: str, subject: str) -> tuple[str, ...]:
    """What a reading travelled over."""
    together = {
        "card-payments.no-line": (CARD_LINE,),
        "card-payments.no-terminal": (TERMINAL,),
        "qr-payments.no-line": (QR_LINE,),
    }
    if code in ("payment-line.down", "payment-terminal.down") or code in together or "backup" in code:
        return together.get(code, (subject,))
    names = (ROUTER,) if QR_LINE in subject else ()
    if subject in LINES:
        return ("eth0", ROUTER, *names, LINES[subject], subject)
    if subject in LINES.values():
        return ("eth0", ROUTER)
    if subject == TERMINAL:
        return ("eth0", ROUTER, TERMINAL)
    return ("eth0",) if subject == ROUTER else ()


def failing(condition: Condition, subject: str, **more: Fact) -> Reading:
    """With a fact for each placeholder of its sentences."""
    named = {
        name
        for template in _TEMPLATES
        for _, name, _, _ in Formatter().parse(getattr(condition, template))
        if name and name != "subject"
    }
    port: dict[str, Fact] = {"port": "/dev/ttyS0"} if subject == PRINTER else {}
    known = {**FACTS, **port, **OWN_FACTS.get(condition.code, {})}
    facts = {name: known[name] for name in sorted(named)} | more
    return condition.failing(subject, through=way(condition.code, subject), **facts)


def not_tested(condition: Condition, subject: str, because: str) -> Reading:
    travelled = way(condition.code, subject)
    return condition.unknown(Reason.NOT_TESTED, subject, because=because, through=travelled)


def well() -> dict[Identity, Reading]:
    """A round of this till with nothing wrong: no battery, no Wi-Fi, no modem, no tunnel or proxy."""
    readings = []
    for condition in ALL_CONDITIONS.values():
        for subject in subjects(condition):
            if because := _NOT_HERE.get(condition.code):
                of = "" if because == _NO_BATTERY else subject
                readings.append(condition.unknown(Reason.NOT_SUPPORTED, of, because=because))
            elif because := _NOT_SET_UP.get(condition.code):
                readings.append(condition.unknown(Reason.NOT_SET_UP, subject, because=because))
            elif condition.code not in SAID_ONLY_WHEN_FAILING:
                readings.append(condition.ok(subject, through=way(condition.code, subject)))
    return {reading.identity: reading for reading in readings}
