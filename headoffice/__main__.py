"""`python -m headoffice`: the embedded head office, one process on one SQLite file."""

from __future__ import annotations

import argparse
import json
import logging
import resource
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette

from headoffice.app import create_app
from headoffice.database import WrongDatabaseError
from headoffice.one_piece import InOnePiece

EX_CONFIG: Final = 78  # sysexits.h
_KEPT_SECONDS: Final = 330  # a heartbeat every 300 s still finds its connection open
_MOST_FILES: Final = 16_384
_FILES_OF_OUR_OWN: Final = 128
_SHORTEST_TOKEN: Final = 16  # bytes; below this an HMAC key can be guessed


class _Announcing(uvicorn.Server):
    """Says where it listens once it does: the port may have been chosen by the kernel."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            print(json.dumps({"listening": address}), flush=True)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        token = _secret(options.token_file, _SHORTEST_TOKEN)
        password = _secret(options.viewer_password_file).decode() if options.viewer_password_file else ""
        app = create_app(options.database, token, password)
        serve(app, _bind(options.listen), options.tls_certificate, options.tls_key)
    except (OSError, ValueError, sqlite3.Error, WrongDatabaseError) as error:
        print(f"headoffice: {error}", file=sys.stderr)
        return EX_CONFIG
    return 0


def serve(
    app: Starlette, listener: socket.socket, certificate: Path | None = None, key: Path | None = None
) -> None:
    """Until SIGTERM or SIGINT, then finish what is under way. Raise OSError for a wrong certificate."""
    config = uvicorn.Config(
        app,
        http=InOnePiece,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=_KEPT_SECONDS,
        limit_concurrency=_room_for_connections(),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ws="none",
    )
    _Announcing(config).run(sockets=[listener])


def _room_for_connections() -> int:
    """Every terminal keeps one open; the usual soft limit of 1024 files is below a fleet."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, min(hard, _MOST_FILES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted - _FILES_OF_OUR_OWN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="headoffice", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:8440", metavar="HOST:PORT", help="port 0: any free")
    parser.add_argument("--database", type=Path, required=True, help="SQLite file, made where there is none")
    parser.add_argument("--token-file", type=Path, required=True, help="the fleet's shared token")
    parser.add_argument("--viewer-password-file", type=Path, help="without it nobody can look at the page")
    parser.add_argument("--tls-certificate", type=Path, help="PEM; without it TLS ends in front of us")
    parser.add_argument("--tls-key", type=Path, help="PEM key of that certificate")
    return parser


def _secret(path: Path, shortest: int = 1) -> bytes:
    """Without the newline an editor leaves. Raise ValueError where fewer than `shortest` bytes are left."""
    secret = path.read_bytes().strip()
    if len(secret) < shortest:
        raise ValueError(f"{path}: has {len(secret)} bytes, at least {shortest} are wanted")
    return secret


def _bind(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"--listen {listen}: HOST:PORT is wanted, for example 127.0.0.1:8440")
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except OSError:
        listener.close()
        raise
    return listener


if __name__ == "__main__":
    sys.exit(main())
