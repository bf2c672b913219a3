"""A packed parcel unpacked, and no further than a parcel may go."""

from __future__ import annotations

import zlib
from http import HTTPStatus

from headoffice.intake import ParcelRefusedError
from vocabulary.wire import GZIP_WINDOW


def unpacked(body: bytes, most_bytes: int) -> bytes:
    """`body` is one gzip member (RFC 1952) and nothing after it. Raise ParcelRefusedError."""
    stream = zlib.decompressobj(wbits=GZIP_WINDOW)
    try:
        content = stream.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise ParcelRefusedError(HTTPStatus.BAD_REQUEST, f"not gzip: {error}"[:60]) from None
    if len(content) > most_bytes:
        raise ParcelRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most_bytes} bytes unpacked")
    if not stream.eof or stream.unused_data:
        raise ParcelRefusedError(HTTPStatus.BAD_REQUEST, "not one whole gzip member")
    return content
