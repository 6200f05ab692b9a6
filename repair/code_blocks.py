"""The fenced code blocks of an answer."""

from __future__ import annotations

import re
from collections.abc import Collection

RUST = frozenset({"rust", "rs"})
"""How blocks of Rust are marked."""
NO_RUST = "The answer has no code block that starts with ```rust."
_BLOCK = re.compile(r"^[ \t]*```(\w*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)


def rust_in(answer: str) -> str | None:
    """Return the Rust of an answer, or None where no block holds any."""
    return code_in(answer, RUST)


def code_in(answer: str, languages: Collection[str]) -> str | None:
    """Return the blocks marked as one of the languages, else those without a mark; None where none is."""
    found: list[tuple[str, str]] = _BLOCK.findall(answer.replace("\r\n", "\n"))
    marked = [text for language, text in found if language in languages]
    chosen = marked or [text for language, text in found if not language]
    return "\n\n".join(chosen) if chosen else None
