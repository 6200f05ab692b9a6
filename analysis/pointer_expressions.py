"""Reads C expressions as steps with pointers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from analysis.c_names import RELATIONS, inner_node, operator_of
from analysis.c_types import CType
from analysis.pointer_loops import Loops
from analysis.pointer_terms import (
    NOTHING,
    NULL,
    TEXT,
    Around,
    Ask,
    Beyond,
    Cast,
    Copy,
    Either,
    Field,
    Get,
    Load,
    Member,
    Moved,
    Name,
    Nothing,
    Put,
    RootKind,
    Step,
    Term,
)
from analysis.pointer_words import Words
from analysis.syntax import Node, child

INT = CType("int")
_CHARACTERS = frozenset({"char", "unsigned char", "signed char"})
_ADDRESSES = frozenset({"unsigned long", "long", "long unsigned int", "unsigned long int", "long int"})
"""Integers that pointers are cast to."""
_BELOW = {"<": "", "!=": "", "<=": "+1"}
_ABOVE = {">": "", "!=": "", ">=": "+1"}
"""What a comparison adds to a length that stands at its right, or at its left."""
_SIZES = frozenset({"<", "<=", ">", ">="})
_SKIPPED = frozenset(
    {
        "sizeof_expression",
        "alignof_expression",
        "offsetof_expression",
        "comment",
        "char_literal",
        "type_descriptor",
    }
)
_UNREADABLE = frozenset({"ERROR", "gnu_asm_expression", "generic_expression"})


@dataclass(frozen=True, slots=True)
class Lowered:
    """An expression: where its value stands, or the value itself."""

    kind: CType | None
    term: Term = NOTHING
    address: Term | None = None
    member: Member | None = None
    taken_from: tuple[Term, CType | None] | None = None
    """Of an assignment: where the value was read."""


NO_VALUE = Lowered(INT)


class Expressions:
    """Reads the expressions of one function."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.types = words.types
        self.scope = words.scope
        self.line = words.line
        self.text = words.text
        self.steps: list[Step] = []
        self.loops = Loops()
        self.members: set[Member] = set()
        self.unread: int | None = None

    def block(self, node: Node) -> Lowered:
        """Read the statements of a block; its value is that of the last one."""
        raise NotImplementedError

    def initialise(self, address: Term, kind: CType, listed: Node) -> None:
        """Read what stands in the braces of an initialiser."""
        raise NotImplementedError

    def readers(self) -> Mapping[str, Callable[..., Lowered]]:
        """Return what reads each type of node."""
        return EXPRESSIONS

    def lower(self, node: Node) -> Lowered:
        """Read an expression."""
        if node.type in _SKIPPED:
            return NO_VALUE
        reader = self.readers().get(node.type)
        if reader is not None:
            return reader(self, node)
        if node.type in _UNREADABLE:
            self.unread = self.unread or self.line(node)
        for each in node.named_children:
            self.lower(each)
        return NO_VALUE if node.type not in _UNREADABLE else Lowered(None)

    def value_of(self, node: Node) -> Term:
        """Read an expression for its value."""
        return self.value(self.lower(node), node)

    def value(self, lowered: Lowered, node: Node) -> Term:
        """Take the value of an expression: read it from where it stands; arrays and records stay there."""
        kind, address = lowered.kind, lowered.address
        if address is None:
            return lowered.term
        if kind is not None and (kind.is_array or kind.is_function or self.types.is_record(kind)):
            return address
        if not _is_local(address):
            self.steps.append(Get(address, self.line(node)))
        return self._loaded(address, kind)

    def _loaded(self, address: Term, kind: CType | None) -> Term:
        return Load(address, self.types.record_at(kind)) if self.types.carries(kind) else NOTHING

    def store(self, lowered: Lowered, source: Lowered, node: Node) -> None:
        """Write one expression's value to where another one stands."""
        kind, address = lowered.kind, lowered.address
        if address is None:
            return
        if (
            kind is not None
            and self.types.is_record(kind)
            and (source.address is not None or source.kind == kind)
        ):
            self._store_record(address, source, self.types.holders(kind), self.line(node))
            return
        value = self.value(source, node)
        if not self.types.carries(kind):
            value = NOTHING
        if value != NOTHING or not _is_local(address):
            self.steps.append(Put(address, value, self.line(node), lowered.member))

    def _store_record(self, address: Term, source: Lowered, holders: tuple[str, ...], line: int) -> None:
        if source.address is not None:
            self.steps.append(Copy(address, source.address, holders, line))
            return
        self.steps.append(Put(address, NOTHING, line))
        self.steps += [Put(Field(address, each), source.term, line) for each in holders]

    def truth(self, node: Node) -> None:
        """Read an expression as a condition."""
        node = inner_node(node)
        operator = operator_of(node)
        if operator == "!" and node.type == "unary_expression":
            self.truth(node.named_children[0])
        elif operator in {"&&", "||"}:
            left, right = child(node, "left"), child(node, "right")
            if left is not None and right is not None:
                self.truth(left)
                self.loops.branch()
                self.truth(right)
                self.loops.join()
        elif operator in RELATIONS and node.type == "binary_expression":
            self.lower(node)
        elif node.type == "call_expression" and self.text(node).startswith("__builtin_expect"):
            self.truth(node.named_children[-1].named_children[0])
        else:
            self._asked(node)

    def _asked(self, node: Node) -> None:
        """Note that an expression is compared with 0 or NULL."""
        lowered = self.lower(node)
        value = self.value(lowered, node)
        kind = lowered.kind
        name = self.words.variable(node)
        count = self.scope.count_of(name) if name is not None else None
        if name is not None and count is not None:
            self.loops.ends_at_zero(name, count)
        if kind is not None and kind.is_pointer:
            self.steps.append(Ask(value, self.line(node), lowered.member))
        origin = lowered.taken_from or (lowered.address, kind)
        if origin[0] is not None and not _is_local(origin[0]) and _is_character(origin[1]):
            self.loops.ends_at_nul(origin[0])

    def _identifier(self, node: Node) -> Lowered:
        name = self.words.name(node)
        if name is None:
            return replace(NO_VALUE, term=NULL) if self.text(node) == "0" else NO_VALUE
        if name == "NULL":
            return Lowered(CType("void", ("*",)), NULL)
        found = self.scope.find(name)
        if found is None:
            return NO_VALUE
        root, kind = found
        return Lowered(kind, address=Name(root, self.types.record_in(kind)))

    def _string(self, node: Node) -> Lowered:
        return Lowered(CType("char", ("*",)), TEXT)

    def _parentheses(self, node: Node) -> Lowered:
        inside = next((each for each in node.named_children if each.type != "comment"), None)
        if inside is None:
            return NO_VALUE
        return self.block(inside) if inside.type == "compound_statement" else self.lower(inside)

    def _pointer(self, node: Node) -> Lowered:
        argument = child(node, "argument")
        if argument is None:
            return NO_VALUE
        lowered = self.lower(argument)
        if operator_of(node) == "&":
            kind = lowered.kind.to() if lowered.kind is not None else None
            term = lowered.address if lowered.address is not None else lowered.term
            if inner_node(argument).type == "subscript_expression":
                term = Moved(term)
            return Lowered(kind, term)
        kind = lowered.kind.inner if lowered.kind is not None and lowered.kind.wraps else None
        value = self.value(lowered, argument)
        if kind is not None and kind.is_function:
            return Lowered(kind, value, member=lowered.member)
        return Lowered(kind, address=value)

    def _member(self, node: Node) -> Lowered:
        argument, field = child(node, "argument"), child(node, "field")
        if argument is None or field is None:
            return NO_VALUE
        lowered, name = self.lower(argument), self.text(field)
        record = lowered.kind
        if operator_of(node) == "->":
            base = self.value(lowered, argument)
            record = record.inner if record is not None and record.wraps else None
        else:
            base = lowered.address if lowered.address is not None else lowered.term
        member = self.member_of(record, name, lowered.member)
        if member is not None:
            self.members.add(member)
        kind = self.types.members(record).get(name) if record is not None else None
        return Lowered(kind, address=Field(base, name, self.types.record_in(record)), member=member)

    def member_of(self, record: CType | None, name: str, around: Member | None) -> Member | None:
        """Return a member under the name of the record that its type says."""
        if record is None or not record.base:
            return None
        # A record without a name belongs to the one that it is written in.
        if " at " in record.base and around is not None:
            return Member(around.record, f"{around.name}.{name}")
        return Member(record.base, name)

    def _element(self, node: Node) -> Lowered:
        argument, index = child(node, "argument"), child(node, "index")
        if argument is None or index is None:
            return NO_VALUE
        lowered = self.lower(argument)
        start = self.value(lowered, argument)
        self.value_of(index)
        self._reached(start, index)
        kind = lowered.kind.inner if lowered.kind is not None and lowered.kind.wraps else None
        return Lowered(kind, address=start)

    def _reached(self, start: Term, index: Node) -> None:
        """Note that something is reached from a pointer by an index."""
        names = self.words.summands(index)
        self.loops.indexes(start, names)
        if names and not self.words.stays_inside(index):
            self.steps.append(Beyond(start))

    def _cast(self, node: Node) -> Lowered:
        described, value = child(node, "type"), child(node, "value")
        if described is None or value is None:
            return NO_VALUE
        if value.type == "initializer_list":
            return self._literal(node)
        kind = self.types.of(child(described, "type"), child(described, "declarator"), described)
        return self.as_type(kind, value)

    def as_type(self, kind: CType, value: Node) -> Lowered:
        """Read an expression that is cast to a type."""
        lowered = self.lower(value)
        term = self.value(lowered, value)
        if self.types.is_integer(kind) and kind.base not in _ADDRESSES and term != NULL:
            return Lowered(kind)
        if kind.is_pointer and term not in (NULL, NOTHING):
            term = Cast(term, self.types.record_at(kind))
        return Lowered(kind, term)

    def _not(self, node: Node) -> Lowered:
        if operator_of(node) == "!":
            self.truth(node)
        else:
            self.value_of(node.named_children[-1])
        return NO_VALUE

    def _update(self, node: Node) -> Lowered:
        argument = child(node, "argument")
        if argument is None:
            return NO_VALUE
        lowered = self.lower(argument)
        value = self.value(lowered, argument)
        self._moved(lowered, value, self.words.name(inner_node(argument)), operator_of(node))
        self.store(lowered, Lowered(lowered.kind, value), node)
        return Lowered(lowered.kind, value)

    def _moved(self, lowered: Lowered, value: Term, name: str | None, operator: str) -> None:
        if lowered.kind is not None and lowered.kind.is_pointer:
            self.loops.steps(value)
        elif name is not None and operator in {"--", "-="}:
            self.loops.lowers(name, self.scope.count_of(name) is not None)

    def _assignment(self, node: Node) -> Lowered:
        left, right = child(node, "left"), child(node, "right")
        if left is None or right is None:
            return NO_VALUE
        name, count = self.words.name(inner_node(left)), self.words.count(right)
        source = self.lower(right)
        if operator_of(node) == "=" and name is not None and not self.loops.conditional:
            self._renew(name)
        lowered = self.lower(left)
        if operator_of(node) != "=":
            self.value(source, right)
            value = self.value(lowered, left)
            self._moved(lowered, value, name, operator_of(node))
            self.store(lowered, Lowered(lowered.kind, value), node)
            return Lowered(lowered.kind, value)
        self.words.copied(name, count)
        self.store(lowered, source, node)
        taken = (source.address, source.kind) if source.address is not None else None
        if lowered.address is None or _is_local(lowered.address):
            return replace(lowered, taken_from=taken)
        return Lowered(lowered.kind, self._again(source), taken_from=taken, member=lowered.member)

    def _renew(self, name: str) -> None:
        found = self.scope.find(name)
        if found is not None and self.types.carries(found[1]) and not self.types.is_record(found[1]):
            self.scope.renew(name)

    def _again(self, lowered: Lowered) -> Term:
        if lowered.address is None:
            return lowered.term
        return self._loaded(lowered.address, lowered.kind)

    def _binary(self, node: Node) -> Lowered:
        left, right, operator = child(node, "left"), child(node, "right"), operator_of(node)
        if left is None or right is None:
            return NO_VALUE
        if operator in {"&&", "||"}:
            self.truth(node)
            return NO_VALUE
        if operator in RELATIONS:
            self._comparison(left, right, operator)
            return NO_VALUE
        first, second = self.lower(left), self.lower(right)
        terms = (self.value(first, left), self.value(second, right))
        pointers = [
            each for each in (first, second) if each.kind and (each.kind.is_pointer or each.kind.is_array)
        ]
        if len(pointers) != 1 or operator not in {"+", "-"}:
            return Lowered(INT, NOTHING if len(pointers) == 2 else _either(*terms))
        term, offset = (terms[0], right) if pointers[0] is first else (terms[1], left)
        self._reached(term, offset)
        term = Around(term) if operator == "-" and "offsetof" in self.text(offset) else Moved(term)
        kind = pointers[0].kind
        return Lowered(kind.as_parameter if kind is not None else None, term)

    def _comparison(self, left: Node, right: Node, operator: str) -> None:
        for one, other in ((left, right), (right, left)):
            if operator in {"==", "!="} and self.words.is_nothing(other):
                self._asked(inner_node(one))
                return
        self.value_of(left)
        self.value_of(right)
        for one, other, bound in ((left, right, _BELOW.get(operator)), (right, left, _ABOVE.get(operator))):
            name, count = self.words.variable(one), self.words.count(other)
            if operator in _SIZES or count is not None:
                bounded = f"{count}{bound}" if count is not None and bound is not None else None
                self.loops.stays_below(name, bounded, count is not None)
            if name is not None and self.words.is_nothing(other) and (started := self.scope.count_of(name)):
                self.loops.ends_at_zero(name, started)

    def _conditional(self, node: Node) -> Lowered:
        condition = child(node, "condition")
        if condition is not None:
            self.truth(condition)
        self.loops.branch()
        sides = [
            each for each in (child(node, "consequence"), child(node, "alternative")) if each is not None
        ]
        lowered = [self.lower(each) for each in sides]
        terms = [self.value(each, side) for each, side in zip(lowered, sides, strict=True)]
        self.loops.join()
        kinds = [each.kind for each in lowered if each.kind is not None and each.term != NULL]
        kind = next((each for each in kinds if each.wraps), kinds[0] if kinds else None)
        return Lowered(kind.as_parameter if kind is not None else None, _either(*terms))

    def _comma(self, node: Node) -> Lowered:
        parts = [each for each in node.named_children if each.type != "comment"]
        for each in parts[:-1]:
            self.lower(each)
        return self.lower(parts[-1]) if parts else NO_VALUE

    def _literal(self, node: Node) -> Lowered:
        described, value = child(node, "type"), child(node, "value")
        if described is None or value is None:
            return NO_VALUE
        kind = self.types.of(child(described, "type"), child(described, "declarator"), described)
        root = self.scope.declare(f"literal {node.start_byte}", kind)
        self.initialise(Name(root), kind, value)
        return Lowered(kind, address=Name(root, self.types.record_in(kind)))


def _either(*terms: Term) -> Term:
    """Return one of several terms, alike ones and those that are no pointers taken together."""
    kept = tuple(dict.fromkeys(each for each in terms if not isinstance(each, Nothing)))
    return kept[0] if len(kept) == 1 else Either(kept) if kept else NOTHING


def _is_local(address: Term) -> bool:
    return isinstance(address, Name) and address.root.kind is RootKind.LOCAL


def _is_character(kind: CType | None) -> bool:
    return kind is not None and not kind.wraps and kind.base in _CHARACTERS


EXPRESSIONS: Mapping[str, Callable[..., Lowered]] = {
    "identifier": Expressions._identifier,
    "number_literal": Expressions._identifier,
    "null": Expressions._identifier,
    "string_literal": Expressions._string,
    "concatenated_string": Expressions._string,
    "parenthesized_expression": Expressions._parentheses,
    "pointer_expression": Expressions._pointer,
    "field_expression": Expressions._member,
    "subscript_expression": Expressions._element,
    "cast_expression": Expressions._cast,
    "unary_expression": Expressions._not,
    "update_expression": Expressions._update,
    "assignment_expression": Expressions._assignment,
    "binary_expression": Expressions._binary,
    "conditional_expression": Expressions._conditional,
    "comma_expression": Expressions._comma,
    "compound_literal_expression": Expressions._literal,
}
