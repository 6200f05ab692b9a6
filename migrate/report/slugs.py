"""Names of files and of places in pages, for things whose own names may hold anything."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 80
_UNSAFE_IN_FILES = re.compile(r"[^A-Za-z0-9_.-]+")
_UNSAFE_IN_PLACES = re.compile(r"[^A-Za-z0-9_.:/-]+")


def file_slug(name: str) -> str:
    """Return a name for a file: the name itself where every system and every address can have it."""
    return _slug(name, _UNSAFE_IN_FILES)


def place_slug(name: str) -> str:
    """Return a name for a place in a page: the name itself where an address can have it."""
    return f"fn-{_slug(name, _UNSAFE_IN_PLACES)}"


def short_hash(text: str) -> str:
    """Return a few letters that differ where texts differ."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _slug(name: str, unsafe: re.Pattern[str]) -> str:
    safe = unsafe.sub("-", name).strip("-.")[:_LONGEST]
    return name if safe == name else f"{safe}-{short_hash(name)}".lstrip("-")
