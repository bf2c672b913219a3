"""The code to read out and the report inside the QR."""

from __future__ import annotations

import itertools
import re

import pytest
from msgspec.structs import replace

from agent.slip.qr import (
    ALPHABET,
    MAX_PAYLOAD,
    SlipCodeError,
    decode,
    heard,
    qr_payload,
    read_aloud_code,
    verify,
)
from tests.agent.slip.situations import FIREWALL, KEY, LINE_DOWN, SITUATIONS
from vocabulary.report import Report

CODES = [read_aloud_code(KEY, "5f0c1d2e3a4b", sequence) for sequence in range(1, 40)]


def is_refused(code: str) -> bool:
    try:
        heard(code)
    except SlipCodeError:
        return True
    return False


def test_a_code_is_four_and_two_and_the_same_each_time() -> None:
    assert all(re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{2}}", code) for code in CODES)
    assert read_aloud_code(KEY, "5f0c1d2e3a4b", 1) == CODES[0]
    assert len(set(CODES)) == len(CODES)


def test_a_code_depends_on_key_spool_and_sequence() -> None:
    """And "1|23" is not "12|3"."""
    mixed = {
        read_aloud_code(key, spool, number) for key in (b"a", b"b") for spool in "12" for number in (3, 23)
    }
    assert len(mixed) == 8


def test_the_first_code_never_changes() -> None:
    """A slip of one version is looked up by the next: HMAC-SHA256("key", "spool|1") begins 60 0e 68 8f, whose
    first 25 bits are 12, 0, 7, 6, 17, and 2*12 + 4*0 + 8*7 + 16*6 + 5*17 is 21 in GF(32).
    """
    assert read_aloud_code(b"key", "spool", 1) == "C076-HN"


@pytest.mark.parametrize("code", CODES[:8])
def test_every_single_wrong_character_is_noticed(code: str) -> None:
    """All 6 places times all 31 other characters, the check character included."""
    plain = code.replace("-", "")
    for place, wrong in itertools.product(range(6), ALPHABET):
        if wrong != plain[place]:
            assert is_refused(plain[:place] + wrong + plain[place + 1 :])


@pytest.mark.parametrize("place", range(4))
def test_every_swap_of_neighbours_is_noticed(place: int) -> None:
    """All 992 pairs of unlike characters; the check character fits before the swap."""
    for left, right in itertools.permutations(ALPHABET, 2):
        known = "7K4P2"[:place] + left + right + "7K4P2"[place + 2 :]
        code = next(fits for check in ALPHABET if not is_refused(fits := known + check))
        assert is_refused(code[:place] + right + left + code[place + 2 :])


def test_the_check_character_swapped_with_its_neighbour_is_noticed() -> None:
    for code in (f"7K4P{last}{check}" for last in ALPHABET for check in ALPHABET):
        if not is_refused(code) and code[4] != code[5]:
            assert is_refused(code[:4] + code[5] + code[4])


@pytest.mark.parametrize("code", CODES[:3])
def test_a_code_is_understood_as_people_say_it(code: str) -> None:
    assert heard(code.lower()) == heard(f" {code[:2]} {code[2:]}") == code
    assert heard(code.replace("0", "O").replace("1", "l")) == code


@pytest.mark.parametrize("nonsense", ["", "7K4P", "7K4P-2QQ", "7K4P-2!", "报修码", "UUUU-UU"])
def test_what_is_no_code_is_refused(nonsense: str) -> None:
    assert is_refused(nonsense)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_qr_holds_the_short_report(situation: str) -> None:
    report = SITUATIONS[situation]
    payload = qr_payload(report, KEY)
    short = verify(payload, KEY)
    assert re.fullmatch(r"PH1:[A-Z2-7]+", payload)
    assert len(payload) <= MAX_PAYLOAD
    assert (short.terminal, short.spool_id, short.sequence) == ("0412-2", "5f0c1d2e3a4b", 1837)
    assert (short.wall, short.code) == (int(report.clock.wall), "7K4P-2Q")
    assert short.lost_capabilities == report.diagnosis.lost
    assert short.codes == tuple(cause.code for cause in report.diagnosis.causes)[: len(short.codes)]
    assert short.causes == len(report.diagnosis.causes)
    assert decode(payload) == short


def many_causes(report: Report, count: int) -> Report:
    cause = report.diagnosis.causes[0]
    causes = tuple(replace(cause, code=f"{cause.code}-{n}") for n in range(count))
    return replace(report, diagnosis=replace(report.diagnosis, causes=causes))


def test_causes_beyond_the_symbol_are_counted_not_named() -> None:
    report = many_causes(FIREWALL, 9)
    short = verify(qr_payload(report, KEY), KEY)
    assert short.causes == 9
    assert short.codes == ("firewall.port-dropped-0",)
    assert len(qr_payload(report, KEY)) <= MAX_PAYLOAD


def test_a_terminal_too_long_for_a_qr_has_none() -> None:
    """The slip then says "read it out" and not "scan"."""
    report = replace(FIREWALL, identity=replace(FIREWALL.identity, terminal="t" * 80))
    assert qr_payload(report, KEY) == ""


def test_another_key_or_one_changed_character_does_not_verify() -> None:
    payload = qr_payload(LINE_DOWN, KEY)
    with pytest.raises(SlipCodeError, match="not made with"):
        verify(payload, b"another key")
    for place in range(4, len(payload) - 1):
        changed = payload[:place] + ("A" if payload[place] != "A" else "B") + payload[place + 1 :]
        with pytest.raises(SlipCodeError):
            verify(changed, KEY)


@pytest.mark.parametrize(
    "nonsense",
    ["", "PH1:", "PH1:A", "PH1:18", "PH1:é", "https://example.com", "PH2:ABCDEFGH", "PH1:AAAAAAAAAAAAAAAA"],
)
def test_what_is_no_slips_qr_is_refused(nonsense: str) -> None:
    with pytest.raises(SlipCodeError):
        decode(nonsense)
