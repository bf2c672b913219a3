"""Compile every .po file beside itself; `--check` only says whether one is out of date."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[1] / "vocabulary" / "locale"


def compiled(path: Path) -> bytes:
    """The .mo file for a .po file, without its headers' dates so that it is the same every time."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> int:
    stale = []
    for path in sorted(LOCALE.rglob("*.po")):
        target = path.with_suffix(".mo")
        content = compiled(path)
        if not target.exists() or target.read_bytes() != content:
            stale.append(path.name)
            if "--check" not in sys.argv:
                target.write_bytes(content)
    print(f"{len(stale)} of the texts {'are out of date' if '--check' in sys.argv else 'compiled'}: {stale}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
