"""Put the crate together: a pure function of the skeleton and the plugs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.inventory import Kind
from analysis.rust_keywords import KEYWORDS
from analysis.unit import CompileCommand
from migrate.skeleton.skeleton import RustFile, Skeleton
from repair.hole import Hole
from repair.plug import C_PLUG, Lines, Plug, PlugKind, RenderedCrate

_RESERVED = KEYWORDS | {"lib", "main", "bindings", "transpiled", "build", "core", "std", "alloc"}
"""Words that cannot name a module, and names that the crate uses itself."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Renders a skeleton with any set of plugs."""

    skeleton: Skeleton
    linkable: bool = False
    """Whether every definition keeps its link symbol, for being called from outside one at a time."""

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the whole crate; holes that are not named stay in C, and C leaves when none does."""
        open_slots = (hole.ident for hole in self.skeleton.slots if hole.value is None)
        complete = {ident: plugs.get(ident, C_PLUG) for ident in open_slots}
        remaining = _remaining_c(self.skeleton, complete)
        transpiled = any(plug.kind is PlugKind.TRANSPILED for plug in complete.values())
        mixed = self.linkable or bool(remaining) or transpiled
        files: dict[str, bytes] = {
            "src/lib.rs": _library(self.skeleton, complete).encode(),
            **{path: text.encode() for path, text in self._fixed_files(remaining).items()},
        }
        lines: dict[str, Lines] = {}
        for file in self.skeleton.files:
            text, where = _rust_file(self.skeleton, file, complete, mixed=mixed)
            files[file.path] = text.encode()
            lines |= where
        modules, where = _transpiled(complete)
        files |= modules
        lines |= where
        if remaining:
            files |= _c_files(self.skeleton, complete)
        return RenderedCrate(files, lines)

    def _fixed_files(self, remaining: tuple[CompileCommand, ...]) -> Mapping[str, str]:
        """Return the files that no definition of the C stands in."""
        target = self.skeleton.target
        return {**target.modules, **target.build_files(self.skeleton.crate, self.skeleton.root, remaining)}


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


def _library(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> str:
    own = sorted(module_name(path) for path in skeleton.target.modules)
    modules = sorted(module_name(file.path) for file in skeleton.files)
    lines = [f"//! The C module `{skeleton.crate}` in Rust, with the interface of the C.", ""]
    lines += [*skeleton.target.attributes.splitlines(), *(f"mod {name};" for name in own)]
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
    return f"{hole.linkage}\n" if mixed or not hole.local else ""


def _unimplemented(hole: Hole) -> str:
    if hole.kind is Kind.FUNCTION:
        return f'{hole.signature} {{\n    unimplemented!("{hole.name} is not migrated yet")\n}}'
    return f"{hole.signature} = unsafe {{ core::mem::zeroed() }};"


def _transpiled(plugs: Mapping[str, Plug]) -> tuple[dict[str, bytes], dict[str, Lines]]:
    found = {ident: plug for ident, plug in plugs.items() if plug.kind is PlugKind.TRANSPILED}
    names = {ident: re.sub(r"\W", "_", ident) for ident in found}
    paths = {ident: f"src/transpiled/{name}.rs" for ident, name in names.items()}
    files = {paths[ident]: plug.text.encode() for ident, plug in found.items()}
    if found:
        modules = "".join(f"mod {name};\n" for name in sorted(names.values()))
        files["src/transpiled/mod.rs"] = f"//! Functions as c2rust transpiled them.\n\n{modules}".encode()
    return files, {ident: Lines(paths[ident], 1, plug.text.count("\n") + 1) for ident, plug in found.items()}


def _remaining_c(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> tuple[CompileCommand, ...]:
    """Return the C files that still define something Rust does not."""
    in_c = {ident for ident, plug in plugs.items() if plug.kind is PlugKind.C}
    files = {skeleton.by_ident[ident].file for ident in in_c}
    sources = {command.file.relative_to(skeleton.root) for command in skeleton.commands}
    headers_in_use = bool(files - sources)
    needed = tuple(
        command
        for command in skeleton.commands
        if headers_in_use
        or command.file.relative_to(skeleton.root) in files
        or command.file.relative_to(skeleton.root) in skeleton.closing
    )
    return skeleton.target.staying(needed, skeleton.commands)


def _c_files(skeleton: Skeleton, plugs: Mapping[str, Plug]) -> dict[str, bytes]:
    taken = _taken(skeleton, plugs)
    files: dict[str, bytes] = {}
    for exposed in skeleton.exposed:
        closing = skeleton.closing.get(exposed.file, "")
        text = exposed.text(taken)
        files[f"c/{exposed.file.as_posix()}"] = text + f"\n{closing}\n".encode() if closing else text
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
