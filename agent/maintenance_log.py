"""The maintenance log in the state folder: the daemon writes it, or the command where none runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from agent.state_files import as_owner_of, write_whole
from probes.maintenance.log import MOST_BY, MOST_NOTE, Entry, entries, with_entry
from probes.maintenance.options import MaintenanceOptions
from vocabulary.redaction import redacted

_MAX_BYTES = 1 << 20


class UnknownTaskError(ValueError):
    """A task that the settings do not have; the message lists those there are."""


def add(options: MaintenanceOptions, entry: Entry) -> Entry:
    """What is on the disk when this returns: without card numbers and passwords. Raise UnknownTaskError, or
    OSError with the log as it was.
    """
    if entry.task not in options.may_be_noted:
        there = ", ".join(options.may_be_noted) or "none, see [[maintenance.tasks]] in the settings"
        raise UnknownTaskError(f"no task {entry.task}; there are: {there}")
    by, note = redacted(entry.by)[:MOST_BY], redacted(entry.note)[:MOST_NOTE]  # it may be longer than it was
    entry = replace(entry, by=by, note=note)
    path = Path(options.log)
    with as_owner_of(path.parent):
        content = _content(path) if path.exists() else b""
        write_whole(path, with_entry(content, entry))
    return entry


def noted(options: MaintenanceOptions) -> list[Entry]:
    """Oldest first, by their own time. Raise OSError where there is a log that cannot be read."""
    try:
        found = entries(_content(Path(options.log)))
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda entry: entry.at)


def answer(options: MaintenanceOptions, entry: Entry | None) -> dict[str, object]:
    """To a request: what was noted, or the whole log, or why not."""
    try:
        if entry is None:
            return {"entries": msgspec.to_builtins(noted(options))}
        return {"noted": msgspec.to_builtins(add(options, entry))}
    except (UnknownTaskError, OSError) as error:
        return {"error": str(error)}


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES)
