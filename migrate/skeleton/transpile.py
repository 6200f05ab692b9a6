"""The transpiled plug: c2rust's translation of one definition, in a module of its own.

The module has its own copies of the types, which agree in layout, and meets the rest of the crate at
link symbols only.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from analysis.inventory import Kind
from analysis.process import run
from migrate.errors import SettingsError
from migrate.skeleton.bindings import TOOLS
from migrate.skeleton.bit_methods import with_bit_methods
from migrate.skeleton.crate import array_length
from migrate.skeleton.flags import moved_flags
from migrate.skeleton.skeleton import Skeleton
from repair.hole import Hole
from repair.plug import Plug, PlugKind
from repair.rustfmt import format_rust

_OUTSIDE = re.compile(r"\bBitfieldStruct\b|\blibc::|\bf128\b")
"""What c2rust's text takes from crates that ours does not depend on."""

_ALLOWED = (
    "#![allow(clashing_extern_declarations, clippy::all, clippy::undocumented_unsafe_blocks, "
    "static_mut_refs, unpredictable_function_pointer_comparisons, unsafe_op_in_unsafe_fn, "
    "unused_assignments, unused_mut)]"
)


def find_c2rust() -> str:
    """Return the c2rust to use. Raise SettingsError when there is none."""
    own = TOOLS / "c2rust"
    found = str(own) if own.exists() else shutil.which("c2rust")
    if found is None:
        raise SettingsError(
            "c2rust is not installed, so neither --strategy transpile nor --fallback transpiled can work; "
            "run `make packages`, or choose another"
        )
    return found


def transpile(skeleton: Skeleton, hole: Hole) -> Plug | None:
    """Translate one definition by rule, or return None where c2rust or its result does not serve."""
    if hole.stays is not None:
        return None
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as folder:
        text = _transpiled(skeleton, hole, Path(folder))
    adapted = None if text is None else _adapted(skeleton, hole, text)
    if adapted is None or _OUTSIDE.search(adapted) or f'"{hole.symbol}"' not in adapted:
        return None
    formatted = format_rust(adapted)
    return None if formatted is None else Plug(PlugKind.TRANSPILED, formatted)


def _transpiled(skeleton: Skeleton, hole: Hole, folder: Path) -> str | None:
    reduced = _reduced(skeleton, hole, folder)
    if reduced is None:
        return None
    (folder / "one.c").write_bytes(reduced)
    command = {"directory": str(folder), "file": "one.c", "arguments": ["gcc", "-w", "-c", "one.c"]}
    (folder / "compile_commands.json").write_text(json.dumps([command]))
    database = folder / "compile_commands.json"
    ended = run(
        (find_c2rust(), "transpile", "--disable-rustfmt", "-o", folder / "out", database), timeout=120
    )
    result = folder / "out" / "src" / "one.rs"
    return result.read_text() if ended.ok and result.is_file() else None


def _reduced(skeleton: Skeleton, hole: Hole, folder: Path) -> bytes | None:
    """Preprocess the hole's file with every other definition reduced to its declaration."""
    taken = {each.ident: array_length(each) for each in skeleton.slots if each.ident != hole.ident}
    for exposed in skeleton.exposed:
        path = folder / "c" / exposed.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(exposed.text(taken))
    source = skeleton.home[hole.ident]
    command = next(each for each in skeleton.commands if each.file.relative_to(skeleton.root) == source)
    flags = moved_flags(command, skeleton.root, folder / "c")
    preprocessed = run(("gcc", *flags, "-E", folder / "c" / source), cwd=command.directory)
    return preprocessed.stdout if preprocessed.ok else None


def _adapted(skeleton: Skeleton, hole: Hole, text: str) -> str:
    """Bring c2rust's text to edition 2024 and to the symbols that the crate links by."""
    body = re.sub(r"^#!\[[^\n]*\]\n|^#!\[allow\(.*?\)\]\n", "", text, flags=re.MULTILINE | re.DOTALL)
    body = re.sub(r'^extern "C" {', 'unsafe extern "C" {', body, flags=re.MULTILINE)
    body = re.sub(r'(?<!\()\b(link_section = "[^"]*")', r"unsafe(\1)", body)
    body = with_bit_methods(body.replace("::libc::intptr_t", "isize"))
    is_function = hole.kind is Kind.FUNCTION
    item = rf'unsafe extern "C" fn {hole.name}\(' if is_function else f"static mut {hole.name}:"
    body = re.sub(
        rf"#\[no_mangle\](?=\s*(?:#\[[^\]]*\]\s*)*pub {item})",
        f'#[unsafe(export_name = "{hole.symbol}")]',
        body,
    )
    for other in _seen_from(skeleton, hole):
        if other.symbol != other.name and other.ident != hole.ident:
            link = f'#[link_name = "{other.symbol}"]\n'
            body = re.sub(
                rf"^(\s*)((?:fn|static(?: mut)?) {other.name}\b)", rf"\1{link}\1\2", body, flags=re.M
            )
    return f"//! `{hole.name}`, as c2rust transpiled it.\n{_ALLOWED}\n\n{body}"


def _seen_from(skeleton: Skeleton, hole: Hole) -> Iterable[Hole]:
    """Return what each name of the module means in a hole's file: its own first, then a header's."""
    sources = {command.file.relative_to(skeleton.root) for command in skeleton.commands}

    def nearness(other: Hole) -> tuple[bool, bool, bool]:
        return other.file == hole.file, other.file not in sources, not other.local

    return {other.name: other for other in sorted(skeleton.slots, key=nearness)}.values()
