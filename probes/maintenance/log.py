"""The maintenance log: one JSON line for each thing done. Pure: bytes in, bytes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from probes.maintenance.options import Name

MAX_ENTRIES: Final = (
    500  # a task a week for ten years; of the longest two thirds of what a probe reads of a file
)
MAX_LINE_BYTES: Final = 1280  # name and note in four-byte characters: 960; task, time and JSON: 93
MOST_BY, MOST_NOTE = 40, 200
_PLAIN: Final = r"^[^\x00-\x1f\x7f-\x9f]*\Z"  # it is shown on a terminal

Who = Annotated[str, Meta(pattern=_PLAIN, min_length=1, max_length=MOST_BY)]
Note = Annotated[str, Meta(pattern=_PLAIN, max_length=MOST_NOTE)]


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What, when, who. `at` has its zone."""

    task: Name
    at: Annotated[datetime, Meta(tz=True)]
    by: Who
    note: Note = ""


def entries(content: bytes) -> list[Entry]:
    """In the order they were written; a line that is damaged costs only itself."""
    found = (_decoded(line) for line in content.splitlines())
    return [entry for entry in found if entry is not None]


def newest(found: list[Entry]) -> dict[str, Entry]:
    """By task: the latest by its own time, which may have been given afterwards."""
    return {entry.task: entry for entry in sorted(found, key=lambda entry: entry.at)}


def with_entry(content: bytes, entry: Entry) -> bytes:
    """The whole file anew. What is damaged stays as it is, for a person to read; too much of it, or too long
    a line, goes. The oldest give way first, never the newest of a task.
    """
    lines = [line for line in content.splitlines() if line.strip() and len(line) <= MAX_LINE_BYTES]
    lines.append(msgspec.json.encode(entry))
    kept = set(map(msgspec.json.encode, newest(entries(b"\n".join(lines))).values()))
    spare = len(lines) - MAX_ENTRIES
    result = []
    for line in lines:
        if spare > 0 and line not in kept:
            spare -= 1
        else:
            result.append(line)
    return b"".join(line + b"\n" for line in result)


def _decoded(line: bytes) -> Entry | None:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
