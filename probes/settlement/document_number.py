"""The number of a batch, a receipt or an order, which is no place for a name."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 24
_STRANGE: Final = re.compile(r"[^A-Za-z0-9./_-]+")
_WORD: Final = re.compile(r"[A-Za-z]{4,}")  # "INV-7" and "POS/0012" keep their prefix, "ZHANG-7" does not
_AGAIN: Final = re.compile(r"([./_-])[./_-]+")


def document_number(value: object) -> str:
    """Digits with separators and at most three letters in a row; empty where there is no digit."""
    text = _AGAIN.sub(r"\1", _WORD.sub("", _STRANGE.sub("", str(value)[:200]))).strip("./_-")
    return text[:LONGEST] if any(letter.isdigit() for letter in text) else ""
