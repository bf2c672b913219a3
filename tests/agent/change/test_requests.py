"""Begin and end as the daemon answers them: with its own looks, or with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from agent.change.journal import WorkJournal
from agent.change.preflight import Say
from agent.change.requests import Answer, begin_work, end_work
from agent.control import Request
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.outbox.outbox import Outbox
from agent.settings.settings import Settings, Terminal
from vocabulary.report import Report
from vocabulary.work import Verdict, Work


class Desk(Struct):
    journal: WorkJournal
    health: Health
    heartbeats: Heartbeats

    def begin(self, held_seconds: float = 0.0, *, reason: str = "new card", anyway: bool = False) -> Answer:
        request = Request(do="begin-change", reason=reason, anyway=anyway)
        return begin_work(self.journal, self.heartbeats, request, "lin", held_seconds)

    def end(self) -> Answer:
        return end_work(self.journal, self.health, self.heartbeats)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    health, outbox = Health(Settings(terminal=Terminal(id="0412-2"))), Outbox(tmp_path)
    yield Desk(WorkJournal(tmp_path), health, Heartbeats(health, outbox, b"", {}))
    outbox.close()


def test_what_is_begun_is_ended_with_both_looks(desk: Desk) -> None:
    """The reminder to end it is not what became worse; a second end is told what to do instead."""
    begun = desk.begin()["work"]
    desk.health.note(desk.journal.reading(now().wall + 3600, 0.5), now())
    ended, again = desk.end(), desk.end()

    assert isinstance(begun, Work)
    assert (begun.reason, begun.by, begun.warned) == ("new card", "lin", ())
    assert isinstance(ended["work"], Work)
    assert isinstance(ended["after"], Report)
    assert not ended["after"].diagnosis.causes
    assert ended["work"].verdict is Verdict.SAME
    assert all(isinstance(ended[name], Report) for name in ("before", "after"))
    assert "poshealth change begin" in str(again["error"])


def test_what_speaks_against_it_is_the_daemons_own_finding(desk: Desk) -> None:
    """Nothing is begun; anyway it is, and what was overridden is noted in our words, whoever asks."""
    refused, begun = desk.begin(29.6), desk.begin(29.6, anyway=True)

    assert [each["say"] for each in msgspec.to_builtins(refused["against"])] == [Say.IN_USE]
    assert "work" not in refused
    assert isinstance(begun["work"], Work)
    assert begun["work"].warned == ("The POS is printing, or in a sale: wait 30 s.",)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_needed(desk: Desk, reason: str) -> None:
    assert "--reason" in str(desk.begin(reason=reason)["error"])
    assert desk.journal.open is None


def test_nobody_else_says_what_was_overridden() -> None:
    """Over the socket there is a flag, and no text that would stand at head office."""
    with pytest.raises(msgspec.ValidationError, match="warned"):
        msgspec.json.decode(b'{"do": "begin-change", "warned": ["x"]}', type=Request)
