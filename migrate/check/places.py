"""How files of a tree are named where other tools look for them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def named_from(root: Path, file: str) -> str:
    """Name a file of the tree from the current folder, in which a CI has its checkout, or else in full."""
    whole = root / file
    here = Path.cwd().resolve()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.as_posix()


def uri_of(named: str) -> str:
    """Return the name of a file as a URI reference."""
    return f"file://{quote(named)}" if named.startswith("/") else quote(named)
