"""The way to the printer, as its owner allows it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from probes.receipt_printer.beside_pos import opened_beside_pos
from probes.receipt_printer.broker import opened_by_broker
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import is_device, opened
from probes.till import Till
from protocols.escpos.port import Port


def opened_for_questions(options: ReceiptPrinterOptions, till: Till) -> AbstractContextManager[Port]:
    """Raise PortTroubleError, BrokerAwayError or HoldersUnknownError on entering."""
    if options.owner == "broker":
        return opened_by_broker(till, options.broker_socket)
    return opened_for_slip(options, till)


def opened_for_slip(options: ReceiptPrinterOptions, till: Till) -> AbstractContextManager[Port]:
    """Not through the broker, which takes a slip as a whole. Raise PortTroubleError or HoldersUnknownError
    on entering; PortTroubleError (HELD) as soon as the POS opens its port in between.
    """
    if options.owner == "pos" and is_device(options.port):
        return opened_beside_pos(till, options.port, options.speed, options.parity, options.holders_socket)
    return opened(till, options.port, options.speed, options.parity)
