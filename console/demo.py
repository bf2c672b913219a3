"""`poshealth demo`: the whole product against a simulated shop counter.

The demo only injects faults. Every sentence it shows is read back from head office's database or from the
simulated paper.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from console import stories
from console.demo_counter import Counter
from console.demo_show import codes, print_row, slip_on_paper, slip_on_screen, title


class Fault(Struct, frozen=True):
    """`expected` is only what the demo waits for; what it shows comes from head office."""

    title: str
    expected: str
    inject: Callable[[Counter], contextlib.AbstractContextManager[None]]
    slip_is_on: str = "paper"


@contextlib.contextmanager
def _paper_out(counter: Counter) -> Iterator[None]:
    counter.printer.state.paper_out = True
    yield
    counter.printer.state.paper_out = False


@contextlib.contextmanager
def _acquirer_dead(counter: Counter) -> Iterator[None]:
    counter.primary.gone = counter.backup.gone = True
    yield
    counter.primary.gone = counter.backup.gone = False


@contextlib.contextmanager
def _port_dropped(counter: Counter) -> Iterator[None]:
    hole = counter.drop_the_price_port()
    yield
    counter.restore_the_price_port(hole)


@contextlib.contextmanager
def _mains_lost(counter: Counter) -> Iterator[None]:
    counter.ups.status = "OB DISCHRG"
    counter.ups.runtime_seconds = 720
    yield
    counter.ups.status = "OL"


TOUR = (
    Fault("The receipt printer runs out of paper", "receipt-printer.paper-out", _paper_out, "screen"),
    Fault("The acquirer's hosts take no more connections", "payment-line.refused", _acquirer_dead),
    Fault("A firewall drops a port the store needs", "firewall.port-dropped", _port_dropped),
    Fault("The mains go, the UPS takes over", "power.ups-on-battery", _mains_lost),
)


def main(words: list[str]) -> int:
    """0 when every fault was seen at head office and was gone again after its repair."""
    options = _parser().parse_args(words)
    options.output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the with-blocks below end what was started
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="poshealth-demo-") as folder,
        Counter(_open_to_probes(Path(folder)), options.lang) as counter,
    ):
        try:
            if options.story:
                stories.play(stories.named(options.story), counter, options.output, options.lang)
            else:
                _tour(counter, options.output, options.lang)
        except (TimeoutError, RuntimeError) as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            return 1
        print(f"\nDone in {time.monotonic() - began:.0f} s.")
        _what_next(options.output)
        if options.stay:
            _stay(counter)
    return 0


def _tour(counter: Counter, output: Path, language: str) -> None:
    _healthy(counter, output, language)
    for number, fault in enumerate(TOUR, 1):
        _show(number, fault, counter, output, language)


def _open_to_probes(folder: Path) -> Path:
    """Probes run as nobody when root shows the demo: they may pass through, the secrets stay 0600."""
    folder.chmod(0o711)
    return folder


def _healthy(counter: Counter, output: Path, language: str) -> None:
    title("Nothing injected: this machine's power, network and versions, a simulated counter")
    row = counter.wait_for(lambda row: {"card-payments", "receipts"} <= set(row["works"]))
    print_row(row, row["causes"], language)
    slip_on_paper(counter, output, "0-healthy", language)


def _show(number: int, fault: Fault, counter: Counter, output: Path, language: str) -> None:
    """Inject, wait for head office, show what it has and the slip, repair, wait until it is gone."""
    title(f"{number}. {fault.title}")
    before = {cause["code"] for cause in counter.row()["causes"]}
    with fault.inject(counter):
        began = time.monotonic()
        row = counter.wait_for(lambda row: fault.expected in codes(row))
        print(f"   head office knew after {time.monotonic() - began:.1f} s")
        print_row(row, [cause for cause in row["causes"] if cause["code"] not in before], language)
        name = f"{number}-{fault.expected.replace('.', '-')}"
        if fault.slip_is_on == "paper":
            slip_on_paper(counter, output, name, language)
        else:
            slip_on_screen(counter, output, name, language)
    counter.wait_for(lambda row: fault.expected not in codes(row))
    print("   repaired: head office shows it no more")


def _what_next(output: Path) -> None:
    print(f"Slips as text and pictures: {output}/")
    print("Next, on a till:")
    print("  poshealth config init && poshealth config check   its settings")
    print("  poshealth check                                   one round now")
    print("  poshealth slip --preview slip.png                 the slip as a picture")
    print("  poshealth explain                                 everything it can say is wrong")
    print("  make demo-stay                                    this again, with head office's page left open")


def _stay(counter: Counter) -> None:
    print(f"\nHead office's page: {counter.office}/   password: {counter.viewer}")
    print(f"The settings in use: {counter.settings}")
    print("Press Ctrl-C to end.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth demo", description=__doc__.splitlines()[0])
    parser.add_argument("--stay", action="store_true", help="keep the page open and say where")
    parser.add_argument(
        "--story", choices=stories.NAMES, help="one merchant's complaint instead, from a healthy store on"
    )
    parser.add_argument("--output", type=Path, default=Path("demo-output"), metavar="FOLDER")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    return parser
