"""Settings of earlier releases that stand in another table now: they go on meaning what they meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from agent.settings.settings_check import Checker
from probes.device.options import MOST_NAME_CHARACTERS, MOST_PERIPHERALS
from vocabulary.redaction import shortened

_SHOWN: Final = 60  # characters of a value that is repeated


class _Moved(Struct, frozen=True):
    """`key` of `[[device.peripherals]]` is what each entry became; `pattern` it had to match all the time."""

    key: str
    pattern: str
    wanted: str


# Lists of `[software]` in 0.1.0.
_MOVED: Final = {
    "usb": _Moved("usb", r"[0-9a-f]{4}:[0-9a-f]{4}", "no USB id, such as 0416:5011"),
    "devices": _Moved("file", r"/[^\0]{0,4095}", "no absolute path"),
}


def as_now(tables: dict[str, Any], checker: Checker) -> dict[str, Any]:
    """The same tables, or new ones; a list of anything but texts is left where it is, to be refused there.

    What is wrong with an entry is noted of the list that stands in the file, and it is not moved.
    """
    software, device = tables.get("software"), tables.get("device", {})
    if not isinstance(software, dict):
        return tables
    found = {key: software[key] for key in _MOVED if _is_texts(software.get(key))}
    if not found:
        return tables
    tables = {**tables, "software": {key: value for key, value in software.items() if key not in found}}
    kept = device.get("peripherals", []) if isinstance(device, dict) else None
    if not isinstance(kept, list):
        return tables
    moved = list(_peripherals(found, kept, checker))
    if len(kept) + len(moved) > MOST_PERIPHERALS:
        at = ("software", list(found)[-1])
        checker.note(at, f"{len(kept) + len(moved)} peripherals in all; {MOST_PERIPHERALS} at most")
        return tables
    return {**tables, "device": {**device, "peripherals": [*kept, *_named(moved, kept)]}} if moved else tables


def _peripherals(found: dict[str, list[str]], kept: list[Any], checker: Checker) -> Iterator[tuple[str, str]]:
    """Key and text, each once, also beside the new list, where it may have been entered by hand."""
    there = [each for each in kept if isinstance(each, dict)]
    for old, texts in found.items():
        rule = _MOVED[old]
        for text in dict.fromkeys(texts):
            if not re.fullmatch(rule.pattern, text, re.DOTALL):
                checker.note(("software", old), f"{shortened(text, _SHOWN)!a} is {rule.wanted}")
            elif not any(each.get(rule.key) == text for each in there):
                yield rule.key, text


def _named(moved: list[tuple[str, str]], kept: list[Any]) -> Iterator[dict[str, str]]:
    """A name in the new list that is no text is refused there."""
    names = {name for each in kept if isinstance(each, dict) and isinstance(name := each.get("name"), str)}
    for key, text in moved:
        name = _free_name(text, names)
        names.add(name)
        yield {"name": name, key: text}


def _free_name(text: str, taken: set[str]) -> str:
    """The text itself where that can be a name: the end of a long path tells more than its beginning."""
    clean = re.sub(r"[\n{}]", "?", text)
    name = clean if len(clean) <= MOST_NAME_CHARACTERS else f"...{clean[3 - MOST_NAME_CHARACTERS :]}"
    numbered = (f"{name[: MOST_NAME_CHARACTERS - 3]} {number}" for number in range(2, 100))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
