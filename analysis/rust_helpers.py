"""Closures and functions that an answer defines for itself: what they do is done at each call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.rust_names import bound_by, in_comment
from analysis.rust_places import Place
from analysis.structure import NOTHING, Unit, UnitKind, Way, plain
from analysis.syntax import Node, child, descendants, text_of

_WRAPPERS = frozenset({"block", "unsafe_block", "expression_statement"})


@dataclass(frozen=True, slots=True)
class Argument:
    """What a call gives for a parameter."""

    names: frozenset[str]
    more: frozenset[str]
    """What the names stand for."""
    place: Place
    """Where a store through it goes."""
    choice: bool
    """It is one of several values."""


@dataclass(frozen=True, slots=True)
class Helper:
    """What a closure or function does, in terms of its parameters."""

    parameters: tuple[frozenset[str], ...] = ()
    """The names that each binds."""
    units: tuple[Unit, ...] = ()
    gives: frozenset[str] = NOTHING
    """What its result names."""
    chooses: bool = False
    """Its result is one of several values."""

    def units_with(self, given: Sequence[Argument], left: Way, done: Way) -> Iterator[Unit]:
        """Yield what a call does, given its arguments.

        Control goes `left` from where the helper is left early, and `done` from its end.
        """
        arguments = {
            name: each for bound, each in zip(self.parameters, given, strict=False) for name in bound
        }
        for unit in self.units:
            way = left if unit.kind is UnitKind.TEST else done
            yield replace(_with(unit, arguments), way=way if unit.way is Way.OUT else unit.way)


def _with(unit: Unit, arguments: Mapping[str, Argument]) -> Unit:
    """Return a unit in which parameters stand for arguments."""
    choice = any(each in arguments and arguments[each].choice for each in unit.atoms)
    unit = replace(unit, atoms=_named(unit.atoms, arguments), choice=unit.choice or int(choice))
    if unit.kind in {UnitKind.TEST, UnitKind.CALL}:
        names = _named(unit.names, arguments)
        more = _named(unit.more, arguments).union(
            *(arguments[each].more for each in unit.names | unit.more if each in arguments)
        )
        return replace(unit, names=names, left=_named(unit.left, arguments), more=more - names)
    argument = arguments.get(unit.through)
    return unit if argument is None else _stored(unit, argument)


def _named(names: frozenset[str], arguments: Mapping[str, Argument]) -> frozenset[str]:
    return names.union(*(arguments[each].names for each in names if each in arguments))


def _stored(unit: Unit, argument: Argument) -> Unit:
    """Return a store through a parameter as one to what the argument points at."""
    place = argument.place
    if unit.kind is UnitKind.LOCAL and not place.local:  # the parameter itself, which is a copy
        return unit
    local = place.local and not unit.part
    return replace(
        unit,
        kind=UnitKind.LOCAL if local else UnitKind.PLACE,
        names=unit.names | place.names,
        more=NOTHING if local else unit.more | argument.more,
        through="" if place.local else place.through,
        part=unit.part or place.part,
    )


def parameters_of(helper: Node) -> Iterator[frozenset[str]]:
    """Yield the names that each parameter of a closure or function binds."""
    parameters = child(helper, "parameters")
    for each in parameters.named_children if parameters is not None else ():
        if each.type == "self_parameter":
            yield NOTHING
        elif each.type != "attribute_item" and not in_comment(each):
            yield frozenset(bound_by(child(each, "pattern") or each))


def statements_of(helper: Node) -> Node | None:
    """Return the block whose statements a closure or function does one after another."""
    body = child(helper, "body")
    while body is not None:
        inner = [each for each in body.named_children if not in_comment(each)]
        if len(inner) != 1 or body.type not in _WRAPPERS or inner[0].type not in _WRAPPERS:
            break
        body = inner[0]
    return body


def results_of(helper: Node) -> Iterator[Node]:
    """Yield the expressions whose value a closure or function gives back."""
    body = statements_of(helper)
    inner = [each for each in body.named_children if not in_comment(each)] if body is not None else []
    if body is not None and body.type != "block":
        yield body
    elif inner and inner[-1].type not in {"expression_statement", "let_declaration"}:
        yield inner[-1]
    for jump in descendants(helper, {"return_expression"}):
        yield from jump.named_children


def called(root: Node) -> Iterator[str]:
    """Yield what is called by a plain name."""
    for call in descendants(root, {"call_expression"}):
        function = child(call, "function")
        if function is not None and function.type == "identifier":
            yield plain(text_of(function))
