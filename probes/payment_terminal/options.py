"""The settings of payment terminals: where they are on the store's network, and what cannot be seen."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from probes.base import Options
from probes.host_names import check_host
from protocols import nexo
from protocols.resolv_conf import parse_server


class Terminal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One payment terminal that speaks the nexo protocol (Adyen: Terminal API, local). Raise ValueError.

    Its certificate bears a name of its own (`server_name`), not that of its address, and comes from the
    maker's authority (`ca_file`).
    """

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65535)] = nexo.PORT
    poi_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,60}\Z")]
    sale_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,60}\Z")] = "poshealth"
    server_name: str = ""
    ca_file: str = ""
    connect_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0
    reply_timeout_seconds: Annotated[float, Meta(gt=0, le=10)] = 5.0

    def __post_init__(self) -> None:
        check_host(self.host)
        if self.server_name:
            check_host(self.server_name)


class PaymentTerminalOptions(Options, frozen=True, kw_only=True):
    """`own_line`: card payments go over a line of the terminal's own (a SIM), which this till cannot see."""

    own_line: bool = False
    terminals: tuple[Terminal, ...] = ()
    resolvers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in self.resolvers:
            parse_server(text)
        names = [terminal.name for terminal in self.terminals]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"terminals: {', '.join(sorted(twice))} is there twice")
