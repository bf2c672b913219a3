"""Echo dialects known by name; every row says where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocols.iso8583.message import Dialect

DIALECTS: Final[Mapping[str, Dialect]] = {
    "0800/301 ascii": Dialect(
        mti="0800",
        fields={"7": "{utc}", "11": "{stan}", "70": "301"},
        source="ISO 8583:1987, field 70 = 301; encodings: pyiso8583 4.0.1 specs.default",
    ),
    "0800/301 ascii, hex bitmap": Dialect(
        mti="0800",
        fields={"7": "{utc}", "11": "{stan}", "70": "301"},
        bitmap="hex",
        framing="ascii-4",
        source="ISO 8583:1987; pyiso8583 4.0.1 specs.default_ascii; 4-digit length: moov-io/iso8583",
    ),
    "0800/301 bcd": Dialect(
        mti="0800",
        fields={"3": "000000", "11": "{stan}", "41": "{terminal_id}", "70": "301"},
        numbers="bcd",
        lengths="bcd",
        source="jPOS Programmer's Guide, chapter 2: the echo test of a POS in packed form",
    ),
    "1820/831": Dialect(
        mti="1820",
        fields={"11": "{stan}", "12": "{local}", "24": "831", "41": "{terminal_id}"},
        formats={"12": "n12", "28": "n6", "39": "n3", "93": "n..11", "94": "n..11"},
        source="ISO 8583:1993, field 24 = 831 echo test; PayEx host to host, NETWORK MANAGEMENT 1820/1830",
    ),
    "0820/60.3=301": Dialect(
        mti="0820",
        fields={"41": "{terminal_id}", "42": "{merchant_id}", "60": "00000001301"},
        numbers="bcd",
        lengths="bcd",
        filler="right",
        formats={"48": "n...322 bcd", "60": "n...17 bcd"},
        tpdu="6000030000",
        header="602200000000",
        source="public POS code sending 0820 with 60.3 = 301; bytes: blog.csdn.net/nocodelife, 8454627",
    ),
}
