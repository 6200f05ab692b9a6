"""Rust text moved about without a change of what it means."""

from __future__ import annotations

from analysis.syntax import descendants, parse_rust

_VERBATIM = frozenset({"string_literal", "raw_string_literal", "block_comment"})


def indented(text: str, margin: str) -> str:
    """Put a margin in front of every line, but for those that begin inside a string or comment."""
    inside: set[int] = set()
    for each in descendants(parse_rust(text.encode()), _VERBATIM):
        inside.update(range(each.start_point.row + 1, each.end_point.row + 1))
    lines = text.split("\n")
    return "\n".join(margin + line if line and at not in inside else line for at, line in enumerate(lines))
