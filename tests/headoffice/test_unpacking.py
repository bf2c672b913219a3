"""How far a packed parcel is unpacked."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from headoffice.intake import ParcelRefusedError
from headoffice.unpacking import unpacked

LIMIT = 1 << 20


def test_a_bomb_costs_little_more_than_the_limit() -> None:
    """128 MiB in 128 kB are never in memory."""
    bomb = gzip.compress(bytes(128 << 20))
    tracemalloc.start()
    with pytest.raises(ParcelRefusedError):
        unpacked(bomb, LIMIT)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * LIMIT


def test_exactly_the_limit_is_taken() -> None:
    """A byte more is not."""
    assert unpacked(gzip.compress(bytes(LIMIT)), LIMIT) == bytes(LIMIT)
    with pytest.raises(ParcelRefusedError):
        unpacked(gzip.compress(bytes(LIMIT + 1)), LIMIT)
