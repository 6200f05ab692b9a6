"""What C declarations say of types: pointers, arrays, records and their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analysis.declarations import Declarations, Function, Macro, Prototype, Type
from analysis.learned import Learned
from analysis.lexer import lex, words
from analysis.prepass import prepare
from analysis.source import Span
from analysis.syntax import Node, child, descendants, parse_c, text_of
from analysis.unit import TranslationUnit

_RECORDS = {"struct_specifier": "struct", "union_specifier": "union"}
_POINTERS = frozenset({"pointer_declarator", "abstract_pointer_declarator"})
_ARRAYS = frozenset({"array_declarator", "abstract_array_declarator"})
_FUNCTIONS = frozenset({"function_declarator", "abstract_function_declarator"})
_DECLARING = frozenset({"declaration", "type_definition", "function_definition", *_RECORDS})
_INTEGERS = frozenset(
    {
        *("char", "short", "int", "long", "signed", "unsigned", "_Bool", "bool", "__int128"),
        *("float", "double", "_Complex", "__builtin_va_list"),
    }
)
NO_RECORD = "-"
_AT_MOST = 24
"""Typedefs of typedefs that are followed."""


@dataclass(frozen=True, slots=True)
class CType:
    """A type as far as declarations tell."""

    base: str
    """What stands left of the declarator, typedefs followed: `int`, `struct x`; empty where unknown."""
    wraps: tuple[str, ...] = ()
    """What is around the base, outermost first: `*`, `*const`, `[]`, `()`."""
    const: bool = False
    """What the base says is const."""
    parameters: tuple[CType, ...] | None = None
    """Of the function that stands in it, if one does."""

    @property
    def is_pointer(self) -> bool:
        """It is a pointer; a parameter that is written as an array is one, too."""
        return bool(self.wraps) and self.wraps[0].startswith("*")

    @property
    def is_array(self) -> bool:
        """It is an array."""
        return bool(self.wraps) and self.wraps[0] == "[]"

    @property
    def is_constant(self) -> bool:
        """An object of this type cannot be written."""
        outer = next((each for each in self.wraps if each != "[]"), None)
        return outer == "*const" or (outer is None and self.const)

    @property
    def is_function(self) -> bool:
        """It is a function."""
        return bool(self.wraps) and self.wraps[0] == "()"

    @property
    def leads_to_function(self) -> bool:
        """It is a pointer to a function."""
        return self.is_pointer and self.inner.is_function

    @property
    def inner(self) -> CType:
        """What a pointer leads to, an array holds or a function returns."""
        return replace(self, wraps=self.wraps[1:])

    @property
    def inner_is_const(self) -> bool:
        """What a pointer leads to cannot be written through it."""
        rest = self.wraps[1:]
        return rest[0] == "*const" if rest and rest[0].startswith("*") else self.const

    @property
    def as_parameter(self) -> CType:
        """What a parameter of this type is: arrays and functions become pointers."""
        if self.is_array:
            return replace(self, wraps=("*", *self.wraps[1:]))
        return replace(self, wraps=("*", *self.wraps)) if self.is_function else self

    def to(self) -> CType:
        """Return the type of a pointer to it."""
        return replace(self, wraps=("*", *self.wraps))


class Types:
    """The types that one unit names, read when they are asked for."""

    def __init__(self, unit: TranslationUnit) -> None:
        self._unit = unit
        self._own = _by_name(unit.expanded)
        self._functions = {each.name: each for each in unit.expanded.functions}
        self._typedefs: dict[str, CType | None] = {}
        self._records: dict[str, dict[str, CType]] = {}
        self._read: set[str] = set()

    def of(self, base: Node | None, declarator: Node | None, declaration: Node) -> CType:
        """Return the type of what a declarator declares, given the specifiers before it."""
        const = any(
            each.type == "type_qualifier" and text_of(each) in {"const", "__const"}
            for each in declaration.children
        )
        wraps, parameters = self._wraps(declarator)
        return self._resolved(CType(self._base(base), wraps, const, parameters))

    def members(self, kind: CType) -> Mapping[str, CType]:
        """Return the members of a record in their order; nothing where it is none, or not defined here."""
        if kind.wraps or not kind.base:
            return {}
        tag = kind.base.removeprefix("struct ").removeprefix("union ")
        if kind.base not in self._records and tag not in self._read:
            self._read.add(tag)
            for node in self._declarations(tag):
                self.note(node)
        return self._records.get(kind.base, {})

    def is_record(self, kind: CType | None) -> bool:
        """Tell whether a type is a record with known members."""
        return kind is not None and bool(self.members(kind))

    def record_at(self, kind: CType | None) -> str:
        """Return the record that a pointer leads to by its type, or that it leads to none.

        Nothing is known of `void *`.
        """
        if kind is None or not kind.is_pointer or not kind.base:
            return ""
        inner = kind.inner
        if inner.is_pointer or (self.is_integer(inner) and inner.base != "void"):
            return NO_RECORD
        return self.record_in(inner)

    def record_in(self, kind: CType | None) -> str:
        """Return the record that stands in a variable, or in its elements; nothing where it holds others."""
        while kind is not None and kind.is_array:
            kind = kind.inner
        if kind is None or kind.wraps:
            return ""
        return kind.base if kind.base.startswith(("struct ", "union ")) or self.is_record(kind) else ""

    def embedded(self, kind: CType | None, depth: int = 4) -> frozenset[str]:
        """Return the records that a record is made of, itself included."""
        name = self.record_in(kind)
        if not name or depth == 0:
            return frozenset()
        members = self.members(CType(name)).values()
        return frozenset({name}).union(*(self.embedded(each, depth - 1) for each in members))

    def carries(self, kind: CType | None, depth: int = 4) -> bool:
        """Tell whether a value of a type may hold a pointer; what is unknown may."""
        if kind is None or not kind.base or kind.is_pointer:
            return True
        if kind.wraps:
            return kind.is_function or self.carries(kind.inner, depth)
        if self.is_integer(kind):
            return False
        members = self.members(kind)
        if not members:
            return True
        return depth == 0 or any(self.carries(each, depth - 1) for each in members.values())

    def holders(self, kind: CType, depth: int = 3) -> tuple[str, ...]:
        """Return the members of a record that may hold pointers, with dots where a record holds records."""
        found: list[str] = []
        for name, each in self.members(kind).items():
            element = each.inner if each.is_array else each
            if self.is_record(element) and depth:
                found += [f"{name}.{inner}" for inner in self.holders(element, depth - 1)]
            elif self.carries(each):
                found.append(name)
        return tuple(found)

    def named(self, name: str) -> CType:
        """Return the type that a typedef or a macro stands for."""
        return self._resolved(CType(name))

    def is_integer(self, kind: CType | None) -> bool:
        """Tell whether a type is an arithmetic one, or `void`."""
        if kind is None or kind.wraps:
            return False
        return kind.base in {"enum", "void"} or _is_arithmetic(kind.base)

    def function(self, name: str) -> CType | None:
        """Return the type of a function that the unit declares or defines."""
        text = self._head(name)
        for node in self._parsed(text) if text is not None else ():
            for each in node.children_by_field_name("declarator"):
                if node.type == "declaration":
                    return self.of(child(node, "type"), each, node)
        return None

    def _head(self, name: str) -> bytes | None:
        """Return a function's declaration; after expansion where the unit has that."""
        own = self._functions.get(name)
        if own is not None:
            return _declaration_of(self._unit.expanded, own)
        declared = self._unit.declared_functions.get(name)
        if declared is None:
            return None
        return _declaration_of(self._unit.declarations, declared)

    def variable(self, name: str) -> CType | None:
        """Return the type of a file-scope variable that the unit declares."""
        declared = self._unit.declared_variables.get(name)
        if declared is None:
            return None
        span = declared.span
        for node in self._parsed(self._unit.source.text[span.start : span.end]):
            for each in node.children_by_field_name("declarator"):
                if node.type == "declaration" and _name(each) == name:
                    return self.of(child(node, "type"), each, node)
        return None

    def _parsed(self, text: bytes) -> list[Node]:
        lexed = lex(text)
        learned = Learned().extended(self._macros(words(lexed.code)))
        return parse_c(prepare(lexed, learned).code).named_children

    def _macros(self, named: Iterable[bytes]) -> Iterator[Macro]:
        """Yield the macros that a text names, and those that they name: a kernel's headers have thousands."""
        pending = [word.decode("utf-8", "replace") for word in named]
        seen: set[str] = set()
        while pending:
            name = pending.pop()
            macro = self._unit.macros.get(name)
            if macro is not None and name not in seen:
                seen.add(name)
                pending += macro.references
                yield macro

    def _wraps(self, declarator: Node | None) -> tuple[tuple[str, ...], tuple[CType, ...] | None]:
        found: list[str] = []
        parameters: tuple[CType, ...] | None = None
        node = declarator
        while node is not None:
            if node.type in _POINTERS:
                const = any(
                    each.type == "type_qualifier" and text_of(each) == "const" for each in node.children
                )
                found.append("*const" if const else "*")
            elif node.type in _ARRAYS:
                found.append("[]")
            elif node.type in _FUNCTIONS:
                found.append("()")
                parameters = self._parameters(child(node, "parameters"))
            node = _inside(node)
        return tuple(reversed(found)), parameters

    def _parameters(self, listed: Node | None) -> tuple[CType, ...]:
        nodes = [
            each for each in (listed.named_children if listed else ()) if each.type == "parameter_declaration"
        ]
        kinds = (self.of(child(each, "type"), child(each, "declarator"), each).as_parameter for each in nodes)
        found = tuple(kinds)
        return () if [(each.base, each.wraps) for each in found] == [("void", ())] else found

    def _base(self, node: Node | None) -> str:
        if node is None:
            return ""
        if node.type == "enum_specifier":
            return "enum"
        if node.type not in _RECORDS:
            return " ".join(text_of(node).split())
        name = child(node, "name")
        if name is None:
            key = f"{_RECORDS[node.type]} at {node.start_byte} of {hash(node.text) & 0xFFFFFF}"
            self._note_record(key, node)
            return key
        key = f"{_RECORDS[node.type]} {text_of(name)}"
        self._note_record(key, node)
        return key

    def _resolved(self, kind: CType) -> CType:
        """Follow typedefs to what they stand for."""
        for _ in range(_AT_MOST):
            if kind.base in {"enum", "void", ""} or " " in kind.base or _is_arithmetic(kind.base):
                return kind
            meant = self._typedef(kind.base)
            if meant is None or meant.base == kind.base:
                return kind if meant is not None else self._as_macro(kind)
            kind = _joined(kind, meant)
        return kind

    def _as_macro(self, kind: CType) -> CType:
        macro = self._unit.macros.get(kind.base)
        if macro is not None and macro.parameters is None and _is_arithmetic(macro.body):
            return replace(kind, base=macro.body)
        return kind

    def _typedef(self, name: str) -> CType | None:
        if name not in self._typedefs:
            self._typedefs[name] = None
            for node in self._declarations(name):
                self.note(node)
        return self._typedefs[name]

    def _declarations(self, name: str) -> Iterator[Node]:
        """Yield the parsed declarations of a tag or typedef name; after expansion where the unit has that."""
        if name in self._own:
            yield from self._parsed(b"\n".join(_texts(self._unit.expanded, self._own[name])))
        else:
            yield from self._parsed(
                b"\n".join(_texts(self._unit.declarations, self._unit.types.get(name, ())))
            )

    def note(self, node: Node) -> None:
        """Keep the records and typedefs of one declaration."""
        if node.type in _RECORDS:
            self._base(node)
        base = child(node, "type")
        if base is None or node.type not in _DECLARING:
            return
        if node.type != "type_definition":
            self._base(base)
            return
        for declarator in node.children_by_field_name("declarator"):
            kind = self.of(base, declarator, node)
            name = _name(declarator)
            if base.type in _RECORDS and child(base, "name") is None and not kind.wraps:
                self._records[name] = self._records.get(kind.base, {})
                kind = replace(kind, base=name)
            self._typedefs[name] = kind

    def _note_record(self, key: str, node: Node) -> None:
        body = child(node, "body")
        if body is None or key in self._records:
            return
        members: dict[str, CType] = {}
        self._records[key] = members
        for field in body.named_children:
            if field.type == "field_declaration":
                self._note_field(field, members)

    def _note_field(self, field: Node, members: dict[str, CType]) -> None:
        base = child(field, "type")
        declarators = field.children_by_field_name("declarator")
        for declarator in declarators:
            members[_name(declarator)] = self.of(base, declarator, field)
        if not declarators and base is not None and base.type in _RECORDS:
            # The members of one without a name count as members of the record around it.
            members |= self._records.get(self._base(base), {})


def _joined(kind: CType, meant: CType) -> CType:
    """Return a type whose base is a typedef with what that stands for in its place."""
    parameters = kind.parameters if kind.parameters is not None else meant.parameters
    if kind.const and meant.is_pointer:
        return CType(meant.base, (*kind.wraps, "*const", *meant.wraps[1:]), meant.const, parameters)
    return CType(meant.base, (*kind.wraps, *meant.wraps), meant.const or kind.const, parameters)


def _by_name(declarations: Declarations) -> dict[str, tuple[Type, ...]]:
    found: dict[str, tuple[Type, ...]] = {}
    for each in declarations.types:
        found[each.name] = (*found.get(each.name, ()), each)
    return found


def _texts(declarations: Declarations, types: tuple[Type, ...]) -> Iterator[bytes]:
    for span in dict.fromkeys(each.span for each in types):
        yield _text_of(declarations, span)


def _declaration_of(declarations: Declarations, declared: Function | Prototype) -> bytes:
    """Return the text of a function's declaration; of one in the old style, without its parameters' types."""
    if not isinstance(declared, Function):
        return _text_of(declarations, declared.span)
    text = _text_of(declarations, declared.head)
    return text.partition(b")")[0] + b");" if declared.old_style else text


def _text_of(declarations: Declarations, span: Span) -> bytes:
    """Return the text of a declaration with one semicolon."""
    return declarations.source.text[span.start : span.end].rstrip(b"; \n") + b";"


def _is_arithmetic(text: str) -> bool:
    words = text.split()
    return bool(words) and all(word in _INTEGERS for word in words)


def _inside(node: Node) -> Node | None:
    inner = child(node, "declarator")
    if inner is not None or not node.type.endswith("declarator"):
        return inner
    return next(
        (each for each in node.named_children if each.type.endswith(("declarator", "identifier"))), None
    )


def _name(declarator: Node) -> str:
    node: Node | None = declarator
    while node is not None and not (node.type.endswith("identifier") or node.type == "primitive_type"):
        node = _inside(node)
    if node is not None:
        return text_of(node)
    return next((text_of(each) for each in descendants(declarator, {"identifier", "field_identifier"})), "")
