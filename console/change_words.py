"""What work at the till came to, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from vocabulary import texts
from vocabulary.work import VERDICTS, Named, Work


def said_after(work: Work, language: str) -> Iterator[str]:
    yield f"{work.reason}: {texts.translate(VERDICTS.get(work.verdict, work.verdict), language)}"
    for template, named in (("Gone: {title}", work.gone), ("New: {title}", work.new)):
        for each in named:
            yield texts.translate(template, language).format_map({"title": _title(each, language)})


def _title(named: Named, language: str) -> str:
    return named.titles.get(language) or named.titles.get("en") or named.code
