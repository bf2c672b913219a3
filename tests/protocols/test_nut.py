"""NUT's protocol: lines as upsd 2.8.0 wrote them, broken ones, and the real upsd."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.nut import (
    BrokenReplyError,
    ListReply,
    UpsAddress,
    Upsd,
    UpsdError,
    parse_address,
    split_words,
)
from tests.real_upsd import RealUpsd


@pytest.fixture(scope="module")
def upsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealUpsd]:
    with RealUpsd(tmp_path_factory.mktemp("upsd") / "nut") as running:
        yield running


@pytest.fixture
def connection(upsd: RealUpsd) -> Iterator[Upsd]:
    with socket.create_connection(("127.0.0.1", upsd.port), 5) as connected:
        yield Upsd(connected, time.monotonic, 5.0)


def test_the_real_upsd_lists_its_variables(upsd: RealUpsd, connection: Upsd) -> None:
    """Values come without their quotes, whatever they hold."""
    upsd.set({"ups.status": "OL", "ups.model": "Model (tower) 700"})
    found = connection.variables("ups")
    assert (found["ups.status"], found["ups.model"]) == ("OL", "Model (tower) 700")
    assert connection.names() == ["ups"]


def test_the_real_upsd_refuses_a_name_it_does_not_know(connection: Upsd) -> None:
    """The refusal carries upsd's own code, and the connection goes on."""
    with pytest.raises(UpsdError) as caught:
        connection.variables("nope")
    assert caught.value.code == "UNKNOWN-UPS"
    assert connection.names() == ["ups"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ups", UpsAddress("ups", "localhost", 3493)),
        ("ups@localhost", UpsAddress("ups", "localhost", 3493)),
        ("su-700@10.0.0.2:3494", UpsAddress("su-700", "10.0.0.2", 3494)),
        ("ups@[::1]:3494", UpsAddress("ups", "::1", 3494)),
        ("ups@[fe80::1]", UpsAddress("ups", "fe80::1", 3493)),
    ],
)
def test_an_address_is_read_as_upsc_reads_it(text: str, address: UpsAddress) -> None:
    """Host and port have upsc's defaults."""
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("END LIST VAR ups", ["END", "LIST", "VAR", "ups"]),
        ('VAR ups ups.status "OB DISCHRG"', ["VAR", "ups", "ups.status", "OB DISCHRG"]),
        (r'VAR ups ups.mfr "Dummy \"quoted\" \\back"', ["VAR", "ups", "ups.mfr", r'Dummy "quoted" \back']),
        ('VAR ups ups.id ""', ["VAR", "ups", "ups.id", ""]),
        ("", []),
    ],
)
def test_words_keep_what_was_quoted(line: str, words: list[str]) -> None:
    """docs/net-protocol.txt: multi-word elements are quoted, quotes and backslashes escaped."""
    assert split_words(line) == words


@pytest.mark.parametrize("line", ['VAR ups x "open', 'VAR ups x "ends\\"', "a\\b", '"'])
def test_a_broken_quote_is_no_word(line: str) -> None:
    """Half a value must not pass for a value."""
    with pytest.raises(BrokenReplyError):
        split_words(line)


@pytest.mark.parametrize(
    "lines",
    [
        [""],
        ["OK"],
        ["END LIST VAR ups"],
        ["BEGIN LIST VAR other"],
        ["BEGIN LIST VAR ups", ""],
        ["BEGIN LIST VAR ups", "BEGIN LIST VAR ups"],
        ["BEGIN LIST VAR ups", "END LIST VAR other"],
        ["BEGIN LIST VAR ups", "ERR DATA-STALE"],
    ],
)
def test_a_reply_out_of_order_is_broken(lines: list[str]) -> None:
    """BEGIN, rows and END must repeat the question that was asked."""
    reply = ListReply("VAR ups")
    for line in lines[:-1]:
        reply.take(line)
    with pytest.raises(BrokenReplyError):
        reply.take(lines[-1])


@given(st.lists(st.text(max_size=40), max_size=8))
def test_no_line_whatever_raises_anything_else(lines: list[str]) -> None:
    """Only the two declared errors leave the parser."""
    reply = ListReply("VAR ups")
    try:
        for line in ["BEGIN LIST VAR ups", *lines]:
            reply.take(line)
    except (BrokenReplyError, UpsdError):
        pass


@given(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=60))
def test_a_quoted_value_comes_back_whole(value: str) -> None:
    """Quoting as upsd does it and reading it again changes nothing."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert split_words(f'VAR ups x "{quoted}"') == ["VAR", "ups", "x", value]
