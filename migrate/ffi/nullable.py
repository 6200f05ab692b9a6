"""Parameters that the C tests for NULL at once, and what it returns then."""

from __future__ import annotations

import re

_NULL = r"(?:{name}\s*==\s*(?:NULL|0)|(?:NULL|0)\s*==\s*{name}|!\s*{name})"
_THERE = r"(?:{name}\s*!=\s*(?:NULL|0)|(?:NULL|0)\s*!=\s*{name}|{name})"
_RETURN = re.compile(r"\breturn\b\s*([^;]*);")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_NUMBER = re.compile(r"-?\d+")


def nullable_of(c_text: str, parameters: tuple[str, ...]) -> dict[str, str]:
    """Return what a C function returns for parameters that are NULL, as Rust has it; nothing for `void`.

    It is read from `if (!p) return ...;`, where other conditions may stand beside the test with `||`, and
    from a leading `if (p) ...` where the function's last statement returns a number, or it returns nothing.
    """
    body = _COMMENT.sub(" ", c_text).partition("{")[2]
    found: dict[str, str] = {}
    for name in parameters:
        value = _returned_for_null(body, re.escape(name))
        if value is not None and (value in {"", "NULL"} or _NUMBER.fullmatch(value)):
            found[name] = value
    return found


def _returned_for_null(body: str, name: str) -> str | None:
    test = _NULL.format(name=name)
    condition = rf"\(\s*(?:[^;&{{}}]*\|\|\s*)?{test}\s*(?:\|\|[^;&{{}}]*)?\)"
    tested = re.search(rf"\bif\s*{condition}\s*(?:\{{\s*)?return\b\s*([^;]*);", body)
    if tested is not None:
        return tested[1].strip(" ()")
    opening = re.match(rf"\s*if\s*\(\s*{_THERE.format(name=name)}\s*\)", body)
    if opening is None:
        return None
    returned = _RETURN.findall(body)
    last = re.search(r"\breturn\b\s*([^;]*);\s*\}\s*$", body)
    if last is not None:
        return str(last[1]).strip(" ()")
    return "" if not returned else None
