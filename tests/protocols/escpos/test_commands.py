"""Where a command ends, told from what the POS sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.escpos.commands import Commands

COMPLETE = {
    "initialise": b"\x1b@",
    "select": b"\x1b=\x01",
    "feed": b"\x1bd\x03",
    "pulse": b"\x1bp\x00\x19\xfa",
    "page area": b"\x1bW" + bytes(8),
    "tab stops": b"\x1bD\x08\x10\x00",
    "bit image, 8 dots": b"\x1b*\x00\x03\x00abc",
    "bit image, 24 dots": b"\x1b*\x21\x02\x00abcdef",
    "user character": b"\x1b&\x03AB" + b"\x02" + bytes(6) + b"\x01" + bytes(3),
    "raster": b"\x1dv0\x00\x02\x00\x03\x00" + b"\x1b\x1d\x10\x04\x01\x00",
    "raster of nothing": b"\x1dv0\x00\x00\x00\x00\x00",
    "graphics": b"\x1d(L\x05\x00\x30\x43\x30\x31\x1b",
    "long graphics": b"\x1d8L\x04\x00\x00\x00\x1b\x1b\x1b\x1b",
    "QR": b"\x1d(k\x04\x00\x31\x41\x32\x00",
    "barcode A": b"\x1dk\x04HELLO\x00",
    "barcode B": b"\x1dk\x49\x05HELLO",
    "downloaded image": b"\x1d*\x01\x02" + bytes(16),
    "NV images": b"\x1cq\x02" + b"\x01\x00\x01\x00" + bytes(8) + b"\x01\x00\x02\x00" + bytes(16),
    "user memory": b"\x1cg1\x00\x00\x00\x00\x00\x02\x00\x1b\x1b",
    "counter by text": b"\x1dC;1;2;3;4;5;",
    "cut": b"\x1dV\x00",
    "cut after a feed": b"\x1dV\x42\x03",
    "counter": b"\x1dg2\x00\x14\x00",
    "identity": b"\x1dI\x43",
    "confirmation": b"\x1d(H\x06\x0000abcd",
    "Kanji": b"\x1c&",
    "status": b"\x10\x04\x01",
    "ink status": b"\x10\x04\x07\x01",
    "recover": b"\x10\x05\x02",
    "clear": b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    "Han": "小票".encode("gb18030"),
    "Han with an ASCII second byte": b"\x81\x40",
}


@pytest.mark.parametrize("command", COMPLETE.values(), ids=COMPLETE)
def test_nothing_is_asked_before_the_last_byte(command: bytes) -> None:
    """Of every command: inside after each of its bytes but the last."""
    followed = Commands()
    insides = []
    for octet in command:
        followed.feed(bytes((octet,)))
        insides.append(followed.is_inside)

    ends = 2 if command == "小票".encode("gb18030") else 1
    assert insides[-1] is False
    assert insides.count(False) == ends


@given(st.lists(st.sampled_from(list(COMPLETE.values())), min_size=1), st.integers(1, 9))
def test_pieces_do_not_matter(commands: list[bytes], size: int) -> None:
    """A stream cut anywhere ends between two commands where it does as a whole."""
    stream = b"".join(commands)
    followed = Commands()
    for at in range(0, len(stream), size):
        followed.feed(stream[at : at + size])

    assert not followed.is_inside


@given(st.binary(max_size=400))
def test_any_bytes_are_accepted(noise: bytes) -> None:
    followed = Commands()
    followed.feed(noise)

    assert followed.is_inside in (True, False)
    assert followed.asked <= len(noise) // 3


@pytest.mark.parametrize(
    "pieces", [[b"\x10\x04\x01\x10\x04\x02"], [b"\x10", b"\x04", b"\x01", b"x\x10\x04", b"\x04"]]
)
def test_questions_are_counted_wherever_they_stand(pieces: list[bytes]) -> None:
    """Also in a picture: a printer answers there too."""
    followed = Commands()
    followed.feed(b"\x1dv0\x00\x64\x00\x64\x00")
    for piece in pieces:
        followed.feed(piece)

    assert followed.asked == 2


OPEN = {
    b"": False,
    b"TOTAL": True,
    b"TOTAL\n": False,
    b"TOTAL\x1bd\x03": False,
    b"TOTAL\x1dV\x00": False,
    b"TOTAL\n\x1bE\x01": False,
    b"TOTAL\n12.00\x1bE\x01": True,
    b"\x1b@": False,
}


@pytest.mark.parametrize(("stream", "is_open"), OPEN.items())
def test_a_line_is_open_until_it_ends(stream: bytes, *, is_open: bool) -> None:
    followed = Commands()
    followed.feed(stream)

    assert followed.is_line_open is is_open


def test_a_code_page_letter_does_not_swallow_the_line_end() -> None:
    """In CP437, "café" and LF: 82 is no first half of a Han character."""
    followed = Commands()
    followed.feed(b"caf\x82\n")

    assert not followed.is_inside
