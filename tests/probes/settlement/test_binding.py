"""What decides whom the money goes to: seen first, changed, changed back, not told, too much to keep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from probes.memory import MAX_BYTES, Memory
from probes.settlement.binding import KEPT_CHANGES, KEY_LETTERS, Bound, look, recall, remember, seen
from probes.settlement.journal import Journal
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import Binding, Question
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Row, Trouble

DAY = 86400.0
FIRST = {"account": "aa", "merchant": "bb", "terminal": "", "host": "", "files": ""}


def after(*looks: dict[str, str], before: Bound = Bound()) -> Bound:  # noqa: B008  it is frozen
    for number, parts in enumerate(looks, 1):
        before = seen(before, parts, number * DAY)
    return before


@pytest.mark.parametrize(
    ("looks", "changed"),
    [
        ([FIRST], []),
        ([FIRST, FIRST], []),
        ([FIRST, FIRST | {"account": "cc"}], [("account",)]),
        ([FIRST, FIRST | {"account": "cc"}, FIRST], [("account",), ("account",)]),
        ([FIRST, FIRST | {"account": "cc", "merchant": "dd"}], [("account", "merchant")]),
        # told for the first time, later on, is no change; nor is a look that told nothing
        ([FIRST, FIRST | {"host": "ee"}], []),
        ([FIRST, dict.fromkeys(FIRST, ""), FIRST], []),
        ([FIRST, FIRST | {"account": ""}, FIRST | {"account": "cc"}], [("account",)]),
    ],
)
def test_what_counts_as_a_change(looks: list[dict[str, str]], changed: list[tuple[str, ...]]) -> None:
    assert [each.parts for each in after(*looks).changes] == changed


def test_a_change_while_nothing_is_posted_does_not_start_the_wait_anew() -> None:
    """As soon as something was sold after the first; until then the newest change counts."""
    once = after(FIRST, FIRST | {"account": "cc"})
    sold = Bound(parts=once.parts, changes=once.changes, since=once.since, sold_at=2.5 * DAY)

    assert seen(once, FIRST, 3 * DAY).since == 3 * DAY
    assert seen(sold, FIRST, 3 * DAY).since == 2 * DAY


def test_what_is_remembered_stays_small_and_is_read_again() -> None:
    """A card changed every hour for a week fills no memory; another release's form is no memory."""
    first = Bound(key="k" * KEY_LETTERS)
    bound = after(*({"account": f"{number:016}"} for number in range(200)), before=first)
    memory = Memory()
    remember(memory, bound)

    assert len(bound.changes) == KEPT_CHANGES
    assert recall(memory) == bound
    assert len(repr(memory.values())) < MAX_BYTES / 4
    assert not recall(Memory({"binding": {"parts": 7}})).parts


def test_old_changes_are_forgotten_unless_money_waits_for_them() -> None:
    waiting = after(FIRST, FIRST | {"account": "cc"})
    posted = Bound(parts=waiting.parts, changes=waiting.changes)

    assert not seen(posted, FIRST | {"account": "cc"}, 90 * DAY).changes
    assert seen(waiting, FIRST | {"account": "cc"}, 90 * DAY).changes == waiting.changes


def parts_of(root: Path, key: str = "one till's own", **options: object) -> dict[str, str]:
    return look(Journal((), 0.0), SettlementOptions(**options), Till(root), key)  # type: ignore[arg-type]


def test_nobody_who_knows_all_merchant_numbers_can_guess_one(tmp_path: Path) -> None:
    """What two tills remember and report of the same binding differs, as long as each keeps its key."""
    (tmp_path / "pos.ini").write_text("mid=1")
    settings = {"terminal_id": "10480412", "merchant_id": "898100012341234", "binding_files": ("/pos.ini",)}
    here, there = recall(Memory()), recall(Memory())
    kept = Memory()
    remember(kept, here)

    mine, others = [parts_of(tmp_path, bound.key, **settings) for bound in (here, there)]

    assert {name for name in mine if mine[name] == others[name]} == {"account", "host"}  # not told
    assert seen(here, FIRST, DAY).fingerprint != seen(there, FIRST, DAY).fingerprint
    assert parts_of(tmp_path, recall(kept).key, **settings) == mine


def test_a_key_never_looks_like_a_number() -> None:
    """What does is hidden from the memory, and then everything would have changed."""
    assert all(recall(Memory()).key.isalpha() for _ in range(20))


def test_files_of_the_pos_are_part_of_it(tmp_path: Path) -> None:
    """Their content and their names; a pattern without a file, or one that cannot be read, tells nothing."""
    folder = tmp_path / "opt/pos"
    folder.mkdir(parents=True)
    patterns = ("/opt/pos/merchant*.ini",)
    assert not parts_of(tmp_path, binding_files=patterns)["files"]

    found = set()
    for name, content in [("merchant.ini", "mid=1"), ("merchant.ini", "mid=2"), ("merchant2.ini", "mid=2")]:
        (folder / name).write_text(content)
        found.add(parts_of(tmp_path, binding_files=patterns)["files"])

    assert len(found) == 3
    assert "" not in found


class BusyBooks:
    """They tell the binding, and not just now."""

    def offers(self, question: type[Question], *_columns: str) -> bool:
        return question is Binding

    def rows(self, _question: type[Question], _values: Mapping[str, float]) -> list[Row]:
        raise DatabaseError(Trouble.BUSY, "locked")


def test_books_that_are_busy_are_no_change(tmp_path: Path) -> None:
    """What the settings say does not stand in for what the books said a moment ago."""
    options = SettlementOptions(terminal_id="10480412")
    found = look(Journal((BusyBooks(),), 0.0), options, Till(tmp_path), "key")

    assert set(found.values()) == {""}


def test_the_settings_tell_where_no_books_do(tmp_path: Path) -> None:
    one = parts_of(tmp_path, terminal_id="10480412", merchant_id="898100012341234")
    other = parts_of(tmp_path, terminal_id="10480413", merchant_id="898100012341234")

    assert {name for name in one if one[name] != other[name]} == {"terminal"}
    assert "10480412" not in "".join(one.values())
