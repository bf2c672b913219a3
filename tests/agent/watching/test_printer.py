"""A printer of ours that tells by itself, one that does not, one that is switched off, and noise."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.watching.places import lent, sources
from agent.watching.post import Post
from agent.watching.printer import (
    ANSWER_SECONDS,
    ASK_AGAIN_SECONDS,
    TELL,
    TELL_NOTHING,
    PrinterSource,
)
from agent.watching.printer_signs import sign_of
from probes.network.probe import NetworkOptions
from probes.power.probe import PowerOptions
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.till import Till
from simulators.escpos_printer import EscposPrinter
from tests.counter import wait_for

PRINTER = {"receipt_printer"}


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, link=tmp_path / "ttyS7") as started:
        yield started


@pytest.fixture
def watched(printer: EscposPrinter) -> Iterator[Post]:
    post = Post(PrinterSource(ReceiptPrinterOptions(port=printer.pty_path, owner="ours"), Till()))
    yield post
    post.source.close()


def told(post: Post, now: float) -> set[str]:
    """What a byte that is there, or comes, leads to."""
    found = select.select([post], [], [], 2.0)[0]
    return post.step(now, is_readable=bool(found))


def test_the_first_frame_covers(watched: Post) -> None:
    """And is news: the probe may have looked before."""
    watched.step(0.0, is_readable=False)
    assert not watched.is_covering
    assert told(watched, 0.1) == PRINTER
    assert watched.is_covering


def test_the_drawer_and_the_feed_button_are_no_news(watched: Post, printer: EscposPrinter) -> None:
    """They change at every sale."""
    watched.step(0.0, is_readable=False)
    told(watched, 0.1)
    printer.state.drawer_pin = True
    assert told(watched, 0.2) == set()
    printer.state.feed_button = True
    assert told(watched, 0.3) == set()
    printer.state.feed_button = False
    told(watched, 0.4)
    printer.state.cover_open = True
    assert told(watched, 0.5) == PRINTER


def test_one_that_falls_silent_is_no_longer_covered(watched: Post, printer: EscposPrinter) -> None:
    """Switched off, it says nothing: so it is asked once a minute, and its probe is run."""
    watched.step(0.0, is_readable=False)
    told(watched, 0.1)
    printer.faults.silent = True
    watched.step(ASK_AGAIN_SECONDS + 1, is_readable=False)
    wait_for(lambda: printer.received.endswith(TELL))
    assert watched.is_covering
    assert watched.step(ASK_AGAIN_SECONDS + 1 + ANSWER_SECONDS, is_readable=False) == PRINTER
    assert not watched.is_covering


def test_its_return_is_news(watched: Post, printer: EscposPrinter) -> None:
    """Also where it comes back as it went."""
    test_one_that_falls_silent_is_no_longer_covered(watched, printer)
    printer.faults.silent = False
    watched.step(2 * ASK_AGAIN_SECONDS + 2, is_readable=False)
    assert told(watched, 2 * ASK_AGAIN_SECONDS + 2.1) == PRINTER


def test_one_that_stands_still_is_asked_what_it_answers_then(watched: Post, printer: EscposPrinter) -> None:
    """GS a waits in the buffer of an offline printer, DLE EOT does not."""
    watched.step(0.0, is_readable=False)
    told(watched, 0.1)
    printer.state.paper_out = True
    told(watched, 0.2)
    watched.step(ASK_AGAIN_SECONDS + 1, is_readable=False)
    wait_for(lambda: printer.received.endswith(b"\x10\x04\x01"))
    told(watched, ASK_AGAIN_SECONDS + 1.1)
    assert watched.step(ASK_AGAIN_SECONDS + 1 + ANSWER_SECONDS, is_readable=False) == set()
    assert watched.is_covering


def test_one_that_never_tells_is_not_pestered(watched: Post, printer: EscposPrinter) -> None:
    """After three minutes it is taken for one that does not know GS a; it is polled as before."""
    printer.faults.one_way = True
    for now in range(0, 600, 2):
        assert watched.step(float(now), is_readable=False) == set()
    wait_for(lambda: len(printer.received) >= 3 * len(TELL))
    assert printer.received == TELL * 3


def test_noise_is_left_alone(watched: Post, printer: EscposPrinter) -> None:
    """A line that drips for ever wakes nobody for ever."""
    printer.faults.drip, printer.faults.drip_seconds = True, 0.0002
    watched.step(0.0, is_readable=False)
    wait_for(lambda: not told(watched, 0.1) and watched.fileno() == -1)
    assert watched.due() > 0.1


def test_lent_and_taken_back(watched: Post, printer: EscposPrinter) -> None:
    """The port is free meanwhile; nothing is news but what changed meanwhile."""
    watched.step(0.0, is_readable=False)
    told(watched, 0.1)
    for near_end, news in ((False, set()), (True, PRINTER)):
        watched.lend()
        assert (watched.fileno(), watched.is_covering) == (-1, True)
        printer.state.near_end = near_end
        watched.take_back(1.0)
        assert watched.step(1.0, is_readable=False) == set()
        assert watched.is_covering
        assert told(watched, 1.1) == news


def test_it_is_left_silent(watched: Post, printer: EscposPrinter) -> None:
    """At an orderly end: whatever opens the port next expects no frames."""
    watched.step(0.0, is_readable=False)
    told(watched, 0.1)
    watched.end(0.2)
    wait_for(lambda: printer.received.endswith(TELL_NOTHING))


@pytest.mark.parametrize("frame", [b"\x10\0\0\0", b"\x14\0\0\x0f", b"\x1c\x02\0\0", b"\x58\0\0\0"])
def test_signs_leave_out_drawer_and_button(frame: bytes) -> None:
    """Idle, drawer, and the two ways in which a printer tells of its feed button."""
    assert sign_of(frame) == sign_of(b"\x10\0\0\0")


OWNERS = {
    "ours": ({"owner": "ours"}, "PrinterSource", True),
    "the POS's": ({"owner": "pos"}, "", False),
    "the broker's": ({"owner": "broker"}, "BrokerSource", False),
    "a Star of ours": ({"owner": "ours", "family": "star"}, "", False),
}


@pytest.mark.parametrize(("settings", "source", "is_lent"), OWNERS.values(), ids=OWNERS)
def test_only_a_printer_of_ours_is_held(settings: dict[str, str], source: str, is_lent: bool) -> None:
    """Beside a POS nothing is written, and its port is not kept open."""
    printer = ReceiptPrinterOptions(port="/dev/ttyS7", **settings)  # type: ignore[arg-type]
    options = {"network": NetworkOptions(), "power": PowerOptions(), "receipt_printer": printer}
    names = [type(each).__name__ for each in sources(options, Path("/"))]
    assert names == ["NetworkSource", "DeviceSource", "FileSource", *([source] if source else [])]
    assert lent(options) == ({"receipt_printer"} if is_lent else set())
