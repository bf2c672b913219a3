"""Rows on terminals of every width, and in files."""

from __future__ import annotations

import io
import unicodedata

import pytest

from console.path.rows import Mark, Row
from console.path.screen import Screen, lines_of

ROWS = [
    Row(Mark.OK, "cable or Wi-Fi", "eth0"),
    Row(Mark.UNKNOWN, "name lookup", "not tested: the name servers of this store are far away"),
    Row(Mark.NONE, "hop", "TCP 8583", "TCP 443 (reference)", is_hop=True),
    Row(Mark.OK, "1", "10.8.0.1", "10.8.0.1", is_hop=True),
    Row(Mark.FAILING, "2", "rejected (2001:db8:1234:5678:9abc:def0:1234:5678)", "10.8.1.2", is_hop=True),
    Row(Mark.PENDING, "TCP 8583"),
    Row(Mark.OK, "网线或Wi-Fi", "无响应, 可能被防火墙拦了, 请网络组放行, 请网络组放行"),
]


def cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


@pytest.mark.parametrize("columns", [40, 41, 60, 80, 200])
def test_no_line_wraps(columns: int) -> None:
    """Else what is drawn again would not cover what was drawn before; every row keeps its line."""
    lines = lines_of(ROWS, columns)
    assert max(cells(text) for _, text in lines) + 4 < columns
    assert len(lines) >= len(ROWS)


def test_the_reference_goes_below_where_it_does_not_fit_beside() -> None:
    """Never away."""
    wide, narrow = ([text for _, text in lines_of(ROWS, columns)] for columns in (90, 40))
    assert any("TCP 8583" in line and "TCP 443" in line for line in wide)
    assert [line.strip() for line in narrow if "443" in line or "10.8.1.2" in line] == [
        "TCP 443 (reference)",
        "10.8.1.2",
    ]


def test_below_the_reference_says_only_what_differs() -> None:
    """The same hop once; one that the asked port never reached on the line of its own number."""
    beyond = Row(Mark.NONE, "3", "", "10.8.2.2", is_hop=True)
    narrow = [text for _, text in lines_of([*ROWS, beyond], 40)]
    assert [line for line in narrow if "10.8.0.1" in line] == ["1    10.8.0.1"]
    assert narrow[-1] == "3      10.8.2.2"


def test_what_was_cut_says_so() -> None:
    """Two dots."""
    assert [text for _, text in lines_of(ROWS, 40)][1] == "name lookup     not tested: the .."


def test_a_file_gets_plain_lines_once() -> None:
    """No control code, nothing drawn twice, long lines whole."""
    output = io.StringIO()
    screen = Screen(output)
    screen.show(ROWS)
    screen.finish(ROWS)
    screen.say(screen.folded("x" * 300))
    lines = output.getvalue().splitlines()
    assert "\x1b" not in output.getvalue()
    assert lines[0] == " ok cable or Wi-Fi  eth0"
    assert lines[-1] == "x" * 300
    assert len(lines) == len(ROWS) + 1
