"""Begin and end as the daemon answers them: with its own looks, or with what to do."""

from __future__ import annotations

from pathlib import Path

from agent.change.journal import WorkJournal
from agent.change.requests import answer_work
from agent.control import Request
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.outbox.outbox import Outbox
from agent.settings.settings import Settings, Terminal
from vocabulary.report import Report
from vocabulary.work import Verdict, Work


def test_what_is_begun_is_ended_with_both_looks(tmp_path: Path) -> None:
    """The reminder to end it is not what became worse; a second end is told what to do instead."""
    outbox = Outbox(tmp_path)
    health, journal = Health(Settings(terminal=Terminal(id="0412-2"))), WorkJournal(tmp_path)
    heartbeats = Heartbeats(health, outbox, b"", {})

    begun = answer_work(journal, health, heartbeats, Request(do="begin-change", reason="new card"), "lin")[
        "work"
    ]
    health.note(journal.reading(now().wall + 3600, 0.5), now())
    ended = answer_work(journal, health, heartbeats, Request(do="end-change"), "lin")
    again = answer_work(journal, health, heartbeats, Request(do="end-change"), "lin")
    outbox.close()

    assert isinstance(begun, Work)
    assert (begun.reason, begun.by) == ("new card", "lin")
    assert isinstance(ended["work"], Work)
    assert isinstance(ended["after"], Report)
    assert not ended["after"].diagnosis.causes
    assert ended["work"].verdict is Verdict.SAME
    assert all(isinstance(ended[name], Report) for name in ("before", "after"))
    assert "poshealth change begin" in str(again["error"])
