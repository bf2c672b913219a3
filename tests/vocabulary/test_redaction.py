"""No card number and no password gets through, and what is neither stays as it is."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.card_numbers.drawn import card_numbers, check_digit
from vocabulary.redaction import NUMBER_HIDDEN, SECRET_HIDDEN, redacted, shown_bytes

VISA = "4111111111111111"  # numbers that card schemes publish for tests
UNIONPAY = "6222021234567890128"


@st.composite
def grouped(draw: st.DrawFn) -> str:
    """A number as it may be written: in up to six pieces, or every digit or two by itself."""
    number = draw(card_numbers())
    between = st.sampled_from(
        draw(st.sampled_from([[" ", "-", " - ", "\u00a0", "–", "\n", "  "], [".", "．"]]))
    )
    step = draw(st.integers(0, 2))
    cuts = (
        range(step, len(number), step) if step else draw(st.sets(st.integers(1, len(number) - 1), max_size=5))
    )
    edges = [0, *sorted(cuts), len(number)]
    pieces = [number[a:b] for a, b in pairwise(edges)]
    return "".join(piece + draw(between) for piece in pieces[:-1]) + pieces[-1]


def digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdecimal())


@given(before=st.text(), written=grouped(), after=st.text(), script=st.sampled_from([0x30, 0xFF10, 0x660]))
def test_a_planted_number_never_survives(before: str, written: str, after: str, script: int) -> None:
    """However it is grouped, in digits of any script, within any text that does not touch it with a digit."""
    other = {0x30 + i: script + i for i in range(10)}
    said = redacted(f"{before}x{written.translate(other)}y{after}")

    assert digits(written) not in digits(said)
    assert NUMBER_HIDDEN in said


@given(
    before=st.text("0123456789 -=:,", max_size=30),
    number=card_numbers(),
    after=st.text(" -=:,D?", max_size=9),
)
def test_figures_beside_it_do_not_hide_it(before: str, number: str, after: str) -> None:
    """A counter, a date or an amount in front, with anything but a digit between."""
    assert number not in redacted(f"{before}:{number}{after}")
    assert number not in redacted(f"{before} {number}{after}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # as people and programs write them
        (f"card {VISA} declined", f"card {NUMBER_HIDDEN} declined"),
        (f"PAN{VISA}END", f"PAN{NUMBER_HIDDEN}END"),
        ("4111 1111 1111 1111 12/25", f"{NUMBER_HIDDEN} 12/25"),
        ("3782-822463-10005", NUMBER_HIDDEN),
        ("4111.1111.1111.1111", NUMBER_HIDDEN),
        ("４１１１１１１１１１１１１１１１", NUMBER_HIDDEN),
        ("4111??1111??1111??1111", NUMBER_HIDDEN),  # bytes that a reader could not show
        (r"4111\xc2\xa01111\u00a01111\xa01111", NUMBER_HIDDEN),  # escaped
        ("4111 ??? 1111 ??? 1111 ??? 1111", NUMBER_HIDDEN),
        ("41 11 11 11 11 11 11 11", NUMBER_HIDDEN),  # packed digits in a dump of bytes
        # fields of messages
        (f"16{VISA}", NUMBER_HIDDEN),
        (f"000{VISA}", NUMBER_HIDDEN),
        (f"{VISA}25121010000", NUMBER_HIDDEN),
        # tracks, whole: name and what follows the service code must not stay either
        (f";{VISA}=25121010000012?9", f";{NUMBER_HIDDEN}9"),
        (f"{UNIONPAY}D25121010000012F", NUMBER_HIDDEN),
        (f"%B{VISA}^LOVELACE/ADA^25121010000000?", NUMBER_HIDDEN),
        ("4111 1111 1111 1111=2512", NUMBER_HIDDEN),
        ("6222021234567890123=25121010000", NUMBER_HIDDEN),  # no valid check digit, but a track's form
        (f"；{VISA}＝25121010000", f"；{NUMBER_HIDDEN}"),
        # two of them
        (f"{VISA},{UNIONPAY}", f"{NUMBER_HIDDEN},{NUMBER_HIDDEN}"),
        (f"{VISA} {VISA}", f"{NUMBER_HIDDEN} {NUMBER_HIDDEN}"),
    ],
)
def test_what_is_hidden(text: str, said: str) -> None:
    """All of it, and nothing beside it."""
    assert redacted(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Access denied, password=s3cret; using", f"Access denied, password={SECRET_HIDDEN}; using"),
        ('"passwd": "two words", "host"', f'"passwd": {SECRET_HIDDEN}, "host"'),
        ("Authorization: Bearer abc.def", f"Authorization: {SECRET_HIDDEN}"),
        ("api_key='k' failed", f"api_key={SECRET_HIDDEN} failed"),
        ("密码：八月十五", f"密码：{SECRET_HIDDEN}"),
        ("https://pos:s3cret@host/path", f"https://{SECRET_HIDDEN}@host/path"),
        ("password: 4111 1111 1111 1111", f"password: {SECRET_HIDDEN}"),
    ],
)
def test_passwords_are_hidden(text: str, said: str) -> None:
    """Behind their name, in a header, before a host."""
    assert redacted(text) == said


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"HTTP/1.1 400 Bad", "48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64"),
        (b"PAN=411111111111", "50 41 4e 3d 34 31 31 31 31 31 31 31 .. .. .. .."),
        (b"4111-1111-1111-1", "34 31 31 31 2d 31 31 31 31 .. .. .. .. .. .. .."),
        (b"\xf4" * 9, "f4 f4 f4 f4 f4 f4 f4 f4 .."),
        (b"20261121", "32 30 32 36 31 31 32 31"),
        (b"", ""),
    ],
)
def test_bytes_are_shown_without_a_number(octets: bytes, said: str) -> None:
    """Its first eight digits at most, also where it is cut off."""
    assert shown_bytes(octets) == said


@pytest.mark.parametrize(
    "text",
    [
        "DISK OK - free space: / 9302 MB (61.2% inode=88%);",
        "10.8.0.1 10.8.0.2 223.255.254.253 36.110.123.111 61.139.112.169 202.198.96.68",
        "2026-11-30 19:44:32.123456 to 2026-12-01T08:00:00+08:00",
        "+86 138 0013 8000, 400-000-0001, 0086-10-12345678, +1 (212) 555-0100",
        "OpenSSL 3.0.15 3 Sep 2024, 6.1.0-22-amd64, 1:9.18.28-1~deb12u2",
        "550e8400-e29b-41d4-a716-446655440000 02:00:5e:10:00:01",
        "411111******1111",  # shown in part is how a receipt may show it
        "4111111111111112",  # no valid check digit
        "00000000000000000000",
        "4 111 11 11 11 11 11 11",  # a list of figures, though its digits together would do
        "20261130194433",
        "the password is asked for: yes",
        "user@host: no route, see https://host/path@v2",
        "",
    ],
)
def test_what_stays(text: str) -> None:
    """Addresses, times, telephone numbers, versions, identifiers."""
    assert redacted(text) == text


@given(st.datetimes(timezones=st.just(UTC)), st.ip_addresses(), st.ip_addresses(v=4), st.uuids())
def test_ordinary_identifiers_stay(at: datetime, address: object, other: object, unique: object) -> None:
    """Of any value."""
    text = f"{at.isoformat()} {other} {other}:8583 {address} {unique}"

    assert redacted(text) == text or re.search(r"\d{13}", text)


@given(st.text("0123456789", min_size=13, max_size=19))
def test_a_serial_number_without_a_valid_check_digit_stays(serial: str) -> None:
    """One in ten has a valid one by chance and is hidden."""
    bare = serial.lstrip("0")
    stays = check_digit(bare[:-1]) != bare[-1:] or len(bare) < 13

    assert not stays or serial[:2] == str(len(serial) - 2) or redacted(f"SN {serial}") == f"SN {serial}"


@given(st.binary(max_size=40))
def test_a_hash_stays(content: bytes) -> None:
    """Unless it holds thirteen digits in a row."""
    text = hashlib.sha256(content).hexdigest()

    assert redacted(text) == text or re.search(r"\d{13}", text)


@given(st.text())
def test_what_was_redacted_once_stays_as_it_is(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("unit", ["1", "4 ", "4-1-", "1^", "%B41^a^", "://", "password=", "4=", "  ", "4.1."])
def test_a_long_hostile_text_comes_to_an_end(unit: str) -> None:
    """Forty thousand characters that almost match, everywhere; and a number at their end is still found."""
    assert digits(redacted(unit * (40_000 // len(unit)) + f" x{VISA}"))[-16:] != VISA
