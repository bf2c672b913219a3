"""Card numbers, tracks and names as hypothesis draws them, and whether a text still holds one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from msgspec import Struct

few: Final = settings(
    max_examples=max(1, settings().max_examples // 25),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""Each example is a child or more: four, a hundred with `--hypothesis-profile=long`; none is made smaller."""

BEGINNINGS: Final = (
    [("4", size) for size in (13, 16, 19)]
    + [("37", 15), ("36", 14), ("51", 16), ("2221", 16), ("2204", 16), ("3528", 16)]
    + [(first, size) for first in ("62", "6011", "58", "81", "9558") for size in (16, 17, 18, 19)]
)
# As they stand on cards and as people write them: fours, American Express, Diners, UnionPay's 6-13.
_GROUPS: Final = ((4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (6, 13), (1,) * 18, (2,) * 9, ())
_BETWEEN: Final = (" ", "-", " - ", ".", "\u00a0", "–", "  ")
# A name as a track and as a receipt write it, and what must not be seen of it, in small letters.
_NAMES: Final = (
    ("QUENNEVILLE/ZIELONKA", ("quenneville", "zielonka")),
    ("Oyelaran Wachowski", ("oyelaran", "wachowski")),
    ("欧阳翠花", ("欧阳", "翠花")),
    ("LI/NA", ("li/na", "li na", "lina")),
)
VISIBLE: Final = 9
"""Digits: the first eight of a number may be shown, or the last four (PCI DSS 4.0.1, 3.4.1)."""


class Planted(Struct, frozen=True):
    """`text` is what is planted: `number` written in some way, a track of it, or the name beside it."""

    text: str
    number: str
    name: str
    traces: tuple[str, ...]


def check_digit(digits: str) -> str:
    """ISO/IEC 7812-1 annex B, written once more."""
    total = sum(sum(divmod(int(digit) * (2 - i % 2), 10)) for i, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    first, size = draw(st.sampled_from(BEGINNINGS))
    rest = draw(st.text("0123456789", min_size=size - len(first) - 1, max_size=size - len(first) - 1))
    return first + rest + check_digit(first + rest)


@st.composite
def as_written(draw: st.DrawFn, number: str) -> str:
    edges = [0, *accumulate(draw(st.sampled_from(_GROUPS))), len(number)]
    pieces = [number[a:b] for a, b in pairwise(edges) if number[a:b]]
    return draw(st.sampled_from(_BETWEEN)).join(pieces)


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    number = draw(card_numbers())
    name, traces = draw(st.sampled_from(_NAMES))
    text = draw(
        st.sampled_from(
            (
                draw(as_written(number)),
                f"{name} {draw(as_written(number))}",
                f";{number}=29122010000012345678?",
                f"%B{number}^{name}^29122010000012345678?",
                f"PAN{number}",
            )
        )
    )
    before = "x" * draw(st.one_of(st.just(0), st.integers(0, 70)))  # so that a cut may go through it
    return Planted(f"{before} {text}".strip(), number, name, traces)


def holds_number(text: str, number: str) -> str:
    """The digits of the number that stand in it one after the other, whatever is between; "" for none."""
    digits = "".join(str(int(each)) for each in text if each.isdecimal()) + _spelt(text)
    windows = (number[at : at + VISIBLE + 1] for at in range(len(number) - VISIBLE))
    return next((each for each in windows if len(set(each)) > 3 and each in digits), "") or (
        number if number in digits else ""
    )


def _spelt(text: str) -> str:
    """Bytes shown as "34 31 31" are digits too."""
    pairs = re.findall(r"(?<![0-9A-Fa-f])3([0-9])(?![0-9A-Fa-f])", text)
    return "/" + "".join(pairs)


def leaks(said: Mapping[str, str], drawn: Planted, *, names_too: bool = False) -> dict[str, str]:
    """Where the number, its track or, with `names_too`, the cardholder's name can be read."""
    found = {}
    for where, text in said.items():
        small = re.sub(r"\s+", " ", text.casefold())
        names = [trace for trace in drawn.traces if names_too and trace in small]
        seen = holds_number(text, drawn.number) or "2010000012345678" * ("2010000012345678" in text)
        if seen or names:
            found[where] = seen or names[0]
    return found
