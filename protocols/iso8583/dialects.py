"""Echo templates known by name; every row says where it came from. docs/echo-templates.md has their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocols.iso8583.message import Dialect

_OF_1993: Final = {"12": "n12", "28": "n6", "39": "n3", "93": "n..11", "94": "n..11"}

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
    "0800/301 bcd, 39 bcd": Dialect(
        mti="0800",
        fields={"3": "000000", "11": "{stan}", "41": "{terminal_id}", "70": "301"},
        numbers="bcd",
        lengths="bcd",
        formats={"39": "n2 bcd"},
        source="the same, with field 39 in one packed byte: iso8583sim 1.6.0, preset bcd",
    ),
    "0800/301 ebcdic": Dialect(
        mti="0800",
        fields={"7": "{utc}", "11": "{stan}", "70": "301"},
        numbers="cp500",
        text="cp500",
        lengths="cp500",
        source="ISO 8583:1987 at mainframe hosts: iso8583sim 1.6.0, preset ebcdic",
    ),
    "1804/831": Dialect(
        mti="1804",
        fields={"11": "{stan}", "12": "{local}", "24": "831", "41": "{terminal_id}"},
        formats=_OF_1993,
        source="ISO 8583:1993, a request instead of an advice; 1804 answered by 1814 with 800: "
        "pastebin.com/eZVa4q3P, a jPOS log",
    ),
    "1820/831": Dialect(
        mti="1820",
        fields={"11": "{stan}", "12": "{local}", "24": "831", "41": "{terminal_id}"},
        formats=_OF_1993,
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
    "0820/60.3=362": Dialect(
        mti="0820",
        fields={"41": "{terminal_id}", "42": "{merchant_id}", "60": "00000001362"},
        numbers="bcd",
        lengths="bcd",
        filler="right",
        formats={"48": "n...322 bcd", "60": "n...17 bcd"},
        tpdu="6000030000",
        header="602200000000",
        source="status upload, without any device's state: as above; 60.3 = 362 in public POS code",
    ),
}
