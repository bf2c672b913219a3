"""Every English sentence the page can say, collected from where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from headoffice import words
from vocabulary.work import VERDICTS

HEADOFFICE = Path(words.__file__).parent
_SAID = re.compile(r"""\bsay\(\s*(?:"([^"]+)"|'([^']+)')""")
_TABLE = re.compile(r"""^\s*"[a-z-]+": "([^"]+)"|, "[a-z-]+": "([^"]+)\"""", re.MULTILINE)
_PROBLEM = re.compile(r"""HTTPStatus\.[A-Z_]+, "([A-Z][^"]+)"\)""")


def sentences() -> set[str]:
    found = {text for pattern, path in _places() for text in _matches(pattern, path)}
    for table in (words.CAPABILITIES, words.OWNERS, words.RUNGS, words.STATUSES, words.STEPS, words.GAPS):
        found.update(table.values())
    found.update({*words.SEVERITIES.values(), *words.REASONS.values(), words.LONGER})
    found.update({*words.ENDINGS.values(), *words.JUDGED.values(), *VERDICTS.values()})
    found.update({*words.ABSENCES.values(), *words.LEAVING.values()})
    found.update({*words.OCCASIONS.values(), *words.FATES.values(), *words.OUTAGES.values()})
    found.update(message for _, _, message in words.LIMITS)
    return found


def _places() -> Iterator[tuple[re.Pattern[str], Path]]:
    templates = sorted((HEADOFFICE / "templates").glob("*.html"))
    yield from ((_SAID, path) for path in (*templates, HEADOFFICE / "words.py"))
    yield from ((_TABLE, path) for path in templates)
    yield _PROBLEM, HEADOFFICE / "login.py"


def _matches(pattern: re.Pattern[str], path: Path) -> Iterator[str]:
    for match in pattern.finditer(path.read_text(encoding="utf-8")):
        yield next(group for group in match.groups() if group)
