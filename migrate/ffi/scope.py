"""What names stand for on both sides of a shim, and how the shim spells types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from migrate.ffi.rust_type import RustType, TypeKind
from migrate.ffi.signature import Signature
from migrate.ffi.type_tree import Named, Type, replaced, type_of, written

_DEEPEST = 16
"""Aliases of aliases; more than that is a circle."""
_LIBRARIES = ("core::", "std::", "alloc::", "::core::", "::std::", "::alloc::")
_STANDARD = {
    "MaybeUninit": "core::mem::MaybeUninit",
    **{name: name for name in ("Option", "Box", "String", "CStr", "CString", "Ordering", "ControlFlow")},
}
"""How a shim writes what the standard library has, where that is not as the signature does."""


@dataclass(frozen=True)
class Scope:
    """The types of a crate, those of the C, and what a signature brings of its own."""

    rust_types: Mapping[str, RustType]
    c_types: Mapping[str, RustType]
    """As bindgen wrote them."""
    own: Mapping[str, Type]
    """`Self` and type parameters that are known."""
    path: str
    """Of the safe function."""

    def known(self, kind: Type) -> RustType | None:
        """Return the type of the crate that is named, or None."""
        return self._found(kind, self.rust_types) if isinstance(kind, Named) else None

    def known_in_c(self, kind: Type) -> RustType | None:
        """Return what bindgen made of the type of C that is named, or None."""
        return self._found(kind, self.c_types) if isinstance(kind, Named) else None

    def kind_of(self, kind: Type) -> TypeKind | None:
        """Return what a type of the crate is to C, or None for any other."""
        known = self.known(kind)
        return known.kind if known is not None else None

    def in_rust(self, kind: Type, depth: int = 0) -> Type:
        """Return a type of a safe signature with all aliases and parameters looked up."""

        def looked_up(each: Named) -> Type | None:
            if each.path in self.own:
                return self.in_rust(self.own[each.path], depth + 1) if depth < _DEEPEST else None
            known = self.known(each)
            if known is not None and known.kind is TypeKind.ALIAS and depth < _DEEPEST:
                return self.in_rust(_filled_in(known, each.arguments), depth + 1)
            path = known.path if known is not None else _standard(each)
            inner = (self.in_rust(argument, depth + 1) for argument in each.arguments)
            return Named(each.name, path, tuple(inner)) if depth < _DEEPEST else None

        return replaced(kind, looked_up)

    def in_c(self, kind: Type, depth: int = 0) -> Type:
        """Return a type of a C signature with all aliases looked up."""

        def looked_up(each: Named) -> Type | None:
            known = self.known_in_c(each)
            if known is not None and known.kind is TypeKind.ALIAS and depth < _DEEPEST:
                return self.in_c(type_of(known.target), depth + 1)
            inner = (self.in_c(argument, depth + 1) for argument in each.arguments)
            return Named(each.name, _standard(each), tuple(inner)) if depth < _DEEPEST else None

        return replaced(kind, looked_up)

    def spelled(self, kind: Type, lifetime: str = "'_") -> str:
        """Write a type so that it can be read from any module of the crate."""

        def full(each: Named) -> Type | None:
            known = self.known(each)
            if known is None:
                return Named(each.name, each.path, tuple(replaced(inner, full) for inner in each.arguments))
            return Named(each.name, known.path, known.lifetimes * (Named(lifetime, lifetime),))

        return written(replaced(kind, full))

    def _found(self, kind: Named, types: Mapping[str, RustType]) -> RustType | None:
        """Return what a name stands for: of several types, the one nearest to the function."""
        path = kind.path.removeprefix("self::").removeprefix("super::")
        found = [each for each in types.values() if f"::{each.path}".endswith(f"::{path}")]
        nearest = sorted((_distance(each.path, self.path), each.path) for each in found)
        if len(nearest) > 1 and nearest[0][0] == nearest[1][0]:
            return None
        return next((each for each in found if each.path == nearest[0][1]), None)


def _distance(one: str, other: str) -> int:
    """Return how many steps lead from one path to another."""
    first, second = one.split("::"), other.split("::")
    shared = next(
        (at for at, (left, right) in enumerate(zip(first, second, strict=False)) if left != right), 0
    )
    return len(first) + len(second) - 2 * shared


def _standard(kind: Named) -> str:
    """Return one path for what the standard library has under several."""
    of_c = kind.name.startswith("c_")
    known = of_c or kind.name in _STANDARD
    if not known or ("::" in kind.path and not kind.path.startswith(_LIBRARIES)):
        return kind.path
    return _STANDARD.get(kind.name, kind.name)


def _filled_in(alias: RustType, arguments: tuple[Type, ...]) -> Type:
    """Return what an alias stands for, with its parameters filled in."""
    given = {name: type_of(default) for name, default in alias.parameters if default}
    given |= {name: each for (name, _), each in zip(alias.parameters, arguments, strict=False)}
    return replaced(type_of(alias.target), lambda each: given.get(each.path))


def scope_of(
    path: str, rust: Signature, types: Mapping[str, RustType], c_types: Mapping[str, RustType]
) -> Scope:
    """Return the scope of a function, `Self` and parameters that can be called included."""
    owner = path.rpartition("::")[0]
    own: dict[str, Type] = {each.name: each.closure for each in rust.generics if each.closure is not None}
    if any(each.path == owner and each.kind is not TypeKind.ALIAS for each in types.values()):
        own["Self"] = type_of(owner)
    return Scope(types, c_types, own, path)


def with_own(scope: Scope, own: Mapping[str, Type]) -> Scope:
    """Return a scope in which more of the type parameters are known."""
    return replace(scope, own={**scope.own, **own})
