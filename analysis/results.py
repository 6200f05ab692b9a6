"""What a C function may return: constants by name, truth values, and the results of other functions.

Statements are followed in their order, so that `if (err < 0) return err;` returns negative values only.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from analysis.c_function import CFunction, read_function
from analysis.c_names import RELATIONS, declared, inner_node, is_cast, operator_of
from analysis.inventory import Definition, Inventory, Kind
from analysis.library import known_function
from analysis.syntax import Node, child, descendants

_ERRNO = re.compile(r"-\s*\(?\s*(E[A-Z0-9]{2,})\s*\)?")
_NUMBER = re.compile(r"-?\s*(?:0[xX][\da-fA-F]+|\d+)[uUlL]*")
_WORD = re.compile(r"[A-Za-z_]\w*")
_ERRNO_POINTERS = frozenset({"ERR_PTR", "ERR_CAST"})
_POINTER_ERRNOS = frozenset({"PTR_ERR", "PTR_ERR_OR_ZERO"})
_PARTS: Mapping[str, tuple[str, ...]] = {
    "conditional_expression": ("consequence", "alternative"),
    "assignment_expression": ("right",),
    "cast_expression": ("value",),
    "comma_expression": ("right",),
}
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement"})


class Sign(enum.StrEnum):
    """Which of its values are meant."""

    ANY = "any"
    NEGATIVE = "negative"
    OTHER = "other"
    """0 and more."""


@dataclass(frozen=True, slots=True)
class Results:
    """Values that an expression may have."""

    errnos: frozenset[str] = frozenset()
    """Names of errno values, which are meant to be negative."""
    constants: frozenset[str] = frozenset()
    """Other constants as the C spells them."""
    truth: bool = False
    """0 or 1, as comparisons give."""
    null: bool = False
    errno_pointer: bool = False
    computed: bool = False
    """Anything else."""
    negative: bool = False
    """Something negative that is not known by name."""
    calls: frozenset[tuple[str, Sign]] = frozenset()
    """What functions of the module return."""

    def __or__(self, other: Results) -> Results:
        return Results(
            self.errnos | other.errnos,
            self.constants | other.constants,
            self.truth or other.truth,
            self.null or other.null,
            self.errno_pointer or other.errno_pointer,
            self.computed or other.computed,
            self.negative or other.negative,
            self.calls | other.calls,
        )

    def only(self, sign: Sign) -> Results:
        """Return what is left where the sign is known."""
        if sign is Sign.ANY:
            return self
        negative = frozenset(each for each in self.constants if each.startswith("-"))
        named = frozenset(each for each in self.constants if _WORD.fullmatch(each))
        calls = frozenset((name, sign) for name, before in self.calls if before in {Sign.ANY, sign})
        if sign is Sign.NEGATIVE:
            is_open = self.negative or self.computed
            return Results(self.errnos, negative | named, negative=is_open, calls=calls)
        return replace(
            self, errnos=frozenset(), constants=self.constants - negative, negative=False, calls=calls
        )


NO_RESULTS = Results()
COMPUTED = Results(computed=True)
State = Mapping[str, Results]


def results_of(
    inventory: Inventory, definition: Definition, through: Mapping[str, Iterable[str]]
) -> tuple[Results, bool] | None:
    """Return what a function returns, and whether it assigns to `errno`; None where its body cannot be read.

    `through` says to which functions a member of a record may lead.
    """
    # Its own text, where macros still have names.
    function = read_function(definition.text.encode(), definition.name)
    if function is None:
        return None
    walk = _Walk(inventory, definition, function, through)
    walk.statement(function.body, {})
    return walk.returned, walk.sets_errno


class _Walk:
    """Follows the values of local variables through the statements of a function.

    A state is what variables may be at a place; None where no way leads there.
    """

    def __init__(
        self,
        inventory: Inventory,
        definition: Definition,
        function: CFunction,
        through: Mapping[str, Iterable[str]],
    ) -> None:
        self.returned = NO_RESULTS
        self.sets_errno = False
        self._inventory = inventory
        self._definition = definition
        self._function = function
        self._through = through
        self._jumps: dict[str, State | None] = {}
        addresses = re.findall(
            r"(?<!&)&(?!&)\s*\(*\s*([A-Za-z_]\w*)\b(?!\s*(?:->|\[|\.))", self._text(function.body)
        )
        self._open = frozenset(addresses)
        """Variables that others may set."""

    def statement(self, node: Node, state: State | None) -> State | None:
        """Return the state after a statement, given the one before it."""
        if node.type == "labeled_statement":
            label = self._text(node.named_children[0])
            return self._all(node.named_children[1:], _merged(state, self._jumps.get(label)))
        if node.type == "case_statement":
            return self._all(node.named_children, _merged(state, self._jumps.get("switch")))
        if state is None:
            return self._unreached(node)
        if node.type == "return_statement":
            for each in node.named_children[:1]:
                state = self._evaluated(each, state)
                self.returned |= self._value(each, state)
            return None
        if node.type == "goto_statement":
            self._jump(self._text(node.named_children[0]), state)
            return None
        if node.type in {"break_statement", "continue_statement"}:
            self._jump(node.type.partition("_")[0], state)
            return None
        if node.type == "if_statement":
            return self._if(node, state)
        if node.type in _LOOPS or node.type == "switch_statement":
            return self._loop(node, state)
        if node.type == "compound_statement" or node.type.endswith("_clause"):
            return self._all(node.named_children, state)
        return self._evaluated(node, state)

    def _text(self, node: Node) -> str:
        return self._function.text(node).decode("utf-8", "replace")

    def _all(self, nodes: Iterable[Node], state: State | None) -> State | None:
        for each in nodes:
            state = self.statement(each, state)
        return state

    def _unreached(self, node: Node) -> State | None:
        """Look for labels in what only jumps lead to."""
        if any(descendants(node, {"labeled_statement", "case_statement"})):
            return self._all(node.named_children, None)
        return None

    def _jump(self, to: str, state: State) -> None:
        self._jumps[to] = _merged(self._jumps.get(to), state)

    def _if(self, node: Node, state: State) -> State | None:
        condition, then = child(node, "condition"), child(node, "consequence")
        otherwise = child(node, "alternative")
        if condition is None or then is None:
            return state
        state = self._evaluated(condition, state)
        after = self.statement(then, self._refined(condition, state, True))
        other: State | None = self._refined(condition, state, False)
        if otherwise is not None:
            other = self.statement(otherwise, other)
        return _merged(after, other)

    def _loop(self, node: Node, state: State) -> State | None:
        """Follow a loop or `switch` twice: what one round sets is there in the next one."""
        kept = {name: self._jumps.pop(name, None) for name in ("break", "continue", "switch")}
        is_switch = node.type == "switch_statement"
        now: State | None = state
        for _ in range(2):
            entered = self._all(
                [each for each in node.named_children if each.type != "compound_statement"], now
            )
            self._jumps["switch"] = entered
            body = [each for each in node.named_children if each.type == "compound_statement"]
            ended = self._all(body, None if is_switch else entered)
            now = _merged(_merged(entered, ended), self._jumps.get("continue"))
        after = _merged(now, self._jumps.get("break"))
        self._jumps |= kept
        return after

    def _evaluated(self, node: Node, state: State) -> State:
        """Return the state after an expression or declaration: what it assigns is set."""
        changed = dict(state)
        for each in descendants(node, {"assignment_expression", "init_declarator", "update_expression"}):
            if each.type == "init_declarator":
                name, value = declared(each), child(each, "value")
                if name is not None and value is not None:
                    changed[self._text(name)] = self._value(value, changed)
            else:
                self._assign(each, changed)
        return changed

    def _assign(self, node: Node, state: dict[str, Results]) -> None:
        left = child(node, "left") or child(node, "argument")
        right = child(node, "right")
        if left is None:
            return
        name = self._text(left)
        self.sets_errno |= name == "errno"
        plain = right is not None and operator_of(node) == "="
        state[name] = self._value(right, state) if plain and right is not None else COMPUTED

    def _refined(self, condition: Node, state: State, holds: bool) -> State:
        """Return the state where a condition holds, or does not hold."""
        node = inner_node(condition)
        operator = operator_of(node)
        if operator == ("&&" if holds else "||"):
            sides = (child(node, "left"), child(node, "right"))
            return reduce(lambda now, each: self._refined(each, now, holds) if each else now, sides, state)
        left, right = child(node, "left"), child(node, "right")
        if node.type != "binary_expression" or left is None or right is None or self._text(right) != "0":
            return state
        sign = {"<": Sign.NEGATIVE, ">=": Sign.OTHER}.get(operator if holds else _NOT.get(operator, ""))
        inner = inner_node(left)
        name = self._text(child(inner, "left") or inner)
        if sign is None or name not in state:
            return state
        return {**state, name: state[name].only(sign)}

    def _value(self, node: Node, state: State) -> Results:
        node = inner_node(node)
        text = self._text(node)
        errno = _ERRNO.fullmatch(text)
        if errno is not None:
            return Results(errnos=frozenset({errno[1]}))
        if _NUMBER.fullmatch(text):
            return Results(constants=frozenset({text.replace(" ", "")}))
        if node.type == "null" or text == "NULL":
            return Results(null=True)
        if node.type in {"true", "false"}:
            return Results(truth=True)
        if _WORD.fullmatch(text):
            return self._name(text, state)
        operator = operator_of(node)
        if node.type in {"binary_expression", "unary_expression"}:
            is_truth = operator in RELATIONS or operator in {"&&", "||", "!"}
            return Results(truth=True) if is_truth else COMPUTED
        if node.type == "call_expression" and not is_cast(node):
            return self._call(node)
        parts = [each for name in _PARTS.get(node.type, ()) if (each := child(node, name)) is not None]
        return reduce(
            lambda found, each: found | self._value(each, state), parts, NO_RESULTS if parts else COMPUTED
        )

    def _name(self, name: str, state: State) -> Results:
        if name in self._open:
            return COMPUTED
        if name in state:
            return state[name]
        unit = self._definition.unit
        is_local = name in getattr(self._definition.declared, "locals", ())
        is_constant = name in unit.macros or any(name in each.members for each in unit.types.get(name, ()))
        return Results(constants=frozenset({name})) if is_constant and not is_local else COMPUTED

    def _call(self, node: Node) -> Results:
        function = child(node, "function")
        if function is None:
            return COMPUTED
        function = inner_node(function)
        name = self._text(function)
        if name in _ERRNO_POINTERS:
            return Results(errnos=frozenset(_ERRNO.findall(self._text(node))), errno_pointer=True)
        if name in _POINTER_ERRNOS:
            return Results(errnos=frozenset({name}))
        if function.type == "field_expression":
            called = list(self._through.get(self._text(function.named_children[-1]), ()))
            return reduce(
                lambda found, each: found | self._of(each), called, NO_RESULTS if called else COMPUTED
            )
        own = self._inventory.resolve(name, self._definition.file)
        if own is not None and own.kind is Kind.FUNCTION:
            return self._of(own.ident)
        return self._of(name)

    def _of(self, function: str) -> Results:
        """Return what a function returns, by its unique name or by that of a library."""
        if function in self._inventory.by_ident:
            return Results(calls=frozenset({(function, Sign.ANY)}))
        known = known_function(function)
        return Results(null=known is not None and known.allocates, computed=True)


_NOT = {"<": ">=", ">=": "<"}


def _merged(one: State | None, other: State | None) -> State | None:
    """Return the state where two ways meet; a variable that one of them has not set yet is the other's."""
    if one is None or other is None:
        return one if other is None else other
    return {name: one.get(name, NO_RESULTS) | other.get(name, NO_RESULTS) for name in {**one, **other}}
