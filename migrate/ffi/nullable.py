"""Parameters that the C tests for NULL at once, and what it returns then."""

from __future__ import annotations

import re

_CONDITION = r"(?:{name}\s*==\s*(?:NULL|0)|(?:NULL|0)\s*==\s*{name}|!\s*{name})"
_RETURN = r"\s*(?:\{{\s*)?return\b\s*([^;]*);"
_NUMBER = re.compile(r"-?\d+")


def nullable_of(c_text: str, parameters: tuple[str, ...]) -> dict[str, str]:
    """Return what a C function returns for parameters that are NULL, as Rust has it; nothing for `void`."""
    body = c_text.partition("{")[2]
    found: dict[str, str] = {}
    for name in parameters:
        condition = _CONDITION.format(name=re.escape(name))
        tested = re.search(rf"\bif\s*\(\s*{condition}\s*\)" + _RETURN.format(), body)
        value = tested[1].strip(" ()") if tested is not None else None
        if value is not None and (value in {"", "NULL"} or _NUMBER.fullmatch(value)):
            found[name] = value
    return found
