"""Functions that an answer defines besides its own: which of them a call means, and which run unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from analysis.rust_names import method_of
from analysis.syntax import Node, child, descendants, text_of


@dataclass(frozen=True)
class Functions:
    """What calls can be followed to."""

    free: dict[str, list[Node]]
    """Functions in blocks, and those beside the first, by name."""
    methods: dict[str, Node]
    """Functions of `impl` blocks without a trait, where the name is given once."""
    mentioned: frozenset[str]
    """What is named without being called, and so may run at any place."""

    @classmethod
    def of(cls, root: Node) -> Functions:
        """Find them in a Rust text whose first function is the one that was asked for."""
        own = next((each for each in root.named_children if each.type == "function_item"), None)
        helpers = [each for each in descendants(root, {"function_item"}) if each != own]
        free: dict[str, list[Node]] = {}
        methods: dict[str, list[Node]] = {}
        for each in helpers:
            if _within(each) in {"block", "source_file"}:
                free.setdefault(_name(each), []).append(each)
            elif _within(each) == "impl_item":
                methods.setdefault(_name(each), []).append(each)
        once = {name: some[0] for name, some in methods.items() if len(some) == 1}
        return cls(free, once, frozenset(_mentioned(root, free.keys() | once.keys()) if helpers else ()))

    def runs_unseen(self, function: Node) -> bool:
        """Tell whether a function runs other than by calls that can be followed."""
        name = _name(function)
        known = function in self.free.get(name, ()) or function == self.methods.get(name)
        return not known or name in self.mentioned

    def meant_by(self, call: Node) -> Node | None:
        """Return the function that a call is of, or None where the answer does not define it."""
        method = method_of(call)
        if method:
            return self.methods.get(method)
        function = child(call, "function")
        if function is not None and function.type == "generic_function":
            function = child(function, "function")
        if function is None or function.type not in {"identifier", "scoped_identifier"}:
            return None
        path, _, name = text_of(function).rpartition("::")
        if path in {"", "self", "super"}:
            return _innermost(self.free.get(name, ()), call)
        found = self.methods.get(name)
        return found if found is not None and path in {"Self", _type_of(found)} else None


def _name(function: Node) -> str:
    named = child(function, "name")
    return text_of(named) if named is not None else ""


def _within(function: Node) -> str:
    """Return what sort of thing holds a function; `trait` for an `impl` of one."""
    holder = function.parent
    if holder is not None and holder.type == "declaration_list":
        holder = holder.parent
    if holder is None or child(holder, "trait") is not None:
        return "trait"
    return holder.type


def _type_of(method: Node) -> str:
    block = method.parent.parent if method.parent is not None else None
    named = child(block, "type")
    return text_of(named).partition("<")[0] if named is not None else ""


def _innermost(functions: Sequence[Node], call: Node) -> Node | None:
    """Return the function that is in scope at a call, the nearest where there are several."""
    around = [each for each in functions if call.start_byte in _scope(each)]
    return max(around, key=lambda each: _scope(each).start, default=None)


def _scope(function: Node) -> range:
    holder = function.parent
    return range(holder.start_byte, holder.end_byte) if holder is not None else range(0)


def _mentioned(root: Node, names: Collection[str]) -> Iterator[str]:
    """Yield the names of functions that are used as values, or in what is not read."""
    for leaf in descendants(root, {"identifier"}):
        name = text_of(leaf)
        if name in names and not _is_called(leaf) and not _defines(leaf):
            yield name


def _is_called(leaf: Node) -> bool:
    node, parent = leaf, leaf.parent
    while parent is not None and parent.type in {"scoped_identifier", "generic_function"}:
        node, parent = parent, parent.parent
    return parent is not None and parent.type == "call_expression" and child(parent, "function") == node


def _defines(leaf: Node) -> bool:
    return leaf.parent is not None and leaf.parent.type == "function_item"
