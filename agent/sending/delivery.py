"""What passes between the supervisor and its courier, without loading an HTTP library."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from vocabulary import wire

Between = Literal["line-down", "no-answer", "not-head-office", "refused", "unauthorised"]


class Route(Struct, frozen=True, kw_only=True):
    """`key` is the fleet's shared secret; `ca_file` empty means the system's certificates."""

    url: str
    terminal: str
    key: bytes
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"Route(url={self.url!r})"  # a secret must not stand in a traceback


class EndpointRoute(Struct, frozen=True, kw_only=True):
    """An endpoint of the customer's own. `bearer` or `hmac_key` or both; `expects_header` is "Name: value"
    with `{key}` for the record's key, empty where a 2xx alone is believed.
    """

    url: str
    bearer: str = ""
    hmac_key: bytes = b""
    hmac_header: str = ""
    expects_header: str = ""
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"EndpointRoute(url={self.url!r})"  # as above


class Delivered(Struct, frozen=True, tag="delivered", tag_field="is"):
    answer: wire.Answer


class Undelivered(Struct, frozen=True, kw_only=True, tag="undelivered", tag_field="is"):
    """`kind` decides what the outbox does: keep and retry, halve, wait long, or set aside.

    `cause` says for a person what stood between: one of vocabulary.wire.OUTAGE_CAUSES.
    """

    kind: Literal["retry", "too-large", "unauthorised", "refused"]
    detail: str
    cause: Between
    retry_after_seconds: float = 0.0


Outcome = Delivered | Undelivered
