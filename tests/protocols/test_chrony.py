"""chronyc's line, captured from chrony 4.3."""

from __future__ import annotations

import pytest

from protocols.chrony import parse_tracking

FAR = (
    "7F000001,127.0.0.1,6,1796074256.001405499,5400.000000000,0.000000099,0.000006363,"
    "-0.058,0.003,0.714,0.000006245,0.000002929,1.0,Normal\n"
)
NOBODY = (
    "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,"
    "0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n"
)


def test_the_offset_and_its_server() -> None:
    """Seconds behind the server."""
    tracking = parse_tracking(FAR)
    assert tracking is not None
    assert (tracking.server, tracking.slow_seconds) == ("127.0.0.1", 5400.0)


@pytest.mark.parametrize(
    "text", [NOBODY, "", "506 Cannot talk to daemon\n", FAR.replace("5400.000000000", "inf"), FAR[:40]]
)
def test_no_server_no_offset(text: str) -> None:
    """Nothing but the whole line of a daemon that follows somebody counts."""
    assert parse_tracking(text) is None
