"""How a drill is said on the screen and to monitoring systems."""

from __future__ import annotations

from agent.slip.words import Speech
from vocabulary.report import Drill
from vocabulary.texts import translate


def said_of_drill(drill: Drill, language: str) -> str:
    """One line: that it is a drill comes first."""
    speech = Speech(language)
    return translate("DRILL until {time} ({who}), not real: {title} [{code}].", language).format(
        time=speech.since(drill.until, drill.began),
        who=drill.by,
        title=speech.words(drill.cause).title,
        code=drill.cause.code,
    )
