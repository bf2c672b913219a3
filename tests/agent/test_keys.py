"""The shared secret is read whole, or refused with the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.keys import KeyFileError, read_key


def test_the_editor_newline_is_no_part_of_it(tmp_path: Path) -> None:
    """Head office strips it too; otherwise every signature would differ."""
    (tmp_path / "token").write_bytes(b"0123456789abcdef\n")

    assert read_key(str(tmp_path / "token")) == b"0123456789abcdef"


def test_no_file_is_no_key() -> None:
    """A till without a head office."""
    assert read_key("") == b""


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n"])
def test_a_guessable_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """And the message holds the path, never the key."""
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(KeyFileError, match="holds less than 16 bytes") as caught:
        read_key(str(tmp_path / "token"))
    assert "short" not in str(caught.value)
