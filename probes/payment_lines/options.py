"""The settings of payment lines: where each one leads and how its host is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from probes.base import Options
from probes.host_names import check_host, is_address
from probes.routing import check_interface
from protocols.iso8583 import message as iso8583
from protocols.iso8583.dialects import DIALECTS
from protocols.resolv_conf import parse_server

_FILLED_IN: Final = ("stan", "utc", "local", "time", "date")


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to take a payment: "card/primary", "card/backup", "qr/alipay". Raise ValueError.

    `kind` follows from the name where it is not given; `backup_of` names the line this one stands in for, and
    follows from a name such as "card/backup". `echo` is a dialect's name, a dialect of its own, or
    "" to stop at TCP and TLS: ask the acquirer first, many allow one connection per terminal id. Lines with
    one `terminal_id` never have two at a time. `framing` to `formats` stand in place of the dialect's own.
    `vpn` is the interface of the tunnel that leads there.
    Scan-code lines get one HEAD request for `path` instead, or a GET where `expected_status` is not 0.
    `ca_file` replaces the system's authorities. `pins`: SHA-256 of certificates or of their public keys, one
    of which must be in the host's chain. `slow_over_ms` is for one answer: half a second more at the till is
    noticed; `unsteady_over_ms`, half of that, is for the answers' standard deviation. `tries`: that many echo
    tests on one connection, without echo that many bare connections.
    """

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65535)]
    kind: Literal["", "card", "scan-code"] = ""
    backup_of: str = ""
    vpn: str = ""
    tls: bool = True
    server_name: str = ""
    ca_file: str = ""
    pins: tuple[Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")], ...] = ()
    echo: str | iso8583.Dialect = ""
    framing: Literal["", "binary-2", "binary-4", "bcd-2", "ascii-4"] = ""
    length_counts_itself: bool | None = None
    tpdu: str = ""
    header: str = ""
    formats: dict[str, str] = {}
    terminal_id: Annotated[str, Meta(max_length=8)] = ""
    merchant_id: Annotated[str, Meta(max_length=15)] = ""
    path: Annotated[str, Meta(pattern=r"^/[!-~]*\Z")] = "/"
    expected_status: Annotated[int, Meta(ge=0, le=599)] = 0
    tries: Annotated[int, Meta(ge=1, le=10)] = 3
    connect_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.2
    reply_timeout_seconds: Annotated[float, Meta(gt=0, le=10)] = 5.0
    slow_over_ms: Annotated[int, Meta(ge=1)] = 500
    unsteady_over_ms: Annotated[int, Meta(ge=1)] = 250

    def __post_init__(self) -> None:
        check_host(self.host)
        if self.server_name:
            check_host(self.server_name)
        if self.vpn:
            check_interface(self.vpn)
        if self.is_scan_code and (self.echo or not self.tls):
            raise ValueError(f"{self.name}: a scan-code line is HTTPS, without echo and with tls")
        if self.expected_status and not (self.is_scan_code and self.expected_status >= 200):
            raise ValueError(f"{self.name}: expected_status is 200 to 599, for scan-code lines")
        if (dialect := self.dialect) is not None:
            now = datetime(2000, 1, 1, tzinfo=UTC)
            ids = {"terminal_id": self.terminal_id, "merchant_id": self.merchant_id}
            for number, value in dialect.fields.items():
                if not value.format_map(dict.fromkeys(_FILLED_IN, "x") | ids):
                    raise ValueError(f"{self.name}: the echo needs {value.strip('{}')} (field {number})")
            iso8583.request(dialect, stan=1, now=now, **ids)

    @property
    def is_scan_code(self) -> bool:
        return self.kind == "scan-code" or (not self.kind and self.name.startswith(("qr", "scan")))

    @property
    def dialect(self) -> iso8583.Dialect | None:
        """None where the echo is off. Raise ValueError for a name that is none."""
        if not self.echo:
            return None
        if isinstance(self.echo, str) and self.echo not in DIALECTS:
            raise ValueError(f"{self.name}: no echo dialect {self.echo!r}; known: {', '.join(DIALECTS)}")
        dialect = DIALECTS[self.echo] if isinstance(self.echo, str) else self.echo
        own = {
            "framing": self.framing or None,
            "length_counts_itself": self.length_counts_itself,
            "tpdu": self.tpdu or None,
            "header": self.header or None,
            "formats": {**dialect.formats, **self.formats} if self.formats else None,
        }
        return msgspec.structs.replace(dialect, **{k: value for k, value in own.items() if value is not None})

    @property
    def asks(self) -> bool:
        return self.is_scan_code or bool(self.echo)

    @property
    def is_numeric(self) -> bool:
        return is_address(self.host)


class PaymentLinesOptions(Options, frozen=True, kw_only=True):
    """`resolvers` default to /etc/resolv.conf's; an entry may end in ":port". Raise ValueError."""

    lines: tuple[Line, ...] = ()
    resolvers: tuple[str, ...] = ()
    ruleset_socket: str = "/run/poshealth-ruleset.sock"

    def __post_init__(self) -> None:
        for text in self.resolvers:
            parse_server(text)
        names = [line.name for line in self.lines]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"lines: {', '.join(sorted(twice))} is there twice")
        primaries = {line.name: line for line in self.lines if not line.backup_of}
        for line in self.lines:
            primary = primaries.get(line.backup_of)
            if line.backup_of and (primary is None or primary.is_scan_code != line.is_scan_code):
                raise ValueError(f"{line.name}: backup_of names no other line of its kind")
