"""Answers whose head and body are sent as one piece: a packet and a TLS record less for each heartbeat."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_BYTES: Final = 1 << 16  # what is longer fills its packets anyhow


class InOnePiece(HttpToolsProtocol):
    """uvicorn writes an answer's head, then its body: what one turn of the loop writes goes out together."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        gathering = Gathering(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", gathering))


class Gathering:
    """`transport` with a `write` that waits for the end of the turn; for everything else it is that one."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered = bytearray()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a transport has
        return getattr(self._transport, name)

    def write(self, piece: bytes) -> None:
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered += piece
        if len(self._gathered) > _MOST_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        gathered, self._gathered = bytes(self._gathered), bytearray()
        if gathered and not self._transport.is_closing():
            self._transport.write(gathered)
