"""Text without card numbers and passwords, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

NUMBER_HIDDEN: Final = "[number hidden]"
SECRET_HIDDEN: Final = "[hidden]"  # noqa: S105  this is what stands where a password was

SHORTEST: Final = 13  # shorter card numbers are no longer issued; ISO/IEC 7812-1 ends at 19 digits
LONGEST: Final = 19
MOST_GROUPS: Final = 6  # 4-4-4-4-3 is the most that is printed on a card; one more for a broken line

# How numbers of each length begin: Visa 4; Mastercard 5, 22-27; American Express 34, 37; Diners 30, 36, 38,
# 39; JCB 35; UnionPay 62, 81 and the older 9; Mir 2200; Maestro and Discover 5 and 6.
_LONG: Final = "[69]|5[06-9]|3[05689]|81|220"
_BEGINS: Final = {
    13: re.compile("4"),
    14: re.compile("3[0689]"),
    15: re.compile("3[046-9]"),
    16: re.compile("[4-69]|2[2-7]|3[05689]|81"),
    17: re.compile(_LONG),
    18: re.compile(_LONG),
    19: re.compile(f"4|{_LONG}"),
}

# What people and programs put between digits: spaces of every width, invisible joiners and dashes, or dots.
# Not both, or two neighbouring IP addresses would be one number. "?" stands for each byte that a protocol's
# reader could not show, a blank for each character of an escape such as "\xc2\xa0".
_DASHES: Final = r"[\s\u00ad\u200b-\u200d\u2060\ufeff_\-\u2010-\u2015\u2212\ufe63\uff0d?\ufffd]{1,8}"
_DOT: Final = r"[.\u00b7\u30fb\uff0e]"
_CHAINS: Final = tuple(re.compile(rf"(?<![0-9])[0-9]++(?:{between}[0-9]++)+") for between in (_DASHES, _DOT))
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4})", re.IGNORECASE)
_RUN: Final = re.compile("[0-9]+")
# ISO/IEC 7813: track 1 is %B number ^ name ^ ..., track 2 is ; number = YYMM service code ... ?; ISO 8583 and
# EMV write "D" for "=". What is of this form needs no check digit.
_TRACK_1: Final = re.compile(r"%?[A-Z]?[0-9][0-9 ]{11,21}[0-9]\^[^^\n]{1,40}\^[^?\n]{0,80}\??", re.IGNORECASE)
_TRACK_2: Final = re.compile(
    r"(?<![0-9])[0-9]{13,19}[=D][0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}[0-9F]{0,40}\??", re.IGNORECASE
)
_TAIL: Final = re.compile(r"\s?[=D^]\s?[0-9]{4}[0-9F=^]{0,40}\??", re.IGNORECASE)

_FULL_WIDTH: Final = {"＝": "=", "＾": "^", "Ｄ": "D"}
_DOUBLED: Final = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}

_SECRET: Final = re.compile(
    r"((?:pass(?:word|wd|phrase)|pwd|secret|api[-_ ]?key|(?:access|auth|api|bearer)[-_ ]?token|authorization"
    r"|community|密码|口令)[\"']?[ \t]{0,3}[=:＝：][ \t]{0,3})"
    r"(?:(?:bearer|basic)[ \t]+\S+|\[number hidden\]|\"[^\"\n]*\"?|'[^'\n]*'?|[^\s;,|&\"']+)",
    re.IGNORECASE,
)
_USER_INFO: Final = re.compile(r"://[^\s/@]{1,300}@")  # RFC 3986 section 3.2.1

# In ASCII and in EBCDIC, with what may stand between; of a number that a buffer's end halves, too.
_DIGIT_BYTES: Final = re.compile(
    rb"([0-9](?:[^0-9A-Za-z]{0,3}[0-9]){7})((?:[^0-9A-Za-z]{0,3}[0-9])+)"
    rb"|([\xf0-\xf9](?:[\x40\x4b\x60]{0,3}[\xf0-\xf9]){7})((?:[\x40\x4b\x60]{0,3}[\xf0-\xf9])+)"
)

Span = tuple[int, int]


def redacted(text: str) -> str:
    """`text` with NUMBER_HIDDEN for whatever may be a card number or a track, SECRET_HIDDEN for passwords.

    Hidden is a run of 13 to 19 digits with a valid check digit (ISO/IEC 7812-1, annex B), however its digits
    are grouped or written; the time it takes grows with the length of the text and nothing else.
    """
    if len(text) >= SHORTEST:
        text = _without_numbers(text)
    if "=" in text or ":" in text or not text.isascii():
        text = _USER_INFO.sub(f"://{SECRET_HIDDEN}@", _SECRET.sub(rf"\1{SECRET_HIDDEN}", text))
    return text


def shortened(text: str, most: int) -> str:
    """Its first `most` letters. Where it is cut it is redacted before: half a number is not known for one."""
    return text if len(text) <= most else redacted(text)[:most]


def shown_bytes(octets: bytes) -> str:
    """As "48 54 54 50"; of digits in a row only eight, then ".." (PCI DSS 4.0.1, 3.4.1)."""
    pairs = [f"{octet:02x}" for octet in octets]
    for found in _DIGIT_BYTES.finditer(octets):
        start, end = found.span(2 if found[2] else 4)
        pairs[start:end] = [".."] * (end - start)
    return " ".join(pairs)


def _without_numbers(text: str) -> str:
    folded = text if text.isascii() else "".join(map(_folded, text))
    if "\\" in folded:
        folded = _ESCAPE.sub(lambda found: " " * len(found[0]), folded)
    kept, at = [], 0
    for start, end in _merged(sorted(_card_numbers(folded))):
        kept += [text[at:start], NUMBER_HIDDEN]
        at = end
    return "".join([*kept, text[at:]])


def _folded(character: str) -> str:
    """One character for one, so that places in the text stay: digits of every script as 0 to 9."""
    if character.isdecimal():
        return str(int(character))
    return _FULL_WIDTH.get(character, character)


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    end = -1
    start = 0
    for each in spans:
        if each[0] >= end:
            if end >= 0:
                yield start, end
            start = each[0]
        end = max(end, each[1])
    if end >= 0:
        yield start, end


def _card_numbers(text: str) -> Iterator[Span]:
    for track in (_TRACK_1, _TRACK_2):
        yield from (found.span() for found in track.finditer(text))
    for start, end in _with_check_digit(text):
        tail = _TAIL.match(text, end)
        yield start, tail.end() if tail else end


def _with_check_digit(text: str) -> Iterator[Span]:
    for run in _RUN.finditer(text):
        if _holds_one(run[0]):
            yield run.span()
    for pattern in _CHAINS:
        for chain in pattern.finditer(text):
            yield from _grouped(text, [run.span() for run in _RUN.finditer(text, *chain.span())])


def _holds_one(digits: str) -> bool:
    """A number by itself, padded with zeros, behind its own length, or among too many digits for one."""
    if len(digits) > LONGEST:
        return any(_is_issued(digits[i : i + size]) for i in range(len(digits)) for size in _BEGINS)
    return len(digits) >= SHORTEST and (_is_valid(digits.lstrip("0")) or _is_after_its_length(digits))


def _grouped(text: str, runs: Sequence[Span]) -> Iterator[Span]:
    """Neighbouring runs that are one number together."""
    for first in range(len(runs) - 1):
        digits = ""
        for last in range(first, min(first + LONGEST, len(runs))):
            start, end = runs[last]
            if len(digits) + end - start > LONGEST:
                break
            digits += text[start:end]
            if last > first and _is_issued(digits) and _looks_grouped(runs[first : last + 1]):
                yield runs[first][0], end


def _looks_grouped(runs: Sequence[Span]) -> bool:
    """A few groups of any size, or many of one size: lists of figures and addresses are neither."""
    sizes = [end - start for start, end in runs]
    return len(sizes) <= MOST_GROUPS or (sizes[0] <= 2 and all(a == b for a, b in pairwise(sizes[:-1])))


def _is_after_its_length(digits: str) -> bool:
    """ISO 8583 field 2: two digits of length, then the number."""
    return digits[:2] == str(len(digits) - 2) and _is_valid(digits[2:])


def _is_issued(digits: str) -> bool:
    begins = _BEGINS.get(len(digits))
    return begins is not None and begins.match(digits) is not None and _is_valid(digits)


def _is_valid(digits: str) -> bool:
    """The right length and check digit (Luhn)."""
    if not SHORTEST <= len(digits) <= LONGEST:
        return False
    plain = sum(map(int, digits[::-2]))
    return (plain + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10 == 0
