"""Hosts that say a card number where the simulated ones have no place for it."""

from __future__ import annotations

import ssl
from pathlib import Path

from simulators.acquirer import Acquirer, Request
from simulators.certificates import authority, leaf
from simulators.iso8583 import FIELDS, Message
from tests.card_numbers.drawn import Planted

MOST_LETTERS = 64  # of a common name: RFC 5280, appendix A.1


class PlantingAcquirer(Acquirer):
    """In one field of each echo's answer, or instead of one."""

    def __init__(self, drawn: Planted, field: int | str) -> None:
        super().__init__()
        self._field = field
        self._text = drawn.text.encode("ascii", "replace").decode()
        self._number = drawn.number

    def _reply_bytes(self, request: Request) -> bytes:
        if self._field == "all of it":
            return self._text.encode()
        if self._field == "first bytes":
            return self._number.encode()
        return super()._reply_bytes(request)

    def _reply(self, request: Message) -> Message:
        reply = super()._reply(request)
        if isinstance(self._field, int):
            kind, length, prefix = FIELDS[self._field]
            text = self._number if kind == "n" else self._text
            reply.fields[self._field] = text[:length] if prefix else text[:length].ljust(length)
        return reply


def planting_context(folder: Path, text: str, *, issuer: bool) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate for `text`, or from an issuer of that name, and whom to trust."""
    plain = text.encode("ascii", "replace").decode()
    root = authority(plain if issuer else "Simulated Payment Authority")
    shown = leaf(root) if issuer else leaf(root, name=plain, address=None)
    trusted, _ = root.write(folder, "planted-authority")
    trusted.chmod(0o644)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown.write(folder, "planted"))
    return context, str(trusted)
