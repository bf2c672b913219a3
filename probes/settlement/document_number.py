"""The number of a batch, a receipt or an order, which is no place for a name."""

from __future__ import annotations

import re
from typing import Final

from vocabulary.redaction import redacted

LONGEST: Final = 24
CARD: Final = 19  # digits; a track has more
_STRANGE: Final = re.compile(r"[^A-Za-z0-9./_-]+")
_WORD: Final = re.compile(r"[A-Za-z]{4,}")  # "INV-7" and "POS/0012" keep their prefix, "ZHANG-7" does not
_SHORT_WORD: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,3}(?![A-Za-z0-9])")
_LAST_FOUR: Final = re.compile(r"\.\.[0-9]{4}")  # told by this very function
_AGAIN: Final = re.compile(r"([./_-])[./_-]+")


def document_number(value: object) -> str:
    """Digits with separators and at most three letters in a row; empty where there is no digit.

    Of several short words none is kept: they may be a name. Of a card number the last four digits (PCI DSS
    4.0.1, 3.4.1), of a track nothing.
    """
    text = said = str(value)[:200]
    if _LAST_FOUR.fullmatch(said):
        return said
    if len(_SHORT_WORD.findall(text)) > 1:
        text = _SHORT_WORD.sub(" ", text)
    text = _AGAIN.sub(r"\1", _WORD.sub("", _STRANGE.sub("", text))).strip("./_-")
    if redacted(text) != text or redacted(said) != said:  # as it was written: with blanks
        digits = "".join(filter(str.isdigit, text))
        return f"..{digits[-4:]}" if len(digits) <= CARD else ""
    return text[:LONGEST] if any(letter.isdigit() for letter in text) else ""
