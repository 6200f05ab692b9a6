"""The structural fingerprint of a C function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analysis.c_names import (
    COMPILE_TIME,
    JUMPS,
    NUMBERS,
    RELATIONS,
    bare,
    callee_of,
    casts,
    compared_texts,
    declared,
    ends,
    in_type,
    inner_node,
    inner_text,
    is_cast,
    is_nothing,
    name_of,
    operator_of,
    own_names,
    parts,
)
from analysis.declarations import Macro
from analysis.expansion import expand, expandable
from analysis.gnu_c import rewrite_brought
from analysis.liveness import dead_stores
from analysis.structure import NOTHING, Structure, Unit, UnitKind, plain
from analysis.syntax import Node, child, descendants, parse_c, text_of

_NAMES = frozenset({"identifier", "field_identifier", "number_literal", "char_literal"})
_NOBODY = frozenset({"NULL", "true", "false", "nullptr", "0", "__func__", "__FUNCTION__", "typeof"})
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">", ">": "<"}
_TRANSPARENT = frozenset({"likely", "unlikely", "__builtin_expect", "READ_ONCE", "WRITE_ONCE"})
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})
_ASKING = frozenset({"!", "&&", "||", *RELATIONS})
_ALIASES = 16


def c_structure(text: str, macros: Iterable[Macro] = ()) -> Structure | None:
    """Return the fingerprint of a C function's text, or None where the text holds no function body."""
    known = tuple(macros)
    root = parse_c(rewrite_brought(expand(text, known), text))
    function = next(descendants(root, {"function_definition"}), root)
    body = child(function, "body")
    if body is None:
        return None
    reader = _Reader(
        own=frozenset(own_names(function)),
        unexpanded=frozenset(each.name for each in known if not expandable(each)),
        dead=frozenset(dead_stores(function)),
        source=text.split("\n"),
    )
    reader.block(body.named_children, None, outermost=True)
    code = [node for node in descendants(root) if not node.children and node.type != "comment"]
    return Structure(
        units=tuple(reader.units),
        mentions=reader.mentions(function),
        locals=reader.own,
        words=frozenset(re.findall(r"[A-Za-z_]\w*", text)),
        numbers=frozenset(_numbers(body)),
        tokens=len(code),
    )


def _numbers(body: Node) -> Iterator[str]:
    """Yield the numbers in a body: 0 stands in every condition, and 1 in every step."""
    yield "0"
    yield from (name_of(each) for each in descendants(body, NUMBERS))
    yield from ("1" for _ in descendants(body, {"update_expression"}))


@dataclass
class _Reader:
    """Walks a function in the order in which it is written."""

    own: frozenset[str]
    unexpanded: frozenset[str]
    dead: frozenset[int]
    source: Sequence[str]
    units: list[Unit] = field(default_factory=list)
    stands_for: dict[str, frozenset[str]] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)
    """The loops and switches around, innermost last."""

    def emit(self, node: Node, unit: Unit) -> None:
        self.units.append(replace(unit, line=node.start_point.row))

    # Statements

    def block(self, statements: Sequence[Node], guard: int | None, *, outermost: bool = False) -> None:
        """Read statements; a jump is noted on the unit before it, or on the test that leads to it."""
        before = guard
        for statement in statements:
            first = len(self.units)
            if statement.type in JUMPS:
                self.expressions(statement.named_children)
                last = outermost and statement == statements[-1]
                if before is not None and not last and self._jumps(statement):
                    self._note_jump(before, statement)
                before = None
            elif statement.type in {"expression_statement", "declaration"}:
                self.expression_or_declaration(statement)
                before = len(self.units) - 1 if len(self.units) > first else before
            elif statement.type != "comment":
                self.statement(statement, before if statement.type == "compound_statement" else None)
                before = guard

    def _jumps(self, statement: Node) -> bool:
        return statement.type != "break_statement" or (bool(self.inside) and self.inside[-1] != "switch")

    def _note_jump(self, at: int, statement: Node) -> None:
        way = JUMPS[statement.type]
        self.units[at] = replace(self.units[at], way=way, way_line=statement.start_point.row)

    def statement(self, node: Node, guard: int | None = None) -> None:
        """Read one statement of any sort."""
        if node.type == "compound_statement":
            self.block(node.named_children, guard)
        elif node.type == "if_statement":
            self.choice(node)
        elif node.type == "switch_statement":
            self.switch(node)
        elif node.type in _LOOPS:
            self.loop(node)
        elif node.type == "labeled_statement":
            self.block(node.named_children[1:], None)
        elif node.type in JUMPS or node.type in {"expression_statement", "declaration"}:
            self.block([node], guard)
        else:
            self.expressions(node.named_children)

    def choice(self, node: Node) -> None:
        first = len(self.units)
        self.test(child(node, "condition"))
        tests = [at for at in range(first, len(self.units)) if self.units[at].kind is UnitKind.TEST]
        then = len(self.units)
        consequence, alternative = child(node, "consequence"), child(node, "alternative")
        if consequence is not None:
            self.statement(consequence, tests[0] if tests else None)
        otherwise = len(self.units)
        if alternative is not None:
            for each in alternative.named_children if alternative.type == "else_clause" else [alternative]:
                if each.type != "comment":
                    self.statement(each)
        self._pair(range(then, otherwise), range(otherwise, len(self.units)), node.start_byte + 1)

    def _pair(self, one: range, other: range, mark: int) -> None:
        """Note what both sides of a choice do alike: it may be one thing with a choice in it."""
        for ahead, back in ((one, other), (other, one)):
            known = {(self.units[at].kind, self.units[at].names) for at in back}
            for at in ahead:
                unit = self.units[at]
                if unit.kind is not UnitKind.TEST and (unit.kind, unit.names) in known:
                    self.units[at] = replace(unit, choice=unit.choice or mark)

    def loop(self, node: Node) -> None:
        initializer, condition = child(node, "initializer"), child(node, "condition")
        if initializer is not None:
            self.expression_or_declaration(initializer)
        body, update = child(node, "body"), child(node, "update")
        if node.type != "do_statement":
            self._loop_test(condition)
        self.inside.append("loop")
        if body is not None:
            self.statement(body)
        self.inside.pop()
        first = len(self.units)
        if update is not None:
            self.expression(update)
        self.units[first:] = [replace(each, loop=True) for each in self.units[first:]]
        if node.type == "do_statement":
            self._loop_test(condition)

    def _loop_test(self, condition: Node | None) -> None:
        first = len(self.units)
        self.test(condition)
        self.units[first:] = [replace(each, loop=True) for each in self.units[first:]]

    def switch(self, node: Node) -> None:
        condition, body = child(node, "condition"), child(node, "body")
        self.expressions([condition] if condition is not None else [])
        over = self.names(condition)
        self.inside.append("switch")
        ways, empty_last = 0, -1
        before = len(self.units)
        complete = False
        for case in body.named_children if body is not None else ():
            if case.type != "case_statement":
                self.statement(case) if case.type != "comment" else None
                continue
            at = self._label(case, over)
            complete = complete or at is None
            first = len(self.units)
            statements = [each for each in case.named_children if each != child(case, "value")]
            self.block(statements, at)
            does = any(each.type not in {"comment", "break_statement"} for each in statements)
            self.units[first:] = [replace(each, copies=each.copies + ways) for each in self.units[first:]]
            ways = ways + 1 if does and not ends(statements) else ways if not ends(statements) else 0
            empty_last = at if at is not None and not does and ends(statements) else empty_last
            if empty_last == at and at is not None:
                self.units[at] = replace(self.units[at], optional=True)
        self.inside.pop()
        for at in range(before, len(self.units)):
            if self.units[at].copies == 0 and not complete:
                self.units[at] = replace(self.units[at], inner=True)

    def _label(self, case: Node, over: frozenset[str]) -> int | None:
        value = child(case, "value")
        if value is None:
            return None
        label = self.names(value) or frozenset({bare(value)})
        self.emit(case, Unit(UnitKind.TEST, label, 0, relation="==", atoms=over, copies=0))
        return len(self.units) - 1

    # Expressions

    def expression_or_declaration(self, node: Node) -> None:
        if node.type != "declaration":
            self.expressions([node])
            return
        static = any(text_of(each) == "static" for each in node.children)
        for declarator in node.named_children:
            value = child(declarator, "value") if declarator.type == "init_declarator" else None
            named = declared(declarator) if value is not None else None
            if value is None or named is None or static:
                continue
            self.expression(value)
            self._store(declarator, named, value, "=", declares=True)

    def expressions(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.expression(node)

    def expression(self, node: Node) -> None:
        """Read an expression: what it calls, compares and stores."""
        kind = node.type
        if kind in COMPILE_TIME or kind == "comment":
            return
        if kind == "call_expression":
            self._call(node)
        elif kind == "assignment_expression":
            self._assignment(node)
        elif kind == "update_expression":
            self._step(node)
        elif kind == "conditional_expression":
            condition = child(node, "condition")
            self.test(condition)
            compared = compared_texts(condition)
            sides = parts(node, "consequence", "alternative")
            self.expressions(each for each in sides if inner_text(each) not in compared)
        elif operator_of(node) in _ASKING:
            self.test(node)
        else:
            self.expressions(node.named_children)

    def _call(self, node: Node) -> None:
        function, arguments = child(node, "function"), child(node, "arguments")
        self.expressions(arguments.named_children if arguments is not None else ())
        if function is None:
            return
        callee = callee_of(function)
        if callee in _TRANSPARENT or (is_cast(node) and callee not in self.own):
            return
        names = frozenset({plain(callee)})
        optional = callee in self.unexpanded or not callee
        self.emit(
            node,
            Unit(
                UnitKind.CALL,
                names,
                0,
                self.more(names),
                self.names(arguments) | self.names(function),
                optional=optional,
            ),
        )

    def _assignment(self, node: Node) -> None:
        left, right = child(node, "left"), child(node, "right")
        if left is None or right is None:
            return
        self.expression(right)
        if left.type != "identifier":
            self.expressions(left.named_children)
        while right.type == "assignment_expression" and operator_of(right) == "=":
            right = child(right, "right") or right.named_children[-1]
        self._store(node, left, right, operator_of(node))

    def _step(self, node: Node) -> None:
        target = child(node, "argument")
        if target is not None:
            self.expressions(target.named_children)
            self._store(node, target, None, "++")

    def _store(
        self, node: Node, target: Node, value: Node | None, operator: str, *, declares: bool = False
    ) -> None:
        while target.type == "parenthesized_expression":
            target = target.named_children[0]
        names = self._target(target)
        local = target.type == "identifier" and text_of(target) in self.own
        atoms = self.names(value)
        unit = Unit(
            kind=UnitKind.LOCAL if local else UnitKind.PLACE,
            names=names,
            line=0,
            more=NOTHING if local or target.type == "field_expression" else self.more(names),
            atoms=atoms | (NOTHING if local else self.names(target)),
            trivial=operator == "=" and is_nothing(value),
            declares=declares,
            optional=node.start_byte in self.dead or self._is_macros_own(target, declares),
            inner=self._in_local_record(target),
            forked=value is not None and inner_node(value).type == "conditional_expression",
        )
        self.emit(node, unit)
        if local:
            self._remember(next(iter(names)), atoms | self.more(atoms), operator)

    def _is_macros_own(self, target: Node, declares: bool) -> bool:
        """Tell whether a local is one that a macro makes for itself, which Rust has no use for."""
        name = text_of(target)
        own = declares or (target.type == "identifier" and name.startswith("__"))
        return own and name not in re.findall(r"\w+", self.source[target.start_point.row])

    def _in_local_record(self, target: Node) -> bool:
        while target.type == "field_expression" and operator_of(target) == ".":
            target = target.named_children[0]
        return target.parent is not None and target.type == "identifier" and text_of(target) in self.own

    def _remember(self, name: str, atoms: frozenset[str], operator: str) -> None:
        known = NOTHING if operator == "=" else self.stands_for.get(name, NOTHING)
        self.stands_for[name] = frozenset(sorted(known | atoms - {name})[:_ALIASES])

    def _target(self, target: Node) -> frozenset[str]:
        if target.type == "field_expression":
            return frozenset({plain(text_of(target.named_children[-1]))})
        if target.type in {"pointer_expression", "subscript_expression", "cast_expression"}:
            inner = child(target, "argument") or child(target, "value")
            if inner is not None and inner.type not in {"pointer_expression"}:
                named = next(self._bases(inner), None)
                return frozenset({named}) if named else self.names(inner)
            return self._target(inner) if inner is not None else NOTHING
        if target.type == "update_expression":
            argument = child(target, "argument")
            return self._target(argument) if argument is not None else NOTHING
        if target.type == "parenthesized_expression":
            return self._target(target.named_children[0])
        return self.names(target)

    def _bases(self, node: Node) -> Iterator[str]:
        """Yield the variable or field that a pointer expression goes through, arithmetic left out."""
        if node.type == "field_expression":
            yield plain(text_of(node.named_children[-1]))
        elif node.type == "identifier":
            yield plain(text_of(node))
        else:
            for each in node.named_children:
                yield from self._bases(each)

    def test(self, node: Node | None, negated: bool = False) -> None:
        """Read a condition: a unit for each comparison in it."""
        while node is not None and node.type in {"parenthesized_expression", "condition"}:
            node = next((each for each in node.named_children if each.type != "comment"), None)
        if node is None:
            return
        operator = operator_of(node)
        if node.type == "unary_expression" and operator == "!":
            self.test(child(node, "argument"), not negated)
        elif node.type == "binary_expression" and operator in {"&&", "||"}:
            self.test(child(node, "left"), negated)
            self.test(child(node, "right"), negated)
        elif node.type == "binary_expression" and operator in RELATIONS:
            self.expressions(parts(node, "left", "right"))
            self._compare(node, child(node, "left"), child(node, "right"), operator, negated)
        elif node.type == "call_expression" and text_of(node.named_children[0]) in _TRANSPARENT:
            arguments = child(node, "arguments")
            self.test(arguments.named_children[0] if arguments is not None else None, negated)
        elif node.type == "comma_expression":
            self.expressions(node.named_children[:-1])
            self.test(node.named_children[-1], negated)
        else:
            self.expression(node)
            compared = child(node, "left") if node.type == "assignment_expression" else node
            self._compare(node, compared, None, "!=", negated)

    def _compare(
        self, node: Node, left: Node | None, right: Node | None, operator: str, negated: bool
    ) -> None:
        names = self.names(left) | self.names(right)
        if not any(not each.isdigit() for each in names):
            return
        relation = RELATIONS[operator]
        null = right is None or text_of(right) in {"NULL", "0"}
        self.emit(
            node,
            Unit(
                UnitKind.TEST,
                names,
                0,
                self.more(names),
                relation=_OPPOSITE[relation] if negated else relation,
                left=self.names(left),
                optional=null and not self._written(node, names),
            ),
        )

    def _written(self, node: Node, names: frozenset[str]) -> bool:
        """Tell whether a test stands in the text itself; one that a macro brings may be known to hold."""
        line = self.source[node.start_point.row]
        return bool(re.search(r"\bNULL\b|[!=]=|!|\b(?:if|while|for|return)\b|\?|&&|\|\|", line))

    # Names

    def names(self, node: Node | None) -> frozenset[str]:
        """Return what an expression names: variables, fields, functions, constants and numbers."""
        if node is None:
            return NOTHING
        return frozenset(name_of(each) for each in descendants(node, _NAMES)) - _NOBODY

    def more(self, names: Iterable[str]) -> frozenset[str]:
        found = NOTHING.union(*(self.stands_for.get(each, NOTHING) for each in names))
        return found - frozenset(names)

    def mentions(self, function: Node) -> dict[str, int]:
        """Return the fields, constants, functions and module variables by the line that first names them."""
        found: dict[str, int] = {}
        body = child(function, "body")
        labels = {text_of(each) for each in descendants(function, {"statement_identifier"})}
        for node in descendants(body, _NAMES | {"string_literal"}) if body is not None else ():
            text = text_of(node)
            if not plain(text) or node.type in {"number_literal", "char_literal"} or in_type(node):
                continue
            if node.type == "identifier" and (text in self.own or text in _NOBODY or text in labels):
                continue
            if text in self.unexpanded or text in _TRANSPARENT or casts(node):
                continue
            found.setdefault(text if node.type == "string_literal" else plain(text), node.start_point.row)
        return found
