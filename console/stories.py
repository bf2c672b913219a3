"""What merchants complain about, told on a simulated counter: from a healthy store to the right sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from console.demo_counter import Counter
from console.demo_show import Row, codes, print_row, said, slip_on_paper, slip_on_screen, title

DAY_SECONDS: Final = 86400.0


class Scene(Struct, frozen=True):
    """`causes`, `follows` and `gone` are only what is waited for; what is shown comes from head office."""

    happens: str
    act: Callable[[Counter], None]
    causes: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    slip_is_on: str = "paper"


class Story(Struct, frozen=True):
    """`complaint` in the merchant's words, English and Chinese."""

    name: str
    complaint: dict[str, str]
    scenes: tuple[Scene, ...]


def named(name: str) -> Story:
    return next(story for story in ALL if story.name == name)


def play(story: Story, counter: Counter, output: Path, language: str) -> None:
    """Raise TimeoutError where head office does not show what the scene leads to."""
    title(story.complaint[language])
    before = counter.wait_for(lambda row: {"card-payments", "receipts", "settlement"} <= set(row["works"]))
    print_row(before, said(before), language)
    known = codes(before)
    for number, scene in enumerate(story.scenes, 1):
        title(f"{number}. {scene.happens}")
        scene.act(counter)
        row = counter.wait_for(lambda row, scene=scene: _has_come(row, scene))  # type: ignore[misc]
        print_row(row, [cause for cause in said(row) if cause["code"] not in known], language)
        _print_consequences(row, language)
        show = slip_on_paper if scene.slip_is_on == "paper" else slip_on_screen
        show(counter, output, f"{story.name}-{number}", language)
    page = output / f"{story.name}.html"
    page.write_text(counter.page(), encoding="utf-8")
    print(f"   head office's page of this till: {page}")


def _has_come(row: Row, scene: Scene) -> bool:
    following = {code for cause in row["causes"] for code in _consequences(cause)}
    return (
        set(scene.causes) <= codes(row)
        and set(scene.follows) <= following
        and not set(scene.gone) & (codes(row) | following)
    )


def _consequences(cause: Row) -> set[str]:
    return {code for code, _ in cause.get("consequences", ())}


def _print_consequences(row: Row, language: str) -> None:
    for cause in row["causes"]:
        titles = cause.get("consequence_titles", {})
        if following := [f"{titles[code][language]} [{code}]" for code in sorted(_consequences(cause))]:
            print(f"     {cause['code']} explains: {', '.join(following)}")


def _two_days_pass(counter: Counter) -> None:
    counter.books.let_pass(2 * DAY_SECONDS)


def _no_right_to_the_spool(counter: Counter) -> None:
    """A day later, with sales and no slip."""
    counter.spool.chmod(0o555)
    counter.books.settle()
    counter.books.let_pass(DAY_SECONDS)
    counter.books.sell()


def _right_given_back(counter: Counter) -> None:
    counter.spool.chmod(0o755)


def _sells_without_receipt(counter: Counter) -> None:
    for _ in range(2):
        counter.books.sell(printed=False)


def _paper_out_at_a_sale(counter: Counter) -> None:
    counter.printer.state.paper_out = True
    counter.books.sell(printed=False)
    counter.books.fail_to_print()


def _new_roll(counter: Counter) -> None:
    counter.printer.state.paper_out = False
    counter.books.print_again()


def _settlement_refused(counter: Counter) -> None:
    counter.books.begin_settlement()
    counter.books.fail_settlement("商户账户已冻结")


def _another_card(counter: Counter) -> None:
    counter.books.bind("00000002", "898100012341234", "card two")


def _sold_settled_and_posted(counter: Counter) -> None:
    counter.books.sell()
    counter.books.settle()


PRE_SETTLEMENT_SLIP: Final = Story(
    "pre-settlement-slip",
    {"en": "The POS made no pre-settlement slip", "zh": "POS机未生成预结算单"},
    (
        Scene(
            "The POS application loses its right to write slips; the next day there is none",
            _no_right_to_the_spool,
            causes=("pre-slip.spool-not-writable",),
            follows=("pre-slip.day-missing",),
        ),
        Scene(
            "The right is given back; the day's slip is still missing",
            _right_given_back,
            causes=("pre-slip.day-missing",),
            gone=("pre-slip.spool-not-writable",),
        ),
        Scene(
            "The slip is made", lambda counter: counter.books.make_day_slip(), gone=("pre-slip.day-missing",)
        ),
    ),
)
DOES_NOT_GO_THROUGH: Final = Story(
    "does-not-go-through",
    {"en": "Settlement does not go through", "zh": "POS机一直结算不了"},
    (
        Scene(
            "A firewall drops what goes to both card hosts",
            Counter.drop_the_card_lines,
            causes=("firewall.port-dropped",),
            follows=("payment-line.dropped", "card-payments.no-line"),
        ),
        Scene(
            "Two days pass: the batch cannot be settled",
            _two_days_pass,
            causes=("firewall.port-dropped",),
            follows=("settlement.overdue",),
        ),
    ),
)
LONG_NOT_SETTLED: Final = Story(
    "long-not-settled",
    {"en": "No settlement for a long time", "zh": "POS机长时间未结算"},
    (
        Scene(
            "Two days pass and nobody settles; everything else is well",
            _two_days_pass,
            causes=("settlement.overdue",),
        ),
        Scene(
            "The settlement is tried, and the acquirer refuses it",
            _settlement_refused,
            causes=("settlement.account-refused",),
            follows=("settlement.overdue",),
        ),
        Scene(
            "The acquirer has sorted it out; the batch is settled",
            lambda counter: counter.books.settle(),
            gone=("settlement.account-refused", "settlement.overdue"),
        ),
    ),
)
RECEIPTS: Final = Story(
    "receipts",
    {"en": "Receipts were forgotten or not printed", "zh": "POS机忘记打票"},
    (
        Scene("Two sales are closed without a receipt", _sells_without_receipt, causes=("receipts.missing",)),
        Scene(
            "The paper runs out at the next one",
            _paper_out_at_a_sale,
            causes=("receipt-printer.paper-out",),
            follows=("receipts.last-failed",),
            slip_is_on="screen",
        ),
        Scene(
            "A new roll is fitted, the receipts are printed again",
            _new_roll,
            gone=("receipt-printer.paper-out", "receipts.last-failed", "receipts.missing"),
        ),
    ),
)
CARD_CHANGE: Final = Story(
    "card-change",
    {"en": "Nothing is posted since the card was changed", "zh": "POS机更换结算卡多次未入账"},
    (
        Scene(
            "The settlement card is changed: from now on its first posting is waited for",
            _another_card,
            causes=("posting.awaited",),
        ),
        Scene(
            "What is sold after it is posted, within the acquirer's time",
            _sold_settled_and_posted,
            gone=("posting.awaited",),
        ),
    ),
)

ALL: Final = (PRE_SETTLEMENT_SLIP, DOES_NOT_GO_THROUGH, LONG_NOT_SETTLED, RECEIPTS, CARD_CHANGE)
NAMES: Final = tuple(story.name for story in ALL)
