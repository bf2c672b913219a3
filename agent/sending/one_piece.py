"""Requests whose head and body are sent as one piece: a packet and a TLS record less for each heartbeat."""

from __future__ import annotations

from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Gathering(HTTPConnection):
    """urllib3 sends the head as soon as it stands, then the body, which is there already."""

    _gathered: bytearray | None = None

    def request(self, *words: Any, **options: Any) -> None:  # noqa: ANN401  as above us
        gathered = self._gathered = bytearray()
        try:
            super().request(*words, **options)
        finally:
            self._gathered = None
        super().send(gathered)

    def send(self, data: Any) -> None:  # noqa: ANN401  as above us
        if self._gathered is None:
            super().send(data)
        else:
            self._gathered += data


class _GatheringOverTls(_Gathering, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Gathering


class _PoolOverTls(HTTPSConnectionPool):
    ConnectionCls = _GatheringOverTls


class InOnePiece(HTTPAdapter):
    """Bodies must be bytes."""

    def init_poolmanager(self, *words: Any, **options: Any) -> None:  # noqa: ANN401  as above us
        super().init_poolmanager(*words, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolOverTls}
