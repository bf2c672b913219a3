"""Limits that would take too long over a real connection, and a head office that was frozen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from headoffice.clock import Clock
from headoffice.listening import Listening
from headoffice.receiver import Limits, Receiver
from headoffice.store import Store
from tests.headoffice import reports
from tests.headoffice.office import TOKEN
from vocabulary.wire import SIGNATURE_HEADER, TERMINAL_HEADER, Parcel, encode, signature

BODY = encode(Parcel(terminal="s0412-t2", spool="spool-1", records=(reports.pulse(2),)))


def answered(folder: Path, limits: Limits, *, complete: bool = True, clock: Clock | None = None) -> int:
    """The status of one request whose body comes whole or never ends."""
    clock = clock or Clock()
    messages: Iterator[Message] = iter([{"type": "http.request", "body": BODY, "more_body": not complete}])

    async def receive() -> Message:
        return next(messages, None) or await asyncio.get_running_loop().create_future()

    headers = {TERMINAL_HEADER: "s0412-t2", SIGNATURE_HEADER: signature(TOKEN, BODY)}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    receiver = Receiver(Store(folder / "office.sqlite"), TOKEN, clock, Listening(clock), limits)
    request = Request({"type": "http", "method": "POST", "headers": raw}, receive)
    status = asyncio.run(receiver.post(request)).status_code
    receiver.close()
    return status


def test_within_the_limits_it_is_taken(tmp_path: Path) -> None:
    assert answered(tmp_path, Limits()) == 200


def test_a_body_that_never_ends_is_given_up(tmp_path: Path) -> None:
    assert answered(tmp_path, Limits(body_seconds=0.05), complete=False) == 408


def test_a_full_queue_sends_terminals_away_for_a_while(tmp_path: Path) -> None:
    assert answered(tmp_path, Limits(waiting_parcels=0)) == 503


def test_a_parcel_that_queued_too_long_is_not_stored_behind_the_terminals_back(tmp_path: Path) -> None:
    """The terminal has given up by then; a 503 keeps the queue short."""
    ticks = iter(range(0, 1000, 10))
    assert answered(tmp_path, Limits(), clock=Clock(steady=lambda: next(ticks))) == 503


@pytest.mark.parametrize(("jump", "noticed"), [(31.0, True), (5.0, False)])
def test_a_frozen_head_office_counts_silence_anew(jump: float, noticed: bool) -> None:
    """Suspended or stopped for half a minute: it could not hear."""
    now = [100.0]
    listening = Listening(Clock(steady=lambda: now[0]))

    async def freeze() -> None:
        watch = asyncio.create_task(listening.watch(tick_seconds=0.01))
        await asyncio.sleep(0.005)
        now[0] += jump
        await asyncio.sleep(0.05)
        watch.cancel()

    asyncio.run(freeze())
    assert (listening.seconds == 0) is noticed
