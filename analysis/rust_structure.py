"""The structural fingerprint of a candidate: the same units as the C's, and what stands for them in Rust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analysis.rust_closures import Closure, called, parameters_of
from analysis.rust_flow import way_after, way_if, way_of_arm
from analysis.rust_names import (
    bases,
    bound_by,
    in_comment,
    is_empty,
    is_nothing,
    labels_of,
    last_name,
    method_of,
    named,
    only_retypes,
    operator_of,
    picks,
    receiver_of,
    stripped,
    takes_apart,
)
from analysis.rust_shapes import mutable, own_names, readable, skipped, unfinished
from analysis.rust_words import ASKING, CHOOSING, COPYING, ITERATING, POINTED, SWAPPING, WRITING
from analysis.structure import NOTHING, Structure, Unit, UnitKind, Way, plain
from analysis.syntax import Node, child, descendants, parse_rust, text_of

_RELATIONS = {"==": "==", "!=": "!=", "<": "<", "<=": "<", ">": ">", ">=": ">"}
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">", ">": "<", "": ""}
_NO_NAMES = frozenset(
    {"core", "std", "self", "Some", "None", "Ok", "Err", "null", "null_mut", "0", "size_of"}
)
_LEAVES = frozenset({"identifier", "field_identifier", "type_identifier", "shorthand_field_identifier"})
_NUMBERS = frozenset({"integer_literal", "char_literal"})
_ALIASES = 16


_STRINGS = frozenset({"string_content", "raw_string_literal"})


def rust_structure(text: str) -> Structure:
    """Return the fingerprint of all functions in a Rust text together."""
    root = parse_rust(readable(text).encode())
    leaves = [node for node in descendants(root) if not node.children and not in_comment(node)]
    words = {text_of(each).removeprefix("r#") for each in leaves if each.type in _LEAVES}
    words |= {plain(each) for each in words}
    words |= {each.removeprefix("set_") for each in words}
    if "__errno_location" in words:
        words.add("errno")
    strings = [text_of(each) for each in descendants(root, _STRINGS)]
    escaped = [text_of(each) for each in descendants(root, _STRINGS | {"escape_sequence"})]
    reader = _Reader(frozenset(own_names(root)), frozenset(called(root)))
    for function in root.named_children:
        reader.visit(function)
    return Structure(
        units=tuple(reader.units),
        # With escapes as C spells them too, and without those that break a line.
        mentions={"".join(strings): 0, "".join(escaped): 0},
        locals=reader.own,
        words=frozenset(words),
        numbers=frozenset(each for number in descendants(root, _NUMBERS) for each in named(number)),
        tokens=len(leaves),
        bound=frozenset(reader.bound),
        mutable=frozenset(mutable(root)),
        unfinished=tuple(unfinished(root)),
        skipped=tuple(skipped(root)),
    )


@dataclass
class _Reader:
    """Walks Rust in the order in which it is written."""

    own: frozenset[str]
    called: frozenset[str]
    """What is called by a plain name."""
    closures: dict[str, Closure] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    stands_for: dict[str, frozenset[str]] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    chosen: set[str] = field(default_factory=set)
    """Locals whose value is a choice."""

    def emit(self, node: Node, unit: Unit) -> None:
        self.units.append(replace(unit, line=node.start_point.row))

    def visit_all(self, nodes: Iterable[Node | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit(self, node: Node) -> None:
        """Read a node: what it calls, compares and stores."""
        kind = node.type
        reader = getattr(self, f"_{kind}", None)
        if reader is not None:
            reader(node)
        elif kind == "binary_expression" and operator_of(node) in {"&&", "||", *_RELATIONS}:
            self.test(node)
        elif not in_comment(node):
            self.visit_all(node.named_children)

    # Statements

    def _let_declaration(self, node: Node) -> None:
        pattern, value, otherwise = (child(node, each) for each in ("pattern", "value", "alternative"))
        if value is None or pattern is None:
            return
        if value.type == "closure_expression" and text_of(pattern) in self.called:
            self._keep_closure(plain(text_of(pattern)), value)
            return
        self.visit(value)
        names = frozenset(bound_by(pattern))
        if otherwise is not None:
            self._ask(node, value, "!=", names, way=Way.OUT)
            self.visit(otherwise)
        elif not only_retypes(value, names):
            for name in sorted(names):
                self._emit_store(node, UnitKind.LOCAL, frozenset({name}), value, "=", declares=True)
        self._remember(names, value, "=")

    def _assignment_expression(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        if left is None or right is None:
            return
        self.visit(right)
        targets = left.named_children if left.type == "tuple_expression" else [left]
        for target in targets:
            if stripped(target).type != "identifier":
                self.visit_all(target.named_children)
            self._store(node, target, right, "=")

    def _compound_assignment_expr(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        if left is not None and right is not None:
            self.visit(right)
            self._store(node, left, right, "+=")

    def _store(self, node: Node, target: Node, value: Node | None, operator: str) -> None:
        target = stripped(target)
        names = frozenset(bases(target))
        local = target.type == "identifier" and names <= self.own
        kind = UnitKind.LOCAL if local else UnitKind.PLACE
        self._emit_store(node, kind, names, value, operator, self.names(target))
        if not local and target.type != "field_expression":
            self.units[-1] = replace(self.units[-1], more=self.more(names))
        if local:
            self._remember(names, value, operator)

    def _emit_store(
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
        unit = Unit(
            kind=kind,
            names=names,
            line=0,
            atoms=self.names(value) | target,
            trivial=operator == "=" and is_nothing(value),
            declares=declares,
            way=way_after(node),
            choice=2 if picks(value) else int(self._has_choice(value)),
        )
        self.emit(node, unit)

    def _has_choice(self, value: Node | None) -> bool:
        if value is None:
            return False
        forks = next(descendants(value, {"if_expression", "match_expression"}), None) is not None
        return forks or picks(value) or bool(self.names(value) & self.chosen)

    def _remember(self, names: Iterable[str], value: Node | None, operator: str) -> None:
        known = self.names(value)
        known |= self.more(known)
        choice = self._has_choice(value)
        for name in names:
            before = NOTHING if operator == "=" else self.stands_for.get(name, NOTHING)
            self.stands_for[name] = frozenset(sorted(known | before - {name})[:_ALIASES])
            (self.chosen.add if choice else self.chosen.discard)(name)

    # Choices and loops

    def _if_expression(self, node: Node) -> None:
        self.test(child(node, "condition"))
        then = len(self.units)
        self.visit_all((child(node, "consequence"),))
        otherwise = len(self.units)
        self.visit_all((child(node, "alternative"),))
        stored = {(each.kind, each.names) for each in self.units[then:otherwise]}
        for at in range(otherwise, len(self.units)):
            unit = self.units[at]
            stores = unit.kind in {UnitKind.LOCAL, UnitKind.PLACE}
            if stores and (unit.kind, unit.names) in stored:
                self.units[at] = replace(unit, forked=True)

    def _while_expression(self, node: Node) -> None:
        first = len(self.units)
        self.test(child(node, "condition"))
        self.units[first:] = [replace(each, way=Way.OUT) for each in self.units[first:]]
        self.visit_all((child(node, "body"),))

    def _for_expression(self, node: Node) -> None:
        pattern, value = child(node, "pattern"), child(node, "value")
        if pattern is not None and value is not None:
            self.visit(value)
            names = frozenset(bound_by(pattern))
            self.bound |= names
            self._remember(names, value, "=")
            self._ask(node, value, "", names, loop=True)
        self.visit_all((child(node, "body"),))

    def _closure_expression(self, node: Node) -> None:
        parameters = child(node, "parameters")
        self.bound |= frozenset(bound_by(parameters)) if parameters is not None else NOTHING
        self.visit_all((child(node, "body"),))

    def _keep_closure(self, name: str, node: Node) -> None:
        """Keep what a closure does, which is done wherever it is called."""
        first = len(self.units)
        self.visit(node)
        self.closures[name] = Closure(tuple(parameters_of(node)), tuple(self.units[first:]))
        del self.units[first:]

    def _match_expression(self, node: Node) -> None:
        over, body = child(node, "value"), child(node, "body")
        if over is None or body is None:
            return
        self.visit(over)
        for arm in body.named_children:
            pattern, value = child(arm, "pattern"), child(arm, "value")
            if arm.type == "match_arm" and pattern is not None and value is not None:
                self._arm(arm, pattern, over, last=arm == body.named_children[-1])
                self.test(child(pattern, "condition"))
                self.visit(value)

    def _arm(self, arm: Node, pattern: Node, over: Node, *, last: bool) -> None:
        scrutinee = self.names(over)
        bound = frozenset(bound_by(pattern))
        self.bound |= bound
        self._remember(bound, over, "=")
        if text_of(pattern) == "None":
            self._ask(arm, over, "==", bound, way=way_of_arm(arm))
            return
        labels = list(labels_of(pattern))
        if not labels and not last and takes_apart(pattern):
            self._ask(arm, over, "", bound)
            return
        for label in labels or ["_"]:
            wild = label == "_"
            unit = Unit(
                UnitKind.TEST,
                scrutinee if wild else frozenset({label}),
                0,
                self.more(scrutinee),
                scrutinee,
                "" if wild else "==",
                way=way_of_arm(arm),
                optional=wild,
                trivial=is_empty(child(arm, "value")) or text_of(arm).rstrip(",").endswith("()"),
                left=frozenset({"_"}) if wild else NOTHING,
            )
            self.emit(arm, unit)

    def _let_condition(self, node: Node) -> None:
        pattern, value = child(node, "pattern"), child(node, "value")
        if pattern is None or value is None:
            return
        self.visit(value)
        names = frozenset(bound_by(pattern))
        self.bound |= names
        self._remember(names, value, "=")
        nothing = text_of(pattern).startswith(("None", "Err"))
        self._ask(node, value, "==" if nothing else "!=", names, way=way_if(node))

    def _try_expression(self, node: Node) -> None:
        self.visit_all(node.named_children)
        self._ask(node, node.named_children[0], "", NOTHING, way=Way.OUT)

    def _ask(
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
        compared = self.names(value) | names
        self.emit(
            node,
            Unit(
                UnitKind.TEST,
                compared,
                0,
                self.more(compared),
                relation=relation,
                left=compared,
                way=way,
                loop=loop,
                optional=loop or not relation,
            ),
        )

    def test(self, node: Node | None, negated: bool = False) -> None:
        """Read a condition: a unit for each comparison in it."""
        while node is not None and node.type in {"parenthesized_expression", "unsafe_block", "block"}:
            inner = [each for each in node.named_children if not in_comment(each)]
            self.visit_all(inner[:-1])
            node = inner[-1] if inner else None
        if node is None:
            return
        operator = operator_of(node)
        if node.type == "unary_expression" and text_of(node).startswith("!"):
            self.test(node.named_children[-1], not negated)
        elif node.type == "let_chain" or (node.type == "binary_expression" and operator in {"&&", "||"}):
            for each in node.named_children:
                self.test(each, negated)
        elif node.type == "binary_expression" and operator in _RELATIONS:
            left, right = child(node, "left"), child(node, "right")
            self.visit_all((left, right))
            self._compare(node, self.names(left), self.names(right), _RELATIONS[operator], negated)
        elif node.type == "call_expression" and method_of(node) in ASKING:
            self._call_expression(node, negated)
        elif node.type in {"let_condition", "macro_invocation", "boolean_literal"}:
            self.visit(node)
        else:
            self.visit(node)
            self._compare(node, self.names(node), NOTHING, "!=", negated)

    def _compare(
        self, node: Node, left: frozenset[str], right: frozenset[str], relation: str, negated: bool
    ) -> None:
        names = left | right
        relation = _OPPOSITE[relation] if negated else relation
        self.emit(
            node,
            Unit(UnitKind.TEST, names, 0, self.more(names), relation=relation, left=left, way=way_if(node)),
        )

    def _unary_expression(self, node: Node) -> None:
        """Read `!flag` outside a condition, which can be a number that C tests."""
        operand = stripped(node.named_children[-1])
        inside = node.parent is not None and node.parent.type == "binary_expression"
        if text_of(node).startswith("!") and operand.type == "identifier" and not inside:
            self._ask(node, operand, "", NOTHING)
        self.visit_all(node.named_children)

    # Calls

    def _call_expression(self, node: Node, negated: bool = False) -> None:
        function, arguments = child(node, "function"), child(node, "arguments")
        given = [each for each in arguments.named_children if not in_comment(each)] if arguments else []
        method, receiver = method_of(node), receiver_of(node)
        self.visit_all((receiver, *given) if method else (function, *given))
        if method in ASKING and receiver is not None:
            self._compare(node, self.names(receiver), NOTHING, ASKING[method], negated)
        elif method in CHOOSING | ITERATING and receiver is not None:
            self._ask(node, node, "", NOTHING, loop=method in ITERATING)
        if method.startswith("set_") and receiver is not None and len(given) == 1:
            names = frozenset({plain(method.removeprefix("set_"))})
            self._emit_store(node, UnitKind.PLACE, names, given[0], "set", self.names(receiver))
        elif method in WRITING and receiver is not None:
            value = given[-1] if given else None
            self._store_through(node, receiver, value, method)
        elif not method and function is not None:
            self._function_call(node, function, given)
        if method:
            self._emit_call(node, frozenset({plain(method)}))

    def _function_call(self, node: Node, function: Node, given: list[Node]) -> None:
        callee = last_name(function)
        outside = text_of(function).startswith(("core::", "std::"))
        closure = self.closures.get(plain(callee)) if function.type == "identifier" else None
        for unit in closure.units_with([self.names(each) for each in given]) if closure else ():
            self.emit(node, unit)
        if outside and callee in SWAPPING:
            for each in given[: 2 if callee == "swap" else 1]:
                self._store_through(node, each, None if callee == "swap" else given[-1], callee)
        elif outside and callee in COPYING and len(given) > 1:
            self._store_through(node, given[1], given[0], callee)
        elif outside and callee in CHOOSING | ITERATING:
            self._ask(node, node, "", NOTHING, loop=callee in ITERATING)
        names = frozenset(bases(function)) if callee != "transmute" else NOTHING
        self._emit_call(node, names or frozenset({plain(callee)}))

    def _store_through(self, node: Node, pointer: Node, value: Node | None, function: str) -> None:
        """Note a store by a function: to what a pointer points at, or to what a reference is made of."""
        target = stripped(pointer)
        operator = "=" if function in {"write", "set"} else function
        if "reference" in target.type:
            self._store(node, child(target, "value") or target, value, operator)
        elif target.type == "identifier" and function in POINTED:
            names = frozenset(bases(target))
            self._emit_store(node, UnitKind.PLACE, names, value, operator)
            self.units[-1] = replace(self.units[-1], more=self.more(names))
        else:
            self._store(node, target, value, operator)

    def _emit_call(self, node: Node, names: frozenset[str]) -> None:
        unit = Unit(
            UnitKind.CALL,
            names,
            0,
            self.more(names),
            self.names(node),
            way=way_after(node),
            choice=int(self._has_choice(child(node, "arguments"))),
        )
        self.emit(node, unit)

    def _struct_expression(self, node: Node) -> None:
        body = child(node, "body")
        fields = body.named_children if body is not None else []
        self.visit_all(child(each, "value") for each in fields)
        values = [(each, child(each, "value")) for each in fields]
        if all(each.type == "field_initializer" and is_nothing(value) for each, value in values):
            return
        for each, value in values:
            if each.named_children:
                names = frozenset({plain(text_of(each.named_children[0]))})
                self._emit_store(node, UnitKind.PLACE, names, value, "=", declares=True)

    # Names

    def names(self, node: Node | None) -> frozenset[str]:
        """Return what an expression names: variables, fields, functions, constants and numbers."""
        return frozenset(named(node)) - _NO_NAMES if node is not None else NOTHING

    def more(self, names: Iterable[str]) -> frozenset[str]:
        """Return what the locals among these names stand for."""
        found = NOTHING.union(*(self.stands_for.get(each, NOTHING) for each in names))
        return found - frozenset(names)
