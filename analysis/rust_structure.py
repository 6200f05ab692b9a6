"""The structural fingerprint of a candidate: the same units as the C's, and what stands for them in Rust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analysis.rust_aliases import Aliases
from analysis.rust_flow import way_if, way_of_arm
from analysis.rust_functions import Functions
from analysis.rust_helpers import Helper, called, parameters_of, results_of, statements_of
from analysis.rust_locals import Locals
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
    names_in,
    only_retypes,
    operator_of,
    receiver_of,
    stripped,
    takes_apart,
)
from analysis.rust_shapes import mutable, readable, skipped, unfinished
from analysis.rust_units import Units
from analysis.rust_words import ASKING, CHOOSING, COPYING, ITERATING, SWAPPING, WRITING
from analysis.structure import NOTHING, Structure, Unit, UnitKind, Way, plain
from analysis.syntax import Node, child, descendants, parse_rust, text_of

_RELATIONS = {"==": "==", "!=": "!=", "<": "<", "<=": "<", ">": ">", ">=": ">"}
_LEAVES = frozenset({"identifier", "field_identifier", "type_identifier", "shorthand_field_identifier"})
_NUMBERS = frozenset({"integer_literal", "char_literal"})
_MOST = 5000
"""Units, beyond which calls are not followed: those of helpers within helpers multiply."""
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
    reader = _Reader(Units(Locals.of(root)), frozenset(called(root)), Functions.of(root))
    for function in root.named_children:
        reader.visit(function)
    return Structure(
        units=tuple(reader.units.noted),
        # With escapes as C spells them too, and without those that break a line.
        mentions={"".join(strings): 0, "".join(escaped): 0},
        locals=reader.units.locals.names,
        words=frozenset(words),
        numbers=frozenset(each for number in descendants(root, _NUMBERS) for each in named(number)),
        tokens=len(leaves),
        bound=frozenset(reader.bound),
        mutable=frozenset(mutable(root)) | reader.units.locals.fields,
        unfinished=tuple(unfinished(root)),
        skipped=tuple(skipped(root)),
    )


@dataclass
class _Reader:
    """Walks Rust in the order in which it is written."""

    units: Units
    called: frozenset[str]
    """What is called by a plain name."""
    functions: Functions
    closures: dict[str, Helper] = field(default_factory=dict)
    read: dict[int, Helper] = field(default_factory=dict)
    """What functions of the answer do, by the node that defines them."""
    followed: int = 0
    """How many units calls of helpers have brought."""
    bound: set[str] = field(default_factory=set)

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
            self.closures[plain(text_of(pattern))] = self._read_helper(value, self.units.aliases)
            return
        self.visit(value)
        names = frozenset(bound_by(pattern))
        if otherwise is not None:
            self.units.ask(node, value, "!=", names, way=Way.OUT)
            self.visit(otherwise)
            self.units.aliases.remember(names, value, "=")
        elif not self.units.locals.makes(value):  # its fields are the locals
            self._declare(node, names, value)

    def _declare(self, node: Node, names: frozenset[str], value: Node) -> None:
        if not only_retypes(value, names):
            for name in sorted(names):
                self.units.store_to(node, UnitKind.LOCAL, frozenset({name}), value, "=", declares=True)
        self.units.aliases.remember(names, value, "=")

    def _assignment_expression(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        if left is None or right is None:
            return
        self.visit(right)
        targets = left.named_children if left.type == "tuple_expression" else [left]
        for target in targets:
            if stripped(target).type != "identifier":
                self.visit_all(target.named_children)
            self.units.store(node, target, right, "=")

    def _compound_assignment_expr(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        if left is not None and right is not None:
            self.visit(right)
            self.units.store(node, left, right, "+=")

    # Choices and loops

    def _if_expression(self, node: Node) -> None:
        self.test(child(node, "condition"))
        units = self.units.noted
        then = len(units)
        self.visit_all((child(node, "consequence"),))
        otherwise = len(units)
        self.visit_all((child(node, "alternative"),))
        stored = {(each.kind, each.names) for each in units[then:otherwise]}
        for at in range(otherwise, len(units)):
            unit = units[at]
            stores = unit.kind in {UnitKind.LOCAL, UnitKind.PLACE}
            if stores and (unit.kind, unit.names) in stored:
                units[at] = replace(unit, forked=True)

    def _while_expression(self, node: Node) -> None:
        units = self.units.noted
        first = len(units)
        self.test(child(node, "condition"))
        units[first:] = [replace(each, way=Way.OUT) for each in units[first:]]
        self.visit_all((child(node, "body"),))

    def _for_expression(self, node: Node) -> None:
        pattern, value = child(node, "pattern"), child(node, "value")
        if pattern is not None and value is not None:
            self.visit(value)
            names = frozenset(bound_by(pattern))
            self.bound |= names
            self.units.aliases.remember(names, value, "=")
            self.units.ask(node, value, "", names, loop=True)
        self.visit_all((child(node, "body"),))

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
        scrutinee = names_in(over)
        bound = frozenset(bound_by(pattern))
        self.bound |= bound
        self.units.aliases.remember(bound, over, "=")
        if text_of(pattern) == "None":
            self.units.ask(arm, over, "==", bound, way=way_of_arm(arm))
            return
        labels = list(labels_of(pattern))
        if not labels and not last and takes_apart(pattern):
            self.units.ask(arm, over, "", bound)
            return
        for label in labels or ["_"]:
            wild = label == "_"
            unit = Unit(
                UnitKind.TEST,
                scrutinee if wild else frozenset({label}),
                0,
                self.units.aliases.more(scrutinee),
                scrutinee,
                "" if wild else "==",
                way=way_of_arm(arm),
                optional=wild,
                trivial=is_empty(child(arm, "value")) or text_of(arm).rstrip(",").endswith("()"),
                left=frozenset({"_"}) if wild else NOTHING,
            )
            self.units.note(arm, unit)

    def _let_condition(self, node: Node) -> None:
        pattern, value = child(node, "pattern"), child(node, "value")
        if pattern is None or value is None:
            return
        self.visit(value)
        names = frozenset(bound_by(pattern))
        self.bound |= names
        self.units.aliases.remember(names, value, "=")
        nothing = text_of(pattern).startswith(("None", "Err"))
        self.units.ask(node, value, "==" if nothing else "!=", names, way=way_if(node))

    def _try_expression(self, node: Node) -> None:
        self.visit_all(node.named_children)
        self.units.ask(node, node.named_children[0], "", NOTHING, way=Way.OUT)

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
            self.units.compare(node, names_in(left), names_in(right), _RELATIONS[operator], negated)
        elif node.type == "call_expression" and method_of(node) in ASKING and not self._helper(node):
            self._call_expression(node, negated)
        elif node.type in {"let_condition", "macro_invocation", "boolean_literal"}:
            self.visit(node)
        else:
            self.visit(node)
            self.units.compare(node, names_in(node), NOTHING, "!=", negated)

    def _unary_expression(self, node: Node) -> None:
        """Read `!flag` outside a condition, which can be a number that C tests."""
        operand = stripped(node.named_children[-1])
        inside = node.parent is not None and node.parent.type == "binary_expression"
        if text_of(node).startswith("!") and operand.type == "identifier" and not inside:
            self.units.ask(node, operand, "", NOTHING)
        self.visit_all(node.named_children)

    # Calls

    def _call_expression(self, node: Node, negated: bool = False) -> None:
        function, arguments = child(node, "function"), child(node, "arguments")
        given = [each for each in arguments.named_children if not in_comment(each)] if arguments else []
        method, receiver = method_of(node), receiver_of(node)
        self.visit_all((receiver, *given) if method else (function, *given))
        helper = self._helper(node)
        if helper is not None:
            self._follow(node, helper, [receiver, *given] if receiver else given)
            return
        if method in ASKING and receiver is not None:
            self.units.compare(node, names_in(receiver), NOTHING, ASKING[method], negated)
        elif method in CHOOSING | ITERATING and receiver is not None:
            self.units.ask(node, node, "", NOTHING, loop=method in ITERATING)
        if method.startswith("set_") and receiver is not None and len(given) == 1:
            names = frozenset({plain(method.removeprefix("set_"))})
            self.units.store_to(node, UnitKind.PLACE, names, given[0], "set", names_in(receiver))
        elif method in WRITING and receiver is not None:
            value = given[-1] if given else None
            self.units.store_through(node, receiver, value, method)
        elif not method and function is not None:
            self._function_call(node, function, given)
        if method:
            self.units.call(node, frozenset({plain(method)}))

    def _function_call(self, node: Node, function: Node, given: list[Node]) -> None:
        callee = last_name(function)
        outside = text_of(function).startswith(("core::", "std::"))
        if outside and callee in SWAPPING:
            for each in given[: 2 if callee == "swap" else 1]:
                self.units.store_through(node, each, None if callee == "swap" else given[-1], callee)
        elif outside and callee in COPYING and len(given) > 1:
            self.units.store_through(node, given[1], given[0], callee)
        elif outside and callee in CHOOSING | ITERATING:
            self.units.ask(node, node, "", NOTHING, loop=callee in ITERATING)
        names = frozenset(bases(function)) if callee != "transmute" else NOTHING
        self.units.call(node, names or frozenset({plain(callee)}))

    def _struct_expression(self, node: Node) -> None:
        body = child(node, "body")
        fields = body.named_children if body is not None else []
        self.visit_all(child(each, "value") for each in fields)
        if self.units.locals.makes(node):
            self._own_record(fields)
            return
        values = [(each, child(each, "value")) for each in fields]
        if all(each.type == "field_initializer" and is_nothing(value) for each, value in values):
            return
        for each, value in values:
            if each.named_children:
                names = frozenset({plain(text_of(each.named_children[0]))})
                self.units.store_to(node, UnitKind.PLACE, names, value, "=", declares=True)

    def _own_record(self, fields: Iterable[Node]) -> None:
        """Read a record that holds locals together: each field is one that gets its first value."""
        for each in fields:
            value = child(each, "value")
            if value is not None:
                self._declare(each, frozenset({plain(text_of(each.named_children[0]))}), value)

    # Helpers

    def _closure_expression(self, node: Node) -> None:
        parameters = child(node, "parameters")
        self.bound |= frozenset(bound_by(parameters)) if parameters is not None else NOTHING
        self.visit_all((child(node, "body"),))

    def _function_item(self, node: Node) -> None:
        """Read a function where it is written, unless all it does is done where it is called."""
        if self.functions.runs_unseen(node):
            self.visit_all(node.named_children)

    def _helper(self, call: Node) -> Helper | None:
        """Return what a call does by a closure or function of the answer, where it is one of these."""
        function = child(call, "function")
        if function is not None and function.type == "identifier":
            closure = self.closures.get(plain(text_of(function)))
            if closure is not None:
                return closure
        meant = self.functions.meant_by(call)
        if meant is None:
            return None
        if meant.id not in self.read:
            self.read[meant.id] = Helper()  # a call of itself in it does nothing more
            self.read[meant.id] = self._read_helper(meant, Aliases())
        return self.read[meant.id]

    def _follow(self, call: Node, helper: Helper, given: list[Node]) -> None:
        self.followed += len(helper.units)
        name = method_of(call) or last_name(child(call, "function") or call)
        self.units.follow(call, plain(name), helper if self.followed < _MOST else Helper(), given)

    def _read_helper(self, node: Node, aliases: Aliases) -> Helper:
        """Read what a closure or function does, which is done wherever it is called."""
        units = Units(self.units.locals, aliases=aliases, body=statements_of(node))
        outside, self.units = self.units, units
        self.visit_all((node,) if node.type == "closure_expression" else (child(node, "body"),))
        self.units = outside
        results = list(results_of(node))
        named = NOTHING.union(*(names_in(each) for each in results))
        return Helper(
            tuple(parameters_of(node)),
            tuple(units.noted),
            gives=named | aliases.more(named),
            chooses=any(aliases.is_choice(each) for each in results),
        )
