"""Reports as terminals send them: a well one, one with a closed port and low paper, one with paper out."""

from __future__ import annotations

import time

from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import (
    Cause,
    Clock,
    Diagnosis,
    Identity,
    Known,
    Ladder,
    Report,
    Step,
    Untested,
    Words,
)
from vocabulary.wire import Full, Pulse

CARDS, QR, RECEIPTS = Capability.CARD_PAYMENTS, Capability.QR_PAYMENTS, Capability.RECEIPTS
SETTLEMENT, REPORTING = Capability.SETTLEMENT, Capability.REPORTING


def wall() -> float:
    return time.time()  # noqa: TID251 the reports come from real tills in real time


def port_closed(since: float) -> Cause:
    return Cause(
        code="firewall.port-dropped",
        subjects=("10.8.3.2:8583",),
        owner=Owner.SITE_IT,
        severity=Severity.CRITICAL,
        words={
            "en": Words(
                title="Store firewall blocks a port",
                text="10.8.3.2:8583 has not answered since 21:40; the last hop answering is 10.8.0.1.",
                remedy="Call the network team and ask to allow 10.8.0.2 to 10.8.3.2, TCP 8583.",
                avoid="Do not restart this till: it is fine.",
                prepare="Till address 10.8.0.2, port 8583.",
            ),
            "zh": Words(
                title="店内防火墙没放行",
                text="10.8.3.2:8583 自 21:40 起无响应，最后有回应的是 10.8.0.1。",
                remedy="打网络组，请放行 10.8.0.2 到 10.8.3.2 的 TCP 8583。",
                avoid="本机正常，勿重启。",
                prepare="本机地址 10.8.0.2，端口 8583。",
            ),
        },
        since=since,
        stops=(CARDS, SETTLEMENT),
        rung=Rung.SITE_FIREWALL,
        consequences=(("acquirer.no-answer", "card/primary"), ("later.one", "")),
        consequence_titles={"acquirer.no-answer": {"en": "Acquirer does not answer", "zh": "收单机构无应答"}},
    )


def paper_low(since: float) -> Cause:
    return Cause(
        code="receipt-printer.paper-near-end",
        subjects=("receipt-printer",),
        owner=Owner.STAFF,
        severity=Severity.NOTICE,
        words={
            "en": Words(
                title="Paper is running low",
                text="The sensor of the printer on /dev/ttyS0 sees the end of the roll.",
                remedy="Change the roll while nobody queues.",
            ),
            "zh": Words(
                title="纸快用完了", text="/dev/ttyS0 上的打印机报告纸将尽。", remedy="趁没人排队时换一卷纸。"
            ),
        },
        since=since,
    )


def overdue(since: float) -> Cause:
    return Cause(
        code="maintenance.overdue",
        subjects=("print-head",),
        owner=Owner.STAFF,
        severity=Severity.WARNING,
        words={
            "en": Words(
                title="Maintenance is overdue",
                text="Clean the print head (due 2026-11-12; 99 of 90 days).",
                remedy="Do it while nobody queues.",
            ),
            "zh": Words(
                title="保养超期了", text="清洁打印头 (2026-11-12到期; 已99/90天).", remedy="趁没人排队时做."
            ),
        },
        since=since,
        planned=True,
    )


def paper_out(since: float) -> Cause:
    return Cause(
        code="receipt-printer.paper-out",
        subjects=("receipt-printer",),
        owner=Owner.STAFF,
        severity=Severity.WARNING,
        words={
            "en": Words(
                title="Paper out",
                text="The printer on /dev/ttyS0 has no paper.",
                remedy="Fit a 58 mm roll and close the cover.",
            ),
            "zh": Words(
                title="缺纸", text="/dev/ttyS0 上的打印机没有纸。", remedy="换 58mm 热敏纸，合好上盖。"
            ),
        },
        since=since,
        stops=(RECEIPTS,),
    )


def report(
    spool: str = "spool-1",
    terminal: str = "s0412-t2",
    sequence: int = 1,
    causes: tuple[Cause, ...] = (),
    *,
    code: str = "7K4P-2Q",
    at: float | None = None,
    **identity: str,
) -> Report:
    now = at or wall()
    lost = tuple(dict.fromkeys(each for cause in causes for each in cause.stops))
    works = tuple(each for each in (CARDS, QR, RECEIPTS, SETTLEMENT, REPORTING) if each not in lost)
    names = {"store": "0412", "till": "2", "version": "0.1.0"} | identity
    return Report(
        identity=Identity(terminal=terminal, **names),
        boot_id="3f0c",
        spool_id=spool,
        sequence=sequence,
        clock=Clock(wall=now, boottime=86_400.0, synchronised=True),
        code=code,
        diagnosis=Diagnosis(
            causes=causes,
            untested=(
                Untested(
                    code="acquirer.tls-expired",
                    subject="card/backup",
                    reason=Reason.NOT_TESTED,
                    because="firewall.port-dropped",
                ),
            ),
            lost=lost,
            works=works,
            ladders=(ladder(blocked=CARDS in lost),),
            checks=25,
            healthy=24 - len(causes),
        ),
        readings=readings(now, causes),
        slip={
            "en": (
                "Store 0412 till 2 21 Nov 21:52",
                f"Code {code}: scan, or read out",
                *(cause.words["en"].title for cause in causes),
            ),
            "zh": (
                "门店0412 2号机 11-21 21:52",
                f"报修码 {code}",
                *(cause.words["zh"].title for cause in causes),
            ),
        },
    )


def ladder(*, blocked: bool) -> Ladder:
    def status(rung: Rung) -> Status:
        if not blocked or rung < Rung.SITE_FIREWALL:
            return Status.OK
        return Status.FAILING if rung is Rung.SITE_FIREWALL else Status.UNKNOWN

    return Ladder(line="card/primary", steps=tuple(Step(rung, status(rung)) for rung in Rung))


def readings(now: float, causes: tuple[Cause, ...]) -> tuple[Known, ...]:
    failing = tuple(
        Reading(code=cause.code, subject=cause.subjects[0], status=Status.FAILING, facts={"answer": "none"})
        for cause in causes
    )
    link = Reading(code="link.no-carrier", subject="eth0", status=Status.OK, facts={"speed_mbit": 1000})
    return tuple(Known(reading=each, since=now - 600, age_seconds=12.0) for each in (*failing, link))


def full(report: Report) -> Full:
    return Full(sequence=report.sequence, report=report)


def pulse(sequence: int, unchanged_since: int = 1) -> Pulse:
    return Pulse(sequence=sequence, at=wall(), unchanged_since=unchanged_since)
