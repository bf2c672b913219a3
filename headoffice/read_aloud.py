"""The code a person reads out on the phone."""

from __future__ import annotations


def spelled(code: str) -> str:
    """Capitals, without the dashes and spaces people put in or leave out."""
    return "".join(char for char in code.upper() if char.isalnum())
