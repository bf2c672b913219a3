"""Status bits that differ by model: each row of the table against its manual's own example bytes."""

from __future__ import annotations

import re

import pytest

from protocols.escpos.status import decode_real_time, decode_roll
from protocols.escpos.vendors import MODELS, SIGNS

# model, replies to DLE EOT 1-4, signs by its manual, signs an Epson would mean
ROWS = [
    # end sensor only: bits 2, 3, 5 and 6 of n=4 are the end of the paper (pp. 24-25)
    ("srp-250", "12 12 12 16", {"paper_out"}, set()),
    ("srp-250", "12 12 12 1A", {"paper_out"}, set()),
    ("srp-250", "12 12 12 1E", {"paper_out"}, {"near_end"}),
    ("srp-250", "12 12 12 52", {"paper_out"}, set()),
    # no cover sensor, no cutter, n=1 bit 6 undefined
    ("srp-250", "52 16 1A 12", set(), {"feed_button", "cover_open", "cutter_error"}),
    ("srp-250", "12 1A 16 12", {"feed_button", "recoverable_error"}, {"feed_button", "recoverable_error"}),
    # n=1 bits 5, 6 and n=3 bit 2 undefined (p. 65)
    ("srp-350", "72 12 16 12", set(), {"waiting_recovery", "feed_button", "recoverable_error"}),
    ("srp-350", "12 1A 1A 12", {"feed_button", "cutter_error"}, {"feed_button", "cutter_error"}),
    # n=4 bits 2 and 3 fixed to off (p. 15)
    ("srp-b300", "12 12 12 1E", set(), {"near_end"}),
    ("srp-b300", "12 12 12 72", {"paper_out"}, {"paper_out"}),
    # n=3 bit 3, n=4 bits 5 and 6 undefined (p. 1-38)
    ("tm-u375", "12 12 1A 72", set(), {"cutter_error", "paper_out"}),
    ("tm-u375", "12 32 12 1E", {"paper_out", "near_end"}, {"paper_out", "near_end"}),
    # a near-end sensor to each bit, bit 6 the presenter's (p. 122; p. 58)
    ("pmu2300iii", "12 12 12 16", {"near_end"}, set()),
    ("pmu2300iii", "12 12 12 52", set(), set()),
    ("ppu-700", "12 12 12 1A", {"near_end"}, set()),
    ("ppu-700", "12 12 12 32", {"paper_out"}, {"paper_out"}),
    # bit 5 the end, bit 6 the presenter
    ("ppu-231ii", "12 12 12 32", {"paper_out"}, {"paper_out"}),
    ("ppu-231ii", "12 12 12 52", set(), set()),
    # n=3 bit 5 is the cover (p. 8)
    ("814m", "12 12 32 12", {"cover_open"}, {"unrecoverable_error"}),
    ("814m", "12 12 16 12", set(), {"recoverable_error"}),
    ("814m", "12 16 1A 12", {"cover_open", "cutter_error"}, {"cover_open", "cutter_error"}),
]


def flags(said: object) -> set[str]:
    return {name for name in said.__struct_fields__ if getattr(said, name)}  # type: ignore[attr-defined]


def decoded(replies: str, model: str) -> set[str]:
    given = dict(enumerate(bytes.fromhex(replies), start=1))
    return flags(decode_real_time(given, MODELS[model]))


@pytest.mark.parametrize(("model", "replies", "said", "by_epson"), ROWS)
def test_a_models_bits_mean_what_its_manual_says(
    model: str, replies: str, said: set[str], by_epson: set[str]
) -> None:
    """Beside what the same bytes mean on an Epson."""
    assert decoded(replies, model) == said
    assert decoded(replies, "generic") == by_epson


def test_every_row_names_its_manual_and_page_and_is_tested() -> None:
    """A row without a source, or with a sign nobody reads, would be a guess."""
    assert {row[0] for row in ROWS} == MODELS.keys() - {"generic"}
    for model in MODELS.values():
        assert model.manual
        assert re.search(r"\d", model.pages)
        assert set(model.differs) <= set(SIGNS)
        assert model.roll_question in (b"\x1dr\x01", b"\x1bv")


@pytest.mark.parametrize(
    ("model", "byte", "said"),
    [
        ("generic", 0x03, {"near_end"}),
        ("generic", 0x0C, {"paper_out"}),
        ("generic", 0x0F, {"near_end", "paper_out"}),
        ("generic", 0x01, set()),
        # Samsung SRP-250 p. 38
        ("srp-250", 0x01, {"paper_out"}),
        ("srp-250", 0x02, {"paper_out"}),
        ("srp-250", 0x0C, {"paper_out"}),
        # Microcom 814M p. 37, ESC v
        ("814m", 0x01, {"near_end"}),
        ("814m", 0x02, {"cover_open"}),
        ("814m", 0x04, {"paper_out"}),
        ("814m", 0x08, {"head_hot"}),
        ("814m", 0x10, {"cutter_error"}),
        ("814m", 0x00, set()),
    ],
)
def test_the_roll_byte_means_what_the_manual_says(model: str, byte: int, said: set[str]) -> None:
    """The answer to GS r 1, or to ESC v."""
    assert flags(decode_roll(byte, MODELS[model])) == said


@pytest.mark.parametrize("model", MODELS)
def test_an_idle_printer_says_nothing(model: str) -> None:
    """12 to each question, on every model."""
    assert decoded("12 12 12 12", model) == set()
