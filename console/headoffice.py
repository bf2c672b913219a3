"""`poshealth headoffice`: the receiver and its page."""

from __future__ import annotations

import sys


def main(words: list[str]) -> int:
    """As `python -m headoffice`; 69 where the head office's libraries are not installed."""
    try:
        from headoffice.__main__ import main as serve  # noqa: PLC0415  an extra of the package
    except ImportError as error:
        print(f"{error.name} is missing: install poshealth[headoffice]", file=sys.stderr)
        return 69  # EX_UNAVAILABLE
    return serve(words)
