"""What a spool session said, and what is found afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from agent.outbox.outbox import Outbox
from agent.outbox.spool_records import decoded, last_of
from tests.counter import ROOT
from vocabulary.wire import Dropped

Key = tuple[str, int]


class Told(Struct):
    """Keys by what the session said of them; `confirmed` holds the highest of each spool."""

    on_disk: set[Key]
    in_memory: set[Key]
    confirmed: dict[str, int]


def session_command(folder: Path, acknowledged: Path, count: int) -> list[str]:
    return [sys.executable, "-m", "tests.faults.spool_session", str(folder), str(acknowledged), str(count)]


def session(folder: Path, acknowledged: Path, count: int, *tracer: str) -> subprocess.CompletedProcess[str]:
    command = [*tracer, *session_command(folder, acknowledged, count)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def told(acknowledged: Path) -> Told:
    said = Told(set(), set(), {})
    lines = acknowledged.read_text().splitlines() if acknowledged.exists() else []
    for spool, number, how in (line.split() for line in lines):
        if how == "confirmed":
            said.confirmed[spool] = max(said.confirmed.get(spool, 0), int(number))
        else:
            (said.in_memory if how == "1" else said.on_disk).add((spool, int(number)))
    return said


def drained(outbox: Outbox) -> Iterator[Key]:
    """Every key that stands in the outbox, as head office would get it; what was given up is left out."""
    while records := (load := outbox.load(10_000, 1 << 30)).records:
        for stored in records:
            record = decoded(stored.body)
            if not isinstance(record, Dropped):
                yield from ((load.spool, number) for number in range(record.sequence, last_of(record) + 1))
        outbox.confirm(load.spool, last_of(decoded(records[-1].body)))


def judge(folder: Path, said: Told, *, also_in_memory: bool = False) -> int:
    """Nothing acknowledged is lost, nothing is there twice. The number of records found."""
    outbox = Outbox(folder)
    assert outbox.trouble == ""
    assert outbox.salvaged is None
    found = Counter(drained(outbox))
    outbox.close()
    wanted = said.on_disk | (said.in_memory if also_in_memory else set())
    lost = {key for key in wanted if key not in found and key[1] > said.confirmed.get(key[0], 0)}
    assert not lost
    assert not [key for key, times in found.items() if times > 1]
    return len(found)


@contextmanager
def mounted(image: Path, point: Path, *options: str) -> Iterator[str]:
    """An ext4 file system of its own; its loop device."""
    device = subprocess.check_output(["losetup", "-f", "--show", str(image)], text=True).strip()
    try:
        subprocess.run(["mount", *options, device, str(point)], check=True)
        try:
            yield device
        finally:
            subprocess.run(["umount", str(point)], check=True)
    finally:
        subprocess.run(["losetup", "-d", device], check=True)


def make_image(folder: Path, megabytes: int) -> tuple[Path, Path]:
    image, point = folder / "disk.img", folder / "disk"
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    return image, point
