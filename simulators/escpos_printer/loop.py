"""The thread that carries bytes between the plugs and the printer's engine, and the faults on that way."""

import os
import selectors
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Literal, TypeAlias

from simulators.escpos_printer.commands import Tokenizer
from simulators.escpos_printer.engine import NEARLY_EMPTY, NEARLY_FULL, Engine, Intake
from simulators.escpos_printer.journal import Journal
from simulators.escpos_printer.state import Faults
from simulators.escpos_printer.transport import Listener, Port, SerialPort
from simulators.line_speed import sampled

XON, XOFF = b"\x11", b"\x13"
# None of these passes (b & 0x93) == 0x12 or looks like the first byte of an ASB frame.
JUNK = b"\xfa\xff\x00\xfc\x81"

FlowControl: TypeAlias = Literal["xonxoff", "blocking"]


class Loop:
    """Owns the descriptors; everything but `start`, `stop` and `wake` runs under `lock`."""

    def __init__(
        self,
        engine: Engine,
        faults: Faults,
        journal: Journal,
        *,
        chinese: bool,
        flow_control: FlowControl,
        listen_at: tuple[str, int],
        link: Path | None,
    ) -> None:
        self.lock = threading.RLock()
        self.serial: SerialPort | None = None
        self.listener: Listener | None = None
        self.speed: int | None = 9600
        self._engine = engine
        self._faults = faults
        self._journal = journal
        self._chinese = chinese
        self._flow_control = flow_control
        self._listen_at = listen_at
        self._link = link
        self._ports: dict[Port, Intake] = {}
        self._busy: set[Port] = set()
        self._junk = cycle(JUNK)
        self._single_replies = 0
        self._next_drip = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._drain_wake)
        self.plug_in()
        self._thread = threading.Thread(target=self._run, name="escpos-printer", daemon=True)
        self._stopping = False
        self._thread.start()

    def stop(self) -> None:
        if self._thread is None:
            return
        self._stopping = True
        self.wake()
        self._thread.join()
        self._thread = None
        self.unplug()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def wake(self) -> None:
        if self._thread is not None:
            os.write(self._wake_write, b"!")

    def plug_in(self) -> None:
        if self.serial is not None:
            return
        self.serial = SerialPort(self.speed, self._link)
        self._attach(self.serial)
        self.listener = listener = Listener(*self._listen_at)
        self._listen_at = listener.address
        self._selector.register(listener, selectors.EVENT_READ, lambda: listener.accept(self._attach))

    def unplug(self) -> None:
        if self.listener is not None:
            self._selector.unregister(self.listener)
            self.listener.close()
        for port in list(self._ports):
            self._detach(port)
        self.serial = self.listener = None

    def _attach(self, port: Port) -> None:
        self._ports[port] = Intake(port.name, Tokenizer(chinese=self._chinese))
        self._listen_to(port)

    def _detach(self, port: Port) -> None:
        if port in self._selector.get_map():
            self._selector.unregister(port)
        self._busy.discard(port)
        del self._ports[port]
        port.close()

    def _listen_to(self, port: Port) -> None:
        self._selector.register(port, selectors.EVENT_READ, lambda: self._take(port))

    def _drain_wake(self) -> None:
        os.read(self._wake_read, 4096)

    def _run(self) -> None:
        """Until stopped: take what came, then print, report changes, say busy or ready, and drip."""
        while not self._stopping:
            ready = self._selector.select(self._faults.drip_seconds if self._faults.drip else 0.2)
            with self.lock:
                for key, _ in ready:
                    if self._is_still_there(key):
                        key.data()
                self._settle()
                if self._faults.dies_after == 0 and self.serial is not None:
                    self.unplug()

    def _is_still_there(self, key: selectors.SelectorKey) -> bool:
        """By its number: a plug pulled meanwhile has none any more, and its number may be another's."""
        now = self._selector.get_map().get(key.fd)
        return now is not None and now.fileobj is key.fileobj

    def _take(self, port: Port) -> None:
        octets = port.read()
        if octets == b"":
            self._detach(port)
        if not octets:
            return
        noise = self._is_noise(port)
        octets = self._before_it_dies(octets)
        self._journal.note_received(port.name, octets, noise=noise, heard=self._heard(port, octets))
        if self._faults.silent:
            return
        if noise:
            self._answer_noise(port, octets)
            return
        for reply in self._engine.receive(self._ports[port], octets):
            self._answer(port, reply)

    def _before_it_dies(self, octets: bytes) -> bytes:
        if self._faults.dies_after is None:
            return octets
        octets = octets[: self._faults.dies_after]
        self._faults.dies_after -= len(octets)
        return octets

    def _heard(self, port: Port, octets: bytes) -> bytes:
        host = port.host_speed() if isinstance(port, SerialPort) else None
        return sampled(octets, host, self.speed) if self.speed and host not in (None, self.speed) else octets

    def _is_noise(self, port: Port) -> bool:
        return isinstance(port, SerialPort) and self.speed not in (None, port.host_speed())

    def _answer_noise(self, port: Port, octets: bytes) -> None:
        """The reply to each DLE EOT, as if it had been understood: the host's receiver spoils it."""
        if self._faults.answers_noise and not self._faults.drip:
            for reply in self._engine.status_replies(octets):
                self._answer(port, reply)

    def _spoilt(self, port: Port, reply: bytes) -> bytes:
        """What the host hears at its own speed; nothing at a speed without a name."""
        host = port.host_speed() if isinstance(port, SerialPort) else None
        return sampled(reply, self.speed, host) if self.speed and host else b""

    def _settle(self) -> None:
        for port, intake in self._ports.items():
            for reply in self._engine.work(intake):
                self._answer(port, reply)
            self._control_flow(port, intake)
        frame = self._engine.status_change()
        for port in self._ports if frame else ():
            self._answer(port, frame)
        if self._faults.drip:
            self._drip()

    def _control_flow(self, port: Port, intake: Intake) -> None:
        held = self._engine.held(intake)
        if port not in self._busy and held >= NEARLY_FULL:
            self._busy.add(port)
            self._say_busy(port)
        elif port in self._busy and held <= NEARLY_EMPTY:
            self._busy.discard(port)
            self._say_ready(port)

    def _says_xoff(self, port: Port) -> bool:
        return self._flow_control == "xonxoff" and isinstance(port, SerialPort)

    def _say_busy(self, port: Port) -> None:
        if self._says_xoff(port):
            self._answer(port, XOFF)
        else:
            self._selector.unregister(port)

    def _say_ready(self, port: Port) -> None:
        if self._says_xoff(port):
            self._answer(port, XON)
        else:
            self._listen_to(port)

    def _drip(self) -> None:
        if time.monotonic() < self._next_drip:
            return
        self._next_drip = time.monotonic() + self._faults.drip_seconds
        for port in self._ports:
            self._send(port, self._take_junk(1))

    def _answer(self, port: Port, reply: bytes) -> None:
        """Send a reply as the faults leave it."""
        faults = self._faults
        if faults.silent or faults.one_way or faults.drip:
            return
        if faults.garble:
            reply = self._take_junk(len(reply))
        if self._is_noise(port):
            reply = self._spoilt(port, reply)
        if faults.half_reply:
            reply = self._halve(reply)
        self._send(port, reply)

    def _halve(self, reply: bytes) -> bytes:
        if len(reply) > 1:
            return reply[: len(reply) // 2]
        self._single_replies += 1
        return reply if self._single_replies % 2 else b""

    def _take_junk(self, count: int) -> bytes:
        return bytes(next(self._junk) for _ in range(count))

    def _send(self, port: Port, octets: bytes) -> None:
        if octets:
            self._journal.note_sent(port.name, octets)
            port.write(octets)
