"""The pages in a real browser, as a support lead at a desk and on a phone meets them."""

from __future__ import annotations

import re
import time

import msgspec
import pytest

from tests.headoffice import reports
from tests.headoffice.browsing import Visit
from tests.headoffice.fleet import send_fleet
from tests.headoffice.office import Office, Terminal
from vocabulary.condition import Capability
from vocabulary.report import Fate, Occasion, SlipNote
from vocabulary.wire import Outage
from vocabulary.work import Named, Renewed, Verdict, Work

DETAIL = "/terminals/s0412-t2"


@pytest.fixture(scope="module")
def fleet(office: Office) -> Office:
    send_fleet(office)
    return office


def test_the_first_page_counts_before_it_lists(visit: Visit, fleet: Office) -> None:
    """The verdict sentence, then the terminals, worst first."""
    page = visit(fleet)
    assert page.inner_text("h1").startswith("Of 5 terminals:")
    assert "1 with payments affected" in page.inner_text("h1")
    assert page.inner_text("tbody tr:first-child th a") == "Store 0412, till 2"
    states = page.locator("tbody .mark").all_inner_texts()
    assert [each.strip() for each in states] == [
        "Payments affected",
        "Partly working",
        "Needs attention",
        "Cannot tell",
        "Ready",
    ]


def test_a_row_says_what_is_lost_what_works_why_and_who_acts(visit: Visit, fleet: Office) -> None:
    """In the terminal's own words."""
    row = visit(fleet).inner_text("tbody tr:first-child")
    for said in (
        "Store firewall blocks a port",
        "10.8.3.2:8583 has not answered since 21:40",
        "Also: Paper is running low",
        "Card payments, Settlement",
        "QR payments, Receipts, Reporting",
        "Store network team",
        "2 h ago",
    ):
        assert said in row


def test_every_state_has_a_shape_of_its_own(visit: Visit, fleet: Office) -> None:
    """Colour alone tells nothing to one man in twelve."""
    shapes = visit(fleet).locator("tbody .mark svg").evaluate_all("all => all.map(e => e.innerHTML)")
    assert len(set(shapes)) == 5


def test_a_count_leads_to_its_terminals(visit: Visit, fleet: Office) -> None:
    page = visit(fleet)
    page.click("h1 a.partly-working")
    assert page.locator("tbody tr").count() == 1
    assert "Paper out" in page.inner_text("tbody")


@pytest.mark.parametrize("typed", ["7k4p2q", "0412", "s0412"])
def test_a_terminal_is_found_by_code_or_store(visit: Visit, fleet: Office, typed: str) -> None:
    page = visit(fleet)
    page.fill("#q", typed)
    page.press("#q", "Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator("tbody tr").count() == 1
    assert "s0412-t2" in page.inner_text("tbody tr")


def test_what_became_of_the_slips(visit: Visit, own_office: Office) -> None:
    """The newest first, with the terminal's own reason; a script of the terminal's is text."""
    till = Terminal(own_office, "s0412-t9")
    notes = tuple(
        SlipNote(id=fate, occasion=Occasion.CAUSE, wanted_at=1.0, at=2.0, fate=fate, because=because)
        for fate, because in ((Fate.DROPPED, "its causes are gone"), (Fate.UNKNOWN, "<b>it went away</b>"))
    )
    till.send(reports.full(msgspec.structs.replace(till.full().report, slips=notes)))
    page = visit(own_office, "/terminals/s0412-t9")
    rows = page.locator("section[aria-labelledby=slips] tbody tr").all_inner_texts()

    assert "Unknown whether it was printed" in rows[0]
    assert "<b>it went away</b>" in rows[0]
    assert "Dropped" in rows[1]


def test_work_at_a_till_is_told_with_what_it_came_to(visit: Visit, own_office: Office) -> None:
    """The newest first, open or ended; what a person typed is text."""
    till = Terminal(own_office, "s0412-t9")
    ended = Work(
        reason="<b>new printer</b>",
        began=1.0,
        ended=2.0,
        warned=("Settle first",),
        verdict=Verdict.BETTER,
        gone=(Named("receipt-printer.cut", {"en": "Cutter fault", "zh": "切刀故障"}),),
        renewed=(Renewed("receipt-printer.cut", "receipt-printer", "serial", "A1", "B2"),),
    )
    work = (ended, Work(reason="new card", by="lin", began=3.0))
    till.send(reports.full(msgspec.structs.replace(till.full().report, work=work)))

    items = visit(own_office, "/terminals/s0412-t9").locator("section[aria-labelledby=work] > ol > li")

    assert "new card (lin). Not ended yet" in items.nth(0).inner_text()
    told = items.nth(1).inner_text()
    assert "<b>new printer</b>. Better than before" in told
    assert all(part in told for part in ("Begun though: Settle first", "Gone: Cutter fault", "A1 → B2"))


def test_what_a_till_cannot_see_is_said_apart(visit: Visit, own_office: Office) -> None:
    """A payment terminal on a line of its own: neither "can do" nor merely "not proven"."""
    till = Terminal(own_office, "s0412-t8")
    report = till.full().report
    seen = msgspec.structs.replace(report.diagnosis, works=(), unseen=(Capability.CARD_PAYMENTS,))
    till.send(reports.full(msgspec.structs.replace(report, diagnosis=seen)))
    facts = visit(own_office, "/terminals/s0412-t8").inner_text("dl.facts")

    assert "Not seen by the till\nCard payments" in facts


def test_a_reminder_is_marked_and_is_no_cause(visit: Visit, own_office: Office) -> None:
    """In the row of a terminal that is ready, and on its page in a section of its own."""
    till = Terminal(own_office, "s0412-t7")
    till.send(till.full())
    till.send(till.full(2, causes=(reports.overdue(reports.wall() - 60),)))
    page = visit(own_office)
    row = page.locator("tr.ready", has_text="Maintenance is overdue").inner_text()
    page.goto("/terminals/s0412-t7")

    assert "none\nReminder: Maintenance is overdue" in row
    assert "No cause found." in page.inner_text("section[aria-labelledby=causes]")
    assert "99 of 90 days" in page.inner_text("section[aria-labelledby=reminders]")
    (change,) = page.locator("section[aria-labelledby=changes] li").all_inner_texts()
    assert change.endswith("All well")


def test_an_outage_is_one_line_and_no_gap(visit: Visit, own_office: Office) -> None:
    """From when to when, how many rounds, and that none is lost."""
    till = Terminal(own_office)
    began = reports.wall() - 278 * 60
    record = Outage(
        sequence=2,
        through=279,
        began=began,
        ended=began + 278 * 60,
        unchanged_since=1,
        cause="line-down",
    )
    till.send(till.full(), record)
    page = visit(own_office, DETAIL)

    assert re.search(r"Line down .*: 278 rounds, 0 lost\.", page.inner_text("main"))
    assert "Missing" not in page.inner_text("main")


def test_a_copied_till_shows_both_of_its_series(visit: Visit, own_office: Office) -> None:
    """Each with how far it came and when it was heard."""
    till = Terminal(own_office)
    till.send(till.full(), reports.pulse(2))
    till.send(till.full(code="OTHER"))
    Terminal(own_office, spool="spool-2").send(Terminal(own_office, spool="spool-2").full())
    listed = visit(own_office, DETAIL).inner_text("section[aria-labelledby=heartbeats] ul")

    assert re.findall(r"Series (spool-\d): complete up to number (\d)", listed) == [
        ("spool-2", "1"),
        ("spool-1", "2"),
    ]


def test_a_code_of_an_earlier_slip_leads_to_that_report(visit: Visit, fleet: Office) -> None:
    """The caller holds a slip from before; the till has reported something else since."""
    till = Terminal(fleet, "s0501-t1")
    till.send(
        till.full(2, causes=(reports.paper_out(reports.wall()),), code="OLD1-23", store="0501", till="1")
    )
    till.send(till.full(3, code="QQ8W-7T", store="0501", till="1"))
    page = visit(fleet, "/?q=old123")
    page.click(".earlier a")
    page.wait_for_selector("h2#causes")
    assert "This is an earlier report" in page.inner_text("main")
    assert "Fit a 58 mm roll" in page.inner_text("article")


def test_the_detail_page_tells_the_whole_story(visit: Visit, fleet: Office) -> None:
    """Cause, next step, ladder, what was not tested and why, evidence, slip."""
    page = visit(fleet, DETAIL)
    text = page.inner_text("main")
    for said in (
        "Call the network team and ask to allow 10.8.0.2 to 10.8.3.2",
        "Do not restart this till: it is fine.",
        "Till address 10.8.0.2, port 8583.",
        "Acquirer does not answer (card/primary) acquirer.no-answer",
        "later.one",
        "acquirer.tls-expired",
        "answer=none",
        "Complete up to number 1",
    ):
        assert said in text
    steps = page.locator(".ladder li").all_inner_texts()
    assert steps[5].split("\n")[-1] == "stops here"
    assert page.inner_text("pre.slip").split("\n")[1] == "Code 7K4P-2Q: scan, or read out"


def test_a_chinese_visitor_reads_chinese_throughout(visit: Visit, fleet: Office) -> None:
    """By Accept-Language; no English word of ours is left on the page."""
    page = visit(fleet, DETAIL, locale="zh-CN")
    text = page.inner_text("body")
    for said in ("收款受影响", "店内防火墙没放行", "打网络组", "断在这里", "门店0412 2号机", "未检测"):
        assert said in text
    for word in ("Cannot", "Since", "Next step", "Readings", "Changes"):
        assert word not in text
    assert page.get_attribute("html", "lang") == "zh-CN"


def test_the_language_can_be_chosen_and_is_remembered(visit: Visit, fleet: Office) -> None:
    page = visit(fleet)
    page.click("nav a:has-text('中文')")
    page.goto("/")
    assert page.inner_text("h1").startswith("共 5 台终端")


@pytest.mark.parametrize("path", ["/", DETAIL])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_phone_shows_it_without_scrolling_sideways(
    visit: Visit, fleet: Office, path: str, locale: str
) -> None:
    """375 px, and nothing sticks out of the screen except inside a box that scrolls by itself."""
    page = visit(fleet, path, width=375, locale=locale)
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_it_works_without_javascript(visit: Visit, fleet: Office) -> None:
    """Login, search, detail, sign out."""
    page = visit(fleet, js=False)
    page.fill("#q", "0412")
    page.click(".search button")
    page.click("tbody a")
    assert "Store firewall blocks a port" in page.inner_text("article >> nth=0")
    page.click("text=Sign out")
    page.goto("/")
    assert page.locator("#password").count() == 1


def test_it_works_from_the_keyboard(visit: Visit, fleet: Office) -> None:
    """The first key press offers the way past the bar; a link with the focus is seen to have it."""
    page = visit(fleet)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("tbody tr:first-child a")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    page.wait_for_url("**" + DETAIL)
    assert outline != "none"


@pytest.mark.parametrize("width", [1280, 375])
def test_a_screen_reader_finds_a_table_with_headers(visit: Visit, fleet: Office, width: int) -> None:
    """In the browser's own accessibility tree, also where the phone shows cards."""
    page = visit(fleet, width=width)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    names = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if "role" in node
    ]
    assert ("table", "Terminals, worst first") in names
    assert ("columnheader", "Who acts") in names
    assert ("rowheader", "Store 0412, till 2 s0412-t2") in names
    assert ("searchbox", "Code read out, store or till") in names
    assert [role for role, _ in names].count("row") == 6
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(visit: Visit, fleet: Office, scheme: str) -> None:
    """WCAG 1.4.3: 4.5 to 1, for every state's colour."""
    page = visit(fleet)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 10
    assert min(ratios) >= 4.5


CONTRAST = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const [r, g, b] = channels(text).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    const [, , , alpha = 1] = channels(colour);
    return alpha > 0 || !element.parentElement ? colour : ground(element.parentElement);
  };
  const words = document.querySelectorAll(".mark, .small, thead th, .count, a, button, footer");
  return [...words].map((element) => {
    const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  });
}"""


def test_words_of_a_terminal_are_never_markup(visit: Visit, own_office: Office) -> None:
    """A till with a hostile name and hostile sentences shows them as text; nothing of it runs."""
    till = Terminal(own_office, "s0666-t1")
    bad = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    cause = reports.paper_out(reports.wall())
    words = {"en": type(cause.words["en"])(title=bad, text=bad + "{0}", remedy=bad)}
    hostile = msgspec.structs.replace(cause, code=bad, subjects=(bad + "{0}",), words=words)
    report = msgspec.structs.replace(till.full(causes=(cause,)).report, code=bad, slip={"en": (bad,)})
    diagnosis = msgspec.structs.replace(report.diagnosis, causes=(hostile,))
    till.send(reports.full(msgspec.structs.replace(report, diagnosis=diagnosis)))
    page = visit(own_office)
    assert bad in page.inner_text("tbody")
    page.click("tbody a")
    page.wait_for_selector("article")
    assert bad in page.inner_text("article")
    assert "owned" not in page.title().replace(bad, "")


def test_a_silent_terminal_is_shown_as_silent_since_its_last_contact(
    visit: Visit, own_office: Office
) -> None:
    """With what it could not do when last heard."""
    till = Terminal(own_office)
    till.send(till.full(causes=(reports.port_closed(reports.wall()),)), every_seconds=1.0)
    deadline = time.monotonic() + 15
    while till.shown()["standing"] != "silent" and time.monotonic() < deadline:
        time.sleep(0.2)
    row = visit(own_office).inner_text("tbody tr")
    assert "Silent since" in row
    assert "Last known: cannot do Card payments, Settlement" in row


def test_the_page_says_so_when_head_office_no_longer_answers(visit: Visit, own_office: Office) -> None:
    """Never old green: and once it is back, the news come in by themselves."""
    till = Terminal(own_office)
    till.send(till.full())
    page = visit(own_office)
    url = own_office.url
    own_office.stop()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#live:not([hidden])")
    assert "Not live" in page.inner_text("#live")
    own_office.start(url)
    till.send(till.full(2, causes=(reports.paper_out(reports.wall()),)))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("tbody .mark.partly-working")
    assert page.is_hidden("#live")


def test_nothing_moves_under_the_readers_focus(visit: Visit, own_office: Office) -> None:
    """News are offered, not forced."""
    till = Terminal(own_office)
    till.send(till.full())
    page = visit(own_office)
    page.focus("tbody a")
    till.send(till.full(2, causes=(reports.paper_out(reports.wall()),)))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#live button")
    assert page.locator("tbody .mark.ready").count() == 1
    page.click("#live button")
    assert page.locator("tbody .mark.partly-working").count() == 1


def test_an_empty_fleet_says_what_to_do_next(visit: Visit, own_office: Office) -> None:
    page = visit(own_office)
    assert page.inner_text("h1") == "No terminal has been heard yet."
    assert "fleet's token" in page.inner_text("main")


def test_a_large_fleet_is_shown_by_the_hundred(visit: Visit, own_office: Office) -> None:
    for number in range(1, 103):
        Terminal(own_office, f"till-{number:03}").send(reports.pulse(2))
    page = visit(own_office)
    assert page.locator("tbody tr").count() == 100
    page.click("nav.pages a[rel=next]")
    assert page.locator("tbody tr").count() == 2
