"""Six evenings in a store, as reports: what slips are tested and pictured with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.contact import Contact, Contacts
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

KEY: Final = b"a terminal's key of 32 bytes ..."
NOW: Final = datetime(2026, 11, 21, 21, 52, tzinfo=UTC).timestamp()
SINCE: Final = NOW - 12 * 60
CARD, QR, RECEIPTS, SETTLEMENT, REPORTING, UPS = Capability
EVERYTHING: Final = tuple(Capability)

CONTACTS: Final[dict[str, Contacts]] = {
    "en": {
        Owner.TECHNICIAN: Contact(name="technician", phone="555-0138", hours="8:00-22:00"),
        Owner.SITE_IT: Contact(name="network team", phone="555-0100", hours="24 h"),
        Owner.LINE_PROVIDER: Contact(name="line provider", phone="555-0110", quote="line 0755-1234"),
        Owner.POWER_COMPANY: Contact(name="power company", phone="555-0105"),
    },
    "zh": {
        Owner.TECHNICIAN: Contact(name="技术员", phone="138-0000-0138", hours="8:00-22:00"),
        Owner.SITE_IT: Contact(name="网络组", phone="400-000-0000", hours="全天"),
        Owner.LINE_PROVIDER: Contact(name="宽带", phone="10000", quote="宽带号0755-1234"),
        Owner.POWER_COMPANY: Contact(name="供电", phone="95598"),
    },
}


def report(
    *causes: Cause,
    works: tuple[Capability, ...] = (),
    readings: tuple[Known, ...] = (),
    ladders: tuple[Ladder, ...] = (),
    untested: tuple[Untested, ...] = (),
    healthy: int = 24,
) -> Report:
    stopped = {capability for cause in causes for capability in cause.stops}
    return Report(
        identity=Identity(terminal="0412-2", store="0412", till="2", version="0.1.0"),
        boot_id="3f6b1f4e-68b5-4b52-9dd5-6e2c0a3a9c11",
        spool_id="5f0c1d2e3a4b",
        sequence=1837,
        clock=Clock(wall=NOW, boottime=86_400.0, synchronised=True),
        code="7K4P-2Q",
        diagnosis=Diagnosis(
            causes=causes,
            lost=tuple(capability for capability in Capability if capability in stopped),
            works=works,
            ladders=ladders,
            untested=untested,
            checks=healthy + len(untested) + len(causes),
            healthy=healthy,
        ),
        readings=readings,
    )


def ladder(line: str, first_bad: Rung | None) -> Ladder:
    def status(rung: Rung) -> Status:
        if first_bad is None or rung < first_bad:
            return Status.OK
        return Status.FAILING if rung is first_bad else Status.UNKNOWN

    return Ladder(line=line, steps=tuple(Step(rung, status(rung)) for rung in Rung))


def failing(code: str, subject: str, through: tuple[str, ...] = (), **facts: str | float) -> Known:
    reading = Reading(code=code, subject=subject, status=Status.FAILING, facts=dict(facts), through=through)
    return Known(reading=reading, since=SINCE, age_seconds=4.0)


def ok(code: str, subject: str, **facts: str | float) -> Known:
    return Known(reading=Reading(code=code, subject=subject, status=Status.OK, facts=dict(facts)), since=NOW)


def not_tested(code: str, subject: str, because: str) -> Untested:
    return Untested(code=code, subject=subject, reason=Reason.NOT_TESTED, because=because)


VERSIONS: Final = (
    ok("software.package-too-old", "openssl", version="3.0.15", wanted="3.0.9"),
    ok("receipt-printer.not-answering", "receipt-printer", model="SP-POS88V", serial_number="A1D2217"),
)

NEAR_END: Final = report(
    Cause(
        code="receipt-printer.near-end",
        subjects=("receipt-printer",),
        owner=Owner.STAFF,
        severity=Severity.NOTICE,
        since=SINCE,
        words={
            "en": Words(
                title="Paper is running low",
                text="The sensor at the roll of receipt-printer says that little is left.",
                remedy="Change the roll now, while nobody waits. The coated side faces the print head.",
            ),
            "zh": Words(
                title="纸快用完了",
                text="receipt-printer的纸将尽传感器有信号.",
                remedy="趁现在没人排队, 换一卷热敏纸. 热敏面(指甲划会变黑)朝打印头.",
            ),
        },
    ),
    works=(CARD, QR, RECEIPTS, SETTLEMENT, REPORTING),
    readings=(failing("receipt-printer.near-end", "receipt-printer", reply="1e"), *VERSIONS),
    ladders=(ladder("card/primary", None),),
)

PAPER_OUT: Final = report(
    Cause(
        code="receipt-printer.paper-out",
        subjects=("receipt-printer",),
        owner=Owner.STAFF,
        severity=Severity.CRITICAL,
        since=SINCE,
        stops=(RECEIPTS,),
        words={
            "en": Words(
                title="Paper out",
                text="The printer receipt-printer reports the end of the roll (status 7e).",
                remedy="Fit a new roll and close the cover. Press Reprint for the last receipt.",
                avoid="No receipt is not no payment: look it up, do not charge twice.",
            ),
            "zh": Words(
                title="缺纸",
                text="打印机receipt-printer报告缺纸(状态7e).",
                remedy="换热敏纸, 合好上盖. 收银软件点 重打印 补上一张.",
                avoid="没出票不等于没收款: 先查交易记录, 不要马上再刷一次.",
            ),
        },
    ),
    works=(CARD, QR, SETTLEMENT),
    readings=(failing("receipt-printer.paper-out", "receipt-printer", reply="7e"), *VERSIONS),
    ladders=(ladder("card/primary", None),),
)

FIREWALL: Final = report(
    Cause(
        code="firewall.port-dropped",
        subjects=("10.8.3.2:8583",),
        owner=Owner.SITE_IT,
        severity=Severity.CRITICAL,
        since=SINCE,
        rung=Rung.SITE_FIREWALL,
        stops=(CARD, SETTLEMENT),
        consequences=(("acquirer.port-unreachable", "card/primary"),),
        words={
            "en": Words(
                title="Store firewall blocks",
                text="TCP 8583 to 10.8.3.2 gets no answer; the last hop that answers is 10.8.0.1.",
                remedy="Let 10.8.0.2 through to 10.8.3.2, TCP 8583.",
                avoid="This till is fine: no restart, no new cable.",
                prepare="please allow 10.8.0.2 to 10.8.3.2 TCP 8583. Last hop answering: 10.8.0.1.",
            ),
            "zh": Words(
                title="店内防火墙没放行",
                text="到10.8.3.2的TCP 8583无响应, 最后有回应的是10.8.0.1.",
                remedy="放行10.8.0.2到10.8.3.2的TCP 8583.",
                avoid="本机正常, 不用重启, 不用换网线.",
                prepare="请放行10.8.0.2到10.8.3.2 TCP 8583. 最后有回应的是10.8.0.1.",
            ),
        },
    ),
    works=(QR, RECEIPTS),
    readings=(
        failing("firewall.port-dropped", "10.8.3.2:8583", last_hop="10.8.0.1", waited_seconds=3.0),
        failing("acquirer.port-unreachable", "card/primary", ("192.168.1.1",), address="10.8.3.2:8583"),
        *VERSIONS,
    ),
    ladders=(ladder("card/primary", Rung.SITE_FIREWALL), ladder("qr/wechat", None)),
    untested=(
        not_tested("tls.expired", "card/primary", "firewall.port-dropped"),
        not_tested("echo.refused", "card/primary", "firewall.port-dropped"),
        Untested(code="wifi.weak", reason=Reason.NOT_SUPPORTED),
    ),
)

MAINS_OFF: Final = report(
    Cause(
        code="power.mains-off",
        subjects=("ups@localhost",),
        owner=Owner.POWER_COMPANY,
        severity=Severity.WARNING,
        since=NOW - 20,
        rung=Rung.POWER,
        stops=(SETTLEMENT,),
        words={
            "en": Words(
                title="Mains off, running on UPS",
                text="The till runs on ups@localhost. Minutes left: 12.",
                remedy="Check plug and breaker; if other lights are out too, call. Finish this sale.",
                avoid="No settlement until the mains are back.",
                prepare="Read out: mains off, minutes left: 12.",
            ),
            "zh": Words(
                title="停电, 正用UPS供电",
                text="本机由ups@localhost供电, 约剩12分钟.",
                remedy="看插座和开关; 别的灯也灭了就打电话. 收完这一笔.",
                avoid="结算等来电再做.",
                prepare="照念: 停电, 约剩12分钟.",
            ),
        },
    ),
    works=(CARD, QR, RECEIPTS),
    readings=(failing("power.mains-off", "ups@localhost", status="OB DISCHRG", minutes_left=12), *VERSIONS),
    ladders=(ladder("card/primary", None),),
)

ALL_WELL: Final = report(
    works=EVERYTHING,
    readings=VERSIONS,
    ladders=(ladder("card/primary", None), ladder("qr/wechat", None)),
    untested=(not_tested("acquirer.port-unreachable", "card/backup", "on request only"),),
)

LINE_DOWN: Final = report(
    Cause(
        code="path.no-way-out",
        subjects=("192.168.1.1",),
        owner=Owner.LINE_PROVIDER,
        severity=Severity.CRITICAL,
        since=SINCE,
        rung=Rung.ACQUIRER_PORT,
        stops=(CARD, QR, SETTLEMENT, REPORTING),
        consequences=(
            ("acquirer.port-unreachable", "card/primary"),
            ("acquirer.port-unreachable", "qr/wechat"),
        ),
        words={
            "en": Words(
                title="Line to the outside is down",
                text="The router 192.168.1.1 answers, 3 of 3 addresses behind it do not.",
                remedy="Repair the line: the router is fine, nothing gets out behind it.",
                avoid="Until settled: no reset, no swap, nothing deleted.",
                prepare="Read out: router 192.168.1.1 ok, no way out since 21:40. 37 sales not settled.",
            ),
            "zh": Words(
                title="宽带线路断了",
                text="路由器192.168.1.1有回应, 后面3个地址都没有.",
                remedy="修复线路: 路由器正常, 往外不通.",
                avoid="结算前: 勿重置 勿换机 勿删数据.",
                prepare="照念: 路由器192.168.1.1正常, 往外不通, 21:40起. 批次000123有37笔未结算.",
            ),
        },
    ),
    PAPER_OUT.diagnosis.causes[0],
    works=(),
    readings=(
        failing("path.no-way-out", "192.168.1.1", tried=3, answered=0),
        failing("acquirer.port-unreachable", "card/primary", ("192.168.1.1",), address="10.8.3.2:8583"),
        failing("acquirer.port-unreachable", "qr/wechat", ("192.168.1.1",), address="pay.example:443"),
        *VERSIONS,
    ),
    ladders=(ladder("card/primary", Rung.ACQUIRER_PORT), ladder("qr/wechat", Rung.ACQUIRER_PORT)),
    untested=(
        not_tested("echo.refused", "card/primary", "path.no-way-out"),
        not_tested("tls.expired", "qr/wechat", "path.no-way-out"),
        Untested(code="power.sensor", subject="hwmon0", reason=Reason.NO_PERMISSION, because="chmod a+r"),
    ),
)

BEFORE: Final = replace(
    LINE_DOWN, clock=replace(LINE_DOWN.clock, wall=SINCE + 60), sequence=1835, code="3MQ9-XT"
)
"""The same till when the technician came."""

SITUATIONS: Final = {
    "near-end": NEAR_END,
    "paper-out": PAPER_OUT,
    "firewall": FIREWALL,
    "mains-off": MAINS_OFF,
    "all-well": ALL_WELL,
    "line-down": LINE_DOWN,
}
