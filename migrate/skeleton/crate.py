"""Put the crate together: a pure function of the skeleton and the plugs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.inventory import Kind
from analysis.rust_keywords import KEYWORDS
from analysis.unit import CompileCommand
from migrate.skeleton.bindings import EDITION, RUST_VERSION
from migrate.skeleton.skeleton import RustFile, Skeleton
from repair.hole import Hole
from repair.plug import C_PLUG, Lines, Plug, PlugKind, RenderedCrate

_MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "{edition}"
rust-version = "{rust_version}"
publish = false

[lib]
crate-type = ["rlib", "staticlib"]
{build_dependencies}
[lints.rust]
dead_code = "allow"
non_camel_case_types = "allow"
non_snake_case = "allow"
non_upper_case_globals = "allow"
unsafe_op_in_unsafe_fn = "deny"

[lints.clippy]
missing_safety_doc = "allow"
undocumented_unsafe_blocks = "deny"
"""
_RESERVED = KEYWORDS | {"lib", "main", "bindings", "transpiled", "build", "core", "std", "alloc"}
"""Words that cannot name a module, and names that the crate uses itself."""
_BUILD_DEPENDENCIES = '\n[build-dependencies]\ncc = "1.2"\n'


@dataclass(frozen=True, slots=True)
class Assembly:
    """Renders a skeleton with any set of plugs."""

    skeleton: Skeleton
    linkable: bool = False
    """Whether every definition keeps its link symbol, for being called from outside one at a time."""

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the whole crate; holes that are not named stay in C, and C leaves when none does."""
        complete = {hole.ident: plugs.get(hole.ident, C_PLUG) for hole in self.skeleton.holes}
        remaining = _remaining_c(self.skeleton, complete)
        transpiled = any(plug.kind is PlugKind.TRANSPILED for plug in complete.values())
        mixed = self.linkable or bool(remaining) or transpiled
        files: dict[str, bytes] = {
            "Cargo.toml": _manifest(self.skeleton.crate, remaining).encode(),
            "src/lib.rs": _library(self.skeleton, complete).encode(),
        }
        lines: dict[str, Lines] = {}
        for file in self.skeleton.files:
            text, where = _rust_file(self.skeleton, file, complete, mixed=mixed)
            files[file.path] = text.encode()
            lines |= where
        files |= _transpiled(complete)
        if remaining:
            files |= _c_files(self.skeleton, complete)
            files["build.rs"] = _build_script(self.skeleton, remaining).encode()
        return RenderedCrate(files, lines)


def rust_paths(files: Iterable[Path]) -> dict[Path, str]:
    """Return the file under `src/` that mirrors each C file; a header shares that of its C file."""
    stems: dict[Path, str] = {}
    for file in files:
        whole = file.with_suffix("")
        if whole not in stems:
            stem = _stem(whole)
            while stem in stems.values():
                stem += "_"
            stems[whole] = stem
    return {file: f"src/{stems[file.with_suffix('')]}.rs" for file in files}


def _stem(path: Path) -> str:
    parts = [re.sub(r"\W", "_", part, flags=re.ASCII) for part in path.parts]
    stem = "_".join(parts)
    reserved = stem in _RESERVED
    return f"{'_' if stem[:1].isdigit() else ''}{stem}{'_' if reserved or not stem.strip('_') else ''}"


def module_name(path: str) -> str:
    """Return the Rust module that a file under `src/` is."""
    return Path(path).stem


def _manifest(name: str, remaining: Iterable[CompileCommand]) -> str:
    return _MANIFEST.format(
        name=name,
        edition=EDITION,
        rust_version=RUST_VERSION,
        build_dependencies=_BUILD_DEPENDENCIES if remaining else "",
    )


def _library(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> str:
    modules = sorted(module_name(file.path) for file in skeleton.files)
    lines = [f"//! The C module `{skeleton.crate}` in Rust, with the interface of the C.", ""]
    lines += [f"pub mod {name};" for name in modules]
    transpiled = [ident for ident, plug in plugs.items() if plug.kind is PlugKind.TRANSPILED]
    if transpiled:
        lines += ["mod transpiled;"]
    return "\n".join((*lines, ""))


def _rust_file(
    skeleton: Skeleton, file: RustFile, plugs: Mapping[str, Plug], *, mixed: bool
) -> tuple[str, dict[str, Lines]]:
    pieces: list[str] = []
    where: dict[str, Lines] = {}
    next_line = 1
    for part in file.parts:
        text = part if isinstance(part, str) else _slot(skeleton, part, plugs, mixed=mixed)
        if isinstance(part, Hole) and part.value is None and plugs[part.ident].kind is PlugKind.RUST:
            last = next_line + text.count("\n")
            first = last - plugs[part.ident].text.count("\n")
            where[part.ident] = Lines(file.path, first, last)
        pieces.append(text)
        next_line += text.count("\n") + 2
    return "\n\n".join(pieces) + "\n", where


def _slot(skeleton: Skeleton, hole: Hole, plugs: Mapping[str, Plug], *, mixed: bool) -> str:
    if hole.value is not None:
        return _with_comment(hole, _linkage(hole, mixed) + hole.value)
    plug = plugs[hole.ident]
    match plug.kind:
        case PlugKind.RUST:
            return _with_comment(hole, _linkage(hole, mixed) + plug.text)
        case PlugKind.UNIMPLEMENTED:
            return _with_comment(hole, _linkage(hole, mixed) + _unimplemented(hole))
        case _:
            return _with_comment(hole, skeleton.declarations[hole.ident])


def _with_comment(hole: Hole, text: str) -> str:
    return f"{hole.comment}\n{text}" if hole.comment else text


def _linkage(hole: Hole, mixed: bool) -> str:
    if not hole.local:
        exact = hole.symbol == hole.name
        return "#[unsafe(no_mangle)]\n" if exact else f'#[unsafe(export_name = "{hole.symbol}")]\n'
    return f'#[unsafe(export_name = "{hole.symbol}")]\n' if mixed else ""


def _unimplemented(hole: Hole) -> str:
    if hole.kind is Kind.FUNCTION:
        return f'{hole.signature} {{\n    unimplemented!("{hole.name} is not migrated yet")\n}}'
    return f"{hole.signature} = unsafe {{ core::mem::zeroed() }};"


def _transpiled(plugs: Mapping[str, Plug]) -> dict[str, bytes]:
    found = {ident: plug for ident, plug in plugs.items() if plug.kind is PlugKind.TRANSPILED}
    names = {ident: re.sub(r"\W", "_", ident) for ident in found}
    files = {f"src/transpiled/{names[ident]}.rs": plug.text.encode() for ident, plug in found.items()}
    if found:
        modules = "".join(f"mod {name};\n" for name in sorted(names.values()))
        files["src/transpiled/mod.rs"] = f"//! Functions as c2rust transpiled them.\n\n{modules}".encode()
    return files


def _remaining_c(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> tuple[CompileCommand, ...]:
    """Return the C files that still define something Rust does not."""
    in_c = {ident for ident, plug in plugs.items() if plug.kind is PlugKind.C}
    files = {skeleton.by_ident[ident].file for ident in in_c}
    sources = {command.file.relative_to(skeleton.root) for command in skeleton.commands}
    headers_in_use = bool(files - sources)
    return tuple(
        command
        for command in skeleton.commands
        if headers_in_use
        or command.file.relative_to(skeleton.root) in files
        or command.file.relative_to(skeleton.root) in skeleton.wrappers
    )


def _c_files(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> dict[str, bytes]:
    taken = _taken(skeleton, plugs)
    files: dict[str, bytes] = {}
    for exposed in skeleton.exposed:
        wrappers = skeleton.wrappers.get(exposed.file, "")
        text = exposed.text(taken)
        files[f"c/{exposed.file.as_posix()}"] = text + f"\n{wrappers}\n".encode() if wrappers else text
    return files


def _taken(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> dict[str, str]:
    rust = (
        hole for hole in skeleton.slots if hole.value is not None or plugs[hole.ident].kind is not PlugKind.C
    )
    return {hole.ident: array_length(hole) for hole in rust}


def array_length(hole: Hole) -> str:
    """Return the outermost length of an array variable as C writes it, or nothing."""
    lengths = re.findall(r"; *(\d+)\]", hole.signature) if hole.kind is Kind.GLOBAL else []
    return lengths[-1] if lengths else ""


def _build_script(skeleton: Skeleton, remaining: Iterable[CompileCommand]) -> str:
    steps = list(_build_steps(skeleton, remaining))
    return (
        "//! Builds what is still C.\n\nfn main() {\n"
        + "\n".join(steps)
        + '\n    println!("cargo::rerun-if-changed=c");\n}\n'
    )


def _build_steps(skeleton: Skeleton, remaining: Iterable[CompileCommand]) -> Iterator[str]:
    for number, command in enumerate(remaining):
        file = command.file.relative_to(skeleton.root).as_posix()
        yield f'    cc::Build::new()\n        .file("c/{file}")'
        for flag in moved_flags(command, skeleton.root, Path("c")):
            yield f'        .flag("{_escaped(flag)}")'
        yield f'        .warnings(false)\n        .compile("{skeleton.crate}_c{number}");'


def _escaped(flag: str) -> str:
    return flag.replace("\\", "\\\\").replace('"', '\\"')


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
