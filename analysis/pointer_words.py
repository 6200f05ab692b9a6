"""Words of C expressions: the names, counts and zeros that loops are made of."""

from __future__ import annotations

import re
from collections.abc import Callable

from analysis.c_function import CFunction
from analysis.c_names import inner_node, operator_of
from analysis.c_types import Types
from analysis.pointer_scope import Scope
from analysis.syntax import Node, child

_TYPE_OF = (b"typeof", b"__typeof")
_WORD = re.compile(rb"[A-Za-z_]\w*")


class Words:
    """Reads what needs no more than a look at nodes."""

    def __init__(self, function: CFunction, types: Types, scope: Scope, line: Callable[[int], int]) -> None:
        self.function = function
        self.types = types
        self.scope = scope
        self._line = line

    def line(self, node: Node) -> int:
        """Return the line of the original file on which a node begins."""
        return self._line(node.start_byte)

    def is_type_of(self, base: Node) -> bool:
        """Tell whether a type is that of an expression, for which `int` stands in the tree."""
        return self.function.plain[base.start_byte :].startswith(_TYPE_OF)

    def text(self, node: Node) -> str:
        """Return what the C says at a node."""
        return " ".join(self.function.text(node).decode("utf-8", "replace").split())

    def count(self, node: Node | None) -> str | None:
        """Return the integer parameters that an expression is the product of, or None."""
        if node is None:
            return None
        node = inner_node(node)
        if node.type == "cast_expression":
            return self.count(child(node, "value"))
        if operator_of(node) == "*" and node.type == "binary_expression":
            sides = [child(node, "left"), child(node, "right")]
            counts = [
                self.count(each) for each in sides if each and inner_node(each).type != "sizeof_expression"
            ]
            return "*".join(each for each in counts if each) if all(counts) else None
        name = self.name(node)
        return self.scope.count_of(name) if name is not None else None

    def name(self, node: Node) -> str | None:
        """Return the name that a node is; digits stand for names in parentheses."""
        if node.type not in {"identifier", "number_literal"}:
            return None
        word = _WORD.fullmatch(self.function.text(node))
        return word[0].decode() if word else None

    def variable(self, node: Node | None) -> str | None:
        """Return the variable that an expression is, moved up or down or not."""
        if node is None:
            return None
        node = inner_node(node)
        if node.type in {"update_expression", "cast_expression"}:
            return self.variable(node.named_children[-1])
        return self.name(node)

    def summands(self, node: Node) -> frozenset[str]:
        """Return the variables that a sum is made of, those in products left out."""
        node = inner_node(node)
        if node.type == "binary_expression" and operator_of(node) in {"+", "-"}:
            return frozenset().union(*(self.summands(each) for each in node.named_children))
        name = self.variable(node)
        return frozenset({name}) if name is not None else frozenset()

    def stays_inside(self, index: Node) -> bool:
        """Tell whether an index is a parameter less something."""
        index = inner_node(index)
        return operator_of(index) == "-" and self.count(child(index, "left")) is not None

    def is_nothing(self, node: Node) -> bool:
        """Tell whether an expression is 0, NULL or the NUL character."""
        node = inner_node(node)
        while node.type == "cast_expression" and (value := child(node, "value")) is not None:
            node = inner_node(value)
        return node.type in {"number_literal", "char_literal", "null"} and self.text(node) in {
            "0",
            "'\\0'",
            "NULL",
        }

    def copied(self, name: str | None, count: str | None) -> None:
        """Take in that a variable starts as an integer parameter."""
        found = self.scope.find(name) if name is not None else None
        if count is not None and "*" not in count and found is not None and self.types.is_integer(found[1]):
            self.scope.counts.setdefault(found[0], set()).add(count)
