"""Write docs/conditions/<code>.md and their index from the conditions themselves."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from agent.condition_page import page
from agent.own_conditions import ALL_CONDITIONS
from vocabulary.texts import LANGUAGES

FOLDER = Path(__file__).parents[1] / "docs" / "conditions"


def pages() -> dict[Path, str]:
    """File -> content, English first, then Chinese; and the index."""
    found = {
        FOLDER / f"{code}.md": "\n\n---\n\n".join(page(condition, each) for each in LANGUAGES) + "\n"
        for code, condition in ALL_CONDITIONS.items()
    }
    rows = [
        f"| [`{code}`]({code}.md) | {c.title} | {c.owner} |" for code, c in sorted(ALL_CONDITIONS.items())
    ]
    head = [
        "# Conditions",
        "",
        "Everything poshealth can say is wrong.",
        "",
        "| code | title | who |",
        "| --- | --- | --- |",
    ]
    found[FOLDER / "README.md"] = "\n".join([*head, *rows]) + "\n"
    return found


def main() -> int:
    wanted = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in set(FOLDER.glob("*.md")) - wanted.keys():
        path.unlink()
    for path, content in wanted.items():
        path.write_text(content, encoding="utf-8")
    print(f"{len(wanted)} pages written to {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
