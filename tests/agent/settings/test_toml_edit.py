"""A few keys of a TOML file are set, and every other byte stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agent.settings.toml_edit import EditError, Value, with_values

SAMPLE = Path(__file__).parents[3] / "console" / "sample.toml"
FOUND: dict[str, Value] = {"port": "/dev/ttyS0", "speed": 19200}
SET = 'port = "/dev/ttyS0"\nspeed = 19200\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[p]\nport = "x"\nspeed = 1\n', f"[p]\n{SET}"),
        ("[p]\n  port = 'x' # here\nspeed=1", '[p]\n  port = "/dev/ttyS0" # here\nspeed = 19200'),
        ("[p]\n#port = 1\n#speed = 2\n", '[p]\n#port = 1\nport = "/dev/ttyS0"\n#speed = 2\nspeed = 19200\n'),
        ("[p]\n", f"[p]\n{SET}"),
        ("[p]", f"[p]\n{SET}"),
        ("", f"[p]\n{SET}"),
        ("[a]\nport = 1\n", f"[a]\nport = 1\n\n[p]\n{SET}"),
        ("[a]\nport = 1", f"[a]\nport = 1\n\n[p]\n{SET}"),
        ("[p]\n[a]\nport = 1\n", f"[p]\n{SET}[a]\nport = 1\n"),
        ("[p]\r\nmm = 58\r\n", f"[p]\n{SET}mm = 58\n".replace("\n", "\r\n")),
        ("[ p ] # the printer\nspeed = 1\n", '[ p ] # the printer\nport = "/dev/ttyS0"\nspeed = 19200\n'),
    ],
)
def test_only_the_two_keys_change(before: str, after: str) -> None:
    assert with_values(before, "p", FOUND) == after


@pytest.mark.parametrize(
    "text",
    ["p = { port = 1 }\n", "p.port = 1\n", '[p]\nport = """\nx"""\n', "[[p]]\nport = 1\n", "["],
    ids=["inline", "dotted", "long-string", "array", "broken"],
)
def test_a_file_written_another_way_is_left_alone(text: str) -> None:
    """The message has the lines to set by hand."""
    with pytest.raises(EditError, match="by hand: port = "):
        with_values(text, "p", FOUND)


def test_the_sample_keeps_its_comments() -> None:
    """Each line of it is still there."""
    before = SAMPLE.read_text(encoding="utf-8")
    after = with_values(before, "receipt_printer", FOUND)

    assert tomllib.loads(after)["receipt_printer"] == FOUND
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()


def test_a_name_with_a_backslash_comes_back_as_it_is() -> None:
    """udev escapes what it finds in a device's serial number."""
    name = r'/dev/serial/by-id/usb-A\x2fB_"C"'

    assert tomllib.loads(with_values("", "p", {"port": name})) == {"p": {"port": name}}
