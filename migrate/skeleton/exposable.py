"""What exposing cannot do, said before anything is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from analysis.declarations import Declarations, Function, Variable
from analysis.inventory import Definition, Inventory
from analysis.lexer import lex
from migrate.errors import BaselineError

_ALIAS = re.compile(rb'\balias(?:__)?\s*\(\s*"(\w+)"')
_STATIC = re.compile(rb"\bstatic\b")


def check_exposable(inventory: Inventory) -> None:
    """Raise BaselineError for C whose meaning would change if its file-local definitions were exposed."""
    for file, declarations in inventory.originals.items():
        _check_mixed(file, declarations)
        _check_aliases(file, declarations, inventory)
    shared = _shared_headers(inventory)
    for each in inventory.definitions:
        if each.file in shared and not each.generated:
            _check_copies(each)


def promised(inventory: Inventory) -> Iterator[tuple[Path, Definition]]:
    """Find the file-local functions that a header declares and a C file defines, with that header.

    Raise BaselineError where several C files each define one.
    """
    static = [each for each in inventory.functions if each.static and not each.generated]
    for file, declarations in inventory.originals.items():
        names = {each.name for each in declarations.prototypes if each.static}
        readers = [unit for unit in inventory.units if names and file in unit.own_files]
        found: dict[str, Definition] = {}
        for each in static:
            if each.name in names and each.file != file and each.unit in readers:
                if each.name in found:
                    both = f"{found[each.name].file} and {each.file}"
                    raise BaselineError(
                        f"{file} declares `static {each.name}`, which {both} both define; declare it there"
                    )
                found[each.name] = each
        yield from ((file, each) for each in found.values())


def _check_mixed(file: Path, declarations: Declarations) -> None:
    functions = {each.span for each in declarations.prototypes}
    for each in declarations.variables:
        if each.span in functions and not each.extern:
            line = declarations.source.line(each.span.start)
            raise BaselineError(
                f"{file}:{line} declares variables and functions in one declaration; write one for each"
            )


def _check_aliases(file: Path, declarations: Declarations, inventory: Inventory) -> None:
    for name in set(_ALIAS.findall(declarations.source.text)):
        target = inventory.resolve(name.decode(), file)
        if target is not None and target.static:
            raise BaselineError(
                f"{file} makes an alias of {target.name}, which cannot stay `static` while C and Rust "
                f"are mixed; remove the alias attribute, or `static` from {target.name}"
            )


def _check_copies(definition: Definition) -> None:
    """Refuse what every C file that includes a header has its own copy of: there would be one for all."""
    if isinstance(definition.declared, Variable):
        copied = definition.static and not definition.declared.const
    else:
        copied = definition.static and _STATIC.search(_body(definition)) is not None
    if copied:
        raise BaselineError(
            f"each C file that includes {definition.file} has its own copy of the static data of "
            f"{definition.name} (line {definition.line}), which one crate cannot keep apart; "
            "move it into a C file, or make a module of each C file"
        )


def _body(definition: Definition) -> bytes:
    declared = definition.declared
    span = declared.body if isinstance(declared, Function) else declared.span
    return lex(definition.unit.source.text[span.start : span.end]).code


def _shared_headers(inventory: Inventory) -> set[Path]:
    """Return the files that more than one C file includes."""
    seen: set[Path] = set()
    shared: set[Path] = set()
    for unit in inventory.units:
        shared |= seen & unit.own_files
        seen |= unit.own_files
    return shared
