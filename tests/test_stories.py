"""The merchants' complaints, each from a healthy store to the sentence that helps, in both languages.

The books are a real database, the counter is simulated, and `poshealth check` is asked as a person would.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from simulators.black_hole import BlackHole
from simulators.pos_books import PosBooks, now, zone_at_noon
from tests.shop import Report, Shop

DAY = 86400.0
ACCOUNT = "daemon"


@pytest.fixture
def books(shop: Shop) -> PosBooks:
    """Noon. Yesterday is settled; today three sales have their receipts, and the day's slip is made."""
    folder = shop.folder / "pos"
    folder.mkdir()
    (folder / "slips").mkdir()
    made: PosBooks = shop.stack.enter_context(PosBooks(folder / "pos.db"))
    for path in (folder, folder / "slips", made.path):
        shutil.chown(path, ACCOUNT)
    at = now()
    made.open_batch(at - 2 * DAY)
    made.sell(at - DAY)
    made.settle(at - 3600)
    for _ in range(3):
        made.sell(at - 10)
    made.make_day_slip(at - 5)
    shop.settlement = f"""
[settlement]
preset = "unionpay"
database = "sqlite:{made.path}"
calendar = {{ zone = "{zone_at_noon()}" }}
terminal_id = "00000002"
merchant_id = "898100012341234"
day_slip_by = "00:01"
receipt_grace_seconds = 1
pos_account = "{ACCOUNT}"
spool = "{folder / "slips"}"
"""
    return made


def told(report: Report, code: str, language: str) -> str:
    """Everything that is said of a cause."""
    (cause,) = [each for each in report["diagnosis"]["causes"] if each["code"] == code]
    return " ".join(cause["words"][language].values())


def causes(report: Report) -> list[str]:
    return [cause["code"] for cause in report["diagnosis"].get("causes", [])]


def followers(report: Report, code: str) -> set[str]:
    (cause,) = [each for each in report["diagnosis"]["causes"] if each["code"] == code]
    return {following for following, _ in cause["consequences"]}


def owner(report: Report, code: str) -> str:
    (cause,) = [each for each in report["diagnosis"]["causes"] if each["code"] == code]
    return str(cause["owner"])


def test_the_store_is_well_before_anybody_complains(shop: Shop, books: PosBooks) -> None:
    report = shop.check()

    assert not [
        code for code in causes(report) if code.startswith(("settlement", "receipts", "pre-slip", "journal"))
    ]
    assert "settlement" in report["diagnosis"]["works"]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives the application's folder to another account")
def test_no_pre_settlement_slip_because_the_pos_may_not_write(shop: Shop, books: PosBooks) -> None:
    """POS机未生成预结算单: first what stands in its way, then, with that gone, the vendor."""
    books.settle()
    books.let_pass(DAY)
    books.sell()
    slips = Path(books.path).parent / "slips"
    slips.chmod(0o555)
    report = shop.check()
    assert followers(report, "pre-slip.spool-not-writable") == {"pre-slip.day-missing"}
    assert "daemon cannot write" in told(report, "pre-slip.spool-not-writable", "en")
    assert "给账号daemon加上写入权限" in told(report, "pre-slip.spool-not-writable", "zh")

    slips.chmod(0o755)
    report = shop.check()
    assert owner(report, "pre-slip.day-missing") == "software-vendor"
    assert "预结算单没有生成" in told(report, "pre-slip.day-missing", "zh")

    books.make_day_slip()
    assert "pre-slip.day-missing" not in causes(shop.check())


def test_settlement_does_not_go_through_because_of_a_firewall(shop: Shop, books: PosBooks) -> None:
    """POS机一直结算不了: the missed settlement follows from the line, and the network team is called."""
    for acquirer in (shop.primary, shop.backup):
        acquirer.gone = True
        hole = BlackHole(port=acquirer.address[1])
        hole.start()
        shop.stack.callback(hole.stop)
    books.let_pass(2 * DAY)
    report = shop.check()

    (cause,) = [code for code in causes(report) if "settlement.overdue" in followers(report, code)]
    assert cause == "firewall.port-dropped"
    assert owner(report, cause) == "site-it"
    assert "settlement" in report["diagnosis"]["lost"]
    assert "放行" in told(report, cause, "zh")


def test_long_not_settled_with_everything_green_is_the_acquirer_s(shop: Shop, books: PosBooks) -> None:
    """POS机长时间未结算: batch, TID and the masked MID to call with; a refusal is named as the acquirer's."""
    books.let_pass(2 * DAY)
    report = shop.check()
    assert owner(report, "settlement.overdue") == "acquirer"
    for words in ("000124", "00000002", "..1234"):
        assert words in told(report, "settlement.overdue", "en")
        assert words in told(report, "settlement.overdue", "zh")
    assert "898100012341234" not in str(report)

    books.begin_settlement()
    books.fail_settlement("商户账户已冻结, 请联系张经理 13800001234")
    report = shop.check()
    assert followers(report, "settlement.account-refused") == {"settlement.overdue"}
    assert "与本机无关" in told(report, "settlement.account-refused", "zh")
    assert "张经理" not in str(report)

    books.settle()
    assert "settlement" in shop.check()["diagnosis"]["works"]


def test_forgotten_receipts_are_named_and_nobody_is_charged_twice(shop: Shop, books: PosBooks) -> None:
    """POS机忘记打票: which sales, and why the newest has none."""
    forgotten = [books.sell(now() - 5, printed=False) for _ in range(2)]
    report = shop.check()
    assert all(number in told(report, "receipts.missing", "zh") for number in forgotten)
    assert "勿马上再刷" in told(report, "receipts.missing", "zh")
    assert "do not charge twice" in told(report, "receipts.missing", "en")

    shop.printer.state.paper_out = True
    books.sell(now() - 5, printed=False)
    books.fail_to_print()
    report = shop.check()
    assert "receipts.last-failed" in followers(report, "receipt-printer.paper-out")

    shop.printer.state.paper_out = False
    books.print_again()
    assert not [code for code in causes(shop.check()) if code.startswith("receipt")]
