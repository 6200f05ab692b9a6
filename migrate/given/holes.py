"""From an open body and the C that it stands for to a hole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.inventory import Definition, Inventory, Kind
from analysis.rust_bodies import RustBody
from migrate.given.matching import Match, helpers_of
from repair.hole import Hole


@dataclass(frozen=True, slots=True)
class OpenBody:
    """An open body as a hole, with the C whose work it does."""

    hole: Hole
    body: RustBody
    functions: tuple[Definition, ...]
    """The C that it stands for; nothing where it has none."""
    helpers: tuple[Definition, ...]
    """What these use of the module that has no body of its own, transitively."""


def open_holes(matches: Sequence[Match], inventory: Inventory) -> tuple[OpenBody, ...]:
    """Make a hole of every open body, in the order of the crate."""
    matched = frozenset(name for each in matches for name in each.functions)
    idents = _unique([each.body for each in matches])
    return tuple(
        _hole(ident, match, inventory, matched) for ident, match in zip(idents, matches, strict=True)
    )


def named_after_c(holes: Sequence[OpenBody]) -> tuple[OpenBody, ...]:
    """Name holes by the C that they stand for, where one stands for one."""
    counts = Counter(each.functions[0].ident for each in holes if len(each.functions) == 1)
    return tuple(
        replace(each, hole=replace(each.hole, ident=each.functions[0].ident))
        if len(each.functions) == 1 and counts[each.functions[0].ident] == 1
        else each
        for each in holes
    )


def _unique(bodies: Sequence[RustBody]) -> Iterator[str]:
    """Name each body by its path, with its file where several have one path, and then a number."""
    counts = Counter(body.path for body in bodies)
    seen: Counter[str] = Counter()
    for body in bodies:
        name = body.path if counts[body.path] == 1 else f"{body.file}:{body.path}"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}"


def _hole(ident: str, match: Match, inventory: Inventory, matched: frozenset[str]) -> OpenBody:
    body = match.body
    functions = tuple(inventory.by_ident[name] for name in match.functions)
    helpers = tuple(_helpers(functions, inventory, matched))
    first = functions[0] if functions else None
    hole = Hole(
        ident=ident,
        name=body.name,
        kind=Kind.FUNCTION,
        file=first.file if first else Path(body.file),
        line=first.line if first else body.line,
        end_line=functions[-1].end_line if functions else body.line,
        symbol="",
        local=True,
        signature=body.signature,
        c_text="\n\n".join(each.text for each in functions),
        comment="",
        names=frozenset().union(*(each.references | each.calls for each in (*functions, *helpers))),
    )
    return OpenBody(hole, body, functions, helpers)


def _helpers(
    functions: Sequence[Definition], inventory: Inventory, matched: frozenset[str]
) -> Iterator[Definition]:
    seen = {each.ident for each in functions}
    pending = [*functions]
    while pending:
        for each in helpers_of(pending.pop(), inventory, matched):
            if each.ident not in seen:
                seen.add(each.ident)
                pending.append(each)
                yield each
