"""Recognising TLCP, China's counterpart of TLS (GB/T 38636-2020; GM/T 0024 before it), without speaking it.

Records and messages are laid out as in TLS 1.1; the version is 1.1 too, written 0x0101.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

_VERSION: Final = b"\x01\x01"
# The cipher suites of GB/T 38636-2020: ECDHE, ECC, IBSDH, IBC, RSA with SM4-CBC, then with SM4-GCM.
_SUITES: Final = bytes.fromhex("e011e013e015e017e019 e051e053e055e057e059")
_ALERT_OR_HELLO: Final = re.compile(
    rb"\x15\x01\x01\x00\x02[\x01\x02]."  # an alert: warning or fatal, and its number
    rb"|\x16\x01\x01..\x02\x00..\x01\x01",  # a handshake record that begins with a ServerHello
    re.DOTALL,
)


def client_hello() -> bytes:
    """One that opens nothing: nobody here could go on with the answer."""
    hello = _VERSION + secrets.token_bytes(32) + b"\0" + _counted(_SUITES, 2) + b"\x01\x00"
    return b"\x16" + _VERSION + _counted(b"\x01" + _counted(hello, 3), 2)


def is_enough(received: bytes) -> bool:
    """Whether `is_spoken` would say the same with more of it: an alert has 7 bytes."""
    return len(received) >= (11 if received[:1] == b"\x16" else 7)


def is_spoken(received: bytes) -> bool:
    """Whether these are the first bytes of an alert or a ServerHello of TLCP."""
    return _ALERT_OR_HELLO.match(received) is not None


def _counted(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content
