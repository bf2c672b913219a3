"""What the settings say of the receipt printer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from probes.base import Options
from probes.receipt_printer.port import is_device, tcp_address
from protocols.escpos.port import FlowControl, Parity
from protocols.escpos.vendors import MODELS

_Limit = Annotated[int, msgspec.Meta(ge=0)]


class ReceiptPrinterOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`port`: "/dev/ttyS0", "/dev/serial/by-id/...", "/dev/usb/lp0", "socket://192.168.1.60:9100",
    "rfc2217://192.168.1.70:2217", or empty for no printer. `speed` in baud, 8 data bits, 1 stop bit.
    `flow_control` is obeyed while a slip prints; status is asked without it, for a printer in trouble holds
    everything back. `owner`: the POS application, beside which nothing but DLE EOT is ever written; us; or
    the printer broker, which is asked at `broker_socket`. The POS's port is opened only when the service at
    `holders_socket` knows that nobody holds it. `paper_mm`: width of the roll in mm, 0 where it is
    not known. `family`: its language, Star's has ESC ACK SOH instead of DLE EOT. `model`: a key of `MODELS`,
    for status bits that differ from Epson's. The limits are what the maker gives for mechanism, head, cutter
    and hours; 0 where it is not watched.
    """

    port: Annotated[str, msgspec.Meta(max_length=255)] = ""
    speed: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 9600
    parity: Parity = "none"
    flow_control: FlowControl = "xonxoff"
    owner: Literal["pos", "ours", "broker"] = "pos"
    broker_socket: Annotated[str, msgspec.Meta(pattern="^/", max_length=107)] = (
        "/run/poshealth-printer/broker.sock"
    )
    holders_socket: Annotated[str, msgspec.Meta(pattern="^/", max_length=107)] = (
        "/run/poshealth-port-holders.sock"
    )
    paper_mm: Literal[0, 58, 80] = 0
    family: Literal["escpos", "star"] = "escpos"
    model: str = "generic"
    lines_limit: _Limit = 0
    head_limit: _Limit = 0
    cuts_limit: _Limit = 0
    hours_limit: _Limit = 0

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model: {self.model!r} is not known; known: {', '.join(MODELS)}")
        if self.family == "star" and self.owner == "broker":
            raise ValueError('family: the printer broker speaks ESC/POS alone; owner: use "pos" or "ours"')
        if self.port and not is_device(self.port):
            tcp_address(self.port)

    @property
    def door(self) -> str:
        """The path that a probe must be allowed to open."""
        return self.broker_socket if self.owner == "broker" else self.port

    @property
    def what_is_remembered_for(self) -> str:
        """An answer proves something for one port at one speed, parity and language."""
        parity = "" if self.parity == "none" else f" {self.parity}"
        family = "" if self.family == "escpos" else f" {self.family}"
        return f"{self.port} {self.speed}{parity}{family}"

    @property
    def limits(self) -> dict[str, int]:
        """By the names of `protocols.escpos.counters`."""
        return {
            "lines_fed": self.lines_limit,
            "head_energisings": self.head_limit,
            "cuts": self.cuts_limit,
            "hours_on": self.hours_limit,
        }
