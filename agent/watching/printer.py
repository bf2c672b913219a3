"""A printer whose port is ours: held open, and Automatic Status Back (GS a) listened to."""

from __future__ import annotations

import errno
from contextlib import ExitStack

from agent.watching.printer_signs import PROBES, sign_of
from agent.watching.source import Source
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import PortTroubleError, opened
from probes.till import Till
from protocols.escpos import stream
from protocols.escpos.port import Port
from protocols.escpos.status import Automatic, question

# GS a n: drawer, online, error and roll sensor. One frame at once, then one at every change
# (TM-T88III guide pp. 316 ff.).
TELL = bytes((0x1D, 0x61, 0x0F))
TELL_NOTHING = bytes((0x1D, 0x61, 0x00))
ANSWER_SECONDS = 2.0
ASK_AGAIN_SECONDS = 60.0  # a printer switched off and on again has forgotten that it was to tell
_WRITE_SECONDS = 0.2
_MOST_IN_VAIN = 3  # then it is taken for one that does not know GS a, or is off
_ASK_SELDOM_SECONDS = 3600.0
_MOST_NOISE_BYTES = 1024  # since the port was opened; then it is left alone for a while


class PrinterSource(Source):
    """Well from its first frame until it fails to answer; to lend the port changes nothing of that."""

    probes: tuple[str, ...] = PROBES
    lends = covers = True

    def __init__(self, options: ReceiptPrinterOptions, till: Till) -> None:
        self._options = options
        self._till = till
        self._held = ExitStack()
        self._port: Port | None = None
        self._sign: Automatic | None = None
        self._received = b""
        self._asked_at = 0.0
        self._is_asking = False
        self._is_telling = False
        self._in_vain = 0
        self._noise_bytes = 0

    @property
    def is_well(self) -> bool:
        return self._is_telling

    def open(self, now: float) -> None:
        options = self._options
        try:
            self._port = self._held.enter_context(
                opened(self._till, options.port, options.speed, options.parity)
            )
        except PortTroubleError as error:
            self._forget()
            raise OSError(errno.ENODEV, f"the printer's port: {error}") from error
        self._received = b""
        self._noise_bytes = 0
        self._asked_at = now
        if self._in_vain < _MOST_IN_VAIN:
            self._ask(now)

    def close(self) -> None:
        """It goes on telling: frames nobody asked for are understood by whatever of ours opens the port."""
        self._is_asking = False
        self._port = None
        held, self._held = self._held, ExitStack()
        try:
            held.close()
        except (PortTroubleError, OSError):
            return

    def end(self, now: float) -> None:
        """For good: the printer is left as it was before us, silent."""
        if self._port is not None:
            try:
                self._port.write(TELL_NOTHING, now + _WRITE_SECONDS)
            except OSError:
                return

    def fileno(self) -> int:
        return self._port.descriptor if self._port else -1

    def due(self) -> float:
        if self._is_asking:
            return self._asked_at + ANSWER_SECONDS
        return self._asked_at + (ASK_AGAIN_SECONDS if self._in_vain < _MOST_IN_VAIN else _ASK_SELDOM_SECONDS)

    def step(self, now: float) -> tuple[str, ...]:
        """Raise OSError where the port is gone, or brings nothing but noise."""
        try:
            return PROBES if self._listen(now) else ()
        except OSError:
            self._forget()
            raise

    def _forget(self) -> None:
        """What comes back may be another printer."""
        self._sign = None
        self._is_telling = False

    def _listen(self, now: float) -> bool:
        assert self._port is not None
        heard = stream.sort(self._received + self._port.read(now))
        self._received = heard.unfinished
        self._noise_bytes += len(heard.junk)
        if self._noise_bytes > _MOST_NOISE_BYTES:
            raise OSError(errno.EIO, "the printer's port brings nothing but noise")
        changed = self._note(heard)
        if now >= self.due():
            self._overdue(now)
        return changed

    def _note(self, heard: stream.Sorted) -> bool:
        """Whether a frame tells something new, or an offline printer says that it is offline no more."""
        before = self._sign
        changed = False
        for frame in heard.frames:
            self._is_asking, self._is_telling, self._in_vain = False, True, 0
            self._sign = sign_of(frame)
        if heard.replies:  # to our DLE EOT 1
            self._is_asking = False
            changed = not heard.replies[-1] & 0x08 and self._is_offline
        return changed or before != self._sign

    @property
    def _is_offline(self) -> bool:
        return self._sign is not None and self._sign.offline

    def _overdue(self, now: float) -> None:
        """One that does not answer is not well: the probe is run, and will say why."""
        if not self._is_asking:
            self._ask(now)
            return
        self._is_asking = False
        self._in_vain += 1
        self._forget()

    def _ask(self, now: float) -> None:
        """GS a waits behind what an offline printer holds in its buffer; DLE EOT is answered all the same."""
        assert self._port is not None
        self._asked_at = now
        self._is_asking = True
        self._port.write(question(1) if self._is_offline else TELL, now + _WRITE_SECONDS)
