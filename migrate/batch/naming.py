"""Names of modules as people read them, and as folders."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import PurePath

_LONGEST = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def readable(path: PurePath | str) -> str:
    """Return a path as one line of text that every file can hold, whatever its bytes are."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def folder_name(name: str) -> str:
    """Return the folder for a name: the name itself where it is a safe one, otherwise like it and unique."""
    safe = _UNSAFE.sub("-", name).strip(".-")[:_LONGEST] or "module"
    if safe == name:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{safe}-{digest[:8]}"
