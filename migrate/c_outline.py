"""What a C file declares, as prompts show it: the module's own text, function bodies left out."""

from __future__ import annotations

from pathlib import Path

from analysis.inventory import Inventory


def declarations_of(inventory: Inventory, home: Path) -> str:
    """Show the module's own part of a file and its headers, function bodies left out."""
    unit = next(each for each in inventory.units if each.file == home)
    headers = [file for file in inventory.files if file in unit.own_files and file != home]
    return "\n\n".join(f"/* {file.as_posix()} */\n{outline_of(inventory, file)}" for file in (*headers, home))


def outline_of(inventory: Inventory, file: Path) -> str:
    """Show one file of the module, function bodies left out."""
    declarations = inventory.originals[file]
    pieces: list[bytes] = []
    position = 0
    for function in sorted(declarations.functions, key=lambda each: each.body.start):
        head = declarations.source.text[position : function.body.start].rstrip()
        pieces += [head, b";"]
        position = function.body.end
    text = b"".join((*pieces, declarations.source.text[position:]))
    return text.decode("utf-8", "backslashreplace").strip()
