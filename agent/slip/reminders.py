"""What was planned, as the cashier's slip says it: a sentence for each thing."""

from __future__ import annotations

from collections.abc import Iterator

from agent.own_conditions import ALL_CONDITIONS
from agent.slip.words import Speech
from vocabulary import texts
from vocabulary.condition import Condition
from vocabulary.reading import Reading
from vocabulary.report import Cause, Report, Words


def reminders(report: Report, speech: Speech) -> list[str]:
    """In the diagnosis's order; what is the same for several subjects is said once."""
    said = (text for cause in report.diagnosis.reminders for text in _texts(cause, report, speech))
    return list(dict.fromkeys(map(speech.with_short_days, said)))


def _texts(cause: Cause, report: Report, speech: Speech) -> Iterator[str]:
    """The title where the paper may not show the facts: then there is no text; or there are none to fill it
    anew, and it stays as it is.
    """
    words, condition = speech.words(cause), ALL_CONDITIONS.get(cause.code)
    by_identity = {known.reading.identity: known.reading for known in report.readings}
    for subject in cause.subjects:
        reading = by_identity.get((cause.code, subject))
        if words.text and condition is not None and reading is not None:
            yield _filled(condition, reading, words, speech)
        else:
            yield words.text or words.title


def _filled(condition: Condition, reading: Reading, words: Words, speech: Speech) -> str:
    try:
        return texts.words(condition, (reading,), speech.language).text
    except KeyError:
        return words.text
