"""The two slips of one report: what stands on them, in which order, and what gives way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from string import Formatter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.slip.layout import COLUMNS, width
from agent.slip.slips import Slip, cashier_slip, technician_slip
from agent.slip.words import FRAME
from probes.catalogue import CONDITIONS
from probes.receipt_printer import conditions as printer
from tests.agent.slip.situations import (
    ALL_WELL,
    BEFORE,
    CARD,
    CONTACTS,
    FIREWALL,
    LINE_DOWN,
    MAINS_OFF,
    NEAR_END,
    PAPER_OUT,
    PRINTER_SILENT,
    QR,
    RECEIPTS,
    SETTLEMENT,
    SITUATIONS,
    TLS_EXPIRED,
    report,
)
from tests.agent.till_readings import PRINTER, failing
from vocabulary import texts
from vocabulary.condition import Capability, Condition, Owner
from vocabulary.contact import Contact
from vocabulary.reading import Fact, Reading, Reason, Status
from vocabulary.report import Cause, Known, Report, Untested

LANGUAGES = ("en", "zh")
FAULTS = {name: each for name, each in SITUATIONS.items() if each.diagnosis.causes}
every_slip = pytest.mark.parametrize("columns", COLUMNS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def cashier(report: Report, language: str = "en", columns: int = 32, qr: str = "PH1:A") -> Slip:
    return cashier_slip(report, CONTACTS[language], language, columns, qr=qr)


def technician(report: Report, language: str = "en", before: Report | None = None) -> str:
    return technician_slip(report, CONTACTS[language], language, 48, before, qr="PH1:A").text()


def tight(text: str) -> str:
    """Without spaces and line ends, so that a folded sentence is found again."""
    return "".join(text.split())


def with_words(report: Report, **changes: str) -> Report:
    """The headline in other words, the same in both languages."""
    cause, *rest = report.diagnosis.causes
    words = {language: replace(cause.words[language], **changes) for language in cause.words}
    causes = (replace(cause, words=words), *rest)
    return replace(report, diagnosis=replace(report.diagnosis, causes=causes))


@every_slip
@every_language
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_cashiers_slip_has_ten_lines_at_most(situation: str, language: str, columns: int) -> None:
    """Below the frame, none wider than the paper, every character one that a GBK printer has."""
    frame, *lines = cashier(SITUATIONS[situation], language, columns).lines
    assert frame.text.strip() == FRAME
    assert 4 <= len(lines) <= 10
    for line in lines:
        assert width(line.text) <= columns
        assert line.text.encode("gbk").decode("gbk") == line.text


@every_slip
@every_language
@pytest.mark.parametrize("situation", FAULTS)
def test_title_and_number_are_always_whole(situation: str, language: str, columns: int) -> None:
    cause = FAULTS[situation].diagnosis.causes[0]
    slip = cashier(FAULTS[situation], language, columns)
    assert tight(cause.words[language].title) in tight(slip.text())
    if cause.owner is not Owner.STAFF:
        assert any(CONTACTS[language][cause.owner].phone in line.text for line in slip.lines)


@every_slip
@every_language
@pytest.mark.parametrize("report", [PAPER_OUT, PRINTER_SILENT, TLS_EXPIRED, MAINS_OFF])
def test_what_not_to_do_stands_before_whom_to_call(report: Report, language: str, columns: int) -> None:
    text = tight(cashier(report, language, columns).text())
    cause = report.diagnosis.causes[0]
    owner = Owner.TECHNICIAN if cause.owner is Owner.STAFF else cause.owner
    avoid = tight(cause.words[language].avoid)
    assert avoid
    assert text.index(avoid) < text.index(CONTACTS[language][owner].phone)


@every_language
def test_header_and_code_come_first(language: str) -> None:
    _, header, code, *_ = cashier(ALL_WELL, language).lines
    assert (
        header.text
        == {
            "en": "Store 0412 till 2 21 Nov 21:52",
            "zh": "门店0412 2号机 11-21 21:52",
        }[language]
    )
    assert "7K4P-2Q" in code.text
    assert ("scan" in code.text) or ("扫码" in code.text)


def test_without_a_qr_nobody_is_told_to_scan() -> None:
    assert "Code 7K4P-2Q: read it out\n" in cashier(ALL_WELL, qr="").text()


@pytest.mark.parametrize(
    ("works", "line"),
    [
        ((QR, RECEIPTS), "You can take: cash, QR"),
        ((QR,), "You can take: cash, QR"),
        ((), "You can take: cash"),
    ],
)
def test_with_a_payment_lost_only_what_was_just_probed_is_offered(works: tuple, line: str) -> None:  # type: ignore[type-arg]
    report = replace(FIREWALL, diagnosis=replace(FIREWALL.diagnosis, works=works))
    assert f"\n{line}\n" in cashier(report).text()


def test_with_no_payment_lost_what_works_is_listed_and_nothing_else() -> None:
    report = replace(NEAR_END, diagnosis=replace(NEAR_END.diagnosis, works=(CARD, RECEIPTS)))
    assert "\nCards, receipts: ok\n" in cashier(report).text()
    nothing = replace(NEAR_END, diagnosis=replace(NEAR_END.diagnosis, works=()))
    assert ": ok" not in cashier(nothing).text()
    assert "take" not in cashier(nothing).text()


WELL = ALL_WELL.diagnosis


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "All well. Nothing to do",
                "Cards, QR, receipts, settle: ok",
                f"{WELL.checks} checks: {WELL.healthy} ok, 6 not tested",
                "Paper: ~6 days",
            ],
        ),
        (
            "zh",
            [
                "一切正常, 不用做什么",
                "刷卡 扫码 小票 结算: 可用",
                f"检查{WELL.checks}项: {WELL.healthy}好, 6未检测",
                "纸约够6天",
            ],
        ),
    ],
)
def test_all_well_is_four_lines(language: str, lines: list[str]) -> None:
    assert [line.text for line in cashier(ALL_WELL, language).lines[3:]] == lines


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0, "Paper: less than a day", "纸不够1天"),
        (1, "Paper: ~1 day", "纸约够1天"),
        (2, "Paper: ~2 days", "纸约够2天"),
    ],
)
def test_how_long_the_paper_lasts(days: int, english: str, chinese: str) -> None:
    """The last line when all is well; the technician has it beside a cause too."""
    near_end = printer.NEAR_END.ok(PRINTER, port="/dev/ttyS0", setting="9600 8N1", paper_lasts_days=days)
    for language, words in (("en", english), ("zh", chinese)):
        assert cashier(report(near_end), language).lines[-1].text == words
        broken = report(near_end, failing(printer.COVER_OPEN, PRINTER))
        assert f"{words}\n" in technician_slip(broken, CONTACTS[language], language, 32).text()


def test_a_claim_too_old_to_stand_is_not_made() -> None:
    """Kept with the reading that has become unknown meanwhile."""
    old = replace(
        printer.NEAR_END.ok(PRINTER, paper_lasts_days=6), status=Status.UNKNOWN, reason=Reason.STALE
    )
    assert "Paper" not in cashier(report(old)).text()


def test_a_round_that_could_test_nothing_is_not_all_well() -> None:
    blind = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, works=(), healthy=0))
    assert "Cannot tell: nothing was tested" in cashier(blind).text()
    assert "well" not in cashier(blind).text()


def test_a_failing_reading_that_is_not_yet_a_cause_is_watched() -> None:
    settling = Untested(code="payment-line.slow", subject="card/primary", reason=Reason.SETTLING)
    untested = (*ALL_WELL.diagnosis.untested, settling)
    report = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, untested=untested))
    counted = f"{WELL.checks + 1} checks: {WELL.healthy} ok, 6 not tested\n1 being watched\n"
    assert counted in cashier(report).text()


@pytest.mark.parametrize(("columns", "line"), [(32, "No cards, QR, printing, settling"), (42, "settlement")])
def test_what_is_lost_stands_on_one_line(columns: int, line: str) -> None:
    lost = (CARD, QR, RECEIPTS, SETTLEMENT)
    report = replace(FIREWALL, diagnosis=replace(FIREWALL.diagnosis, lost=lost, works=()))
    assert cashier(report, columns=columns).lines[3].text.endswith(line)


def test_another_cause_is_named_where_there_is_room() -> None:
    assert "\n另外: 缺纸\n" in cashier(BEFORE, "zh", columns=48).text()
    assert "Also" not in cashier(LINE_DOWN, "en", columns=32).text()


def test_the_number_of_lines_holds_with_words_of_any_length() -> None:
    long = " ".join(f"word{n}" for n in range(200))
    for each in (PAPER_OUT, FIREWALL):
        slip = cashier(with_words(each, text=long, remedy=long, avoid=long, prepare=long))
        assert len(slip.lines) == 11
        text = slip.text()
        assert each.diagnosis.causes[0].words["en"].title in text
        assert "7K4P-2Q" in text
    assert "555-0100" in text


def test_a_step_the_staff_take_is_never_dropped() -> None:
    long = " ".join(f"word{n}" for n in range(200))
    text = cashier(with_words(PAPER_OUT, remedy=f"Fit {long}", avoid=long)).text()
    assert "Fit word0" in text


def test_why_gives_way_before_what_to_say_and_that_before_what_not_to_do() -> None:
    """One more line of words each time takes from the least important part that is left."""
    words = {
        "title": "Firewall between",
        "text": "The long reason why.",
        "remedy": "Open it.",
        "avoid": "Leave it on.",
    }
    say = "Say first. Say second part here now. Say third part at the end of this. Say fourth part too. More."
    roomy = cashier(with_words(FIREWALL, **words, prepare="Say first."), columns=48).text()
    full = cashier(with_words(FIREWALL, **words, prepare=say)).text()
    assert "reason why" in roomy
    assert "reason why" not in full
    assert "Open it." in roomy
    assert "Open it." not in full
    assert "Say fourth part too." in full
    assert "More" not in full
    assert "Leave it on." in full


def test_lines_that_a_dropped_sentence_frees_go_back_to_what_was_cut() -> None:
    """Two lines of remedy go as a whole where one was too many; the other says what else works."""
    words = {"avoid": "Leave the till on.", "remedy": "one sentence " * 4}
    slip = cashier(with_words(FIREWALL, **words, prepare="Say first. Say second part here now."))
    assert "one sentence" not in slip.text()
    assert "Receipts: ok" in slip.text()
    assert len(slip.lines) == 11


def test_a_number_with_spaces_stays_on_one_line() -> None:
    contacts = {Owner.SITE_IT: Contact(name="network operations", phone="+86 21 5555 0100")}
    lines = cashier_slip(FIREWALL, contacts, "en", 32).lines
    assert any("+86 21 5555 0100" in line.text for line in lines)


def test_a_long_name_is_dropped_before_the_number() -> None:
    name = "the network operations team of the whole northern region"
    contacts = {Owner.SITE_IT: Contact(name=name, phone="+86 21 5555 0100")}
    long = " ".join(f"word{n}" for n in range(60))
    report = with_words(FIREWALL, remedy=long, avoid=long, prepare=long)
    assert "\nCall +86 21 5555 0100\n" in cashier_slip(report, contacts, "en", 32).text()


def test_hours_stand_where_they_cost_no_line() -> None:
    assert "555-0100 (24 h), say:" in cashier(FIREWALL, columns=42).text()
    assert "Call network team 555-0100, say:\n" in cashier(FIREWALL, columns=32).text()


def test_an_owner_without_a_number_is_still_named() -> None:
    text = cashier_slip(FIREWALL, {}, "en", 32).text()
    assert "Tell network team (no phone" in text


def test_what_to_read_out_is_announced_once() -> None:
    assert cashier(MAINS_OFF, "en", 48).text().count("say:") == 1
    assert cashier(MAINS_OFF, "zh", 48).text().count("照念") == 1


def test_a_cause_of_this_minute_has_no_since() -> None:
    assert "since" not in cashier(MAINS_OFF, "en", 48).text()
    assert "Paper out, since 21:40" in cashier(PAPER_OUT, "en", 48).text()


def test_a_cause_of_another_day_says_which() -> None:
    cause = replace(PAPER_OUT.diagnosis.causes[0], since=PAPER_OUT.clock.wall - 86_400)
    report = replace(PAPER_OUT, diagnosis=replace(PAPER_OUT.diagnosis, causes=(cause,)))
    assert "Paper out, since 20 Nov 21:52" in cashier(report, "en", 48).text()


def test_a_language_the_terminal_lacks_is_english() -> None:
    cause = PAPER_OUT.diagnosis.causes[0]
    english = replace(cause, words={"en": cause.words["en"]})
    report = replace(PAPER_OUT, diagnosis=replace(PAPER_OUT.diagnosis, causes=(english,)))
    assert "Paper out" in cashier(report, "zh").text()


@pytest.mark.parametrize("columns", [0, 31, 33, 64])
def test_other_widths_are_refused(columns: int) -> None:
    with pytest.raises(ValueError, match="32, 42, 48"):
        cashier(ALL_WELL, columns=columns)


PLAIN = st.text(st.sampled_from("纸网线路收款, .。；;ab12-/（）() "), max_size=160)


ANY_WORDS = st.fixed_dictionaries(dict.fromkeys(("text", "remedy", "avoid", "prepare"), PLAIN))


@given(title=PLAIN, words=ANY_WORDS, columns=st.sampled_from(COLUMNS))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_make_a_slip(title: str, words: dict[str, str], columns: int) -> None:
    """Ten lines hold whatever a condition says, as long as its title keeps to its 28 columns."""
    for each in (FIREWALL, PAPER_OUT):
        slip = cashier(with_words(each, title=title[:14], **words), "zh", columns)
        assert len(slip.lines) <= 11
        assert all(width(line.text) <= columns for line in slip.lines)


def alone(condition: Condition) -> Report:
    """A report with this condition as its only cause; every fact is "x9"."""
    templates = condition.text + condition.remedy + condition.avoid + condition.prepare
    facts: dict[str, Fact] = {name: "x9" for _, name, _, _ in Formatter().parse(templates) if name}
    readings = (Reading(code=condition.code, subject="eth0", status=Status.FAILING, facts=facts),)
    cause = Cause(
        code=condition.code,
        subjects=("eth0",),
        owner=condition.owner,
        severity=condition.severity,
        stops=condition.stops,
        since=NEAR_END.clock.wall - 3600,
        words={language: texts.words(condition, readings, language) for language in LANGUAGES},
    )
    diagnosis = replace(NEAR_END.diagnosis, causes=(cause,), lost=condition.stops, works=())
    return replace(NEAR_END, diagnosis=diagnosis)


@every_language
@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_every_condition_of_every_probe_makes_a_cashiers_slip(condition: Condition, language: str) -> None:
    """On the narrowest paper: what is wrong and what not to do in full, the number too, ten lines."""
    report = alone(condition)
    words = report.diagnosis.causes[0].words[language]
    slip = cashier(report, language)
    assert len(slip.lines) <= 11
    assert tight(words.title) in tight(slip.text())
    assert tight(words.avoid) in tight(slip.text())
    contact = CONTACTS[language].get(condition.owner, Contact())
    if condition.owner is not Owner.STAFF:
        assert contact.phone in slip.text()


@every_slip
@every_language
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_technicians_slip_keeps_to_the_paper(situation: str, language: str, columns: int) -> None:
    slip = technician_slip(SITUATIONS[situation], CONTACTS[language], language, columns, NEAR_END, qr="PH1:A")
    assert slip.lines[0].text.strip() == FRAME
    for line in slip.lines:
        assert width(line.text) <= columns
        assert line.text.encode("gbk").decode("gbk") == line.text


def test_the_technician_reads_every_cause_in_full() -> None:
    text = tight(technician(LINE_DOWN))
    for cause in LINE_DOWN.diagnosis.causes:
        words = cause.words["en"]
        for each in (cause.code, words.title, words.text, words.remedy, words.avoid):
            assert tight(each) in text
    assert tight("Explains: card-payments.no-line, payment-line.down card/primary") in text
    assert tight("Quote: line 0755-1234") in text


def test_the_ladder_names_last_good_first_bad_and_the_rest() -> None:
    text = technician(FIREWALL)
    card, qr = text.split("Ladder card/primary\n")[1].split("Ladder qr/wallet\n")
    assert "Last good: name lookup\nFirst bad: store firewall\n" in card
    assert "Not tested: acquirer port, TLS, acquirer's reply\n" in card
    assert "Last good: acquirer's reply\nFirst bad: none\n" in qr
    assert "Last good: address\nFirst bad: gateway\n" in technician(LINE_DOWN)
    assert "Last good: acquirer's reply\nFirst bad: power\n" in technician(MAINS_OFF)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Cards, settle: not seen here"), ("zh", "刷卡 结算: 这里看不到")]
)
def test_what_goes_another_way_is_said_to_be_unseen(language: str, said: str) -> None:
    cards = (Capability.CARD_PAYMENTS, Capability.SETTLEMENT)
    works = tuple(each for each in ALL_WELL.diagnosis.works if each not in cards)
    report = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, works=works, unseen=cards))
    slip = cashier(report, language)
    assert said in [line.text for line in slip.lines]
    assert ("cards" if language == "en" else "刷卡") not in slip.text().replace(said, "").lower()


def test_the_ladder_says_how_fast_the_line_answers() -> None:
    measured = Reading(
        code="payment-line.slow",
        subject="qr/wallet",
        status=Status.OK,
        facts={"latency_ms": 480.0, "rating": "fair"},
    )
    report = replace(FIREWALL, readings=(*FIREWALL.readings, Known(reading=measured, since=0.0)))
    card, qr = technician(report).split("Ladder card/primary\n")[1].split("Ladder qr/wallet\n")
    assert "Answers in" not in card
    assert "Answers in 480 ms: fair\n" in qr


def test_evidence_is_the_failing_readings_with_their_facts() -> None:
    evidence = technician(FIREWALL).split("Evidence\n")[1].split("----")[0]
    assert "firewall.port-dropped 10.8.3.2:8583" in evidence
    assert "last_hop=10.8.0.1 purpose=Card payments\nsince=2026-11-21T21:40+08:00" in evidence
    assert "through=eth0+10.8.0.1" in evidence
    assert "openssl" not in evidence


def test_what_was_not_tested_has_its_reason() -> None:
    text = technician(FIREWALL)
    assert "In the way: payment-line.dropped\ncard/primary: path.mtu-black-hole,\n" in text
    assert "\npayment-line.clock-at-fault," in text
    assert text.count("card/primary: path.mtu-black-hole") == 1
    assert "Not supported: the till uses a cable\neth0: network.wifi-lost," in text
    hidden = (Untested(code="software.program-missing", reason=Reason.NO_PERMISSION, because="chmod o+r"),)
    report = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, untested=hidden))
    assert "No permission: chmod o+r\nsoftware.program-missing\n" in technician(report)


def test_why_something_was_not_tested_is_said_in_chinese() -> None:
    """With what it is about."""
    because = "/pos/day.log: Permission denied"
    hidden = (Untested(code="journal.unreachable", reason=Reason.NOT_TESTED, because=because),)
    report = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, untested=hidden))
    assert "未检测: /pos/day.log: 没有权限\n" in technician(report, "zh")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    untested = (Untested(code="network.wifi-weak", reason=reason),)
    report = replace(ALL_WELL, diagnosis=replace(ALL_WELL.diagnosis, untested=untested))
    assert "\nnetwork.wifi-weak\n" in technician(report)
    assert str(reason) not in technician(report, "zh")


def test_an_old_reading_says_how_old() -> None:
    old = replace(PAPER_OUT, readings=tuple(replace(each, age_seconds=240.0) for each in PAPER_OUT.readings))
    assert tight("receipt-printer (read 240 s before)") in tight(technician(old))
    assert "before)" not in technician(PAPER_OUT)


def test_versions_and_serial_numbers_come_from_any_reading() -> None:
    text = technician(ALL_WELL)
    assert "openssl: installed=3.0.15-1" in text
    assert "model=SP-POS88V serial_number=A1D2217" in tight(text).replace(
        "SP-POS88Vserial", "SP-POS88V serial"
    )


def test_the_report_can_be_found_again() -> None:
    text = technician(ALL_WELL)
    for each in ("Terminal 0412-2", "Agent 0.1.0", "3f6b1f4e-68b5-4b52-9dd5-6e2c0a3a9c11"):
        assert each in text
    assert "Spool 5f0c1d2e3a4b, record 1837\nClock: set by the network\n" in text


@pytest.mark.parametrize(
    ("synchronised", "line"),
    [(False, "Clock: not set by the network"), (None, "Clock: cannot tell whether right")],
)
def test_a_doubtful_clock_is_said(synchronised: bool | None, line: str) -> None:
    report = replace(ALL_WELL, clock=replace(ALL_WELL.clock, synchronised=synchronised))
    assert line in technician(report)


def test_before_and_after_tell_gone_from_still_there_and_new() -> None:
    section = technician(PAPER_OUT, before=BEFORE).split("Before and after\n")[1].split("----")[0]
    assert "Before: 21 Nov 21:41, code 3MQ9-XT\nAfter: " in section
    assert "Gone: Line leads nowhere\nStill there: Paper out\n" in section
    assert "Works again: cards, settle\n" in section
    assert "New: Paper out\n" in technician(PAPER_OUT, before=ALL_WELL)
    assert "No cause before, none after\n" in technician(ALL_WELL, before=ALL_WELL)
    assert "Before and after" not in technician(ALL_WELL)
