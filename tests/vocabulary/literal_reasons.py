"""The reasons that stand in the code as literals: what is given for `because`, `why`, `seen` and `detail`.

An f-string is a phrase with blanks: "no file {}".
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("probes", "agent", "protocols")
_REASONS_IN_WORDS: Final = ("NoReaderError", "NotNexoError", "JobError")  # their `str` becomes a reason
NAMES: Final = frozenset({"because", "why", "seen", "detail", "absent", "strange"})


class _Literals:
    """Of all modules together: a name stands for what any of them assigns to it."""

    def __init__(self) -> None:
        files = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in FOLDERS)
        self.trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(files)}
        self.constants: dict[str, list[ast.expr]] = defaultdict(list)
        self.locals: dict[tuple[Path, str], list[ast.expr]] = defaultdict(list)
        self.positions: dict[str, int] = dict.fromkeys(_REASONS_IN_WORDS, 0)
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                self._note(node, path)

    def _note(self, node: ast.AST, path: Path) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value) if name.islower():
                self.locals[path, name].append(value)
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value) if name.isupper():
                self.constants[name].append(value)
            case ast.Assign(targets=[ast.Name(name)], value=value) if name.isupper():
                self.constants[name].append(value)
            case ast.FunctionDef(name=name, args=arguments):
                self._note_function(name, [each.arg for each in arguments.args if each.arg != "self"])
            case ast.ClassDef(name=name, body=body):
                for each in body:
                    if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                        self._note_function(name, [one.arg for one in each.args.args if one.arg != "self"])

    def _note_function(self, name: str, parameters: list[str]) -> None:
        for at, parameter in enumerate(parameters):
            if parameter in NAMES and name != "__init__":
                self.positions[name] = at

    def found(self) -> Iterator[tuple[str, str]]:
        """File and phrase."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                for value in self._given(node):
                    for phrase in self._phrases(value, path):
                        yield str(path.relative_to(ROOT)), phrase

    def _given(self, node: ast.AST) -> Iterator[ast.expr]:
        match node:
            case ast.keyword(arg=str(name), value=value) if name in NAMES:
                yield value
            case ast.Assign(targets=[ast.Tuple(targets)], value=ast.Tuple(values)):
                yield from (
                    v for t, v in zip(targets, values, strict=True) if ast.unparse(t).split(".")[-1] in NAMES
                )
            case ast.Assign(targets=[target], value=value):
                if ast.unparse(target).split(".")[-1] in NAMES:
                    yield value
            case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), args=arguments):
                at = self.positions.get(name)
                if at is not None and at < len(arguments):
                    yield arguments[at]

    def _phrases(self, value: ast.expr, path: Path, followed: frozenset[str] = frozenset()) -> Iterator[str]:
        match value:
            case ast.Constant(str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in parts)
            case ast.Name(name) if name not in followed:
                for each in (*self.constants.get(name, ()), *self.locals.get((path, name), ())):
                    yield from self._phrases(each, path, followed | {name})
            case _:
                for each in _parts(value):
                    yield from self._phrases(each, path, followed)


def _parts(value: ast.expr) -> Iterable[ast.expr]:
    """Those of an expression any of which it may come to."""
    match value:
        case ast.IfExp(body=first, orelse=second):
            return first, second
        case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.Dict(values=values):
            return values
        case ast.Subscript(value=inner) | ast.Call(func=ast.Name("shortened"), args=[inner, *_]):
            return (inner,)
        case ast.Call(func=ast.Name("MappingProxyType"), args=[inner]):
            return (inner,)
        case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=arguments):
            return table, *arguments[1:]
    return ()


def literal_reasons() -> dict[str, str]:
    """Phrase to the file where it stands."""
    return {phrase: path for path, phrase in _Literals().found() if phrase}
