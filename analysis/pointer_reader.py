"""Reads the body of a C function as steps with pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analysis.c_function import CFunction, read_function
from analysis.c_names import declared
from analysis.c_types import CType, Types
from analysis.edits import erase
from analysis.gnu_c import rewrite_expansions
from analysis.inventory import Definition, Inventory
from analysis.lexer import lex
from analysis.pointer_calls import CallingExpressions
from analysis.pointer_expressions import NO_VALUE, Lowered
from analysis.pointer_scope import Meaning, Scope
from analysis.pointer_terms import (
    Either,
    Field,
    Give,
    Load,
    Name,
    Parameter,
    Put,
    Root,
    RootKind,
    Step,
    Steps,
    Term,
)
from analysis.pointer_words import Words
from analysis.syntax import Node, child, descendants, parse_c, text_of

_ADDRESS = re.compile(rb"(?<!&)&(?!&)\s*\(*\s*([A-Za-z_]\w*)\b(?!\s*(?:->|\[))")
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})
_BRANCHES = frozenset({"if_statement", "switch_statement"})


class Surroundings:
    """What names mean at the file scope of one unit."""

    def __init__(self, inventory: Inventory, definition: Definition, types: Types) -> None:
        self._inventory = inventory
        self._file = definition.file
        self._unit = definition.unit
        self._types = types

    def meaning(self, name: str) -> Meaning | None:
        """Return where a name stands and what it is; None for constants."""
        own = self._inventory.resolve(name, self._file)
        ident = own.ident if own is not None else name
        if name in self._unit.declared_functions:
            return Root(RootKind.FUNCTION, ident), self._types.function(name)
        if own is not None or name in self._unit.declared_variables:
            kind = self._types.variable(name)
            return variable_root(ident, kind), kind
        return None


def variable_root(name: str, kind: CType | None) -> Root:
    """Return where a variable stands that outlives the function."""
    is_constant = kind is not None and kind.is_constant
    return Root(RootKind.CONSTANT if is_constant else RootKind.GLOBAL, name)


class _Body(CallingExpressions):
    """Reads statements and declarations."""

    def __init__(self, words: Words, owner: str, returns: CType | None) -> None:
        super().__init__(words)
        self._owner = owner
        self._returns = returns
        self.repeated: list[tuple[int, int]] = []
        self._ended = False
        """The statement before was a return or a jump."""

    def block(self, node: Node) -> Lowered:
        """Read the statements of a block; its value is that of the last one."""
        self.scope.enter()
        last = NO_VALUE
        for each in node.named_children:
            if each.type == "expression_statement" and each.named_children:
                last = self.lower(each.named_children[0])
            else:
                self.statement(each)
            self._ended = each.type in {"return_statement", "goto_statement"}
        self.scope.leave()
        return last

    def statement(self, node: Node) -> None:
        """Read a statement."""
        if node.type == "compound_statement":
            self.block(node)
        elif node.type == "declaration":
            self._declaration(node)
        elif node.type == "return_statement":
            self._return(node)
        elif node.type in _LOOPS:
            self._loop(node)
        elif node.type in _BRANCHES:
            self._branch(node)
        elif node.type == "goto_statement":
            self.scope.jump(self.text(node.named_children[0]) if node.named_children else "")
        elif node.type.endswith(("_statement", "_clause")):
            if node.type == "labeled_statement":
                self._arrive(node)
            for each in node.named_children:
                self.statement(each)
        elif node.type in {"struct_specifier", "union_specifier", "type_definition"}:
            self.types.note(node)
        elif node.type != "statement_identifier":
            self.lower(node)

    def _arrive(self, node: Node) -> None:
        """Take together what variables are on the ways to a label."""
        for root, ways in self.scope.arrive(self.text(node.named_children[0]), not self._ended):
            values = Either(tuple(Load(Name(each)) for each in ways))
            self.steps.append(Put(Name(root), values, self.line(node)))

    def _branch(self, node: Node) -> None:
        condition = child(node, "condition")
        if condition is not None and node.type == "if_statement":
            self.truth(condition)
        elif condition is not None:
            self.value_of(condition)
        self.loops.branch()
        for each in node.named_children:
            if each != condition:
                self.statement(each)
        self.loops.join()

    def _loop(self, node: Node) -> None:
        condition = child(node, "condition")
        self.scope.enter()
        initialiser = child(node, "initializer")
        if initialiser is not None:
            self.statement(initialiser)
        first, is_outermost = len(self.steps), not self.loops.inside
        self.loops.enter()
        if condition is not None:
            self.loops.in_condition = True
            self.truth(condition)
            self.loops.in_condition = False
        for each in node.named_children:
            if each not in {condition, initialiser}:
                self.statement(each)
        self.steps += self.loops.leave(self.line(node))
        if is_outermost:
            self.repeated.append((first, len(self.steps)))
        self.scope.leave()

    def _return(self, node: Node) -> None:
        for each in node.named_children[:1]:
            lowered = self.lower(each)
            value = self.value(lowered, each)
            if (
                lowered.kind is not None
                and self.types.is_record(lowered.kind)
                and lowered.address is not None
            ):
                holders = self.types.holders(lowered.kind)
                value = Either(tuple(Load(Field(lowered.address, name)) for name in holders))
            if self.types.carries(self._returns):
                self.steps.append(Give(value, self.line(node)))

    def _declaration(self, node: Node) -> None:
        base = child(node, "type")
        static = any(text_of(each) == "static" for each in node.children)
        extern = any(text_of(each) == "extern" for each in node.children)
        for declarator in node.children_by_field_name("declarator"):
            name = declared(declarator)
            inner = child(declarator, "declarator") if declarator.type == "init_declarator" else declarator
            kind = self.types.of(base, inner, node)
            if base is not None and self.words.is_type_of(base):
                kind = replace(kind, base="")
            if name is None or extern or kind.is_function:
                continue
            spelled = self.text(name)
            root = variable_root(f"{self._owner}.{spelled}", kind) if static else None
            place = self.scope.declare(spelled, kind, root)
            value = child(declarator, "value")
            if value is not None:
                self.initial(Name(place), kind, value, spelled)

    def initial(self, address: Term, kind: CType, value: Node, name: str | None = None) -> None:
        """Read the initialiser of a variable."""
        if value.type == "initializer_list":
            self.initialise(address, kind, value)
        elif kind.is_array:
            self.lower(value)
        else:
            self.words.copied(name, self.words.count(value))
            self.store(Lowered(kind, address=address), self.lower(value), value)

    def initialise(self, address: Term, kind: CType, listed: Node) -> None:
        """Read what stands in the braces of an initialiser."""
        element = kind.inner if kind.is_array else kind
        names = () if kind.is_array else tuple(self.types.members(kind))
        for path, value in _entries(listed, names):
            part: CType | None = element
            place = address
            for name in path:
                part = self.types.members(part).get(name) if part is not None else None
                place = Field(place, name)
            if value.type == "initializer_list":
                self.initialise(place, part or CType(""), value)
            else:
                member = self.member_of(element, ".".join(path), None) if path else None
                self.members |= {member} if member is not None else set()
                self.store(Lowered(part, address=place, member=member), self.lower(value), value)


def _entries(listed: Node, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield what an initialiser in braces sets: the path to a member, and its value."""
    position = 0
    for each in listed.named_children:
        if each.type == "initializer_pair":
            parts = [part for part in each.children if part.type == "field_designator"]
            path = tuple(text_of(part).strip(". ") for part in parts)
            position = names.index(path[0]) + 1 if path and path[0] in names else position + 1
            value = child(each, "value")
        else:
            path, value = names[position : position + 1], each
            position += 1
        if value is not None and value.type != "comment":
            yield path, value


def read_steps(inventory: Inventory, definition: Definition, types: Types) -> Steps | None:
    """Read a function's body; None where its text does not hold one."""
    unit = definition.unit
    function = read_function(unit.expanded.source.text, definition.name)
    node = next(descendants(function.node, {"function_definition"}), None) if function is not None else None
    if function is None or node is None:
        return None
    scope = Scope(Surroundings(inventory, definition, types).meaning)

    def line(offset: int) -> int:
        place = unit.expanded_lines.place(offset)
        return place.line if place is not None else definition.line

    # The prepass takes what stands before a function's name for `int`.
    kind = types.function(definition.name)
    returns = kind.inner if kind is not None and kind.is_function else None
    scope.fixed = _fixed(function)
    body = _Body(Words(function, types, scope, line), definition.ident, returns)
    parameters = tuple(_parameters(node, _head(definition), types, scope))
    body.block(function.body)
    # Where jumps lead backwards, all may be done again.
    loops = tuple(body.repeated) if scope.fixed is not None else ((0, len(body.steps)),)
    return Steps(parameters, tuple(body.steps), returns, loops, frozenset(body.members), body.unread)


def read_initialiser(inventory: Inventory, definition: Definition, types: Types) -> tuple[Step, ...]:
    """Read what a file-scope variable holds from the start."""
    unit = definition.unit
    found = next(
        (each for each in unit.expanded.variables if each.name == definition.name and each.initialiser), None
    )
    if found is None:
        return ()
    text = bytearray(unit.expanded.source.text[found.span.start : found.span.end])
    for directive in lex(bytes(text)).directives:
        erase(text, directive.span)
    code = rewrite_expansions(bytes(text))
    node = parse_c(code)
    scope = Scope(Surroundings(inventory, definition, types).meaning)
    body = _Body(
        Words(CFunction(node, node, bytes(text), code), types, scope, lambda _: definition.line), "", None
    )
    for declarator in descendants(node, {"init_declarator"}):
        name, value = declared(declarator), child(declarator, "value")
        if name is not None and value is not None and text_of(name) == definition.name and declarator.parent:
            declaration = declarator.parent
            kind = types.of(child(declaration, "type"), child(declarator, "declarator"), declaration)
            body.initial(Name(variable_root(definition.ident, kind)), kind, value)
    return tuple(body.steps)


def _fixed(function: CFunction) -> frozenset[str] | None:
    """Return the variables whose address is taken; None where jumps lead backwards or into blocks."""
    labels: dict[str, int] = {}
    for each in descendants(function.body, {"labeled_statement"}):
        around = each.parent
        while around is not None and around.type == "labeled_statement":
            around = around.parent
        if around != function.body:
            return None
        labels[text_of(each.named_children[0])] = each.start_byte
    for each in descendants(function.body, {"goto_statement"}):
        if labels.get(text_of(each.named_children[0]) if each.named_children else "", 0) < each.start_byte:
            return None
    addresses = _ADDRESS.findall(function.text(function.body))
    return frozenset(each.decode() for each in addresses)


def _head(definition: Definition) -> bytes:
    """Return a function's head with its parameters in the old style; nothing where they are not."""
    source = definition.unit.expanded.source
    for each in definition.unit.expanded.functions:
        if each.name == definition.name and each.old_style:
            return source.text[each.head.start : each.head.end]
    return b""


def _parameters(node: Node, head: bytes, types: Types, scope: Scope) -> Iterator[Parameter]:
    for declaration, declarator in _declared_parameters(node, head):
        name = declared(declarator)
        if name is None:
            continue
        kind = types.of(child(declaration, "type"), declarator, declaration).as_parameter
        root = scope.declare(text_of(name), kind)
        if types.is_integer(kind):
            scope.counts[root] = {root.name}
        holders = types.holders(kind) if types.is_record(kind) else ()
        parts = types.embedded(kind.inner) if kind.is_pointer else frozenset()
        yield Parameter(root.name, kind, types.record_at(kind), parts, holders)


def _declared_parameters(node: Node, head: bytes) -> Iterator[tuple[Node, Node]]:
    """Yield parameters in their order with the declarations that type them, also in the old style."""
    listed = next(descendants(child(node, "declarator") or node, {"parameter_list"}), None)
    # In the old style what is listed is names alone, in the head's own text.
    names = [each.strip() for each in head.partition(b"(")[2].partition(b")")[0].decode().split(",")]
    old = {
        text_of(name): (each, declarator)
        for each in parse_c(head[head.find(b")") + 1 :]).named_children
        if each.type == "declaration"
        for declarator in each.children_by_field_name("declarator")
        if (name := declared(declarator)) is not None
    }
    yield from (old[name] for name in names if name in old)
    for each in listed.named_children if listed is not None and not head else ():
        declarator = child(each, "declarator")
        if each.type == "parameter_declaration" and declarator is not None:
            yield each, declarator
