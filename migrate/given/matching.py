"""Which C functions each open body stands for."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.declarations import Function
from analysis.inventory import Definition, Inventory
from analysis.rust_bodies import RustBody
from migrate.given.crate import GivenCrate

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAME = re.compile(r"[A-Za-z_]\w*")
_ALIKE = (
    ("new", "create", "init", "alloc", "make", "open", "default", "setup", "initialize"),
    ("drop", "free", "destroy", "delete", "release", "fini", "close", "deinit", "dispose", "cleanup"),
    ("len", "size", "count", "length", "num"),
    ("insert", "put", "set", "add", "append", "push", "store"),
    ("remove", "delete", "del", "erase", "take", "pop"),
    ("get", "find", "lookup", "search", "at", "index", "peek"),
    ("contains", "has", "exists", "find", "lookup"),
    ("fmt", "print", "name", "str", "strerror", "string", "format", "describe"),
    ("clone", "copy", "dup"),
    ("iter", "begin", "first", "cursor", "start"),
    ("next", "advance", "step"),
    ("eq", "equal", "equals", "compare", "cmp"),
    ("cmp", "compare"),
    ("clear", "reset", "empty"),
    ("is", "empty"),
)
"""Words that different languages and authors use for one thing."""


class How(enum.StrEnum):
    """How a match was found, the surest first."""

    NAME = "name"
    DOCUMENTATION = "doc comment"
    ALIKE = "a like name"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """An open body and the C that it stands for."""

    body: RustBody
    functions: tuple[str, ...]
    """Unique names of the C functions; several where one body does the work of all of them."""
    how: How


def match_bodies(crate: GivenCrate, inventory: Inventory) -> tuple[Match, ...]:
    """Match every open body with the C that it stands for, as far as rules can tell.

    What is only alike counts where nothing surer claims the C function.
    """
    matcher = _Matcher(crate, inventory)
    sure = [matcher.surely(body) for body in crate.open_bodies]
    claimed = frozenset(name for each in sure for name in each.functions)
    return tuple(each if each.functions else matcher.perhaps(each.body, claimed) for each in sure)


def not_asked_for(matches: Sequence[Match], inventory: Inventory) -> tuple[str, ...]:
    """Return the C functions that nothing open stands for, and no body that has one uses.

    What a body's own C function calls is part of its work where it has no counterpart itself.
    """
    wanted = {name for each in matches for name in each.functions}
    reached = set(wanted)
    pending = [*wanted]
    while pending:
        used = helpers_of(inventory.by_ident[pending.pop()], inventory, frozenset(wanted))
        pending += [each.ident for each in used if each.ident not in reached]
        reached |= {each.ident for each in used}
    return tuple(each.ident for each in inventory.functions if each.ident not in reached)


def helpers_of(
    definition: Definition, inventory: Inventory, matched: frozenset[str]
) -> tuple[Definition, ...]:
    """Return the functions of the module that one names and that have no counterpart of their own."""
    found = (inventory.resolve(name, definition.file) for name in sorted(definition.references))
    return tuple(
        each
        for each in found
        if each is not None
        and isinstance(each.declared, Function)
        and each.ident not in matched
        and each.ident != definition.ident
    )


@dataclass(frozen=True)
class _Matcher:
    crate: GivenCrate
    inventory: Inventory

    def surely(self, body: RustBody) -> Match:
        for how, find in ((How.NAME, self._by_name), (How.DOCUMENTATION, self._by_documentation)):
            found = self._only(body, find(body))
            if found is not None:
                return Match(body, (found.ident,), how)
        return Match(body, (), How.NONE)

    def perhaps(self, body: RustBody, claimed: frozenset[str]) -> Match:
        alike = (each for each in self._by_likeness(body) if each.ident not in claimed)
        found = self._only(body, alike)
        return Match(body, (found.ident,), How.ALIKE) if found else Match(body, (), How.NONE)

    def _by_name(self, body: RustBody) -> Iterator[Definition]:
        owner, name = words_of(body.owner), words_of(body.name)
        for each in self.inventory.functions:
            c = words_of(each.name)
            if c in (owner + name, name) or (not owner and self._without_prefix(c) == name):
                yield each

    def _by_documentation(self, body: RustBody) -> Iterator[Definition]:
        """Look for a name in the doc comment, and in what the macro in the open body says."""
        said = self.crate.files[body.file][body.body : body.end].decode("utf-8", "replace")
        named = dict.fromkeys(_NAME.findall(f"{body.documentation} {said}"))
        functions = {each.name: each for each in self.inventory.functions}
        yield from [functions[name] for name in named if name in functions and "_" in name][:1]

    def _by_likeness(self, body: RustBody) -> Iterator[Definition]:
        name = words_of(body.name)
        alike = {(name[0], *name[1:]), *((other, *name[1:]) for other in _alike(name[0]))} if name else set()
        for each in self.inventory.functions:
            c = words_of(each.name)
            ends = any(c[-len(like) :] == like for like in alike)
            if ends and (not body.owner or self._affinity(body, each)):
                yield each

    def _without_prefix(self, c: tuple[str, ...]) -> tuple[str, ...]:
        prefixes = {words_of(self.crate.name), *(words_of(file.stem) for file in self.inventory.files)}
        return next((c[len(each) :] for each in prefixes if each and c[: len(each)] == each), c)

    def _only(self, body: RustBody, found: Iterator[Definition]) -> Definition | None:
        """Return the one that is nearest to the body's type, or None where that is not clear."""
        ranked = sorted(found, key=lambda each: -self._affinity(body, each))
        if not ranked:
            return None
        best = [each for each in ranked if self._affinity(body, each) == self._affinity(body, ranked[0])]
        return best[0] if len(best) == 1 else None

    def _affinity(self, body: RustBody, function: Definition) -> int:
        """Count what ties a C function to the type of a body: its name, and the types it handles."""
        if not body.owner or not isinstance(function.declared, Function):
            return 0
        owner = "".join(words_of(body.owner))
        named = "".join(words_of(function.name)[: -len(words_of(body.name)) or None])
        head = function.unit.source.slice(function.declared.head).replace(function.name, "", 1)
        types = {"".join(words_of(word)) for word in _NAME.findall(head)}
        in_types = any(_is_like(owner, each) for each in types)
        return 2 * in_types + (_is_like(owner, named) if named else False)


def words_of(name: str) -> tuple[str, ...]:
    """Split a name in any case style into its words, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _alike(word: str) -> frozenset[str]:
    return frozenset(other for group in _ALIKE if word in group for other in group)


def _is_like(owner: str, other: str) -> bool:
    least = min(len(owner), len(other))
    return least >= 3 and (owner in other or other in owner)
