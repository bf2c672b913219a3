"""What stands in a rehearsed sentence for a fact that this till never read: recognisable, never a real value.

A word in brackets says what would stand there; its Chinese is in the catalogue of texts. A number is NN.
"""

from __future__ import annotations

from typing import Final

NUMBER: Final = "NN"
UNNAMED: Final = "[..]"
"""For a fact without an entry below: it reads well, and a new condition can be rehearsed at once."""

_NUMBERS: Final = (
    *("asked", "capacity_left_percent", "celsius", "charge_percent", "counted", "days_left", "failures"),
    *("far", "jitter_ms", "latency_ms", "limit", "limit_celsius", "limit_ms", "load_percent", "lost"),
    *("mebibytes", "minutes_left", "minutes_off", "most_mebibytes", "near", "saved", "signal_dbm", "size"),
    *("times", "tries", "unconfirmed", "waited_seconds", "waiting", "weak_below_dbm", "status", "icmp"),
    *("expected_status", "answer_code"),
)
_WORDS: Final = {
    "address": "[address]",
    "answer": "[answer]",
    "answers": "[addresses]",
    "authority": "[issuer]",
    "battery_model": "[model]",
    "beginning": "[name]",
    "begins": "[date]",
    "carrying": "[backup line]",
    "clock": "[date and time]",
    "dead": "[line]",
    "earlier": "[issuer before]",
    "elsewhere": "[addresses]",
    "ending": "[name]",
    "ends": "[date]",
    "error": "[error]",
    "fingerprint": "[fingerprint]",
    "first_bytes": "[bytes]",
    "flow": "[this till] > [host]",
    "folder": "[folder]",
    "found": "[what was seen]",
    "health": "[health]",
    "heard": "[bytes]",
    "host": "[host]",
    "hosts": "[hosts]",
    "how": "[how]",
    "installed": "[version]",
    "interface": "[network card]",
    "issuer": "[issuer]",
    "kernel": "[version]",
    "known_names": "[names]",
    "last_day": "[date]",
    "last_hop": "[last hop]",
    "last_seen": "[date and time]",
    "lines": "[lines]",
    "lock": "PIN",
    "look": "expired",
    "may_be": "[causes]",
    "meaning": "[meaning]",
    "missing": "[program]",
    "name": "[name]",
    "names": "[names]",
    "newest": "[version]",
    "offender": "[device]",
    "other": "[other device]",
    "paper": "[paper roll]",
    "path": "[page]",
    "peer": "[far end]",
    "poi_id": "[number]",
    "port": "[port]",
    "portal": "[login page]",
    "ports": "[ports]",
    "protocol": "[version]",
    "purpose": "[purpose]",
    "registration": "[state]",
    "replies": "[bytes]",
    "resolvers": "[name servers]",
    "rule": "[rule]",
    "running": "[version]",
    "seen": "[what was seen]",
    "seen_by": "[device]",
    "sensors": "[voltages]",
    "setting": "[speed]",
    "since": "[date and time]",
    "source": "[this till]",
    "stage": "[step]",
    "state": "[state]",
    "stops_at": "[date and time]",
    "subject": "[which one]",
    "system_name": "[system]",
    "target": "[host]",
    "terminal": "[till]",
    "terminal_id": "[number]",
    "terminals": "[payment terminals]",
    "ups_model": "[model]",
    "ups_status": "[state]",
    "wanted": "[what is wanted]",
    "wanted_name": "[name]",
    "what": "[what is counted]",
    "where": "[where]",
    "whom": "head office",
    "why": "[reason]",
}


def placeholder(fact: str) -> str:
    """In English; texts.fill says it in the language of its sentence."""
    return NUMBER if fact in _NUMBERS else _WORDS.get(fact, UNNAMED)
