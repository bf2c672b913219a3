"""The plain form of every record, and its published schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.agent.outboxes import full, outage, pulse
from vocabulary import plain
from vocabulary.wire import OUTAGE_CAUSES, Dropped, Heartbeat, Outage

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
DROPPED = Dropped(sequence=4, through=9, reason="quota")
AWAY = Outage(sequence=2, through=6, began=0.0, ended=60.5, unchanged_since=1, cause="not-head-office")


def test_the_published_schema_is_the_codes_own() -> None:
    """Renew it with `make texts`."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(plain.schema()))


@pytest.mark.parametrize(
    ("record", "kind", "key"),
    [
        (full("s", 1), "report", "t1/s/1"),
        (pulse("s", 2), "unchanged", "t1/s/2"),
        (outage("s", 3), "outage", "t1/s/3"),
        (AWAY, "outage", "t1/s/2-6"),
        (DROPPED, "dropped", "t1/s/4-9"),
    ],
)
def test_every_record_is_as_published(record: Heartbeat, kind: str, key: str) -> None:
    """And its key tells one content from another."""
    said = json.loads(plain.encode("t1", "s", record))
    jsonschema.validate(said, plain.schema(), format_checker=jsonschema.FormatChecker())

    assert (said["kind"], said["key"]) == (kind, key)


def test_times_are_utc_and_no_head_office_is_spoken_of() -> None:
    """A customer who has none must not look for one."""
    said = json.loads(plain.encode("t1", "s", AWAY))

    assert (said["began"], said["ended"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:01:00.500000Z")
    assert said["cause"] == "somebody-else"


def test_every_cause_of_an_outage_is_documented() -> None:
    page = (SCHEMA.parent / "endpoint.md").read_text(encoding="utf-8")
    causes = {plain.SOMEBODY_ELSE if cause == "not-head-office" else cause for cause in OUTAGE_CAUSES}

    assert [cause for cause in causes if f"`{cause}`" not in page] == []


@pytest.mark.parametrize("kind", [plain.FullReport, plain.Unchanged, plain.Away, plain.GivenUp])
def test_a_record_that_lacks_something_is_refused(kind: type[plain.Record]) -> None:
    """The schema says what a receiver may rely on."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": kind.__struct_config__.tag, "version": 1}, plain.schema())
