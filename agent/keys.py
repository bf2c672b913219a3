"""Secrets: read once, never logged, never on a command line."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from agent.sending.delivery import EndpointRoute
from agent.settings.settings import EndpointSettings

SHORTEST = 16  # bytes: head office refuses less
LONGEST = 4096  # bytes: a header of more is refused by many servers
BEARER = re.compile(rb"[A-Za-z0-9._~+/=-]*")  # RFC 6750 section 2.1


class KeyFileError(ValueError):
    """The file cannot serve as a key; the message says what to do."""


def read_key(path: str) -> bytes:
    """Without the newline an editor leaves; empty where no file is set. Raise KeyFileError."""
    return _read_private("head_office.token_file", path)


def endpoint_route(settings: EndpointSettings) -> EndpointRoute | None:
    """With its secrets; None where no endpoint is set. Raise KeyFileError."""
    if not settings.url:
        return None
    bearer = _read_private("endpoint.bearer_file", settings.bearer_file)
    if not BEARER.fullmatch(bearer):
        raise KeyFileError(
            f"endpoint.bearer_file {settings.bearer_file}: not a bearer token (letters, digits and -._~+/=)"
        )
    return EndpointRoute(
        url=settings.url,
        bearer=bearer.decode(),
        hmac_key=_read_private("endpoint.hmac_file", settings.hmac_file),
        hmac_header=settings.hmac_header,
        expects_header=settings.expects_header,
        ca_file=settings.ca_file,
    )


def _read_private(setting: str, path: str) -> bytes:
    """As `read_key`: only where nobody but its owner may read the file."""
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            secret = file.read(LONGEST + 1).strip()
    except OSError as error:
        raise KeyFileError(f"{setting} {path}: {error.strerror}") from None
    if mode & 0o077:
        closed = f"chown poshealth {path} && chmod 600 {path}"
        raise KeyFileError(f"{setting} {path}: others may read it (mode {mode:04o}); {closed}")
    if not SHORTEST <= len(secret) <= LONGEST:
        raise KeyFileError(f"{setting} {path}: holds less than {SHORTEST} or more than {LONGEST} bytes")
    return secret
