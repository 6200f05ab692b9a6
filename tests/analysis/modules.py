"""Small C modules for tests of what is found in them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from analysis.inventory import Inventory, take_inventory
from analysis.unit import CompileCommand, TranslationUnit, read_unit


def inventory_of(folder: Path, files: Mapping[str, str]) -> Inventory:
    """Write C files and headers into a folder and list what the C files define."""
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text))
    commands = [CompileCommand(folder / name, (), folder) for name in files if name.endswith(".c")]
    units = [read_unit(command, folder) for command in commands]
    return take_inventory((unit for unit in units if isinstance(unit, TranslationUnit)), folder)
