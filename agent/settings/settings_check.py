"""TOML tables into typed structs, collecting every mistake instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from agent.settings.toml_lines import Path, line_of
from vocabulary.redaction import redacted

MISSING: Any = object()
_UNIONS = (Union, UnionType)


class Mistake(Struct, frozen=True):
    """It may repeat what stands in the file, and goes to a screen, a log and head office: redacted."""

    line: int
    where: str
    message: str

    def __str__(self) -> str:
        where = f"{redacted(self.where)}: " if self.where else ""
        return f"{self.line}: {where}{redacted(self.message)}"


class Checker:
    """`lines` maps paths of keys to line numbers; `mistakes` grows while tables are built."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.mistakes: list[Mistake] = []

    def note(self, at: Path, message: str) -> None:
        where = ".".join(str(part) for part in at)
        self.mistakes.append(Mistake(line_of(at, self._lines), where, message))

    def build(
        self, types: Mapping[str, Any], required: frozenset[str], table: Mapping[str, Any], at: Path = ()
    ) -> dict[str, Any]:
        """The values of one table by field name; a field that is wrong or absent is left out."""
        for name in table.keys() - types.keys():
            self.note((*at, name), "unknown key" + suggestion(name, types))
        for name in sorted(required - table.keys()):
            self.note((*at, name), f"is missing; add {_example(name, types[name])}")
        found = {name: self._value(types[name], table[name], (*at, name)) for name in types if name in table}
        return {name: value for name, value in found.items() if value is not MISSING}

    def _value(self, kind: Any, value: Any, at: Path) -> Any:
        """One value of any declared type; MISSING where it was wrong (and said so)."""
        arguments = get_args(kind)
        if isinstance(value, dict) and (struct := _struct_of(kind)) is not None:
            return self._struct(struct, value, at)
        if get_origin(kind) is tuple and isinstance(value, list) and _is_struct(arguments[0]):
            items = [self._value(arguments[0], item, (*at, index)) for index, item in enumerate(value)]
            return MISSING if any(item is MISSING for item in items) else tuple(items)
        if get_origin(kind) is dict and isinstance(value, dict):
            return self._mapping(arguments, value, at)
        return self._plain(kind, value, at)

    def _struct(self, kind: type[Struct], value: dict[str, Any], at: Path) -> Any:
        hints = get_type_hints(kind, include_extras=True)
        fields = msgspec.structs.fields(kind)
        types = {each.encode_name: hints[each.name] for each in fields}
        required = frozenset(each.encode_name for each in fields if each.required)
        before = len(self.mistakes)
        found = self.build(types, required, value, at)
        if len(self.mistakes) > before:
            return MISSING
        try:
            return kind(**found)
        except ValueError as error:
            self.note(at, str(error))
            return MISSING

    def _mapping(self, arguments: tuple[Any, ...], value: dict[str, Any], at: Path) -> Any:
        names, kind = arguments
        found = {}
        for name, entry in value.items():
            key = self._plain(names, name, (*at, name))
            item = self._value(kind, entry, (*at, name))
            if key is not MISSING and item is not MISSING:
                found[key] = item
        return found if len(found) == len(value) else MISSING

    def _plain(self, kind: Any, value: Any, at: Path) -> Any:
        try:
            return msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError as error:
            choices = _choices(kind)
            hint = f"; one of {', '.join(choices)}" + suggestion(str(value), choices) if choices else ""
            self.note(at, _in_toml_words(str(error)) + hint)
            return MISSING


def _struct_of(kind: Any) -> type[Struct] | None:
    """The struct a table stands for: the type itself, or the only one of a union."""
    if _is_struct(kind):
        found: type[Struct] = kind
        return found
    members = [each for each in get_args(kind) if _is_struct(each)] if get_origin(kind) in _UNIONS else []
    return members[0] if len(members) == 1 else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _choices(kind: Any) -> list[str]:
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return [str(member.value) for member in kind.__members__.values()]
    return [choice for choice in get_args(kind) if isinstance(choice, str)]


def _in_toml_words(message: str) -> str:
    """The sentence without its path, which `where` says better, and in TOML's own names of types."""
    sentence, _, _ = message.partition(" - at `")
    sentence = re.sub(r"Expected `str` of length (<|>)= (\d+)", _length, sentence)
    return sentence.replace("`", "").replace("object", "table").replace("array", "list")


def _length(found: re.Match[str]) -> str:
    return f"Expected at {'most' if found[1] == '<' else 'least'} {found[2]} characters"


def suggestion(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415  for a mistake, not for the daemon's life

    near = difflib.get_close_matches(name, list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _example(name: str, kind: Any) -> str:
    if _is_struct(kind):
        return f"a table [{name}]"
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return f'{name} = "..."' if plain is str else f"{name} = ..."
