"""A shim: the `extern "C"` function by which C calls a safe one, made by rule from both signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from analysis.rust_keywords import KEYWORDS
from migrate.ffi.argument import Argument, Memory, NoRule
from migrate.ffi.failure import NOT_TOLD, Codes
from migrate.ffi.matching import Failure, Match, Matcher
from migrate.ffi.number import integer, number
from migrate.ffi.results import Ending, Result, result_of
from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.scope import Scope, scope_of, with_own
from migrate.ffi.signature import Parameter, Signature, signature_of
from migrate.ffi.type_tree import UNIT, Named, RawPointer, Reference, Type, is_void, named, parts

_EDITIONS_BEFORE_UNSAFE_ATTRIBUTES = frozenset({"2015", "2018", "2021"})
_ALL_INTEGERS_ARE = frozenset(
    {"Copy", "Clone", "Ord", "PartialOrd", "Eq", "PartialEq", "Default", "Debug", "Hash", "Sized", "?Sized"}
)

_ONE_LINE = 88
"""About as many characters as rustfmt leaves in one line."""

APART = """\
/// Tells whether no value is in both places.
fn apart<T>(one: *const T, count: usize, other: *const T, others: usize) -> bool {
    let (one, other, size) = (one as usize, other as usize, core::mem::size_of::<T>());
    let empty = one == 0 || other == 0 || count * others * size == 0;
    empty || one + count * size <= other || other + others * size <= one
}"""


@dataclass(frozen=True, slots=True)
class CSide:
    """A function as C has it."""

    signature: str
    """As bindgen's types have it: `pub unsafe extern "C" fn twice(x: c_int) -> c_int`."""
    symbol: str
    """Under which C links to it."""
    types: Mapping[str, RustType] = field(default_factory=dict)
    """What bindgen made of the types of C, where it is known: aliases are looked up, records compared."""
    nullable: Mapping[str, str] = field(default_factory=dict)
    """Parameters that may be NULL, and what C returns then, as Rust has it; nothing where it is `void`.

    A place for a result is left out when it is NULL, and what else the function does is done."""
    codes: Codes = NOT_TOLD
    """What it returns to say that it failed."""


@dataclass(frozen=True, slots=True)
class RustSide:
    """A safe function."""

    path: str
    """From the crate's root: `crate::ramfs::Super::mount`; ends with `::drop` for what is given up only."""
    signature: str
    """Everything before the body; names in it are looked up in `types` by themselves or by their paths."""


@dataclass(frozen=True, slots=True)
class Shim:
    """A shim, ready to be written."""

    symbol: str
    parameters: tuple[tuple[str, str], ...]
    """Names and types."""
    result: str
    """The type of the result, or nothing."""
    steps: tuple[str, ...]
    """The statements, comments among them."""
    unsafe: bool
    """Whether C promises it anything, so that calling it from Rust is unsafe."""
    helpers: tuple[str, ...]
    """Functions that it calls, each as a whole."""
    pairs: tuple[tuple[str, str], ...]
    """Types of C by name, each with the type of Rust that it takes what C points to for."""


def shim_of(c: CSide, rust: RustSide, types: Mapping[str, RustType]) -> Shim | NoRule:
    """Make a shim, or say why no rule makes one."""
    outside, inside = signature_of(c.signature), signature_of(rust.signature)
    if outside is None or inside is None:
        return NoRule(f"not a signature: {(rust if outside else c).signature}")
    beyond = _beyond(outside, inside)
    if beyond is not None:
        return beyond
    scope = scope_of(rust.path, inside, types, c.types or types)
    attempts = [
        _Attempt(c, rust, outside, inside, with_own(scope, own)) for own in _fillings(outside, inside, scope)
    ]
    failures = list[Failure]()
    for attempt in attempts:
        made = attempt.shim()
        if isinstance(made, Shim):
            return made
        failures.append(made)
    return NoRule(max(failures, key=lambda each: each.depth).why)


def _beyond(c: Signature, rust: Signature) -> NoRule | None:
    """Say what no rule is about in two signatures."""
    if c.variadic or rust.variadic:
        return NoRule("it takes a variable number of arguments")
    if rust.beyond:
        return NoRule(f"no rule for a function with `{rust.beyond}`")
    return None


def _fillings(c: Signature, rust: Signature, scope: Scope) -> Iterator[Mapping[str, Type]]:
    """Yield types for the type parameters of a safe function: those that C names."""
    open_ones = [each for each in rust.generics if each.closure is None]
    if not open_ones:
        yield {}
        return
    if len(open_ones) == 1:
        for kind in _candidates(c, scope):
            if _fits(kind, open_ones[0].bounds, scope):
                yield {open_ones[0].name: kind}
    yield {}


def _candidates(c: Signature, scope: Scope) -> list[Type]:
    pointers = (
        each
        for parameter in c.parameters
        for each in parts(scope.in_c(parameter.type))
        if isinstance(each, RawPointer)
    )
    targets = (each.target for each in pointers)
    known = (each for each in targets if number(each) is not None or scope.kind_of(each) is TypeKind.RECORD)
    return list(dict.fromkeys(known))


def _fits(kind: Type, bounds: Iterable[str], scope: Scope) -> bool:
    """Tell whether a type is all that a parameter must be, as far as that can be told."""
    wanted = {each.rpartition("::")[2] for each in bounds}
    if number(kind) is None:
        known = scope.known(kind)
        return not wanted or (wanted <= {"Copy", "Clone"} and known is not None and known.copy)
    return wanted <= _ALL_INTEGERS_ARE - (set() if integer(kind) is not None else {"Ord", "Eq", "Hash"})


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A try to make a shim, with all types known."""

    c: CSide
    rust: RustSide
    outside: Signature
    inside: Signature
    scope: Scope

    def shim(self) -> Shim | Failure:
        """Make it, or say how far that came."""
        outer = tuple(replace(each, type=self.scope.in_c(each.type)) for each in self.outside.parameters)
        matcher = Matcher(outer, tuple(self._inner()), self.scope)
        depth = len(self.inside.parameters)
        failure = Failure(-1, "")
        for match in matcher.matches():
            result = self._result(outer, match)
            if not isinstance(result, NoRule):
                return self._written(outer, match, result)
            failure = failure if failure.why else Failure(depth, result.why)
        return failure if failure.why else matcher.failure

    def _inner(self) -> Iterator[Parameter]:
        for each in self.inside.parameters:
            kind = self.scope.in_rust(each.type)
            if self._only_drops and isinstance(kind, Reference):
                kind = named("Box", kind.target)
            yield replace(each, type=kind)

    @property
    def _only_drops(self) -> bool:
        alone = len(self.inside.parameters) == 1 and self.inside.result == UNIT
        return alone and self.inside.name == "drop" and self.rust.path.endswith("::drop")

    def _result(self, outer: tuple[Parameter, ...], match: Match) -> Result | NoRule:
        places = tuple(outer[index] for index in match.left_over)
        ending = Ending(
            c=self.scope.in_c(self.outside.result),
            places=places,
            optional=frozenset(self.c.nullable) & {each.name for each in places},
            codes=self.c.codes,
            scope=self.scope,
            taken=frozenset(each.name for each in outer),
        )
        function = "drop" if self._only_drops else self.rust.path
        call = f"{function}({', '.join(each.value for each in match.arguments)})"
        return result_of(call, self.scope.in_rust(self.inside.result), ending)

    def _written(self, outer: tuple[Parameter, ...], match: Match, result: Result) -> Shim:
        arguments = match.arguments
        declared = dict(zip(match.left_over, result.places, strict=True))
        declared |= {index: kind for each in arguments for index, kind in each.declared}
        kinds = [declared[index] for index in range(len(outer))]
        apart = _apart(arguments)
        steps = (
            *(self._unless_null(outer, each, result) for each in arguments),
            *apart,
            *_steps(outer, arguments, result),
        )
        helpers = [helper for each in arguments for helper in each.helpers] + ([APART] if apart else [])
        spelled = (self.scope.spelled(kind) for kind in kinds)
        return Shim(
            symbol=self.c.symbol,
            parameters=tuple(zip((each.name for each in outer), spelled, strict=True)),
            result="" if result.type == UNIT else self.scope.spelled(result.type, "'static"),
            steps=tuple(filter(None, steps)),
            unsafe=any("unsafe {" in each for each in steps),
            helpers=tuple(dict.fromkeys(helpers)),
            pairs=tuple(dict.fromkeys(self._pairs(outer, kinds, result.type))),
        )

    def _unless_null(self, outer: tuple[Parameter, ...], argument: Argument, result: Result) -> str:
        name = outer[argument.declared[0][0]].name
        if not argument.null or name not in self.c.nullable:
            return ""
        returned = self.c.nullable[name]
        mutable = isinstance(result.type, RawPointer) and result.type.mutable
        returned = f"core::ptr::null{'_mut' if mutable else ''}()" if returned == "NULL" else returned
        return f"if {argument.null} {{ return{' ' if returned else ''}{returned}; }}"

    def _pairs(
        self, outer: tuple[Parameter, ...], kinds: list[Type], result: Type
    ) -> Iterator[tuple[str, str]]:
        c = (*(each.type for each in outer), self.scope.in_c(self.outside.result))
        for one, other in zip(c, (*kinds, result), strict=True):
            for outer_one, held in zip(parts(one), parts(other), strict=False):
                if not isinstance(outer_one, Named) or self.scope.known(held) is None:
                    continue
                if number(outer_one) is None and not is_void(outer_one):
                    yield outer_one.name, self.scope.spelled(held)


def _apart(arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    """Assert that what is written is not lent twice, which C allows and Rust does not."""
    lent = [each.memory for each in arguments if each.memory is not None]
    pairs = [pair for pair in combinations(lent, 2) if _may_overlap(*pair)]
    return tuple(
        f"assert!(apart({one.at}, {one.count}, {other.at}, {other.count}), "
        f'"{one.at} and {other.at} overlap");'
        for one, other in pairs
    )


def _may_overlap(one: Memory, other: Memory) -> bool:
    return (one.written or other.written) and one.type == other.type


def _steps(outer: tuple[Parameter, ...], arguments: tuple[Argument, ...], result: Result) -> tuple[str, ...]:
    """Return the statements that make the arguments, call, and give C what it gets."""
    lent = [each for each in arguments if each.unsafe]
    steps = tuple(step for each in arguments for step in each.steps)
    if not lent:
        return (*steps, *result.steps)
    promised = _listed([each.contract for each in lent])
    safety = tuple(_commented(f"SAFETY: C promises that {promised}."))
    names = [outer[each.declared[0][0]].name for each in lent]
    if len(lent) == 1 and not result.unsafe:
        first, *rest = result.steps
        inside = _inside(first, lent[0], names[0])
        if len(inside) <= _ONE_LINE:
            return (*steps, *safety, inside, *rest)
    bound, values = ", ".join(names), ", ".join(each.unsafe for each in lent)
    made = (
        f"let ({bound}) = unsafe {{ ({values}) }};"
        if len(lent) > 1
        else f"let {bound} = unsafe {{ {values} }};"
    )
    return (*safety, made, *steps, *result.steps)


def _inside(step: str, argument: Argument, name: str) -> str:
    """Return a call with an argument made where it is passed."""
    made = argument.value.replace(name, f"unsafe {{ {argument.unsafe} }}", 1)
    return re.sub(rf"(?<=[(]|[ ]){re.escape(argument.value)}(?=[,)])", lambda _: made, step, count=1)


def _listed(phrases: list[str]) -> str:
    *first, last = dict.fromkeys(phrases)
    return f"{', '.join(first)}, and {last}" if first else last


def _commented(text: str) -> Iterator[str]:
    """Write a comment in lines as long as rustfmt's."""
    line = "//"
    for word in text.split():
        if len(line) + 1 + len(word) > 96:
            yield line
            line = "//"
        line += f" {word}"
    yield line


def write_shim(shim: Shim, edition: str = "2024") -> str:
    """Write a shim as Rust of an edition."""
    name = shim.symbol if re.fullmatch(r"[A-Za-z_]\w*", shim.symbol) else re.sub(r"\W", "_", shim.symbol)
    name = f"{name}_" if name in KEYWORDS else name
    attribute = "no_mangle" if name == shim.symbol else f'export_name = "{shim.symbol}"'
    if edition not in _EDITIONS_BEFORE_UNSAFE_ATTRIBUTES:
        attribute = f"unsafe({attribute})"
    listed = ", ".join(f"{each}: {kind}" for each, kind in shim.parameters)
    unsafe = "unsafe " if shim.unsafe else ""
    result = f" -> {shim.result}" if shim.result else ""
    body = "".join(f"    {step}\n" for step in shim.steps)
    return f'#[{attribute}]\npub {unsafe}extern "C" fn {name}({listed}){result} {{\n{body}}}'
