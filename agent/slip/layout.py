"""Columns, folding and shortening: every line of a slip is cut here, never inside a word or a Han pair."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

COLUMNS: Final = (32, 42, 48)
SUBSTITUTE: Final = "□"
GLUE: Final = "\xa0"
"""A space that does not break; printed as a plain one."""

CUT_MARK: Final = f"{GLUE}.."

# GB/T 15834-2011 section 5.1: these marks do not stand at the beginning of a line, those not at its end.
CLOSING: Final = frozenset("，。、；：？！）》〉」』】〕”’…—～·％‰℃°,.:;?!)]}%/")
OPENING: Final = frozenset("（《〈「『【〔“‘￥([{#")
# A count and its unit are read as one: "37笔", "12分钟"; so are a time and its "since": "21:40起".
UNITS: Final = frozenset("元分秒时天日月年笔张卷号项次台条个点小毫起")
UNIT_PAIRS: Final = frozenset({"分钟", "小时", "毫米"})
_SENTENCE = re.compile(r".+?(?:[。！？；]+\s*|[!?;]\s+|(?<![Nn]o)\.\s+(?![a-z])|$)")
_DANGLING = re.compile(r"(?:[\s，、,:：;；不勿未没别]|\b(?:[Dd]o|[Nn]ot?|[Nn]ever|and|or|to|the|a|of)\b)+$")
"""What may not stand before the two dots: "37 sales not .." would say the opposite."""
_TOGETHER = re.compile(r"(?<![A-Za-z])(?:TCP|port) (?=\d)|\d-\d\d (?=\d\d:\d\d)|\d\d:\d\d (?=UTC)")
"""A port and its number, a day, its time and its zone are read out in one breath."""

_BREAKS_LONG_WORD = frozenset("-./_:,;=|>")
_LIKENESS = str.maketrans({"‑": "-", "–": "-", "−": "-", "\u2009": " ", "\u202f": GLUE, "\t": " ", "\n": " "})


class Style(StrEnum):
    PLAIN = "plain"
    STRONG = "strong"


class Line(Struct, frozen=True):
    """One printed line, at most the slip's columns wide."""

    text: str
    style: Style = Style.PLAIN


def width(text: str) -> int:
    """In columns: on a receipt printer a double-byte character is as wide as its bytes are many."""
    return len(text.replace(GLUE, " ").encode("gb18030"))


def printable(text: str) -> str:
    """Only what a GBK printer has: ASCII and double-byte characters, anything else as a visible box."""
    text = _TOGETHER.sub(lambda found: found[0][:-1] + GLUE, text.translate(_LIKENESS))
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if " " <= character <= "~" or character == GLUE:
        return character
    try:
        return character if len(character.encode("gbk")) == 2 else SUBSTITUTE
    except UnicodeEncodeError:
        return SUBSTITUTE


def fold(text: str, columns: int) -> list[str]:
    """Lines no wider than `columns`; a word wider than a whole line is the only one that is cut."""
    lines: list[str] = []
    line = ""
    for spaced, chunk in _chunks(printable(text)):
        joined = f"{line} {chunk}" if spaced and line else line + chunk
        if width(joined) <= columns:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _slices(chunk, columns)
        lines.extend(whole)
    if line:
        lines.append(line)
    return [each.replace(GLUE, " ") for each in _in_company(lines, columns)]


def _in_company(lines: list[str], columns: int) -> list[str]:
    """One Han character alone on the last line is half a word: the one before comes along."""
    alone = lines[-1].rstrip("".join(CLOSING)) if len(lines) > 1 else ""
    if len(alone) != 1 or width(alone) != 2:
        return lines
    *others, line, last = lines
    if len(line) < 3 or width(line[-1]) != 2 or not _may_break_between(line[-2], line[-1]):
        return lines
    if width(line[-1] + last) > columns:
        return lines
    return [*others, line[:-1].rstrip(), line[-1] + last]


def _chunks(text: str) -> Iterator[tuple[bool, str]]:
    """What must stay together, and whether a space stood before it."""
    chunk, spaced = "", False
    for word in text.split(" "):
        if not word:
            continue
        if chunk and not _may_break_at_space(chunk[-1], word):
            chunk += GLUE
        elif chunk:
            yield spaced, chunk
            chunk, spaced = "", True
        for character in word:
            if chunk and _may_break_between(chunk[-1], character):
                yield spaced, chunk
                chunk, spaced = "", False
            chunk += character
    if chunk:
        yield spaced, chunk


def _may_break_at_space(left: str, word: str) -> bool:
    """A path such as "/dev/ttyS0" may begin a line, a lone "/" or a full-width mark may not."""
    closes = word[0] in CLOSING and (width(word[0]) == 2 or CLOSING.issuperset(word))
    return left not in OPENING and not closes


def _may_break_between(left: str, right: str) -> bool:
    """Without a space a line may end only beside a double-byte character."""
    if left in OPENING | {GLUE, "°"} or right in CLOSING | {GLUE, "-", "~", "+"}:
        return False
    if (left.isdigit() and right in UNITS) or left + right in UNIT_PAIRS:
        return False
    return width(left) == 2 or width(right) == 2


def _slices(chunk: str, columns: int) -> list[str]:
    slices = []
    while width(chunk) > columns:
        at = _where_to_slice(chunk, columns)
        slices.append(chunk[:at].rstrip(GLUE))
        chunk = chunk[at:]
    return [*slices, chunk]


def _where_to_slice(chunk: str, columns: int) -> int:
    """The last space that does not break otherwise, for what is glued are words; else the last place behind a
    joint such as "-" or "."; else the last that fits. No closing mark begins the next line.
    """
    fits = max(n for n in range(1, len(chunk)) if width(chunk[:n]) <= columns)
    for joints in ({GLUE}, _BREAKS_LONG_WORD):
        found = [n for n in range(2, fits + 1) if chunk[n - 1] in joints and chunk[n] not in CLOSING]
        if found:
            return found[-1]
    return max((n for n in range(1, fits + 1) if chunk[n] not in CLOSING), default=fits)


def centred(text: str, columns: int) -> str:
    return " " * ((columns - width(text)) // 2) + text


def shorten(text: str, columns: int, lines: int) -> list[str]:
    """As many whole sentences as fit; where not even the first does, its first words and ".."."""
    if lines < 1:
        return []
    whole = whole_sentences(text, columns, lines)
    if whole:
        return whole
    folded = fold(text, columns)
    if len(folded) <= lines:
        return folded
    chunks = [f" {chunk}" if spaced else chunk for spaced, chunk in _chunks(printable(text))]

    def first(count: int) -> list[str]:
        return fold(_DANGLING.sub("", "".join(chunks[:count])) + CUT_MARK, columns)

    most = bisect_right(range(1, len(chunks)), lines, key=lambda count: len(first(count)))
    return first(most)


def whole_sentences(text: str, columns: int, lines: int) -> list[str]:
    """As many whole sentences as fit, or nothing."""
    sentences = _SENTENCE.findall(printable(text))
    for count in range(len(sentences), 0, -1):
        folded = fold("".join(sentences[:count]).rstrip(" ;；"), columns)
        if len(folded) <= lines:
            return folded
    return []
