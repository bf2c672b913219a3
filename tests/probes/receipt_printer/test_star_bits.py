"""Every bit a Star printer can send, alone and in likely pairs: what is found and said of it."""

from __future__ import annotations

import re

import pytest

from agent.diagnosis import diagnose
from probes.receipt_printer.conditions import HEARD, STATES, THERE
from probes.receipt_printer.families import star_signs
from probes.receipt_printer.probe import PROBE
from probes.receipt_printer.remembered import SUBJECT
from protocols.star.status import decode_automatic
from vocabulary import texts
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading
from vocabulary.report import Known

CONDITIONS = {condition.code: condition for condition in PROBE.conditions}
FACTS: dict[str, Fact] = {"port": "/dev/ttyS0", "setting": "9600 8N1", "paper": "thermal paper"}

# Printer status 1 to 5 (line mode specification pp. 5-9 to 5-11), what fails, and its cause.
STATUS = [
    ("00 00 00 00 00", [], []),
    # status 1: ETB done, drawer switch, offline, cover, offline by switch
    ("02 00 00 00 00", [], []),
    ("04 00 00 00 00", [], []),
    ("08 00 00 00 00", ["offline"], ["offline"]),
    ("20 00 00 00 00", ["cover-open"], ["cover-open"]),
    ("40 00 00 00 00", [], []),
    # status 2: mechanism, cutter, unrecoverable, head hot
    ("00 04 00 00 00", ["recoverable-error"], ["recoverable-error"]),
    ("00 08 00 00 00", ["cutter-error"], ["cutter-error"]),
    ("00 20 00 00 00", ["unrecoverable-error"], ["unrecoverable-error"]),
    ("00 40 00 00 00", ["overheated"], ["overheated"]),
    # status 3: head raised, jam in the presenter, black mark, buffer overflow
    ("00 00 02 00 00", ["cover-open"], ["cover-open"]),
    ("00 00 04 00 00", ["recoverable-error"], ["recoverable-error"]),
    ("00 00 08 00 00", [], []),
    ("00 00 40 00 00", [], []),
    # status 4: near end by either sensor, end
    ("00 00 00 02 00", ["near-end"], ["near-end"]),
    ("00 00 00 04 00", ["near-end"], ["near-end"]),
    ("00 00 00 08 00", ["paper-out"], ["paper-out"]),
    # status 5: sensors of slip and presenter
    ("00 00 00 00 02", [], []),
    ("00 00 00 00 04", [], []),
    ("00 00 00 00 08", [], []),
    ("00 00 00 00 20", [], []),
    ("00 00 00 00 40", [], []),
    # likely pairs
    ("08 00 00 0C 00", ["near-end", "offline", "paper-out"], ["paper-out"]),
    ("28 00 00 00 00", ["cover-open", "offline"], ["cover-open"]),
    ("28 00 00 0C 00", ["cover-open", "near-end", "offline", "paper-out"], ["cover-open"]),
    ("28 00 02 00 00", ["cover-open", "offline"], ["cover-open"]),
    ("08 04 00 00 00", ["offline", "recoverable-error"], ["recoverable-error"]),
    ("08 08 00 00 00", ["cutter-error", "offline"], ["cutter-error"]),
    ("08 0C 00 00 00", ["cutter-error", "offline", "recoverable-error"], ["cutter-error"]),
    ("08 20 00 00 00", ["offline", "unrecoverable-error"], ["unrecoverable-error"]),
    ("08 40 00 00 00", ["offline", "overheated"], ["overheated"]),
    ("28 40 00 00 00", ["cover-open", "offline", "overheated"], ["cover-open"]),
    ("0C 00 00 04 00", ["near-end", "offline"], ["near-end", "offline"]),
]


def failing(status: str) -> list[tuple[Condition, Reading]]:
    said = decode_automatic(bytes.fromhex("23 06") + bytes.fromhex(status) + bytes(2))
    assert said is not None
    signs = star_signs(said)
    found = [condition for condition, sign in STATES.items() if getattr(signs, sign)]
    return [(each, each.failing(SUBJECT, **FACTS, replies=status)) for each in found]  # type: ignore[arg-type]


def names(codes: list[str]) -> list[str]:
    return sorted(code.removeprefix("receipt-printer.") for code in codes)


@pytest.mark.parametrize(("status", "fails", "because"), STATUS)
def test_each_bit_of_a_star_frame_is_found_and_said(
    status: str, fails: list[str], because: list[str]
) -> None:
    """What fails, its cause, and its sentences in both languages."""
    found = failing(status)
    assert names([condition.code for condition, _ in found]) == fails
    heard = [condition.ok(SUBJECT, **FACTS) for condition in (*THERE, *HEARD)]  # type: ignore[arg-type]
    known = tuple(Known(reading=reading, since=0.0) for reading in (*heard, *(each for _, each in found)))
    assert names([cause.code for cause in diagnose(known, CONDITIONS).causes]) == because
    for condition, reading in found:
        english, chinese = (texts.words(condition, (reading,), language) for language in ("en", "zh"))
        assert english.text == condition.text.format_map(reading.facts)
        for part in ("title", "text", "remedy"):
            assert re.search("[一-鿿]", getattr(chinese, part))


def test_every_bit_of_a_star_frame_has_a_row_of_its_own() -> None:
    """Bits 1, 2, 3, 5 and 6 of the status bytes, but for what is fixed or of page mode alone."""
    rows = {bytes.fromhex(status) for status, _, _ in STATUS}
    bits = ((2, 4, 8, 32, 64), (4, 8, 32, 64), (2, 4, 8, 64), (2, 4, 8), (2, 4, 8, 32, 64))
    for place, alone in enumerate(bits):
        for bit in alone:
            assert bytes(bit if at == place else 0 for at in range(5)) in rows
