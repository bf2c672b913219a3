"""A rule in words, close to nft's own notation, for a person who looks for it."""

from __future__ import annotations

from typing import Any, Final

from protocols.nft.ruleset import Statement
from vocabulary.redaction import shortened

LONGEST: Final = 160
_DEEPEST: Final = 6
_BARE: Final = {"==": "", "in": ""}
_BETWEEN: Final = {"range": "-", "concat": " . ", "&": " & ", "|": "|"}
_WITH_META: Final = frozenset({"l4proto", "nfproto", "protocol", "mark"})
_MOST: Final = 8  # elements of a list
_SILENT: Final = frozenset({"counter", "log"})  # a log's prefix is somebody's free text


def in_words(statements: tuple[Statement, ...]) -> str:
    """Printable, one line, at most `LONGEST` characters."""
    found = " ".join(filter(None, (_statement(each) for each in statements[:12])))
    shown = "".join(letter if letter.isprintable() else "?" for letter in found)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."


def _statement(statement: Statement) -> str:
    match statement:
        case {"match": {"left": left, "right": right, **rest}}:
            operator = str(rest.get("op", "=="))
            return " ".join(filter(None, (_value(left), _BARE.get(operator, operator), _value(right))))
        case {"vmap": {"key": key, "data": elements}}:
            return f"{_value(key)} vmap {_value(elements)}"
        case {"reject": {"type": "tcp reset"}}:
            return "reject with tcp reset"
        case {"reject": {"type": str(kind), "expr": str(code)}}:
            return f"reject with {kind} {code}"
        case {"jump": {"target": target}}:
            return f"jump {target}"
        case {"goto": {"target": target}}:
            return f"goto {target}"
        case {"xt": {"name": str(name)}}:
            return f"[iptables {name}]"
        case dict() if len(statement) == 1:
            kind = str(next(iter(statement)))
            return "" if kind in _SILENT else kind
    return "?"


def _value(value: Any, depth: int = 0) -> str:  # noqa: ANN401  JSON
    if depth > _DEEPEST:
        return "..."
    match value:
        case {"prefix": {"addr": address, "len": length}}:
            return f"{address}/{length}"
        case {"elem": {"val": inside}}:
            return _value(inside, depth + 1)
        case {"jump": {"target": target}}:
            return f"jump {target}"
        case {"goto": {"target": target}}:
            return f"goto {target}"
        case [_, {**verdict}] if verdict:
            return _listed(value, " : ", depth + 1)
        case [*parts]:
            return _listed(parts, ",", depth + 1)
        case {**members} if len(members) == 1:
            kind, body = next(iter(members.items()))
            return _expression(str(kind), body, depth + 1)
    return shortened(str(value), 40)


def _expression(kind: str, body: Any, depth: int) -> str:  # noqa: ANN401  JSON
    if kind == "set":
        return f"{{ {_value_list(body, ', ', depth)} }}"
    if kind in _BETWEEN:
        return _value_list(body, _BETWEEN[kind], depth)
    match kind, body:
        case "payload", {"protocol": protocol, "field": name}:
            return f"{protocol} {name}"
        case "meta", {"key": name}:
            return f"meta {name}" if name in _WITH_META else str(name)
        case "fib", {"result": result, "flags": [*names]}:
            return f"fib {_listed(names, ' . ', depth)} {result}"
        case "ct", {"key": name}:
            return f"ct {name}"
    return kind


def _value_list(body: Any, between: str, depth: int) -> str:  # noqa: ANN401  JSON
    return _listed(body, between, depth) if isinstance(body, list) else _value(body, depth)


def _listed(parts: list[Any], between: str, depth: int) -> str:
    shown = [_value(part, depth) for part in parts[:_MOST]]
    return between.join([*shown, *(["..."] if len(parts) > _MOST else [])])
