"""Rust text as rustfmt lays it out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from analysis.process import run
from repair.toolchain import find_toolchain

_MARK = "// llmigrate-snippet"


def format_rust(text: str) -> str | None:
    """Return a Rust file as rustfmt writes it, or None when it does not parse."""
    # Where rustfmt finds a `rustfmt.toml`, in this folder or the user's, it would lay out what is recorded
    # and compared in another way.
    words = ("--config-path", os.devnull, "--edition", "2024", "--emit", "stdout", "--quiet")
    result = run((find_toolchain().rustfmt, *words), stdin=text.encode())
    return result.stdout.decode() if result.ok else None


def format_snippets(snippets: Sequence[str]) -> tuple[str, ...]:
    """Format many snippets, each a sequence of whole items or comments, with one rustfmt.

    Raise ValueError when one of them is not Rust: snippets are made by rule.
    """
    if not snippets:
        return ()
    joined = "\n\n".join(f"{_MARK}\n\n{snippet}" for snippet in snippets)
    formatted = format_rust(joined)
    if formatted is None:
        raise ValueError(f"generated text is not Rust:\n{joined}")
    parts = re.split(rf"^{_MARK}$\n?", formatted, flags=re.MULTILINE)[1:]
    return tuple(part.strip("\n") for part in parts)
