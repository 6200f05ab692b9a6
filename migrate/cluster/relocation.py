"""Paths of one machine as they are on another, where carried files stand below a folder of their own."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

_WORD = re.compile(r"(-{1,2}[A-Za-z][\w-]*=|-[A-Za-z]+)?(/.*)", re.DOTALL)
"""A path, perhaps with the option that it is given with: `/a`, `-I/a`, `-isystem/a`, `--sysroot=/a`."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """Where carried files are: each at its own path below `tree`."""

    tree: Path
    carried: frozenset[Path]
    """The files and the folders that they are in."""

    def path(self, path: Path) -> Path:
        """Return where a path of the machine that files came from is here."""
        return self.tree / path.relative_to(path.anchor)

    def word(self, word: str) -> str:
        """Return a word of a command or a setting with the path in it, if that was carried, as it is here."""
        found = _WORD.fullmatch(word)
        if found is None or Path(os.path.normpath(found[2])) not in self.carried:
            return word
        return f"{found[1] or ''}{self.path(Path(found[2]))}"

    def value(self, value: Any) -> Any:
        """Return a value as JSON and TOML have them with every word in it as it is here."""
        if isinstance(value, str):
            return self.word(value)
        if isinstance(value, Mapping):
            return {key: self.value(each) for key, each in value.items()}
        return [self.value(each) for each in value] if isinstance(value, list | tuple) else value

    def settings(self, text: str) -> str:
        """Return the text of a settings file as it has to be here."""
        data = tomllib.loads(text)
        moved = self.value(data)
        return text if moved == data else "".join(f"{json.dumps(k)} = {_toml(v)}\n" for k, v in moved.items())

    def database(self, entries: list[dict[str, Any]]) -> str:
        """Return the text of a compilation database, whose commands are lists of words, as it has to be."""
        return json.dumps(self.value(entries), indent=1)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, bool | int) else repr(value)
