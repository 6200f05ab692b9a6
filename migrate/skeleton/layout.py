"""Which Rust file each item stands in, and in which order: that of the C."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path

from analysis.inventory import Definition, Inventory
from analysis.rust_items import RustItem
from migrate.skeleton.comments import rust_comment
from migrate.skeleton.crate import module_name, rust_paths
from migrate.skeleton.skeleton import RustFile
from migrate.skeleton.slots import hole_without_rust, make_hole
from migrate.skeleton.symbols import symbol_of
from migrate.skeleton.target import HOSTED, Target
from migrate.skeleton.views import View, named_type
from repair.hole import Hole
from repair.rustfmt import format_snippets

_BINDINGS = "src/bindings.rs"
_BINDINGS_HEAD = """\
//! What the module uses from headers, as bindgen declares it.
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, unnecessary_transmutes, unsafe_op_in_unsafe_fn)]
"""
_GENERATED = "#[allow(clippy::all, clippy::undocumented_unsafe_blocks, unnecessary_transmutes)]"
_OPAQUE = re.compile(r"\b_unused\s*:\s*\[\s*u8\s*;\s*0\w*\s*\]|\{\s*(?:pub\s+)?_address\s*:\s*u8\s*,?\s*\}")
_FROM_HEADERS = Path()

Part = str | Hole


class Layout:
    """The files of a crate while they are being laid out."""

    def __init__(
        self, inventory: Inventory, crate: str, views: tuple[View, ...], target: Target = HOSTED
    ) -> None:
        self.target = target
        self.inventory = inventory
        self.views = views
        self.symbols = {symbol_of(each, crate): each for each in inventory.definitions}
        self._parts: dict[str, list[tuple[tuple[int, int, int], Part]]] = defaultdict(list)
        self._order = {file: number for number, file in enumerate(inventory.files)}
        self._paths = rust_paths(inventory.files)

    def files(self) -> tuple[RustFile, ...]:
        """Lay out every file, formatted."""
        for view in self.views:
            self._place_own_items(view)
        self._place_shared_items()
        self._place_holes()
        self._place_comments()
        paths = sorted(self._parts)
        return tuple(self._file(path, paths) for path in paths)

    def _add(self, file: Path, line: int, part: Part) -> None:
        path = _BINDINGS if file == _FROM_HEADERS else self._paths[file]
        parts = self._parts[path]
        parts.append(((self._order.get(file, -1), line, len(parts)), part))

    def _place_own_items(self, view: View) -> None:
        for item in view.items:
            place = view.place_of(named_type(item)) if self._is_own(view, item) else None
            if place is not None and not self._is_slot(item):
                self._add(view.file, place.line, _with_comment(view, item))

    @cached_property
    def _declaring(self) -> Counter[str]:
        """Count the C files that each declare something of a name."""
        return Counter(name for view in self.views for name in view.declared)

    def _is_slot(self, item: RustItem) -> bool:
        return item.foreign and (item.link_name or item.name) in self.symbols

    def _is_own(self, view: View, item: RustItem) -> bool:
        """Tell whether an item stands in its C file's own Rust file.

        Generated methods and layout assertions of a type stand with the headers' instead, unless two
        C files each have a type of that name.
        """
        if item.foreign:
            return False
        if item.kind == "impl" or item.name == "_":
            return self._declaring[named_type(item)] > 1
        return item.name in view.declared

    def _place_shared_items(self) -> None:
        foreign: list[str] = []
        for (kind, name, _), texts in self._shared().items():
            complete = {text: views for text, views in texts.items() if not _OPAQUE.search(text)}
            if not complete and kind == "struct" and name in self._complete_types:
                continue
            chosen = complete or texts
            if kind.startswith("foreign"):
                foreign.append(next(iter(chosen)))
            elif len(chosen) == 1:
                self._add(_FROM_HEADERS, 0, next(iter(chosen)))
            else:
                self._place_where_seen(chosen)
        if foreign:
            self._add(_FROM_HEADERS, 1, "\n".join(('unsafe extern "C" {', *foreign, "}")))

    def _shared(self) -> Mapping[tuple[str, str, str], Mapping[str, list[View]]]:
        """Collect what headers declare: for each item, the texts that bindgen gives it and who sees them."""
        seen: dict[tuple[str, str, str], dict[str, list[View]]] = defaultdict(lambda: defaultdict(list))
        for view in self.views:
            for item in view.items:
                if not self._is_own(view, item) and not self._is_slot(item):
                    kind = f"foreign {item.kind}" if item.foreign else item.kind
                    seen[kind, item.name, _distinction(item)][item.text].append(view)
        return seen

    def _place_where_seen(self, texts: Mapping[str, list[View]]) -> None:
        """Put an item on which two C files disagree into the Rust files of both."""
        for text, views in texts.items():
            for view in views:
                self._add(view.file, 0, text)

    @cached_property
    def _complete_types(self) -> set[str]:
        return {
            item.name
            for view in self.views
            for item in view.items
            if item.kind in {"struct", "union"} and not _OPAQUE.search(item.text)
        }

    def _place_holes(self) -> None:
        lost = dict(self.symbols)
        for view in reversed(self.views):
            types = {item.name: item for item in view.items if item.kind != "impl" and not item.foreign}
            for item in view.items:
                symbol = item.link_name or item.name
                definition = lost.get(symbol) if item.foreign else None
                if definition is not None and self._is_home(view, definition):
                    del lost[symbol]
                    hole = self.target.hole(make_hole(definition, symbol, item, types), definition)
                    hole = replace(hole, taken=self._names_below(hole.name))
                    self._add(definition.file, definition.line, hole)
        for symbol, definition in lost.items():
            hole = hole_without_rust(definition, symbol, "bindgen has no Rust for it")
            self._add(definition.file, definition.line, hole)

    def _names_below(self, name: str) -> frozenset[str]:
        """Return the names in the crate that begin like the name of a hole's helper."""
        prefix = f"{name}_"
        first = bisect_left(self._names, prefix)
        below = takewhile(lambda each: each.startswith(prefix), islice(self._names, first, None))
        return frozenset(below)

    @cached_property
    def _names(self) -> list[str]:
        own = {definition.name for definition in self.symbols.values()}
        return sorted(own | {item.name for view in self.views for item in view.items})

    def _is_home(self, view: View, definition: Definition) -> bool:
        """Tell whether a definition is compiled with this view's file, the first that includes it."""
        return definition.unit is view.unit

    def _place_comments(self) -> None:
        for file in self.inventory.files:
            if self._paths[file] in self._parts:
                for line, text in _file_comments(self.inventory, file):
                    self._add(file, line, text)

    def _file(self, path: str, paths: list[str]) -> RustFile:
        parts = [part for _, part in sorted(self._parts[path], key=lambda each: each[0])]
        others = "".join(f"use crate::{module_name(other)}::*;\n" for other in paths if other != path)
        head = f"#![allow(unused_imports)]\n\n{others}\n{self.target.c_names}"
        if path == _BINDINGS:
            head = f"{_BINDINGS_HEAD}{head}{self.target.own_types}"
        return RustFile(path, _formatted([head, *parts]))


def _distinction(item: RustItem) -> str:
    """Tell apart items of one kind and name: a type has several `impl`s, assertions have no name."""
    if item.kind == "impl":
        return item.bare.partition("{")[0]
    found = re.search(r'"Size of (\w+)"', item.text) if item.name == "_" else None
    return found[1] if found else ""


def _with_comment(view: View, item: RustItem) -> str:
    if item.kind == "impl":
        return f"{_GENERATED}\n{item.text}"
    types = view.unit.types
    declared = types.get(item.name) or types.get(item.name.removesuffix("_")) or ()
    comment = next((each.comment for each in declared if each.comment), None)
    if comment is None or item.kind == "const":
        return item.text
    return f"{rust_comment(view.unit.source.slice(comment))}\n{item.text}"


def _file_comments(inventory: Inventory, file: Path) -> Iterator[tuple[int, str]]:
    """Find the comments at file scope that belong to no declaration, with their lines."""
    path = inventory.root / file
    for unit in inventory.units:
        if file not in unit.own_files:
            continue
        found = [(unit.lines.place(span.start), span) for span in unit.declarations.comments]
        mine = [(place.line, span) for place, span in found if place is not None and place.file == path]
        for line, span in mine:
            text = rust_comment(unit.source.slice(span))
            if text:
                yield line, text
        if mine:
            return


def _formatted(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Format all text that no model writes, runs of constants without blank lines between them."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str) and _are_constants(part) and _are_constants(last):
            merged[-1] = f"{last}\n{part}"
        else:
            merged.append(part)
    texts = format_snippets([part if isinstance(part, str) else part.value or "" for part in merged])
    return tuple(_with_text(part, text) for part, text in zip(merged, texts, strict=True))


def _with_text(part: Part, text: str) -> Part:
    if isinstance(part, str):
        return text
    return part if part.value is None else replace(part, value=text)


def _are_constants(text: str) -> bool:
    return all(line.startswith("pub const ") and line.endswith(";") for line in text.splitlines())
