"""Primary and backup judged together: which one carries, and which one would not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.payment_lines.conditions import CARD_LINES_DOWN, LINE_DOWN, QR_LINES_DOWN
from probes.payment_lines.options import Line
from probes.payment_lines.walk import Walk
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading, Reason

CARDS_ON_BACKUP = Condition(
    code="card-payments.on-backup",
    title="Cards run on the backup",
    text="Cards are taken over {carrying} only: {dead} is down.",
    remedy="Have {dead} repaired before {carrying} fails too.",
    prepare="{dead} is down, {carrying} carries",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(LINE_DOWN,),
)
CARD_BACKUP_DOWN = Condition(
    code="card-payments.backup-down",
    title="Card backup line is down",
    text="Cards are taken over {carrying}, but its backup {dead} is down.",
    remedy="Have {dead} repaired while {carrying} still works.",
    prepare="{dead} is down, {carrying} carries",
    owner=Owner.ACQUIRER,
    severity=Severity.NOTICE,
    depends_on=(LINE_DOWN,),
)
QR_ON_BACKUP = Condition(
    code="qr-payments.on-backup",
    title="QR runs on the backup",
    text="Scanned codes are taken over {carrying} only: {dead} is down.",
    remedy="Have {dead} repaired before {carrying} fails too.",
    prepare="{dead} is down, {carrying} carries",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(LINE_DOWN,),
)
QR_BACKUP_DOWN = Condition(
    code="qr-payments.backup-down",
    title="QR backup line is down",
    text="Scanned codes are taken over {carrying}, but its backup {dead} is down.",
    remedy="Have {dead} repaired while {carrying} still works.",
    prepare="{dead} is down, {carrying} carries",
    owner=Owner.ACQUIRER,
    severity=Severity.NOTICE,
    depends_on=(LINE_DOWN,),
)
STANDBY: Final = (CARDS_ON_BACKUP, CARD_BACKUP_DOWN, QR_ON_BACKUP, QR_BACKUP_DOWN)


def read_standby(walks: list[Walk]) -> Iterator[Reading]:
    """Each kind's primaries, each with its backups; a kind without a backup has nothing to say."""
    for on_backup, backup_down, none_left in (
        (CARDS_ON_BACKUP, CARD_BACKUP_DOWN, CARD_LINES_DOWN),
        (QR_ON_BACKUP, QR_BACKUP_DOWN, QR_LINES_DOWN),
    ):
        kind = [walk for walk in walks if walk.line.is_scan_code is (none_left is QR_LINES_DOWN)]
        teams = [team for walk in kind if len(team := [walk, *backups_of(walk, kind)]) > 1]
        if not teams:
            yield on_backup.unknown(Reason.NOT_SET_UP)
            yield backup_down.unknown(Reason.NOT_SET_UP)
        for primary, *backups in teams:
            carrying = next((walk for walk in (primary, *backups) if walk.carries), None)
            yield _judge(on_backup, primary, carrying, none_left)
            for backup in backups:
                yield _judge(backup_down, backup, carrying, none_left)


def _judge(condition: Condition, walk: Walk, carrying: Walk | None, none_left: Condition) -> Reading:
    name = walk.line.name
    if walk.carries:
        return condition.ok(name, through=(name,))
    if walk.obstacle or carrying is None:
        because = walk.obstacle or none_left.code
        return condition.unknown(Reason.NOT_TESTED, name, because=because, through=(name,))
    return condition.failing(name, through=(name,), dead=name, carrying=carrying.line.name)


def backups_of(primary: Walk, kind: list[Walk]) -> list[Walk]:
    """In the order of the settings; an unanswered primary's first living one carries."""
    lines = [walk.line for walk in kind]
    return [walk for walk in kind if _primary_of(walk.line, lines) == primary.line.name]


def _primary_of(line: Line, lines: list[Line]) -> str:
    """As set, else by its name: "card/backup" stands in for the first "card/..." that is none."""
    if line.backup_of:
        return line.backup_of
    group, _, last = line.name.rpartition("/")
    if not last.startswith("backup"):
        return ""
    others = [each.name for each in lines if each.name.rpartition("/")[0] == group and each is not line]
    return next((name for name in others if not name.rpartition("/")[2].startswith("backup")), "")
