"""Which sources a till's settings call for.

Their modules are loaded in the supervisor: pages shared with the child weigh less than its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.watching.broker import BrokerSource
from agent.watching.devices import DeviceSource
from agent.watching.files import FileSource
from agent.watching.log_lines import WatchedLog
from agent.watching.network import NetworkSource
from agent.watching.printer import PrinterSource
from agent.watching.source import Source
from agent.watching.ups import UpsSource
from probes.base import Options
from probes.network.probe import NetworkOptions
from probes.power.probe import PowerOptions
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.settlement import preset
from probes.settlement.options import SettlementOptions
from probes.till import Till
from protocols.nut import parse_address

_BEYOND = ("firewall_ports", "payment_lines", "payment_terminal")
FILES = {"/etc/resolv.conf": ("network", *_BEYOND), "/etc/hosts": _BEYOND}


def sources(options: Mapping[str, Options], root: Path) -> list[Source]:
    till = Till(root)
    network = options["network"]
    assert isinstance(network, NetworkOptions)
    return [
        NetworkSource((network.interface, network.vpn_interface), network.gateway),
        DeviceSource(),
        FileSource({till.path(name): probes for name, probes in FILES.items()}, _logs(options, till)),
        *_ups(options["power"], till),
        *_printer(options["receipt_printer"], till),
    ]


def _logs(options: Mapping[str, Options], till: Till) -> tuple[WatchedLog, ...]:
    books = options.get("settlement")
    if not isinstance(books, SettlementOptions) or not books.log:
        return ()
    try:
        lines = preset.load(books.preset).lines
    except ValueError:  # it broke since the settings were read; the probe says so, and the rest is watched
        return ()
    return (WatchedLog(till.path(books.log), lines, ("settlement",)),) if lines else ()


def lent(options: Mapping[str, Options]) -> set[str]:
    """The probes whose device a source keeps open."""
    printer = options.get("receipt_printer")
    return {"receipt_printer"} if printer is not None and _is_held(printer) else set()


def _is_held(printer: Options) -> bool:
    """Star printers tell by themselves in another way, which is not understood yet."""
    assert isinstance(printer, ReceiptPrinterOptions)
    return bool(printer.port) and printer.owner == "ours" and printer.family == "escpos"


def _ups(power: Options, till: Till) -> list[Source]:
    assert isinstance(power, PowerOptions)
    if not power.ups:
        return []
    return [UpsSource(parse_address(power.ups), till)]


def _printer(printer: Options, till: Till) -> list[Source]:
    assert isinstance(printer, ReceiptPrinterOptions)
    if _is_held(printer):
        return [PrinterSource(printer, till)]
    if printer.port and printer.owner == "broker":
        return [BrokerSource(printer.broker_socket, till)]
    return []
