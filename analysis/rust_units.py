"""What a Rust function does, unit by unit, as a reader comes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analysis.rust_aliases import Aliases
from analysis.rust_flow import way_after, way_behind, way_if
from analysis.rust_helpers import Argument, Helper
from analysis.rust_locals import Locals
from analysis.rust_names import is_nothing, names_in, picks, stripped
from analysis.rust_places import Place, place_of, pointee_of
from analysis.rust_words import POINTED
from analysis.structure import NOTHING, Unit, UnitKind, Way
from analysis.syntax import Node, child

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">", ">": "<", "": ""}


@dataclass
class Units:
    """Notes stores, tests and calls, and what locals stand for by then."""

    locals: Locals
    noted: list[Unit] = field(default_factory=list)
    aliases: Aliases = field(default_factory=Aliases)
    body: Node | None = None
    """The statements of the helper that is being read."""

    def note(self, node: Node, unit: Unit) -> None:
        """Add a unit on the line of a node."""
        self.noted.append(replace(unit, line=node.start_point.row))

    # Stores

    def store(self, node: Node, target: Node, value: Node | None, operator: str) -> None:
        """Note a store to an expression."""
        target = stripped(target)
        place = place_of(target, self.locals)
        self._stored(node, place, value, operator, names_in(target))
        if place.local:
            self.aliases.remember(place.names, value, operator)

    def store_through(self, node: Node, pointer: Node, value: Node | None, function: str) -> None:
        """Note a store by a function: to what a pointer points at, or to what a reference is made of."""
        target = stripped(pointer)
        operator = "=" if function in {"write", "set"} else function
        if "reference" in target.type:
            self.store(node, child(target, "value") or target, value, operator)
        elif target.type == "identifier" and function in POINTED:
            self._stored(node, pointee_of(target, self.locals), value, operator)
        else:
            self.store(node, target, value, operator)

    def _stored(
        self,
        node: Node,
        place: Place,
        value: Node | None,
        operator: str,
        target: frozenset[str] = NOTHING,
    ) -> None:
        kind = UnitKind.LOCAL if place.local else UnitKind.PLACE
        self.store_to(node, kind, place.names, value, operator, target)
        more = self.aliases.more(place.names) if place.through and not place.local else NOTHING
        self.noted[-1] = replace(self.noted[-1], more=more, through=place.through, part=place.part)

    def store_to(
        self,
        node: Node,
        kind: UnitKind,
        names: frozenset[str],
        value: Node | None,
        operator: str,
        target: frozenset[str] = NOTHING,
        *,
        declares: bool = False,
    ) -> None:
        """Note a store to what is known by its name."""
        unit = Unit(
            kind=kind,
            names=names,
            line=0,
            atoms=names_in(value) | target,
            trivial=operator == "=" and is_nothing(value),
            declares=declares,
            way=way_after(node, self.body),
            choice=2 if picks(value) else int(self.aliases.is_choice(value)),
        )
        self.note(node, unit)

    # Tests

    def compare(
        self, node: Node, left: frozenset[str], right: frozenset[str], relation: str, negated: bool
    ) -> None:
        """Note a comparison of what two sides name."""
        names = left | right
        relation = _OPPOSITE[relation] if negated else relation
        more = self.aliases.more(names)
        self.note(node, Unit(UnitKind.TEST, names, 0, more, relation=relation, left=left, way=way_if(node)))

    def ask(
        self,
        node: Node,
        value: Node,
        relation: str,
        names: frozenset[str],
        *,
        way: Way = Way.OUT,
        loop: bool = False,
    ) -> None:
        """Note a test that has no comparison operator."""
        compared = names_in(value) | names
        self.note(
            node,
            Unit(
                UnitKind.TEST,
                compared,
                0,
                self.aliases.more(compared),
                relation=relation,
                left=compared,
                way=way,
                loop=loop,
                optional=loop or not relation,
            ),
        )

    # Calls

    def call(self, node: Node, names: frozenset[str]) -> None:
        """Note a call of what has one of these names."""
        unit = Unit(
            UnitKind.CALL,
            names,
            0,
            self.aliases.more(names),
            names_in(node),
            way=way_after(node, self.body),
            choice=int(self.aliases.is_choice(child(node, "arguments"))),
        )
        self.note(node, unit)

    def follow(self, call: Node, name: str, helper: Helper, given: Sequence[Node]) -> None:
        """Note what a call of a helper does, with what it is given."""
        arguments = [self._argument(each) for each in given]
        ways = way_behind(call), way_behind(call, self.body)
        for unit in helper.units_with(arguments, *ways):
            self.note(call, unit)
        self.call(call, frozenset({name}))
        # What the name stands for is done already.
        self.noted[-1] = replace(self.noted[-1], more=NOTHING)
        self.aliases.note({name}, helper.gives, "=", choice=helper.chooses)

    def _argument(self, given: Node) -> Argument:
        names = names_in(given)
        place = pointee_of(given, self.locals)
        return Argument(names, self.aliases.more(names), place, self.aliases.is_choice(given))
