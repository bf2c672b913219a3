"""The printer as a thing one can start, talk to, break and read."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from simulators.escpos_printer import picture
from simulators.escpos_printer.engine import Engine
from simulators.escpos_printer.journal import Journal
from simulators.escpos_printer.loop import FlowControl, Loop
from simulators.escpos_printer.paper import HALF_CELL, as_text
from simulators.escpos_printer.queries import Queries
from simulators.escpos_printer.state import Faults, Identity, State
from simulators.escpos_printer.typesetter import Typesetter


class EscposPrinter:
    """A receipt printer on a pty and on TCP; `state`, `faults`, `identity`, `speed` are set as it runs.

    `columns` of font A: 32 is a 58 mm roll (384 dots), 48 an 80 mm one (576 dots). `speed` in baud: what a
    host sends at another one is noise; None listens at any. `flow_control` on the serial side: "xonxoff" says
    XOFF and then throws bytes away, "blocking" stops reading as a BUSY line would; TCP always stops reading.
    `link` is kept as a symbolic link to the pty for as long as it is plugged in.
    """

    def __init__(
        self,
        *,
        columns: int = 32,
        chinese: bool = True,
        native_qr: bool = True,
        cutter: bool = True,
        process_id: bool = True,
        speed: int | None = 9600,
        flow_control: FlowControl = "xonxoff",
        host: str = "127.0.0.1",
        tcp_port: int = 0,
        link: Path | None = None,
    ) -> None:
        self.columns = columns
        self.state, self.faults, self.identity = State(), Faults(), Identity()
        self.journal = Journal()
        self.typesetter = Typesetter(dots=columns * HALF_CELL, native_qr=native_qr, cutter=cutter)
        self.queries = Queries(
            self.state,
            self.identity,
            self.typesetter,
            chinese=chinese,
            cutter=cutter,
            process_id=process_id,
        )
        self.engine = Engine(self.state, self.typesetter, self.queries)
        self._loop = Loop(
            self.engine,
            self.faults,
            self.journal,
            chinese=chinese,
            flow_control=flow_control,
            listen_at=(host, tcp_port),
            link=link,
        )
        self.speed = speed

    def start(self) -> None:
        self.state.changed = self._loop.wake
        self._loop.start()

    def stop(self) -> None:
        self.state.changed = None
        self._loop.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def speed(self) -> int | None:
        """In baud."""
        return self._loop.speed

    @speed.setter
    def speed(self, baud: int | None) -> None:
        self._loop.speed = baud

    @property
    def pty_path(self) -> str:
        """Where the printer hangs as a serial port; raises RuntimeError while it is unplugged."""
        if self._loop.serial is None:
            raise RuntimeError("the printer is unplugged")
        return self._loop.serial.path

    @property
    def tcp_address(self) -> tuple[str, int]:
        """Host and port; raises RuntimeError while it is unplugged."""
        if self._loop.listener is None:
            raise RuntimeError("the printer is unplugged")
        return self._loop.listener.address

    def vanish(self) -> None:
        """Pull the plug: the device disappears, connections end."""
        with self._loop.lock:
            self._loop.unplug()

    def plug_in(self) -> None:
        """Come back, on a new pty (the `link` follows it) and the TCP port of before."""
        with self._loop.lock:
            self._loop.plug_in()

    def text(self) -> str:
        """The printed lines; pictures, codes and cuts as a note in brackets."""
        with self._loop.lock:
            return as_text(self.typesetter.items, self.columns)

    def picture(self) -> Image.Image:
        with self._loop.lock:
            return picture.draw(self.typesetter.items, self.columns * HALF_CELL)

    def write_png(self, path: Path | str) -> None:
        self.picture().save(path)

    def tear_off(self) -> None:
        """Take the printed paper away; the journal stays."""
        with self._loop.lock:
            self.typesetter.items.clear()

    @property
    def received(self) -> bytes:
        """Every byte that came in at any plug, noise included; `journal` has them with their times."""
        with self._loop.lock:
            return self.journal.received

    @property
    def sent(self) -> bytes:
        with self._loop.lock:
            return self.journal.sent

    @property
    def unknown(self) -> list[bytes]:
        """Commands the printer did not know or does not have; nothing of them was printed."""
        with self._loop.lock:
            return list(self.engine.unknown)

    def wait_until(self, happened: Callable[[], bool], timeout_seconds: float = 5.0) -> bool:
        """Wait for a fact such as `lambda: "缺纸" in printer.text()`; False when the time is over."""
        deadline = time.monotonic() + timeout_seconds
        while not happened():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True
