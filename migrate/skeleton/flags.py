"""The flags of a C file for a copy of it that stands elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path

from analysis.unit import CompileCommand

_FOLDER_FLAG = re.compile(r"(-I|-iquote|-isystem|-idirafter|-include|-imacros)(.*)", re.DOTALL)


def moved_flags(command: CompileCommand, root: Path, new_root: Path) -> tuple[str, ...]:
    """Return a file's flags for a copy of the module: include folders in the module move with it."""
    moved: list[str] = []
    expects_path = False
    for flag in command.flags:
        named = _FOLDER_FLAG.fullmatch(flag)
        if expects_path:
            moved.append(_moved(flag, command.directory, root, new_root))
        elif named and named[2]:
            moved.append(f"{named[1]}{_moved(named[2], command.directory, root, new_root)}")
        else:
            moved.append(flag)
        expects_path = not expects_path and named is not None and not named[2]
    return tuple(moved)


def _moved(path: str, directory: Path, root: Path, new_root: Path) -> str:
    absolute = Path(os.path.normpath(directory / path))
    if not absolute.exists():
        # A file to include may be named as it is found on the include path.
        return path
    inside = absolute.is_relative_to(root)
    return str(new_root / absolute.relative_to(root)) if inside else str(absolute)
