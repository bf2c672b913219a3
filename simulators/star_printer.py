"""A Star receipt printer on a pseudo terminal, written from the line mode command specification (rev. 0.00).

`python -m simulators.star_printer`; the requests on its control port are those of `control`.
"""

import argparse
import os
import selectors
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from simulators import control
from simulators.escpos_printer.journal import Journal
from simulators.escpos_printer.paper import HALF_CELL, as_text
from simulators.escpos_printer.picture import draw
from simulators.escpos_printer.state import Faults
from simulators.escpos_printer.transport import SerialPort
from simulators.star_typesetter import StarTypesetter, length

# Header 1 for a frame of so many bytes, and the header 2 of its version (pp. 5-7, 5-8).
HEADERS = {7: b"\x0f\x02", 8: b"\x21\x04", 9: b"\x23\x06"}
JUNK = b"\xfa\xff\xfc\x81"


@dataclass
class StarState:
    """Sensors and errors, each a bit of pp. 5-6 to 5-10."""

    drawer_switch: bool = False
    offline: bool = False
    offline_by_switch: bool = False
    cover_open: bool = False
    mechanical_error: bool = False
    cutter_error: bool = False
    unrecoverable_error: bool = False
    head_hot: bool = False
    head_up: bool = False
    presenter_jam: bool = False
    black_mark_error: bool = False
    buffer_overflow: bool = False
    framing_error: bool = False
    parity_error: bool = False
    near_end_inner: bool = False
    near_end_outer: bool = False
    paper_out: bool = False

    @property
    def is_offline(self) -> bool:
        errors = self.mechanical_error or self.cutter_error or self.unrecoverable_error or self.head_hot
        stops = self.head_up or self.presenter_jam or self.black_mark_error or self.offline_by_switch
        return self.offline or self.cover_open or self.paper_out or errors or stops

    def status(self) -> bytes:
        """Printer status 1 to 5, the third to the seventh byte of a frame."""
        first = _bits(
            (0x04, self.drawer_switch),
            (0x08, self.is_offline),
            (0x20, self.cover_open),
            (0x40, self.offline_by_switch),
        )
        second = _bits(
            (0x04, self.mechanical_error),
            (0x08, self.cutter_error),
            (0x20, self.unrecoverable_error),
            (0x40, self.head_hot),
        )
        third = _bits(
            (0x02, self.head_up),
            (0x04, self.presenter_jam),
            (0x08, self.black_mark_error),
            (0x40, self.buffer_overflow),
        )
        fourth = _bits((0x02, self.near_end_outer), (0x04, self.near_end_inner), (0x08, self.paper_out))
        return bytes((first, second, third, fourth, 0))

    def enquiry(self, *, empty: bool) -> int:
        """The byte to ENQ, p. 5-6."""
        return _bits(
            (0x01, self.parity_error),
            (0x02, self.framing_error),
            (0x04, self.unrecoverable_error or self.cover_open),
            (0x08, self.paper_out),
            (0x20, empty),
            (0x40, self.buffer_overflow),
            (0x80, self.drawer_switch),
        )

    def paper(self) -> int:
        """The byte to EOT, p. 5-6."""
        return 0x10 | _bits(
            (0x02, self.black_mark_error),
            (0x04, self.near_end_inner),
            (0x08, self.paper_out),
            (0x20, self.near_end_outer),
            (0x40, self.presenter_jam),
        )


def _bits(*pairs: tuple[int, bool]) -> int:
    return sum(bit for bit, on in pairs if on)


class StarPrinter:
    """`state`, `faults` and `speed` (baud) are set as it runs.

    `frame_bytes` 7 to 9. `automatic`: frames come by themselves on every change; ENQ, EOT and ESC ACK SOH
    are not to be used then (p. 5-11): they are answered all the same, and counted in `forbidden`. `printed`
    is the text that was carried out, `etb_count` the counter of print ends.
    `ends_after_lines`: the roll is at its end once so many lines, pictures and cuts are on paper.
    """

    def __init__(
        self,
        *,
        frame_bytes: int = 9,
        automatic: bool = False,
        speed: int = 9600,
        columns: int = 32,
        link: Path | None = None,
    ) -> None:
        self.columns = columns
        self.state, self.faults, self.journal = StarState(), Faults(), Journal()
        self.frame_bytes, self.automatic, self.speed = frame_bytes, automatic, speed
        self.printed = bytearray()
        self.paper = StarTypesetter()
        self.ends_after_lines: int | None = None
        self.etb_count = 0
        self.forbidden = 0
        self._etb_done = False
        self._link = link
        self._head = b""
        self._waiting: list[bytes] = []
        self._last = b""
        self._next_drip = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._port: SerialPort | None = SerialPort(self.speed, self._link)
        self.pty_path = self._port.path
        self._is_over = False
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(self._port,), name="star-printer")
        self._thread.start()

    def stop(self) -> None:
        self.vanish()

    def vanish(self) -> None:
        """Pull the plug: the device disappears."""
        if not self._thread.is_alive() and self._is_over:
            return
        os.write(self._stop_write, b"!")
        self._thread.join()
        if self._port is not None:
            self._port.close()
        self._port, self._is_over = None, True
        os.close(self._stop_read)
        os.close(self._stop_write)

    @property
    def received(self) -> bytes:
        return self.journal.received

    @property
    def sent(self) -> bytes:
        return self.journal.sent

    def text(self) -> str:
        """The printed lines; pictures, codes and cuts as a note in brackets."""
        return as_text(list(self.paper.items), self.columns)

    def picture(self) -> Image.Image:
        return draw(list(self.paper.items), self.columns * HALF_CELL)

    def frame(self) -> bytes:
        """Automatic status as it is now: headers, status 1 to 5, ETB counter, presenter (pp. 5-7 to 5-11)."""
        state = bytearray(self.state.status())
        state[0] |= 0x02 if self._etb_done else 0
        counter = (self.etb_count & 0x07) << 1 | (self.etb_count & 0x18) << 2
        whole = HEADERS[self.frame_bytes] + bytes(state) + bytes((counter, 0))
        return whole[: self.frame_bytes]

    def _run(self, port: SerialPort) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(port, selectors.EVENT_READ)
            selector.register(self._stop_read, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select(0.01)}
                if self._stop_read in ready:
                    return
                if port in ready:
                    self._take(port, self._before_it_dies(port.read() or b""))
                self._settle(port)
                if self.faults.dies_after == 0:
                    port.close()
                    self._port = None
                    return

    def _before_it_dies(self, octets: bytes) -> bytes:
        if self.faults.dies_after is None:
            return octets
        octets = octets[: self.faults.dies_after]
        self.faults.dies_after -= len(octets)
        return octets

    def _take(self, port: SerialPort, octets: bytes) -> None:
        noise = port.host_speed() != self.speed
        self.journal.note_received("serial", octets, noise=noise)
        if self.faults.silent:
            return
        if noise:
            self._send(port, JUNK[:3] if self.faults.answers_noise else b"")
            return
        for octet in octets:
            self._feed(port, octet)

    def _feed(self, port: SerialPort, octet: int) -> None:
        self._head += bytes((octet,))
        whole = length(self._head)
        if whole is None or len(self._head) < whole:
            return
        command, self._head = self._head, b""
        if command in (b"\x05", b"\x04", b"\x1b\x06\x01"):
            self._answer(port, command)
        else:
            self._waiting.append(command)

    def _answer(self, port: SerialPort, command: bytes) -> None:
        """In real time, whatever waits."""
        self.forbidden += self.automatic
        if command == b"\x05":
            self._send(port, bytes((self.state.enquiry(empty=not self._waiting),)))
            self.state.framing_error = self.state.parity_error = False
        elif command == b"\x04":
            self._send(port, bytes((self.state.paper(),)))
        else:
            self._send(port, self.frame())
            self._etb_done = False

    def _settle(self, port: SerialPort) -> None:
        """Carry out what waits while online, then tell a change, then drip."""
        while self._waiting and not self.state.is_offline:
            self._carry_out(self._waiting.pop(0))
            if self.ends_after_lines is not None and len(self.paper.items) >= self.ends_after_lines:
                self.state.paper_out = True
        if self.automatic and self.frame() != self._last:
            self._last = self.frame()
            self._send(port, self._last)
        if self.faults.drip and time.monotonic() >= self._next_drip:
            self._next_drip = time.monotonic() + self.faults.drip_seconds
            self._write(port, JUNK[:1])

    def _carry_out(self, command: bytes) -> None:
        if command == b"\x17":
            self.etb_count = (self.etb_count + 1) % 32
            self._etb_done = True
        elif command[:3] == b"\x1b\x1ea":
            self.automatic = bool(command[3])
        elif command[:3] == b"\x1b\x1eE":
            self.etb_count, self._etb_done = 0, False
        else:
            self.printed += command if command[:1] != b"\x1b" else b""
            self.paper.carry_out(command)

    def _send(self, port: SerialPort, octets: bytes) -> None:
        if self.faults.silent or self.faults.one_way or self.faults.drip:
            return
        if self.faults.garble:
            octets = (JUNK * len(octets))[: len(octets)]
        if self.faults.half_reply:
            octets = octets[: len(octets) // 2]
        self._write(port, octets)

    def _write(self, port: SerialPort, octets: bytes) -> None:
        if octets:
            self.journal.note_sent("serial", octets)
            port.write(octets)


FIELDS = ("state.*", "faults.*", "automatic", "frame_bytes", "speed", "etb_count", "received", "sent")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.star_printer", description=__doc__)
    parser.add_argument("--speed", type=int, default=9600, help="baud")
    parser.add_argument("--frame-bytes", type=int, choices=sorted(HEADERS), default=9)
    parser.add_argument("--automatic", action="store_true", help="tell every change unasked")
    parser.add_argument("--link", type=Path, help="keep a symbolic link to the pty here")
    control.add_arguments(parser)
    options = parser.parse_args()
    with StarPrinter(
        frame_bytes=options.frame_bytes,
        automatic=options.automatic,
        speed=options.speed,
        link=options.link,
    ) as printer:
        controls = control.Controls(printer, fields=FIELDS, calls=("vanish",))
        control.serve(controls, {"pty": printer.pty_path}, options)


if __name__ == "__main__":
    main()
