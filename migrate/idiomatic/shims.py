"""Makes what C sees of each safe function: by rule, or by the model for what is exported and has no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import networkx as nx

from analysis.callgraph import CallGraph
from analysis.inventory import Kind
from analysis.rust_items import rust_items
from analysis.syntax import descendants, parse_rust
from migrate.errors import Exit, UserError
from migrate.ffi.argument import NoRule
from migrate.ffi.failure import codes_of
from migrate.ffi.ffi_file import ffi_file
from migrate.ffi.lodging import lodged_shim
from migrate.ffi.nullable import nullable_of
from migrate.ffi.rust_type import RustType, TypeKind, rust_types
from migrate.ffi.shim import CSide, RustSide, Shim, shim_of
from migrate.ffi.signature import signature_of
from migrate.given.crate import GivenCrate
from migrate.given.holes import OpenBody
from migrate.given.prompter import crate_outline
from migrate.idiomatic.assembly import AnyShim, Outside, WrittenShim
from migrate.idiomatic.design import Ask
from migrate.idiomatic.handles import handled, handles_of, hidden_by, records_in_headers
from migrate.idiomatic.shim_check import ShimCheck
from migrate.model.exchange import Message
from migrate.prepare import Prepared
from repair.code_blocks import rust_in
from repair.evidence.target import is_constant
from repair.hole import Hole
from repair.rustfmt import format_rust

_PURPOSE = "shim "
"""How requests begin to name what they are for; no hole has a space in its name."""


@dataclass(frozen=True)
class ShimMaker:
    """Makes the shims of one crate."""

    prepared: Prepared
    crate: GivenCrate
    holes: tuple[OpenBody, ...]
    ask: Ask
    check: ShimCheck
    attempts: int

    def make(self) -> dict[str, Outside]:
        """Return what C sees, by ident of the C function; file-local ones as far as rules go."""
        found: dict[str, AnyShim] = dict(self._by_rules())
        by_rule = [each for each in found.values() if isinstance(each, Shim)]
        for each in self.holes:
            c_hole = self._c_hole(each)
            if each.hole.ident not in found and not c_hole.local:
                found[each.hole.ident] = self._by_model(each, c_hole, by_rule)
        return self._seen_from_c(found)

    def by_rule(self) -> dict[str, Outside]:
        """Return what C sees as far as rules go, by ident of the C function."""
        return self._seen_from_c(dict(self._by_rules()))

    def _seen_from_c(self, found: Mapping[str, AnyShim]) -> dict[str, Outside]:
        handles = frozenset(handles_of(found.values(), self._types, self.prepared.inventory))
        return {ident: self._outside(ident, shim, found, handles) for ident, shim in found.items()}

    def _outside(
        self, ident: str, shim: AnyShim, found: Mapping[str, AnyShim], handles: frozenset[str]
    ) -> Outside:
        """Say what a shim needs: what its function calls, and all that handle or keep what it does."""
        holes = self.prepared.skeleton.by_ident
        mine, state = handled(holes[ident].signature, handles), self._state(ident)
        together = {
            other
            for other in found
            if handled(holes[other].signature, handles) & mine or self._state(other) & state
        }
        needs = frozenset[str]().union(*(self._needs(each) for each in (ident, *together)))
        return Outside(shim, not holes[ident].local, needs)

    @cached_property
    def _types(self) -> Mapping[str, RustType]:
        return types_of(self.crate)

    @cached_property
    def _c_types(self) -> Mapping[Path, Mapping[str, RustType]]:
        """What the types of the C are in Rust, by the C file that sees them."""
        texts = {
            home: "\n".join(item.text for item in items.values() if not item.foreign)
            for home, items in self.prepared.skeleton.items.items()
        }
        return {home: rust_types({"c": text}) for home, text in texts.items()}

    def _by_rules(self) -> dict[str, Shim]:
        """Make those that rules can make, less what the compiler does not accept."""
        c_holes = self.prepared.skeleton.by_ident
        standing = (each for each in self.holes if each.hole.ident in c_holes)
        made = {each.hole.ident: self._by_rule(each) for each in standing}
        found = {ident: each for ident, each in made.items() if isinstance(each, Shim)}
        while broken := self.check.broken(found):
            found = {ident: each for ident, each in found.items() if ident not in broken}
        return self._testable(found)

    def _testable(self, found: Mapping[str, Shim]) -> dict[str, Shim]:
        """Leave out file-local functions for what C gets from no other: it cannot make it by itself."""
        local = {ident for ident in found if self.prepared.skeleton.by_ident[ident].local}
        outer = (each for ident, each in found.items() if ident not in local)
        to_be_had = {pair for each in outer for pair in hidden_by(each, self._types)}
        return {
            ident: each
            for ident, each in found.items()
            if ident not in local or to_be_had.issuperset(hidden_by(each, self._types))
        }

    def _c_hole(self, body: OpenBody) -> Hole:
        return self.prepared.skeleton.by_ident[body.hole.ident]

    def _needs(self, ident: str) -> frozenset[str]:
        graph: CallGraph = self.prepared.graph
        return frozenset({ident, *nx.descendants(graph.graph, ident)})

    def _state(self, ident: str) -> frozenset[str]:
        """Return the variables of the module that a call may read or write: Rust keeps its own of them."""
        kinds = self.prepared.inventory.by_ident
        variables = (each for each in self._needs(ident) if kinds[each].kind is Kind.GLOBAL)
        holes = self.prepared.skeleton.by_ident
        return frozenset(each for each in variables if not is_constant(holes[each]))

    def _by_rule(self, body: OpenBody) -> Shim | NoRule:
        c_hole = self._c_hole(body)
        c_types = self._c_types[self.prepared.skeleton.home[c_hole.ident]]
        nullable = nullable_of(c_hole.c_text, parameter_names(c_hole.signature))
        side = CSide(c_hole.signature, c_hole.symbol, c_types, nullable, codes_of(c_hole.c_text))
        rust = RustSide(self._path(body), body.body.signature)
        made = shim_of(side, rust, self._types)
        if isinstance(made, Shim) and self._shows_handles(made):
            return NoRule("callbacks of C read members of what Rust would hand them by its address")
        lodgers = self._lodgers(made) if isinstance(made, Shim) else frozenset[str]()
        return lodged_shim(side, rust, self._types, lodgers) if lodgers else made

    def _shows_handles(self, shim: Shim) -> bool:
        """Tell whether callbacks are handed values of Rust's for records that callers see into."""
        hidden = [rust for c, rust in hidden_by(shim, self._types) if c in self._seen_by_callers]
        callbacks = [kind for _, kind in shim.parameters if "fn(" in kind]
        return any(rust.partition("<")[0] in kind for rust in hidden for kind in callbacks)

    def _lodgers(self, shim: Shim) -> frozenset[str]:
        """Return the records in a shim that callers make, but that Rust has another layout for."""
        types = self._types
        opaque = {c for c, rust in shim.pairs if rust in types and types[rust].kind is TypeKind.OPAQUE}
        return frozenset(opaque & self._seen_by_callers)

    @cached_property
    def _seen_by_callers(self) -> frozenset[str]:
        """The records whose members stand in headers of the module."""
        return frozenset(records_in_headers(self.prepared.inventory))

    def _path(self, body: OpenBody) -> str:
        """Return the path of a function from anywhere in the crate: a method's is that of its type."""
        owner = body.body.owner
        place = "::".join((_module(body.body.file), *body.body.modules))
        if not owner:
            return f"{place}::{body.body.name}"
        types = [each.path for each in self._types.values() if each.name == owner]
        known = types[0] if len(types) == 1 else f"{place}::{owner}"
        return f"{known}::{body.body.name}"

    def _by_model(self, body: OpenBody, c_hole: Hole, by_rule: list[Shim]) -> WrittenShim:
        """Ask for a shim until one is of the right form. Raise UserError where that does not come."""
        prompt = self._prompt(body, c_hole, by_rule)
        asked, said = prompt, ""
        for attempt in range(1, self.attempts + 1):
            answer = self.ask(f"{_PURPOSE}{body.hole.ident}", attempt, asked)
            text = _read(answer, c_hole)
            if text is None:
                said = f"The answer holds no function `{c_hole.name}` in a ```rust code block."
            else:
                shim = WrittenShim(c_hole.symbol, text)
                broken = self.check.broken({body.hole.ident: shim})
                if not broken:
                    return shim
                said = f"It does not compile in a module of its own:\n\n{broken[body.hole.ident]}"
            asked = (*prompt, Message("assistant", answer), Message("user", said))
        raise UserError(
            f"the function by which C calls {body.hole.ident} could not be had in {self.attempts} answers: "
            f"{said} Use --no-shims to do without, or more --attempts",
            Exit.LIMIT,
        )

    def _lodged(self, by_rule: Iterable[Shim]) -> list[tuple[str, str]]:
        """Return the records that callers make, each with the type of what is behind it."""
        pairs = dict.fromkeys(pair for each in by_rule for pair in each.pairs)
        opaque = {path for path, each in self._types.items() if each.kind is TypeKind.OPAQUE}
        return [(c, rust) for c, rust in pairs if c in self._seen_by_callers and rust in opaque]

    def _prompt(self, body: OpenBody, c_hole: Hole, by_rule: list[Shim]) -> tuple[Message, ...]:
        templates = self.prepared.prompter.templates
        definition = self.prepared.inventory.by_ident[c_hole.ident]
        home = self.prepared.skeleton.home[c_hole.ident]
        needed = self.prepared.slices[c_hole.ident]
        types = self.prepared.prompter.types(needed, self.prepared.skeleton.items[home])
        values = {
            "crate": crate_outline(self.crate),
            "shims": ffi_file(by_rule).strip() if by_rule else "",
            "types": "\n\n".join(types.values()),
            "c_text": definition.commented,
            "path": self._path(body),
            "signature": c_hole.signature,
            "lodged": [{"c": c, "rust": rust} for c, rust in self._lodged(by_rule) if c in types],
        }
        return (
            Message("system", templates.render("idiomatic_shim_system.j2", {})),
            Message("user", templates.render("idiomatic_shim.j2", values)),
        )


def types_of(crate: GivenCrate) -> Mapping[str, RustType]:
    """Return what the types of a crate are, by path."""
    return rust_types({_module(file): crate.files[file].decode() for file in crate.sources})


def parameter_names(signature: str) -> tuple[str, ...]:
    """Return the names of the parameters of a signature."""
    parsed = signature_of(signature)
    return tuple(each.name for each in parsed.parameters) if parsed is not None else ()


def _module(file: str) -> str:
    """Return the path of the Rust module that a file under `src/` is."""
    parts = PurePosixPath(file).with_suffix("").parts[1:]
    return "::".join(("crate", *(part for part in parts if part not in ("lib", "mod"))))


def _read(answer: str, c_hole: Hole) -> str | None:
    """Take the function out of an answer and give it its linkage."""
    code = rust_in(answer)
    formatted = None if code is None else format_rust(code)
    if formatted is None:
        return None
    found = next(
        (each for each in rust_items(formatted) if each.kind == "fn" and each.name == c_hole.name), None
    )
    if found is None or next(descendants(parse_rust(formatted.encode()), {"macro_definition"}), None):
        return None
    source = formatted.encode()
    start = source.rfind(found.bare.encode())
    return (source[:start] + f"{c_hole.linkage}\n".encode() + source[start:]).decode().strip()
