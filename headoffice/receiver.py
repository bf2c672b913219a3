"""The one endpoint terminals talk to: signed parcels in, signed answers out."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from headoffice.clock import Clock
from headoffice.database import WrongDatabaseError
from headoffice.intake import Opened, ParcelRefusedError, open_parcel
from headoffice.listening import Listening
from headoffice.store import Store
from headoffice.unpacking import unpacked
from vocabulary.wire import (
    GZIP,
    MAX_PARCEL_BYTES,
    PACKED_HEADER,
    SIGNATURE_HEADER,
    TERMINAL_HEADER,
    Answer,
    encode,
    signature,
    signed_rightly,
)

log = logging.getLogger("poshealth.headoffice")

RETRY_SECONDS: Final = 10
Found = TypeVar("Found")


class Refusal(Struct, frozen=True):
    """The body of every answer that is not 200; `error` is for a person to read."""

    error: str


class Limits(Struct, frozen=True, kw_only=True):
    """30 s: 1 MiB at 35 kB/s, a slower line sends less at once. Parcels take some ms each to store; one that
    has queued for 5 s would be answered too late.
    """

    body_seconds: float = 30.0
    waiting_parcels: int = 200
    queue_seconds: float = 5.0


class Receiver:
    """`token` is the fleet's shared key."""

    def __init__(
        self,
        store: Store,
        token: bytes,
        clock: Clock,
        listening: Listening,
        limits: Limits = Limits(),  # noqa: B008 frozen
    ) -> None:
        self._limits = limits
        self._store = store
        self._token = token
        self._clock = clock
        self._listening = listening
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._waiting = 0

    def close(self) -> None:
        self._writer.shutdown()
        self._store.close()

    async def post(self, request: Request) -> Response:
        try:
            return self._signed(HTTPStatus.OK, encode(await self._answer(request)))
        except ParcelRefusedError as refusal:
            body = msgspec.json.encode(Refusal(str(refusal)))
            return self._signed(refusal.status, body)

    async def write(self, change: Callable[[sqlite3.Connection], Found]) -> Found:
        """Something else than a parcel, in its turn. Raise sqlite3.Error."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._store.write, change)

    async def _answer(self, request: Request) -> Answer:
        body = await _body(request, self._limits.body_seconds)
        if not signed_rightly(self._token, body, _header(request, SIGNATURE_HEADER)):
            raise ParcelRefusedError(HTTPStatus.UNAUTHORIZED, "not signed with this fleet's token")
        if _is_packed(request):
            body = unpacked(body, MAX_PARCEL_BYTES)  # only now: nobody without the token makes us work
        parcel = open_parcel(body, _header(request, TERMINAL_HEADER))
        if self._waiting >= self._limits.waiting_parcels:
            raise ParcelRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._writer, self._store_in_turn, parcel, self._clock.steady()
            )
        except TimeoutError:
            raise ParcelRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "busy") from None
        except (sqlite3.Error, WrongDatabaseError) as error:
            self._listening.interrupted()
            log.exception("a parcel could not be stored")
            raise ParcelRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "cannot store now") from error
        finally:
            self._waiting -= 1

    def _store_in_turn(self, parcel: Opened, queued_at: float) -> Answer:
        """In the writer's thread."""
        if self._clock.steady() - queued_at > self._limits.queue_seconds:
            raise TimeoutError
        return self._store.receive(parcel, self._clock.wall())

    def _signed(self, status: HTTPStatus, body: bytes) -> Response:
        headers = {SIGNATURE_HEADER: signature(self._token, body)}
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = str(RETRY_SECONDS)
        if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT):
            headers["Connection"] = "close"  # the rest of the body is not read
        return Response(body, status, headers, media_type="application/json")


def _header(request: Request, name: str) -> str:
    """Empty unless plain ASCII: hmac.compare_digest raises on anything else."""
    value = request.headers.get(name, "")
    return value if value.isascii() else ""


def _is_packed(request: Request) -> bool:
    coding = request.headers.get(PACKED_HEADER, "identity").strip().lower()
    if coding not in {GZIP, "identity"}:
        raise ParcelRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"plain or {GZIP}")
    return coding == GZIP


async def _body(request: Request, seconds: float) -> bytes:
    """Count while reading: Content-Length may lie or be absent."""
    received = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                received += chunk
                if len(received) > MAX_PARCEL_BYTES:
                    raise ParcelRefusedError(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_PARCEL_BYTES} bytes"
                    )
    except TimeoutError:
        raise ParcelRefusedError(HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly") from None
    except ClientDisconnect:
        raise ParcelRefusedError(HTTPStatus.BAD_REQUEST, "the body broke off") from None
    return bytes(received)
