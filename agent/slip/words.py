"""Every sentence of the slip, and the short names of capabilities, owners, rungs and reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from agent.slip.layout import GLUE
from vocabulary import texts
from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.moments import local
from vocabulary.reading import Fact, Reason
from vocabulary.report import Cause, Words

FRAME: Final = "非交易凭证 / NOT A RECEIPT"
_DAY: Final = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Say(StrEnum):
    """English templates, which are the keys of their translations."""

    STORE = "Store {store} till {till}"
    HEADER = "Store {store} till {till} {time}"
    CODE_AND_QR = "Code {code}: scan, or read out"
    CODE = "Code {code}: read it out"
    ALL_WELL = "All well. Nothing to do"
    WELL = "All well"
    REMINDER = "Reminder: {what}"
    NOTHING_TESTED = "Cannot tell: nothing was tested"
    LOST = "No {what}"
    SINCE = "{what}, since {time}"
    TAKE = "You can take: {what}"
    WORKS = "{what}: ok"
    UNSEEN = "{what}: not seen here"
    ALSO = "Also: {what}"
    CALL = "Call {who} {phone}"
    CALL_HOURS = "Call {who} {phone} ({hours})"
    CALL_SAY = "Call {who} {phone}, say:"
    CALL_HOURS_SAY = "Call {who} {phone} ({hours}), say:"
    CALL_COLON = "Call {who} {phone}:"
    CALL_NUMBER = "Call {phone}"
    TELL = "Tell {who} (no phone set)"
    TELL_SAY = "Tell {who} (no phone set):"
    QUOTE = "Quote: {quote}"
    STILL_THERE = "Still there? {who} {phone}"
    COUNTS = "{total} checks: {ok} ok, {untested} not tested"
    COUNTS_ALL = "{total} checks: all ok"
    WATCHED = "{count} being watched"
    PAPER_DAYS = "Paper: ~{days} days"
    PAPER_ONE_DAY = "Paper: ~1 day"
    PAPER_SHORT = "Paper: less than a day"
    CAUSE = "Cause {number} of {total} ({severity})"
    SINCE_ALONE = "Since {time}"
    OWNER = "Owner: {who}"
    ON = "On: {subjects}"
    EXPLAINS = "Explains: {what}"
    LADDER = "Ladder {line}"
    LAST_GOOD = "Last good: {rung}"
    FIRST_BAD = "First bad: {rung}"
    NO_RUNG_GOOD = "Last good: none"
    NO_RUNG_BAD = "First bad: none"
    RUNGS_UNTESTED = "Not tested: {rungs}"
    LATENCY = "Answers in {milliseconds} ms: {rating}"
    EVIDENCE = "Evidence"
    AGE = "read {seconds} s before"
    UNTESTED = "Not tested"
    BECAUSE = "{reason}: {because}"
    IN_THE_WAY = "In the way: {because}"
    VERSIONS = "Versions and numbers"
    BEFORE_AND_AFTER = "Before and after"
    BEFORE = "Before: {time}, code {code}"
    AFTER = "After: {time}, code {code}"
    GONE = "Gone: {title}"
    STILL = "Still there: {title}"
    NEW = "New: {title}"
    WORKS_AGAIN = "Works again: {what}"
    NEVER_BROKEN = "No cause before, none after"
    RENEWED = "Another now: {where} {name}={was} > {now}"
    NOT_KNOWN_NOW = "Well before, not known now: {what}"
    THIS_TERMINAL = "This terminal"
    TERMINAL = "Terminal {terminal}"
    AGENT = "Agent {version}"
    BOOT = "Boot {boot}"
    RECORD = "Spool {spool}, record {sequence}"
    CLOCK_SET = "Clock: set by the network"
    CLOCK_NOT_SET = "Clock: not set by the network"
    CLOCK_UNKNOWN = "Clock: cannot tell whether right"
    DRILL = "DRILL - nothing is broken"
    DRILL_BESIDE = "DRILL - this fault is not real"
    REAL_IN_A_DRILL = "Drill on, but this slip is real"
    DRILL_OVER = "Drill over: this fault is real"
    NO_CODE = "Code: none, this is a drill"
    DRILL_TITLE = "Drill"
    REHEARSED = "Rehearsed: {title}"
    DRILL_SPAN = "By {who}, from {began} to {until}"


WORKS_NAMES: Final = {
    Capability.CARD_PAYMENTS: "cards",
    Capability.QR_PAYMENTS: "QR",
    Capability.RECEIPTS: "receipts",
    Capability.SETTLEMENT: "settle",
}
"""For "cards, receipts: ok": what a cashier asks for."""

LOST_NAMES: Final = {
    Capability.CARD_PAYMENTS: "cards",
    Capability.QR_PAYMENTS: "QR",
    Capability.RECEIPTS: "printing",
    Capability.SETTLEMENT: "settlement",
}
"""For "No printing, settlement"."""

SHORT_LOST_NAMES: Final = {**LOST_NAMES, Capability.SETTLEMENT: "settling"}
"""For "No cards, QR, printing, settling", which is 32 columns."""

ALL_NAMES: Final = {
    **WORKS_NAMES,
    Capability.REPORTING: "reports",
    Capability.SURVIVES_POWER_CUT: "backup power",
}
OWNER_NAMES: Final = {
    Owner.STAFF: "staff",
    Owner.TECHNICIAN: "technician",
    Owner.SITE_IT: "network team",
    Owner.LINE_PROVIDER: "line provider",
    Owner.POWER_COMPANY: "power company",
    Owner.ACQUIRER: "acquirer",
    Owner.HEAD_OFFICE: "head office",
    Owner.SOFTWARE_VENDOR: "software vendor",
}
RUNG_NAMES: Final = {
    Rung.POWER: "power",
    Rung.LINK: "cable or Wi-Fi",
    Rung.ADDRESS: "address",
    Rung.GATEWAY: "gateway",
    Rung.NAME_LOOKUP: "name lookup",
    Rung.SITE_FIREWALL: "store firewall",
    Rung.ACQUIRER_PORT: "acquirer port",
    Rung.TLS: "TLS",
    Rung.ACQUIRER_REPLY: "acquirer's reply",
}
REASON_NAMES: Final = {
    Reason.NOT_TESTED: "not tested",
    Reason.NOT_SUPPORTED: "not supported",
    Reason.NOT_SET_UP: "not set up",
    Reason.NO_PERMISSION: "no permission",
    Reason.BUSY: "in use",
    Reason.TIMED_OUT: "timed out",
    Reason.PROBE_FAILED: "check itself failed",
    Reason.NOT_MENTIONED: "no result",
    Reason.SETTLING: "being watched",
    Reason.STALE: "result too old",
}
SEVERITY_NAMES: Final = {
    Severity.NOTICE: "notice",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "critical",
}
CASH: Final = "cash"


class Speech(Struct, frozen=True):
    """One language's voice. Times are the till's local ones."""

    language: str

    def say(self, template: Say, **facts: Fact) -> str:
        """What stands in the braces is in the right language already."""
        return texts.translate(template, self.language).format_map(facts)

    def name(self, word: str) -> str:
        return texts.translate(word, self.language)

    def listed(self, words: Iterable[str]) -> str:
        """As "cards, QR" or "刷卡 扫码"."""
        return (" " if self.language == "zh" else ", ").join(self.name(word) for word in words)

    def words(self, cause: Cause) -> Words:
        """In English where the terminal has no other words."""
        return cause.words.get(self.language) or cause.words["en"]

    def day_and_time(self, seconds: float) -> str:
        at = local(seconds)
        return f"{self._day(at)} {at:%H:%M}"

    def with_short_days(self, text: str) -> str:
        """As "12 Nov" what was "2026-11-12": the paper's first line has the date of today."""

        def short(found: re.Match[str]) -> str:
            try:
                return self._day(date.fromisoformat(found[0])).replace(" ", GLUE)
            except ValueError:
                return found[0]

        return _DAY.sub(short, text)

    def _day(self, day: date) -> str:
        return f"{day:%m-%d}" if self.language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def since(self, seconds: float, now: float) -> str:
        """The time alone on the same day."""
        if local(seconds).date() == local(now).date():
            return f"{local(seconds):%H:%M}"
        return self.day_and_time(seconds)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
