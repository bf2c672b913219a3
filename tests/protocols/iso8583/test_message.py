"""ISO 8583 echo tests: public bytes, every dialect there and back, and nothing but echoes."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.iso8583.answers import answer_in_words
from protocols.iso8583.dialects import DIALECTS
from protocols.iso8583.message import (
    MAX_REPLY_BYTES,
    Dialect,
    Framing,
    GarbledError,
    NotAnEchoError,
    decode,
    reply,
    request,
    take,
)

NOW = datetime(2026, 11, 21, 13, 40, 5, tzinfo=UTC)
BCD = DIALECTS["0800/301 bcd"]
UNIONPAY = DIALECTS["0820/60.3=301"]
# jPOS Programmer's Guide, chapter 2: an echo test of a POS, 46 bytes.
JPOS = bytes.fromhex(
    "0800A0200000008000100400000000000000000000000001323931313030303100106A504F5320312E392E310301"
)
# blog.csdn.net/nocodelife, article 8454627: a UnionPay-type terminal's sign-in, TPDU and header first. Only
# read here: an agent must never send one.
SIGN_IN = bytes.fromhex(
    "6005250000603100311001"
    "0800002000 0000C00016 000027 3838383838383838 313030303030303030303030303031"
    "0011 000000010030 0028 53657175656E6365204E6F31353331333533 32302D3031372D363837 0003 303120"
)


def ask(dialect: Dialect, stan: int = 1) -> bytes:
    return request(dialect, stan=stan, now=NOW, terminal_id="29110001", merchant_id="104110045110012")


def framed(dialect: Dialect, message: bytes) -> bytes:
    """A reply as a host frames it: two bytes of binary length."""
    body = bytes.fromhex(dialect.tpdu + dialect.header) + message
    return len(body).to_bytes(2, "big") + body


def test_the_echo_of_the_jpos_guide_is_read() -> None:
    """Packed numbers, text terminal id, a length in BCD, three digits in two bytes."""
    fields = decode(BCD, JPOS)

    assert (fields["t"], fields["3"], fields["11"], fields["41"]) == ("0800", "000000", "000001", "29110001")
    assert (fields["60"], fields["70"]) == ("jPOS 1.9.1", "301")


@pytest.mark.parametrize("framing", ["bcd-2", "binary-2"])
def test_the_same_46_bytes_are_framed_both_ways(framing: Framing) -> None:
    """The guide frames them as 00 46, right for a BCD length; a binary one is 00 2E."""
    prefix = {"bcd-2": bytes.fromhex("0046"), "binary-2": bytes.fromhex("002E")}[framing]

    assert take(msgspec.structs.replace(BCD, framing=framing), prefix + JPOS) == JPOS


def test_a_unionpay_terminals_bytes_are_read() -> None:
    """Eleven digits of field 60 are filled on the right: 00, batch 000001, code 003."""
    terminal = msgspec.structs.replace(UNIONPAY, tpdu="6005250000")
    message = take(terminal, len(SIGN_IN).to_bytes(2, "big") + SIGN_IN)
    assert message is not None
    fields = decode(UNIONPAY, message)

    assert (fields["t"], fields["11"], fields["41"]) == ("0800", "000027", "88888888")
    assert (fields["60"], fields["42"], fields["63"]) == ("00000001003", "100000000000001", "01 ")


def test_the_unionpay_echo_byte_for_byte() -> None:
    """TPDU, header, 0820, fields 41, 42 and 60; no field 11, so the terminal's own numbers stay unbroken."""
    expected = "0034 6000030000 602200000000 0820 0000000000c00010 3239313130303031"
    expected += "313034313130303435313130303132 0011 000000013010"

    assert ask(UNIONPAY) == bytes.fromhex(expected)


def test_the_0800_echo_byte_for_byte() -> None:
    """Field 7 is GMT; all digits are text behind a binary bitmap of 16 bytes."""
    expected = "0027" + b"0800".hex() + "82200000000000000400000000000000" + b"1121134005000001301".hex()

    assert ask(DIALECTS["0800/301 ascii"]) == bytes.fromhex(expected)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_sends_an_echo_and_no_more(name: str) -> None:
    """Network management, with an echo code, in every row of the table."""
    dialect = DIALECTS[name]
    message = take(dialect, ask(dialect))
    assert message is not None
    fields = decode(dialect, message)

    assert fields["t"][1] == "8"
    assert fields["t"][2] in "02"
    asked = {fields.get("70"), fields.get("24"), fields.get("60", "")[-3:] or None} - {None}
    assert asked == {{"0820/60.3=362": "362"}.get(name, "831" if fields["t"][0] == "1" else "301")}
    assert dialect.source


@pytest.mark.parametrize(
    ("mti", "fields"),
    [
        ("0800", {"11": "{stan}", "70": "001"}),  # sign-on
        ("0800", {"11": "{stan}", "70": "101"}),  # key change
        ("0800", {"11": "{stan}", "70": "201"}),  # cutover
        ("0800", {"60": "00000001001"}),  # UnionPay sign-in, three key schemes
        ("0800", {"60": "00000001003"}),
        ("0800", {"60": "00000001004"}),
        ("0800", {"60": "00000001301"}),  # even with the echo code: 0800 is sign-in there
        ("0800", {"60": "00000001003", "70": "301"}),
        ("0820", {"60": "00000001002"}),  # sign-off
        ("0800", {"60": "00000001362"}),  # status upload is an 0820
        ("0820", {"60": "00000001301", "62": "041"}),  # an echo carries no states
        ("0820", {"60": "00000001362", "62": "keys"}),
        ("0820", {"60": "00000001362", "62": "1260"}),  # a parameter
        ("0820", {"60": "00000001362", "62": "{merchant_id}"}),
        ("0820", {"60": "0000000120100"}),
        ("0820", {"60": "{stan}"}),
        ("0500", {"60": "00000001201"}),  # settlement
        ("0320", {"60": "00000001201"}),  # batch upload
        ("0200", {"11": "{stan}", "70": "301"}),  # a sale
        ("0400", {"11": "{stan}", "70": "301"}),
        ("0810", {"11": "{stan}", "70": "301"}),  # a reply
        ("0801", {"11": "{stan}"}),
        ("1804", {"24": "801", "11": "{stan}"}),  # sign-on of 1993
        ("1820", {"24": "811", "11": "{stan}"}),
        ("0800", {"24": "801", "70": "301"}),
        ("1820", {"24": "001", "70": "301"}),
        ("0800", {"3": "920000", "70": "301"}),  # log-on by processing code
        ("0800", {"2": "4000000000000002", "70": "301"}),
        ("0800", {"62": "keys", "70": "301"}),
        ("0800", {"70": "{stan}"}),
        ("0800", {}),
    ],
)
def test_nothing_but_an_echo_can_be_declared(mti: str, fields: dict[str, str]) -> None:
    """A sign-in would change keys, a settlement would close the batch: no settings can bring that about."""
    with pytest.raises(NotAnEchoError):
        Dialect(mti=mti, fields=fields, numbers="bcd", lengths="bcd")


def test_a_status_upload_says_only_what_the_settings_say() -> None:
    """The template names no device; the settings may, in the host's own pairs, and it is text."""
    upload = DIALECTS["0820/60.3=362"]
    stated = msgspec.structs.replace(upload, fields={**upload.fields, "62": "011021031041051"})
    ids = "3239313130303031" + "313034313130303435313130303132"

    assert ask(upload)[2:] == bytes.fromhex(
        "6000030000 602200000000 0820 0000000000c00010" + ids + "0011 000000013620"
    )
    assert ask(stated).endswith(bytes.fromhex("0011 000000013620 0015") + b"011021031041051")


def test_the_ids_cannot_smuggle_a_sign_in() -> None:
    """What is filled in is looked at again, just before it becomes bytes."""
    dialect = Dialect(mti="0800", fields={"70": "301", "24": "{merchant_id}"})

    with pytest.raises(NotAnEchoError):
        request(dialect, stan=1, now=NOW, merchant_id="801")


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("framing", ["binary-2", "binary-4", "bcd-2", "ascii-4"])
def test_every_framing_finds_the_message_again(
    name: str, inclusive: bool, counted: bool, framing: Framing
) -> None:
    """With TPDU and header, the length counting itself and the TPDU or not, and not a byte too early."""
    dialect = msgspec.structs.replace(
        DIALECTS[name],
        framing=framing,
        tpdu="6000010000",
        length_counts_itself=inclusive,
        length_counts_tpdu=counted,
    )
    bytes_sent = ask(dialect)
    message = take(dialect, bytes_sent)

    assert message is not None
    assert decode(dialect, message)["t"] == dialect.mti
    assert take(dialect, bytes_sent[:-1]) is None


@pytest.mark.parametrize(("code", "form"), [("3030", "an2"), ("00", "n2 bcd"), ("f0f0", "an2 cp500")])
def test_field_39_comes_in_three_spellings(code: str, form: str) -> None:
    """Text, one packed byte and EBCDIC are all met inside otherwise packed messages."""
    dialect = msgspec.structs.replace(BCD, formats={"39": form})
    answer = reply(dialect, bytes.fromhex("0810" + "0020000002000000" + "000001" + code), stan=1)

    assert (answer.answer_code, answer.accepted) == ("00", True)


@pytest.mark.parametrize(
    ("message", "phrase"),
    [
        ("0800 0020000002000000 000001 3030", "the reply to another kind of message"),
        ("0830 0020000002000000 000001 3030", "the reply to another kind of message"),
        ("0810 0020000002000000 000002 3030", "the reply to another trace number"),
        ("0810 0020000002800000 000001 3030 3939393939393939", "the reply to another terminal"),
        ("0810 0020000002000000 000001 30", "bytes that are not ISO 8583"),
        ("0810 0020000002000000 000001 3030 00", "bytes that are not ISO 8583"),
        ("0810 0020000002000000 000001 1b40", "bytes that are not ISO 8583"),
        ("0810 8020000002000000 8000000000000000 000001", "bytes that are not ISO 8583"),
        ("3c68746d6c3e3c626f64793e", "a web page"),
    ],
)
def test_a_reply_to_something_else_is_told_apart(message: str, phrase: str) -> None:
    """Another trace number, type or terminal, a field cut short, a page."""
    with pytest.raises(GarbledError, match=phrase):
        reply(BCD, bytes.fromhex(message), stan=1, terminal_id="29110001")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("91", "the network behind the host is down"),
        ("03", "the merchant number is not known"),
        ("58", "this function is not open to the terminal"),
        ("96", "the host has a malfunction"),
        ("97", "the terminal number is not known"),
        ("77", "the terminal must sign in again"),
        ("A0", "the terminal must sign in again"),
        ("907", "the network behind the host is down"),
        ("ZZ", "a code this program does not know"),
    ],
)
def test_a_reply_that_does_not_accept(code: str, words: str) -> None:
    """That a reply came and that the terminal is accepted are two facts."""
    dialect = msgspec.structs.replace(BCD, formats={"39": f"an{len(code)}"})
    answer = reply(dialect, bytes.fromhex("08100020000002000000000001") + code.encode(), stan=1)

    assert (answer.answer_code, answer.accepted, answer_in_words(code)) == (code, False, words)


@pytest.mark.parametrize(
    ("framing", "received", "phrase"),
    [
        ("binary-4", b"\xff\xff\xff\xff", "a length that cannot be"),  # 4 GB
        ("binary-2", b"\xff\xff", "a length that cannot be"),
        ("bcd-2", b"\x99\x99", "a length that cannot be"),
        ("bcd-2", b"\x0a\x00", "a length that cannot be"),
        ("ascii-4", b"9999", "a length that cannot be"),
        ("ascii-4", b"-001", "a length that cannot be"),
        ("ascii-4", "²²".encode(), "a length that cannot be"),
        ("binary-2", b"\0\0", "a length that cannot be"),
        ("binary-2", b"HTTP/1.1 200 OK", "a web page"),
        ("ascii-4", b"<html>", "a web page"),
        ("bcd-2", b"\n<html>", "a web page"),
        ("binary-2", b"\x15\x03\x01\x00\x02\x02\x46", "TLS where none is set up"),
    ],
)
def test_a_length_that_cannot_be_is_not_waited_for(framing: Framing, received: bytes, phrase: str) -> None:
    """Neither 4 GB nor the first bytes of a page make anybody wait for the rest."""
    with pytest.raises(GarbledError, match=phrase):
        take(msgspec.structs.replace(BCD, framing=framing), received)


def test_the_longest_reply_is_still_waited_for() -> None:
    """One byte more is refused."""
    assert take(BCD, MAX_REPLY_BYTES.to_bytes(2, "big")) is None
    with pytest.raises(GarbledError):
        take(BCD, (MAX_REPLY_BYTES + 1).to_bytes(2, "big"))


@pytest.mark.parametrize("name", DIALECTS)
@given(received=st.binary(max_size=300))
def test_garbage_raises_garbled_and_nothing_else(name: str, received: bytes) -> None:
    """Whatever bytes a host sends, framed or not."""
    dialect = DIALECTS[name]
    for attempt in (received, framed(dialect, received)):
        try:
            message = take(dialect, attempt)
            if message is not None:
                reply(dialect, message, stan=1)
        except GarbledError:
            pass


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tpdu": "6000"}, "tpdu"),
        ({"tpdu": "60000x0000"}, "hexadecimal"),
        ({"header": "6"}, "hexadecimal"),
        ({"formats": {"39": "two digits"}}, "field 39"),
        ({"formats": {"x": "n2"}}, "field x"),
        ({"fields": {"70": "301", "11": "{trace}"}}, "trace"),
        ({"fields": {"70": "301", "41": "终端"}}, "ASCII"),
    ],
)
def test_a_dialect_that_cannot_be_is_refused(change: dict[str, object], complaint: str) -> None:
    """In words for whoever wrote the settings."""
    with pytest.raises(ValueError, match=complaint):
        msgspec.structs.replace(BCD, **change)
