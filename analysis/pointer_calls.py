"""Reads calls in C expressions as steps with pointers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from analysis.c_names import inner_node, is_cast
from analysis.library import known_function
from analysis.pointer_expressions import EXPRESSIONS, NO_VALUE, Expressions, Lowered
from analysis.pointer_terms import NOTHING, Argument, Copy, Invoke, Name, Result, Root, RootKind
from analysis.pointer_words import Words
from analysis.syntax import Node, child


class CallingExpressions(Expressions):
    """Reads the expressions of one function, calls included."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._calls = 0

    def readers(self) -> Mapping[str, Callable[..., Lowered]]:
        """Return what reads each type of node."""
        return _READERS

    def _call(self, node: Node) -> Lowered:
        callee, listed = child(node, "function"), child(node, "arguments")
        if callee is None or listed is None:
            return NO_VALUE
        nodes = [each for each in listed.named_children if each.type != "comment"]
        callee = inner_node(callee)
        name = self.words.name(callee)
        if is_cast(node) and nodes:
            return self.as_type(self.types.named(name or self.text(callee)), nodes[-1])
        if name == "__builtin_expect" and nodes:
            return self.lower(nodes[0])
        called = self.lower(callee)
        arguments = tuple(self._argument(each) for each in nodes)
        return self._invoke(node, name, called, arguments)

    def _invoke(
        self, node: Node, name: str | None, called: Lowered, arguments: tuple[Argument, ...]
    ) -> Lowered:
        callee = child(node, "function")
        address = called.address
        is_direct = isinstance(address, Name) and address.root.kind is RootKind.FUNCTION
        if name is not None and address is None:
            address, is_direct = Name(Root(RootKind.FUNCTION, name)), True
        through = NOTHING if is_direct else self.value(called, node)
        function = address.root.name if is_direct and isinstance(address, Name) else None
        if function is not None and function.startswith("__builtin_") and known_function(function) is None:
            return NO_VALUE
        kind = called.kind.inner if called.kind is not None and called.kind.is_pointer else called.kind
        result = kind.inner if kind is not None and kind.is_function else None
        self._calls += 1
        self.steps.append(
            Invoke(
                number=self._calls,
                function=function,
                through=through,
                text=self.text(callee) if callee is not None else "",
                member=called.member,
                parameters=called.kind.parameters if called.kind is not None else None,
                returns_pointer=self.types.carries(result),
                arguments=arguments,
                line=self.line(node),
            )
        )
        self._copied_by(function, arguments, node)
        return Lowered(result, Result(self._calls) if self.types.carries(result) else NOTHING)

    def _copied_by(self, function: str | None, arguments: tuple[Argument, ...], node: Node) -> None:
        """Note that `memcpy` copies the pointers in a record."""
        known = known_function(function) if function is not None else None
        if known is None or not known.copies or len(arguments) < 2:
            return
        kinds = [each.kind.inner for each in arguments[:2] if each.kind is not None and each.kind.wraps]
        record = next((each for each in kinds if self.types.is_record(each)), None)
        if record is not None and (holders := self.types.holders(record)):
            self.steps.append(Copy(arguments[0].value, arguments[1].value, holders, self.line(node)))

    def _argument(self, node: Node) -> Argument:
        lowered = self.lower(node)
        kind = lowered.kind
        count = self.words.count(node) if self.types.is_integer(kind) else None
        stripped = inner_node(node)
        return Argument(self.value(lowered, node), self.text(stripped), kind, count, lowered.member)


_READERS: Mapping[str, Callable[..., Lowered]] = {
    **EXPRESSIONS,
    "call_expression": CallingExpressions._call,
}
