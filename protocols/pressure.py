"""/proc/pressure/*: how much time was lost waiting (Linux Documentation/accounting/psi.rst)."""

from __future__ import annotations

import re
from typing import Literal

Window = Literal["avg10", "avg60", "avg300"]


def lost_percent(text: str, who: Literal["some", "full"], window: Window) -> float | None:
    """0 to 100; None where the text does not say it."""
    found = re.search(rf"^{who} .*\b{window}=(\d{{1,3}}(?:\.\d{{1,4}})?)\b", text, re.MULTILINE)
    return min(float(found[1]), 100.0) if found else None
