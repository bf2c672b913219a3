"""When to knock again."""

from __future__ import annotations

import pytest

from agent.sending.retry import CAP_SECONDS, delay_seconds, retry_after_seconds

DATE = "Sun, 22 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize("failures", [1, 5, 9, 1000])
def test_the_jitter_is_full_also_at_the_cap(failures: int) -> None:
    """A herd at the cap is still a herd unless it is spread there, too."""
    delays = [delay_seconds(failures) for _ in range(400)]
    ceiling = min(CAP_SECONDS, 2 * 2.0**failures)

    assert max(delays) <= ceiling
    assert min(delays) < ceiling / 4
    assert max(delays) > ceiling * 3 / 4


def test_what_was_asked_for_comes_on_top() -> None:
    """`Retry-After: 60` for 5,000 terminals must not be 5,000 requests at second 60."""
    assert min(delay_seconds(3, asked_seconds=60) for _ in range(50)) >= 60


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        # RFC 9110 10.2.3, both forms
        ("0", 0),
        ("120", 120),
        ("Sun, 22 Nov 2026 08:01:00 GMT", 60),
        # never more than an hour, never less than nothing
        ("99999999999999999999", 3600),
        ("Mon, 22 Nov 2066 08:00:00 GMT", 3600),
        ("Sun, 22 Nov 2020 08:00:00 GMT", 0),
        # nonsense
        ("", 0),
        ("-5", 0),
        ("NaN", 0),
        ("9e99", 0),
        ("soon", 0),
        ("٣", 0),
    ],
)  # fmt: skip
def test_retry_after(value: str, seconds: float) -> None:
    """A date counts from the server's own, whatever our clock says."""
    assert retry_after_seconds(value, DATE) == seconds
