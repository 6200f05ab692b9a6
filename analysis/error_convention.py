"""How a function says that it failed: by errno values, NULL, a truth value, or a value set aside for it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.c_types import CType
from analysis.callgraph import CallGraph
from analysis.inventory import Definition, Inventory
from analysis.results import COMPUTED, NO_RESULTS, Results, results_of

_MOST_ROUNDS = 20


class Convention(enum.StrEnum):
    """What the results of a function say of success and failure."""

    NOTHING = "nothing"
    """It returns nothing."""
    ERRNO = "errno"
    """0, or a negative errno value."""
    ERRNO_OR_VALUE = "errno or value"
    """A negative errno value, or something that it computed."""
    BOOLEAN = "boolean"
    """0 or 1."""
    CONSTANTS = "constants"
    """One of few constants."""
    SENTINEL = "sentinel"
    """A constant, or something that it computed."""
    NULL = "null"
    """A pointer, or NULL."""
    ERRNO_POINTER = "errno pointer"
    """A pointer, or an errno value in the place of one."""
    VALUE = "value"
    """Something that it computed; what is a failure cannot be told."""


@dataclass(frozen=True, slots=True)
class ErrorConvention:
    """What a function may return.

    Every constant stands in the text of the function, or of one that it returns the result of; whether it
    is ever returned is not known. Constants that are computed are missed.
    """

    kind: Convention
    errnos: tuple[str, ...] = ()
    """Names of errno values."""
    constants: tuple[str, ...] = ()
    """Other constants, as the C spells them."""
    sets_errno: bool = False
    """It assigns to `errno`."""


def error_conventions(
    inventory: Inventory,
    graph: CallGraph,
    kinds: Callable[[Definition], CType | None],
    through: Mapping[str, Iterable[str]],
) -> dict[str, ErrorConvention]:
    """Tell the convention of each function by its unique name.

    `kinds` says what type a function returns, `through` to which functions a member of a record may lead.
    """
    read = {each.ident: results_of(inventory, each, through) for each in inventory.functions}
    own = {ident: each[0] if each is not None else COMPUTED for ident, each in read.items()}
    settled = _settled(own, graph)
    sets = {ident for ident, each in read.items() if each is not None and each[1]}
    return {
        each.ident: _convention(settled[each.ident], kinds(each), each.ident in sets)
        for each in inventory.functions
    }


def _settled(own: Mapping[str, Results], graph: CallGraph) -> dict[str, Results]:
    """Take in what called functions return, until nothing is new."""
    settled = {name: replace(each, calls=frozenset()) for name, each in own.items()}
    order = [name for wave in graph.waves for name in wave if name in own]
    for _ in range(_MOST_ROUNDS):
        before = dict(settled)
        for name in order:
            for called, sign in own[name].calls:
                settled[name] |= settled.get(called, COMPUTED).only(sign)
        if settled == before:
            break
    return settled


def _convention(results: Results, kind: CType | None, sets_errno: bool) -> ErrorConvention:
    constants = results.constants
    if results.computed and not (kind is not None and kind.is_pointer):
        # Where a result is computed, it may well start as a number.
        constants = frozenset(each for each in constants if not each[0].isdigit())
    shown = replace(results, constants=constants)
    errnos = tuple(sorted(results.errnos))
    return ErrorConvention(_kind(shown, kind), errnos, tuple(sorted(constants)), sets_errno)


def _kind(results: Results, kind: CType | None) -> Convention:
    if results == NO_RESULTS or (kind is not None and kind.base == "void" and not kind.wraps):
        return Convention.NOTHING
    if kind is not None and kind.is_pointer:
        if results.errno_pointer:
            return Convention.ERRNO_POINTER
        return Convention.NULL if results.null or "0" in results.constants else Convention.VALUE
    if results.errnos:
        plain = results.constants <= {"0"} and not results.computed and not results.truth
        return Convention.ERRNO if plain else Convention.ERRNO_OR_VALUE
    if results.computed or results.negative:
        return Convention.SENTINEL if results.constants else Convention.VALUE
    if results.constants <= {"0", "1"}:
        return Convention.BOOLEAN if results.truth or len(results.constants) == 2 else Convention.CONSTANTS
    return Convention.CONSTANTS
