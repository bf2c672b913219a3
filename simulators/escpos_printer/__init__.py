"""An ESC/POS receipt printer in software, on a pseudo terminal and on TCP, that shows what it printed."""

from simulators.escpos_printer.printer import EscposPrinter
from simulators.escpos_printer.state import Faults, Identity, State

__all__ = ["EscposPrinter", "Faults", "Identity", "State"]
