"""From a module that is taken apart to what its functions are tested with: exposed C, and targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import networkx as nx

from analysis.declarations import Prototype
from analysis.inventory import Definition, Inventory, Kind
from analysis.shapes import Array, FunctionShape, Named, Opaque, Pointer, Shape, Shapes, c_name, flat
from migrate.prepare import Prepared
from migrate.skeleton.crate import array_length
from migrate.skeleton.flags import moved_flags
from migrate.skeleton.skeleton import Skeleton
from repair.evidence.c_side import DECLARED, DEFINED, CSide, CSource
from repair.evidence.target import Distant, Target
from repair.hole import Hole


def make_c_side(prepared: Prepared) -> CSide:
    """Write the C of a module so that every definition can be linked, and once with declarations only."""
    skeleton = prepared.skeleton
    everything = {hole.ident: array_length(hole) for hole in skeleton.slots}
    defined = {each.file.as_posix(): each.text({}) for each in skeleton.exposed}
    return CSide(
        sources=tuple(_sources(skeleton)),
        defined=defined,
        declared={each.file.as_posix(): each.text(everything) for each in skeleton.exposed},
        line_shifts=dict(_line_shifts(prepared.inventory, defined)),
    )


def _sources(skeleton: Skeleton) -> Iterator[CSource]:
    for command in skeleton.commands:
        file = command.file.relative_to(skeleton.root).as_posix()
        flags = (moved_flags(command, skeleton.root, Path(name)) for name in (DEFINED, DECLARED))
        yield CSource(file, *flags)


def _line_shifts(inventory: Inventory, defined: Mapping[str, bytes]) -> Iterator[tuple[str, int]]:
    """Find where each body stands in the copy: exposing may put a declaration in front of it."""
    for each in inventory.functions:
        original = inventory.originals[each.file].source
        places = {(f.name, original.line(f.span.start)): f for f in inventory.originals[each.file].functions}
        declared = places.get((each.name, each.line))
        if declared is None:
            continue
        body = original.text[declared.body.start : declared.body.end]
        at = defined[each.file.as_posix()].find(body)
        if at >= 0:
            line = defined[each.file.as_posix()].count(b"\n", 0, at) + 1
            yield each.ident, line - original.line(declared.body.start)


def make_targets(prepared: Prepared) -> dict[str, Target]:
    """Return the functions whose behaviour can be shown, by ident; those that can be Rust at all."""
    holes = (hole for hole in prepared.skeleton.holes if hole.kind is Kind.FUNCTION and hole.stays is None)
    return {hole.ident: _target(prepared, hole) for hole in holes}


def _target(prepared: Prepared, hole: Hole) -> Target:
    skeleton = prepared.skeleton
    home = skeleton.home[hole.ident]
    shapes = Shapes(skeleton.items[home])
    reached = frozenset({hole.ident, *nx.descendants(prepared.graph.graph, hole.ident)})
    definitions = [prepared.inventory.by_ident[ident] for ident in sorted(reached)]
    variables = tuple(_variables(skeleton, reached, home))
    names = frozenset(name for each in definitions for name in each.references | each.calls)
    return Target(
        hole=hole,
        home=home,
        shape=_function_shape(shapes, hole),
        shapes=shapes,
        c_types=_with_unnamed(_c_types(prepared.inventory, home), shapes, variables),
        variables=variables,
        distant=tuple(_distant(skeleton, reached, home, shapes)),
        handed=tuple(_handed(skeleton, definitions, home)),
        reached=reached,
        names=names,
        outside=frozenset(name for each in definitions for name in _outside(prepared.inventory, each)),
        texts=tuple(skeleton.by_ident[ident].c_text for ident in sorted(reached & skeleton.by_ident.keys())),
    )


def _outside(inventory: Inventory, definition: Definition) -> Iterator[str]:
    for name in definition.calls:
        declared = definition.unit.declared_functions.get(name)
        if inventory.resolve(name, definition.file) is None and isinstance(declared, Prototype):
            yield name


def _variables(skeleton: Skeleton, reached: frozenset[str], home: Path) -> Iterator[Hole]:
    for slot in skeleton.slots:
        if slot.ident in reached and slot.kind is Kind.GLOBAL and skeleton.home[slot.ident] == home:
            yield slot


def _handed(skeleton: Skeleton, definitions: Sequence[Definition], home: Path) -> Iterator[str]:
    taken = frozenset(name for each in definitions for name in each.references - each.calls)
    for slot in skeleton.slots:
        if slot.kind is Kind.FUNCTION and skeleton.home[slot.ident] == home and c_name(slot.name) in taken:
            yield c_name(slot.name)


def _distant(skeleton: Skeleton, reached: frozenset[str], home: Path, shapes: Shapes) -> Iterator[Distant]:
    for slot in skeleton.slots:
        defined_in = skeleton.home[slot.ident]
        if slot.ident not in reached or slot.kind is not Kind.GLOBAL or defined_in == home:
            continue
        its = Shapes(skeleton.items[defined_in])
        shape = its.of_variable(slot.signature)
        element = flat(shape).element if isinstance(shape, Array) else shape
        # Two files may give the same name to different records.
        is_same = not isinstance(element, Named) or its.record(element.name) == shapes.record(element.name)
        if is_same:
            yield Distant(slot, shape)


def _function_shape(shapes: Shapes, hole: Hole) -> FunctionShape:
    """Return a function's shape; `void *` counts as what the function itself takes it for."""
    shape = shapes.of_function(hole.signature)
    parameters = tuple((name, _seen_through(shapes, hole, name, each)) for name, each in shape.parameters)
    return replace(shape, parameters=parameters)


def _seen_through(shapes: Shapes, hole: Hole, name: str, shape: Shape) -> Shape:
    if not isinstance(shape, Pointer) or not isinstance(shape.target, Opaque):
        return shape
    spelled = re.escape(c_name(name))
    record = r"(?:const\s+)?(?:struct\s+|union\s+)?(\w+)(?:\s+const)?\s*\*"
    assigned = rf"{record}\s*(?:const\s+)?\w+\s*=\s*{spelled}\s*[;,]"
    cast = rf"\(\s*{record}\s*\)\s*{spelled}\b"
    found = re.search(f"{assigned}|{cast}", hole.c_text)
    seen = (found[1] or found[2]) if found else ""
    return replace(shape, target=Named(seen)) if shapes.record(seen) else shape


def _c_types(inventory: Inventory, home: Path) -> dict[str, str]:
    unit = next(each for each in inventory.units if each.file == home)
    found: dict[str, str] = {}
    for name, types in unit.types.items():
        kinds = {each.kind for each in types if each.name == name}
        tag = next((kind for kind in ("struct", "union") if kind in kinds), None)
        if "typedef" in kinds and tag is None:
            found[name] = name
        elif tag is not None:
            found[name] = f"{tag} {name}"
    return found


def _with_unnamed(c_types: Mapping[str, str], shapes: Shapes, variables: Sequence[Hole]) -> dict[str, str]:
    """Spell records without a name by what is of their type: a variable, or a part of another record."""
    found, seen = dict(c_types), set[str]()
    pending: list[tuple[str, Shape]] = [
        (f"(*({spelled} *)0)", Named(name)) for name, spelled in c_types.items()
    ]
    pending += [(each.name, shapes.of_variable(each.signature)) for each in variables]
    while pending:
        place, shape = pending.pop()
        while isinstance(shape, Array):
            place, shape = f"{place}[0]", shape.element
        record = shapes.record(shape.name) if isinstance(shape, Named) else None
        if record is not None and record.name not in seen:
            seen.add(record.name)
            found.setdefault(record.name, f"__typeof__({place})")
            pending += [(f"{place}.{each.name}", each.shape) for each in record.fields]
    return found
