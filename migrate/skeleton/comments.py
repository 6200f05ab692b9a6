"""C comments as Rust line comments.

Not doc comments: an indented line in C prose would become a doc test.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*.*?\*/|//(?:\\[ \t]*\r?\n|[^\r\n])*", re.DOTALL)
_LINE_END = re.compile(r"\r\n?|[\n\f\v\x85\u2028\u2029]")
_DECORATION = re.compile(r"^\s*\*+(?:\s|$)|^[\s*]*$")


def rust_comment(text: str) -> str:
    """Return every C comment in a text as `//` lines, one blank `//` line between comments."""
    blocks = (_lines(comment) for comment in _COMMENT.findall(text))
    return "\n//\n".join("\n".join(f"// {line}".rstrip() for line in block) for block in blocks if block)


def _lines(comment: str) -> list[str]:
    if comment.startswith("//"):
        return [line.rstrip("\\ \t").strip() for line in _LINE_END.split(comment.lstrip("/"))]
    body = comment.removeprefix("/*").removesuffix("*/").strip("*")
    lines = [_DECORATION.sub("", line, count=1).rstrip() for line in _LINE_END.split(body)]
    first = lines[0].strip()
    rest = _outdented(lines[1:])
    lines = [first, *rest] if first else rest
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _outdented(lines: list[str]) -> list[str]:
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return [line[margin:] for line in lines]
