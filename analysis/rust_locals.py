"""The locals of an answer: its variables, and the fields of records that it defines for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.rust_names import stripped
from analysis.rust_shapes import own_names
from analysis.structure import NOTHING, plain
from analysis.syntax import Node, child, descendants, text_of


@dataclass(frozen=True)
class Locals:
    """What a function holds that C can hold in locals too."""

    variables: frozenset[str]
    records: frozenset[str] = NOTHING
    """Types that the answer defines."""
    fields: frozenset[str] = NOTHING
    """Of these types."""
    holders: frozenset[str] = NOTHING
    """Variables that hold or borrow such a record, `self` among them."""

    @classmethod
    def of(cls, root: Node) -> Locals:
        """Find them in a Rust text."""
        variables = frozenset(own_names(root))
        records = frozenset(_name(each) for each in descendants(root, {"struct_item"}))
        if not records:
            return cls(variables)
        fields = (
            each
            for record in descendants(root, {"struct_item"})
            for each in descendants(record, {"field_declaration"})
        )
        named = frozenset(plain(_name(each)) for each in fields)
        return cls(variables, records, named, frozenset(_holders(root, records)))

    @property
    def names(self) -> frozenset[str]:
        """Variables and fields."""
        return self.variables | self.fields

    def has(self, target: Node) -> bool:
        """Tell whether an expression is a local."""
        if target.type == "identifier":
            return plain(text_of(target)) in self.variables
        return self.fields != NOTHING and target.type == "field_expression" and self._holds(target)

    def _holds(self, target: Node) -> bool:
        holder = stripped(target.named_children[0])
        if holder.type == "unary_expression":
            holder = stripped(holder.named_children[-1])
        named = holder.type in {"identifier", "self"} and plain(text_of(holder)) in self.holders
        return named and plain(text_of(target.named_children[-1])) in self.fields

    def makes(self, literal: Node) -> bool:
        """Tell whether an expression is a literal of one of these records."""
        return literal.type == "struct_expression" and _name(literal) in self.records


def _name(node: Node) -> str:
    named = child(node, "name")
    return text_of(named).partition("<")[0] if named is not None else ""


def _holders(root: Node, records: frozenset[str]) -> Iterator[str]:
    for each in descendants(root, {"impl_item"}):
        if text_of(child(each, "type") or each).partition("<")[0] in records:
            yield "self"
    for each in descendants(root, {"parameter", "let_declaration"}):
        pattern = child(each, "pattern")
        if pattern is not None and pattern.type == "identifier" and _is_one(each, records):
            yield plain(text_of(pattern))


def _is_one(variable: Node, records: frozenset[str]) -> bool:
    """Tell whether a parameter or `let` is of such a type, and no raw pointer to one."""
    typed, value = child(variable, "type"), child(variable, "value")
    if typed is not None:
        raw = next(descendants(typed, {"pointer_type"}), None) is not None
        return not raw and any(text_of(each) in records for each in descendants(typed, {"type_identifier"}))
    return value is not None and value.type == "struct_expression" and _name(value) in records
