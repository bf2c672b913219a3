"""Folding and shortening, on the mixtures a store's slips are made of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.slip.layout import CLOSING, COLUMNS, GLUE, centred, fold, printable, shorten, width

HAN = "刷卡扫码小票结算终端号批次未检测网线没插好元分号"
WORDS = st.one_of(
    st.text(HAN, min_size=1, max_size=9),
    st.text("abcdefgXYZ", min_size=1, max_size=10),
    st.integers(0, 999_999).map(str),
    st.sampled_from(["10.8.3.2", "TCP", "555-0100", "12分钟", "58mm", "/dev/ttyS0", "(备用)", "21:40"]),
    st.sampled_from(["，", "。", "、", "）", ", ", ". ", ": ", " ", " "]),
)
MIXED = st.lists(WORDS, max_size=40).map("".join)
ALNUM = re.compile(r"[A-Za-z0-9]+")


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("Fit a new roll and close the cover", 16, ["Fit a new roll", "and close the", "cover"]),
        ("换热敏纸合好上盖", 8, ["换热敏纸", "合好上盖"]),
        ("换热敏纸，合好上盖", 8, ["换热敏", "纸，合好", "上盖"]),
        ("请打网络组400-000-0000", 14, ["请打网络组", "400-000-0000"]),
        ("约剩12分钟, 收完", 8, ["约剩", "12分钟,", "收完"]),
        ("上限x9°C, 关", 8, ["上限", "x9°C,", "关"]),
        ("批次（未结算）", 6, ["批次", "（未", "结算）"]),
        ("device /dev/ttyS0", 10, ["device", "/dev/ttyS0"]),
        ("10.0.0.1 / 10.0.0.2", 11, ["10.0.0.1 /", "10.0.0.2"]),
        (f"Call 138{GLUE}0000{GLUE}0138 now", 14, ["Call", "138 0000 0138", "now"]),
        ("3f6b1f4e-68b5-4b52-9dd5", 12, ["3f6b1f4e-", "68b5-4b52-", "9dd5"]),
        ("TCP 8583, 21:40起无响应", 16, ["TCP 8583,", "21:40起无响应"]),
        ("未检测: 收单应答", 14, ["未检测: 收单", "应答"]),
        ("看外网灯; 打宽带运营商.", 22, ["看外网灯; 打宽带运", "营商."]),
        (f"payment-line.dropped{GLUE}card/primary", 32, ["payment-line.dropped", "card/primary"]),
        (f"firewall.port-dropped{GLUE}10.8.3.2:8583", 32, ["firewall.port-dropped", "10.8.3.2:8583"]),
        (21 * "X" + "10001000010.8.3.2", 32, [21 * "X" + "1000100001", "0.8.3.2"]),
        ("", 32, []),
        ("   ", 32, []),
    ],
)
def test_a_line_ends_between_words_or_han(text: str, columns: int, lines: list[str]) -> None:
    """Closing marks stay behind, opening marks go along, units stay at their number."""
    assert fold(text, columns) == lines


@given(MIXED, st.sampled_from(COLUMNS))
@settings(deadline=None, max_examples=200)
def test_folding_keeps_every_character_and_no_line_is_too_wide(text: str, columns: int) -> None:
    """Only spaces may go; the width is that of the bytes sent."""
    lines = fold(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) == len(line.encode("gb18030")) <= columns for line in lines)
    assert all(line == line.strip() and line for line in lines)


@given(MIXED, st.sampled_from(COLUMNS))
@settings(deadline=None, max_examples=200)
def test_no_word_that_fits_a_line_is_cut(text: str, columns: int) -> None:
    """Latin words and numbers stand on one line, up to the width of a line."""
    found = [word for line in fold(text, columns) for word in ALNUM.findall(line)]
    if all(width(run) <= columns for run in re.split(r"[ 一-龥]", text)):
        assert found == ALNUM.findall(text)


@given(MIXED, st.sampled_from(COLUMNS))
@settings(deadline=None, max_examples=200)
def test_no_line_begins_with_a_closing_mark(text: str, columns: int) -> None:
    """Unless a run of marks is itself wider than a line, which the product never says."""
    marks = re.escape("".join(CLOSING - {"/"}))
    if not re.search(rf"[{marks} ]{{4}}", text):
        assert all(line[0] not in CLOSING or line.startswith("/") for line in fold(text, columns)[1:])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("㐀和😀", "□和□"),
        ("naïve café ğ", "na□ve café □"),
        ("a\tb\nc", "a b c"),
        ("1–2", "1-2"),
        ("温度45℃", "温度45℃"),
    ],
)
def test_what_a_gbk_printer_lacks_becomes_a_visible_box(text: str, shown: str) -> None:
    """GBK has the pinyin letters, so é is one of its double-byte characters, ï is not."""
    assert printable(text) == shown
    assert all(len(character.encode("gb18030")) <= 2 for character in printable(text))


@pytest.mark.parametrize(
    ("text", "lines", "shown"),
    [
        ("Check the plug. Then call.", 2, ["Check the plug.", "Then call."]),
        ("Check the plug. Then call the number.", 1, ["Check the plug."]),
        ("Check the plug; if dark, call.", 1, ["Check the plug"]),
        ("Check the plug at no. 5 now", 1, ["Check .."]),
        ("看插座。再打电话给供电", 1, ["看插座。"]),
        ("看插座和开关和别的灯泡", 1, ["看插座和开关 .."]),
        ("Look it up, do not charge twice", 1, ["Look it up .."]),
        ("37 sales are not settled", 1, ["37 sales are .."]),
        ("这一批还有单未结算完成", 1, ["这一批还有单 .."]),
        ("Out since 21:40. 37 left over", 1, ["Out since 21:40."]),
        ("anything", 0, []),
    ],
)
def test_shortening_keeps_whole_sentences_else_whole_words(text: str, lines: int, shown: list[str]) -> None:
    """At 16 columns; what was cut inside a sentence says so by two dots."""
    assert shorten(text, 16, lines) == shown


@given(MIXED, st.sampled_from(COLUMNS), st.integers(1, 4))
@settings(deadline=None, max_examples=200)
def test_shortened_text_fits_and_begins_as_the_whole_did(text: str, columns: int, lines: int) -> None:
    shortened = shorten(text, columns, lines)
    assert len(shortened) <= lines
    kept = "".join(shortened).removesuffix("..").replace(" ", "").rstrip("，、,:：;；")
    assert text.replace(" ", "").startswith(kept)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("allow 10.8.3.2 TCP 8583", ["allow 10.8.3.2", "TCP 8583"]),
        ("gone since 11-21 21:40", ["gone since", "11-21 21:40"]),
        ("10.8.3.2端口TCP 8583", ["10.8.3.2端口", "TCP 8583"]),
        ("till 2026-11-21 21:52", ["till", "2026-11-21 21:52"]),
    ],
)
def test_a_port_and_a_moment_are_read_out_in_one_breath(text: str, lines: list[str]) -> None:
    assert fold(text, 18) == lines


def test_no_line_ends_in_a_blank() -> None:
    """Also where a fact with blanks of its own is wider than the paper."""
    assert fold(f"flow=10.8.0.2{GLUE}>{GLUE}10.8.3.2", 16) == ["flow=10.8.0.2 >", "10.8.3.2"]


def test_centring_counts_columns_not_characters() -> None:
    assert centred("缺纸", 8) == "  缺纸"
