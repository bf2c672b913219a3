"""Times that are read out on the phone: they name their zone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from vocabulary.moments import as_fact, as_said, said_on

AT = datetime(2026, 11, 21, 13, 40, 59, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    monkeypatch.setenv("TZ", getattr(request, "param", "CST-8"))
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("_zone", "fact", "said"),
    [
        ("CST-8", "2026-11-21T21:40+08:00", "2026-11-21 21:40 UTC+8"),
        ("IST-5:30", "2026-11-21T19:10+05:30", "2026-11-21 19:10 UTC+5:30"),
        ("NST3:30", "2026-11-21T10:10-03:30", "2026-11-21 10:10 UTC-3:30"),
        ("UTC0", "2026-11-21T13:40+00:00", "2026-11-21 13:40 UTC"),
        ("NZDT-13", "2026-11-22T02:40+13:00", "2026-11-22 02:40 UTC+13"),
    ],
    indirect=["_zone"],
)
def test_a_moment_names_its_zone(fact: str, said: str) -> None:
    """A machine reads the one, a person the other."""
    assert as_fact(AT) == fact
    assert as_said(f"since {fact}, and since {fact} / {fact}") == f"since {said}, and since {said} / {said}"
    assert datetime.fromisoformat(fact).timestamp() == AT - 59


@pytest.mark.parametrize("text", ["10.8.3.2:8583", "2026-11-21", "T21:40+08:00", "1.2026-11-21", ""])
def test_what_is_no_moment_stays_as_it_is(text: str) -> None:
    assert as_said(text) == text


def test_today_goes_without_its_date() -> None:
    """The slip's first line has it; another day's never goes."""
    said = "down since 2026-11-20 21:40 UTC+8 / 2026-11-21 08:00 UTC+8, ends 2026-11-21"
    assert said_on(said, AT) == "down since 2026-11-20 21:40 UTC+8 / 08:00 UTC+8, ends 2026-11-21"
