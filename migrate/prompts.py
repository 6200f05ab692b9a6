"""Prompts: what a model is told about one hole, the part that never changes first."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2

from analysis.declarations import Function
from analysis.inventory import Definition, Inventory, Kind
from analysis.rust_items import RustItem
from analysis.slices import Slice
from migrate.errors import SettingsError
from migrate.model.exchange import Message
from migrate.skeleton.skeleton import Skeleton
from migrate.skeleton.tails import WITH_TAIL
from repair.hole import Hole
from repair.verdict import Finding

_OURS = Path(__file__).resolve().parent.parent / "prompts"
_WELL_KNOWN = frozenset({"NULL", "EOF", "offsetof", "bool", "true", "false"})
_RECORDS = frozenset({"struct", "union"})
_BY_VALUE = re.compile(r": (?:\[)?([A-Za-z_]\w*)[,;]")
_GETTER = re.compile(
    r"pub fn (\w+)\(&self\) -> (\w+) \{.*?\b(_bitfield_\d+)\s*\.get_const::<(\d+)(?:usize)?, (\d+)u8>",
    re.DOTALL,
)


class Templates:
    """The prompt templates in force: a user's own by file name, ours otherwise."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the templates. Raise SettingsError when a user's folder is not there."""
        if folder is not None and not folder.is_dir():
            raise SettingsError(f"the prompt folder {folder} does not exist; correct `run.prompts`")
        self.folders = [each for each in (folder, _OURS) if each is not None]
        loader = jinja2.FileSystemLoader(self.folders)
        self._environment = jinja2.Environment(
            loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=False, autoescape=False
        )

    @cached_property
    def digest(self) -> str:
        """The content hash of all templates together."""
        texts = (self._source(name) for name in sorted(self._environment.list_templates(extensions=["j2"])))
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Fill a template. Raise SettingsError when a user's template does not work."""
        try:
            return self._environment.get_template(name).render(values).strip()
        except Exception as error:  # a user's template can raise anything
            raise SettingsError(f"the prompt template {name} does not work: {error}; correct it") from None

    def _source(self, name: str) -> str:
        loader = self._environment.loader
        return loader.get_source(self._environment, name)[0] if loader else ""


@dataclass(frozen=True)
class Prompter:
    """Writes the prompts of one module."""

    templates: Templates
    inventory: Inventory
    slices: Mapping[str, Slice]
    skeleton: Skeleton

    def first(self, hole: Hole) -> tuple[Message, ...]:
        """Return the prompt that asks for a hole."""
        prefix = self.skeleton.target.prompts
        template = f"{prefix}{'function' if hole.kind is Kind.FUNCTION else 'global'}.j2"
        return (
            Message("system", self.templates.render(f"{prefix}system.j2", {})),
            Message("user", self.templates.render(template, self._values(hole))),
        )

    def fingerprint(self, hole: Hole) -> str:
        """Return the hash of what a hole's translation depends on: its C, its signature and its slice.

        Neither the model nor the wording of the prompts is part of it: Rust that was accepted stays so.
        """
        values = {name: _unordered(str(value)) for name, value in self._values(hole).items()}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def repair(
        self, hole: Hole, shown: str | None, findings: Sequence[Finding], lines: bool, times: int = 1
    ) -> tuple[Message, ...]:
        """Return the prompt that asks again: what was answered, and what was wrong with it.

        `shown` is the candidate, or an answer that held none; `lines` says that findings count its lines;
        `times` is how often this very answer came by now.
        """
        values = {"findings": findings, "lines": lines, "times": times}
        again = self.templates.render("repair.j2", values)
        answered = (Message("assistant", shown),) if shown else ()
        return (*self.first(hole), *answered, Message("user", again))

    def _values(self, hole: Hole) -> dict[str, object]:
        definition = self.inventory.by_ident[hole.ident]
        needed = self.slices[hole.ident]
        target = self.skeleton.target
        items = self.skeleton.items[unit_file(self.inventory, definition)]
        items = target.shown(items, self._named(definition, needed))
        rust = "\n\n".join(self._rust(needed, items, hole.signature))
        return {
            "file": hole.file.as_posix(),
            "c_text": definition.commented,
            "signature": hole.signature,
            "rust": rust,
            "functions": "\n".join(self._functions(needed, items)).strip(),
            "macros": "\n".join(self.macros(definition, needed, items).values()),
            "bit_fields": "__BindgenBitfieldUnit" in rust,
            **target.context(self.inventory, hole.ident, needed),
        }

    def _named(self, definition: Definition, needed: Slice) -> frozenset[str]:
        """Return every name in a definition's text and in the macros that it uses."""
        macros = definition.unit.macros
        brought = (macros[name].references for name in needed.macros if name in macros)
        fields = definition.declared.fields if isinstance(definition.declared, Function) else frozenset[str]()
        return definition.references.union(fields, *brought)

    def _rust(self, needed: Slice, items: Mapping[str, RustItem], signature: str) -> Iterable[str]:
        variables = [text for name in needed.variables if (text := self._variable(name, items))]
        constants = self.constants(needed, items).values()
        types = [*self.types(needed, items).values()]
        if any(f"{WITH_TAIL}<" in text for text in (signature, *variables)):
            types.append(items[WITH_TAIL].text)
        groups = [*types, "\n".join(constants), "\n".join(variables)]
        return (group for group in groups if group)

    def types(self, needed: Slice, items: Mapping[str, RustItem]) -> dict[str, str]:
        """Return the Rust of every type that a slice needs, by name, in the order of prompts."""
        chosen = (name for name in self._chosen(needed, items) if items[name].kind != "const")
        return {name: _shown(items[name], items) for name in chosen}

    def constants(self, needed: Slice, items: Mapping[str, RustItem]) -> dict[str, str]:
        """Return the Rust of every constant that a slice needs, by name, in the order of prompts."""
        chosen = (name for name in self._chosen(needed, items) if items[name].kind == "const")
        return {name: items[name].bare for name in chosen}

    def _chosen(self, needed: Slice, items: Mapping[str, RustItem]) -> list[str]:
        every = (*needed.types, *needed.enumerators, *needed.macros)
        # What only other macros are made of is no concern of the reader's.
        named = {name for name in every if name[:2] != "__" or name in self._spelled_out}
        chosen = _closure({name for each in named if (name := _rust_name(each, items))}, items)
        return sorted(chosen, key=lambda name: (-self._commonness[name], name))

    @cached_property
    def _spelled_out(self) -> frozenset[str]:
        """Every name that stands in the text of a definition itself."""
        return frozenset[str]().union(*(each.references for each in self.inventory.definitions))

    @cached_property
    def _commonness(self) -> Counter[str]:
        """Count how many slices need each name: what many need comes first, so that prompts begin alike."""
        return Counter(
            name
            for each in self.slices.values()
            for needed in (*each.types, *each.macros, *each.enumerators)
            for name in (needed, f"{needed}_")
        )

    def variable(self, ident: str) -> str:
        """Return the declaration of one of the module's variables."""
        hole = self.skeleton.by_ident.get(ident)
        return f"{hole.signature};" if hole else f"// {ident}: not available in Rust"

    def _variable(self, ident: str, items: Mapping[str, RustItem]) -> str:
        if ident in self.inventory.by_ident:
            return self.variable(ident)
        outside = items.get(f"extern {ident}")
        return outside.bare if outside is not None and outside.kind == "static" else ""

    def _functions(self, needed: Slice, items: Mapping[str, RustItem]) -> Iterable[str]:
        # A declaration such as `function_type name;` looks like that of a variable.
        for name in sorted({*needed.functions, *needed.variables}):
            hole = self.skeleton.by_ident.get(name)
            outside = items.get(f"extern {name}")
            if hole is not None and hole.kind is Kind.FUNCTION:
                signature = f"{hole.signature};".removeprefix("pub ")
                yield f"{hole.comment}\n{signature}\n" if hole.comment else signature
            elif hole is None and outside is not None and outside.kind == "fn":
                yield outside_function(outside)

    def macros(self, definition: Definition, needed: Slice, items: Mapping[str, RustItem]) -> dict[str, str]:
        """Return the macros that are no constants in Rust, and what those expand to in turn, by name."""
        macros = definition.unit.macros
        pending = sorted(definition.declared.references & set(needed.macros), reverse=True)
        shown: dict[str, str] = {}
        while pending:
            name = pending.pop()
            if name in shown or name in items or name in _WELL_KNOWN | self.skeleton.target.known_macros:
                continue
            shown[name] = self._macro_text(definition, name)
            pending += sorted(macros[name].references & set(needed.macros), reverse=True)
        return {name: shown[name] for name in sorted(shown)}

    def _macro_text(self, definition: Definition, name: str) -> str:
        original = self.original_macros.get(name)
        if original is not None:
            return original
        macro = definition.unit.macros[name]
        return definition.unit.source.slice(macro.span)

    @cached_property
    def original_macros(self) -> dict[str, str]:
        """The module's own macros as they are written, comments and line breaks included."""
        return {
            macro.name: file.source.slice(macro.span)
            for file in self.skeleton.exposed
            for macro in file.declarations.macros
        }


def _unordered(text: str) -> list[str]:
    """Return the paragraphs of a text sorted: their order depends on what other holes need."""
    return sorted(text.split("\n\n"))


def outside_function(item: RustItem) -> str:
    """Return the signature of a function that the module uses and does not define."""
    return item.bare.replace("pub fn ", 'unsafe extern "C" fn ', 1)


def unit_file(inventory: Inventory, definition: Definition) -> Path:
    """Return the C file, relative to the module's root, that a definition is compiled with."""
    return definition.unit.command.file.relative_to(inventory.root)


def _rust_name(name: str, items: Mapping[str, RustItem]) -> str | None:
    return next((each for each in (name, f"{name}_") if each in items), None)


def _closure(names: set[str], items: Mapping[str, RustItem]) -> set[str]:
    """Add what the chosen types are made of: parts by value, parts without a name, and aliases."""
    chosen = set(names)
    pending = list(names)
    while pending:
        outer = items[pending.pop()]
        by_value = set(_BY_VALUE.findall(outer.bare)) if outer.kind in _RECORDS else set()
        for used in sorted(outer.references):
            item = items.get(used)
            if item is None or used in chosen:
                continue
            if "__bindgen_ty_" in used or item.kind == "type" or used in by_value:
                chosen.add(used)
                pending.append(used)
    return chosen


def _shown(item: RustItem, items: Mapping[str, RustItem]) -> str:
    """Show a type as a prompt needs it: without derives, bit-fields by their methods."""
    derived = "#[derive(Clone, Copy)]\n" if re.search(r"derive\s*\([^)]*\bCopy\b", item.text) else ""
    layout = f"#[repr(C)]\n{derived}" if item.kind in _RECORDS else ""
    return f"{layout}{item.bare}{_bit_fields(item, items)}"


def _bit_fields(item: RustItem, items: Mapping[str, RustItem]) -> str:
    """List the bit-fields of a record by their methods, and where their bits are for constants."""
    methods = items.get(f"impl {item.name}")
    found = _GETTER.findall(methods.bare) if methods else []
    if not found:
        return ""
    lines = [
        f"    fn {name}(&self) -> {kind}; fn set_{name}(&mut self, value: {kind}); "
        f"// {unit}: bits {offset} to {int(offset) + int(width) - 1}, lowest first"
        for name, kind, unit, offset, width in found
    ]
    return "\n".join(("", f"impl {item.name} {{", *lines, "}"))
