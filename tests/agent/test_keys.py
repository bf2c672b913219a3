"""The shared secret is read whole, or refused with the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.keys import KeyFileError, endpoint_route, read_key
from agent.settings.settings import EndpointSettings


def written(folder: Path, content: bytes, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def test_the_editor_newline_is_no_part_of_it(tmp_path: Path) -> None:
    """Head office strips it too; otherwise every signature would differ."""
    assert read_key(written(tmp_path, b"0123456789abcdef\n")) == b"0123456789abcdef"


def test_no_file_is_no_key() -> None:
    """A till without a head office."""
    assert read_key("") == b""


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n"])
def test_a_guessable_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """And the message holds the path, never the key."""
    with pytest.raises(KeyFileError, match="holds less than 16 ") as caught:
        read_key(written(tmp_path, content))
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    """It signs for the whole fleet; the message says how to close it."""
    path = written(tmp_path, b"0123456789abcdef", mode)

    with pytest.raises(
        KeyFileError, match=f"others may read it .mode {mode:04o}.; .* chmod 600 {path}"
    ) as caught:
        read_key(path)
    assert str(caught.value).startswith(f"head_office.token_file {path}")


def test_no_endpoint_needs_no_secret() -> None:
    assert endpoint_route(EndpointSettings()) is None


def test_an_endpoint_comes_with_its_secrets(tmp_path: Path) -> None:
    path = written(tmp_path, b"0123456789abcdef\n")
    route = endpoint_route(EndpointSettings(url="https://ops.example/", bearer_file=path, hmac_file=path))

    assert route
    assert (route.bearer, route.hmac_key) == ("0123456789abcdef", b"0123456789abcdef")


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"0123456789abcdef", 0o640, "others may read it"),
        (b"0123456789abcdef", 0o604, "chmod 600"),
        (b"too short", 0o600, "less than 16"),
        (b"x" * 4097, 0o600, "more than 4096"),
        (b"0123456789abcdef\r\nX-Evil: 1", 0o600, "not a bearer token"),
    ],
)
def test_a_secret_that_others_may_read_or_guess_is_refused(
    tmp_path: Path, content: bytes, mode: int, why: str
) -> None:
    """With the setting and the path, never the secret."""
    settings = EndpointSettings(url="https://ops.example/", bearer_file=written(tmp_path, content, mode))

    with pytest.raises(KeyFileError, match=why) as caught:
        endpoint_route(settings)
    assert str(caught.value).startswith("endpoint.bearer_file /")
    assert content.decode() not in str(caught.value)
