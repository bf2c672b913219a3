"""What the page says, in English; each sentence is the key of its Chinese translation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from headoffice.clock import LATEST_TIME, is_time
from vocabulary import texts
from vocabulary.absence import Why
from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.reading import Reason, Status
from vocabulary.report import Cause, DrillEnding, Fate, Occasion, Words
from vocabulary.texts import LANGUAGES, translate

NO_TIME: Final = "–"
CAPABILITIES: Final = {
    Capability.CARD_PAYMENTS: "Card payments",
    Capability.QR_PAYMENTS: "QR payments",
    Capability.RECEIPTS: "Receipts",
    Capability.SETTLEMENT: "Settlement",
    Capability.REPORTING: "Reporting",
    Capability.SURVIVES_POWER_CUT: "Survives a power cut",
}
OWNERS: Final = {
    Owner.STAFF: "Store staff",
    Owner.TECHNICIAN: "Technician",
    Owner.SITE_IT: "Store network team",
    Owner.LINE_PROVIDER: "Line provider",
    Owner.POWER_COMPANY: "Power company",
    Owner.ACQUIRER: "Acquirer",
    Owner.HEAD_OFFICE: "Head office",
    Owner.SOFTWARE_VENDOR: "Software vendor",
}
RUNGS: Final = {
    Rung.POWER: "Power",
    Rung.LINK: "Cable, Wi-Fi or SIM",
    Rung.ADDRESS: "Address",
    Rung.GATEWAY: "Gateway",
    Rung.NAME_LOOKUP: "Name lookup",
    Rung.SITE_FIREWALL: "Site firewall",
    Rung.ACQUIRER_PORT: "Acquirer port",
    Rung.TLS: "Encryption (TLS)",
    Rung.ACQUIRER_REPLY: "Acquirer's reply",
}
STATUSES: Final = {Status.OK: "OK", Status.FAILING: "Failing", Status.UNKNOWN: "Unknown"}
STEPS: Final = {Status.OK: "good", Status.FAILING: "stops here", Status.UNKNOWN: "not tested"}
SEVERITIES: Final = {Severity.NOTICE: "Notice", Severity.WARNING: "Warning", Severity.CRITICAL: "Critical"}
REASONS: Final = {
    Reason.NOT_TESTED: "Not tested",
    Reason.NOT_SUPPORTED: "The device cannot tell",
    Reason.NOT_SET_UP: "Not set up",
    Reason.NO_PERMISSION: "No permission",
    Reason.BUSY: "In use",
    Reason.TIMED_OUT: "Took too long",
    Reason.PROBE_FAILED: "The check itself failed",
    Reason.NOT_MENTIONED: "No result came",
    Reason.SETTLING: "Being watched: it may pass",
    Reason.STALE: "Result too old",
}
GAPS: Final = {
    "quota": "the till's storage was full",
    "spool-corrupt": "the till's storage was damaged",
    "rejected": "head office could not take it",
    "no-longer-held": "lost at head office after it was confirmed",
}
OUTAGES: Final = {
    "line-down": "Line down",
    "no-answer": "No answer from head office",
    "not-head-office": "Somebody else answered",
    "refused": "Head office took nothing",
    "unauthorised": "Head office refused the till",
}
OCCASIONS: Final = {
    Occasion.CAUSE: "A cause came",
    Occasion.RECOVERY: "All causes are gone",
    Occasion.TIME: "At its time of day",
    Occasion.ASKED: "Somebody asked",
}
FATES: Final = {
    Fate.WAITING: "Waits",
    Fate.SENDING: "On its way to the printer",
    Fate.PRINTED: "Printed",
    Fate.ACCEPTED: "The printer took it",
    Fate.UNKNOWN: "Unknown whether it was printed",
    Fate.NOT_SENT: "Not sent",
    Fate.DROPPED: "Dropped",
}
ABSENCES: Final = {
    Why.CLOSED: "The store was closed",
    Why.SWITCHED_OFF: "The till was switched off in an orderly way",
    Why.REBOOTED: "The till was restarted",
    Why.AGENT_RESTARTED: "The health check was restarted, the till stayed on",
    Why.AGENT_STOPPED: "The health check was stopped by hand; nobody watched the till",
    Why.AGENT_RENEWED: "A new release of the health check was installed, the till stayed on",
    Why.AGENT_CRASHED: "The health check ended without a word, the till stayed on",
    Why.POWER_CUT: "The till went off without a word: power cut, switched off at the wall, or frozen",
    Why.LINE_CUT: "The till was on, but could not reach head office",
    Why.SLEPT: "The till slept",
}
LEAVING: Final = {
    Why.CLOSED: "Closed",
    Why.SWITCHED_OFF: "Switched off in an orderly way",
    Why.REBOOTED: "It said that it restarts, and is not back",
    Why.AGENT_RESTARTED: "Its health check said that it restarts, and is not back",
    Why.AGENT_STOPPED: "Its health check was stopped by hand",
    Why.AGENT_RENEWED: "A new release was being installed, and it is not back",
}
ENDINGS: Final = {
    DrillEnding.TIME: "Its time was over",
    DrillEnding.ASKED: "Somebody ended it",
    DrillEnding.CAUSE: "A real fault came",
}
JUDGED: Final = {True: "Right", False: "Wrong", None: "Not answered"}
LIMITS: Final = ((120, 1, "{n} s"), (7200, 60, "{n} min"), (172_800, 3600, "{n} h"))
LONGER: Final = "{n} d"


class Voice(Struct, frozen=True):
    """One language's way to say things; times are in head office's own time zone."""

    language: str

    def say(self, message: str, **facts: object) -> str:
        return translate(message, self.language).format_map(facts)

    def named(self, table: Mapping[str, str], word: str) -> str:
        """A word of the wire; a newer terminal's own as it is, which is no template."""
        return translate(table.get(word, word), self.language)

    def reason(self, because: str) -> str:
        return texts.reason(because, self.language)

    def listed(self, names: Iterable[str]) -> str:
        """Those that are something; a terminal's own are no templates."""
        between = "、" if self.language == "zh" else ", "
        return between.join(translate(name, self.language) for name in names if name)

    def capabilities(self, capabilities: Iterable[Capability]) -> str:
        return self.listed(CAPABILITIES[each] for each in capabilities)

    def words(self, cause: Cause) -> Words:
        """The terminal's own, in another language where it does not speak this one."""
        spoken = cause.words.get(self.language) or cause.words.get("en")
        fallback = Words(title=cause.code, text="", remedy="")
        return spoken or next(iter(cause.words.values()), fallback)

    def consequence(self, cause: Cause, code: str) -> str:
        """Its title as the terminal says it; the code of one that says none."""
        titles = cause.consequence_titles.get(code, {})
        return titles.get(self.language) or titles.get("en") or code

    def lasting(self, seconds: float) -> str:
        if abs(seconds) > LATEST_TIME:
            return NO_TIME
        for limit, unit, message in LIMITS:
            if seconds < limit:
                return self.say(message, n=int(max(seconds, 0) // unit))
        return self.say(LONGER, n=int(seconds // 86400))

    def ago(self, seconds: float) -> str:
        return self.say("{time} ago", time=self.lasting(seconds))


def clock_time(seconds: float) -> str:
    """A terminal may have kept one that is none."""
    if not is_time(seconds):
        return NO_TIME
    return f"{_local(seconds):%Y-%m-%d %H:%M}"


def clock_span(began: float, ended: float) -> str:
    """The date once where both are of one day."""
    if not (is_time(began) and is_time(ended)):
        return f"{clock_time(began)} – {clock_time(ended)}"
    until = f"{_local(ended):%H:%M}" if _local(began).date() == _local(ended).date() else clock_time(ended)
    return f"{clock_time(began)}–{until}"


def machine_time(seconds: float) -> str:
    """RFC 3339, for the datetime attribute, of what is a time."""
    return _local(seconds).isoformat(timespec="seconds")


def time_zone(seconds: float) -> str:
    offset = f"{_local(seconds):%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def spoken_language(asked: str, remembered: str, accept: str) -> str:
    """?lang= first, then the cookie, then Accept-Language (RFC 9110 section 12.5.4), else English."""
    for wish in (asked, remembered):
        if wish in LANGUAGES:
            return wish
    ranked = sorted((_quality(part) for part in accept.split(",")[:20]), key=lambda pair: -pair[0])
    for quality, tag in ranked:
        language = tag.split("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _quality(part: str) -> tuple[float, str]:
    tag, _, parameter = part.strip().partition(";")
    weight = parameter.strip().removeprefix("q=")
    try:
        return (float(weight) if weight else 1.0), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
