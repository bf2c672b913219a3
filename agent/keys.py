"""The shared secret: read once, never logged, never on a command line."""

from __future__ import annotations

from pathlib import Path

SHORTEST = 16  # bytes: head office refuses less


class KeyFileError(ValueError):
    """The file cannot serve as a key; the message says what to do."""


def read_key(path: str) -> bytes:
    """Without the newline an editor leaves; empty where no file is set. Raise KeyFileError."""
    if not path:
        return b""
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise KeyFileError(f"head_office.token_file {path}: {error.strerror}") from None
    if len(key) < SHORTEST:
        raise KeyFileError(f"head_office.token_file {path}: holds less than {SHORTEST} bytes")
    return key
