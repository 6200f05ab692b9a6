"""The fenced code blocks of an answer."""

from __future__ import annotations

import re
from collections.abc import Collection

_BLOCK = re.compile(r"^[ \t]*```(\w*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)


def code_in(answer: str, languages: Collection[str]) -> str | None:
    """Return the blocks marked as one of the languages, else those without a mark; None where none is."""
    found: list[tuple[str, str]] = _BLOCK.findall(answer.replace("\r\n", "\n"))
    marked = [text for language, text in found if language in languages]
    chosen = marked or [text for language, text in found if not language]
    return "\n\n".join(chosen) if chosen else None
