"""Variables, prototypes and types at file scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.declarations import Prototype, Type, Variable
from analysis.learned import Learned
from analysis.lexer import IDENTIFIER, KEYWORDS, Lexed
from analysis.source import Span
from analysis.syntax import Node, child, descendants, node_span, node_text

_RECORDS = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
_WRAPPERS = frozenset(
    {
        "pointer_declarator",
        "array_declarator",
        "function_declarator",
        "parenthesized_declarator",
        "attributed_declarator",
        "init_declarator",
    }
)
_NAMES = frozenset({"identifier", "type_identifier", "field_identifier", "primitive_type"})
_MACRO_CALL = re.compile(rb"((?:(?:static|extern|const|volatile)\s+)*)([A-Z_][A-Z0-9_]*)\s*(\()")
_DEFINING_MACRO = re.compile(rb"(?:DEFINE|DECLARE)_(?!\w*(?:ATTRIBUTE|EVENT|TRACE))\w+|\w*LIST_HEAD\w*")
_NAMED_SECOND = re.compile(rb"\w+_PER_CPU\w*")

Declared = Prototype | Variable | Type


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration as a whole: where it stands, its comment, and the identifiers in it."""

    span: Span
    comment: Span | None
    references: frozenset[str]


class DeclarationReader:
    """Reads what the declarations of one file declare."""

    def __init__(self, lexed: Lexed, learned: Learned) -> None:
        self._lexed = lexed
        self._text = lexed.text
        self._learned = learned

    def read(self, nodes: Iterable[Node], span: Span, comment: Span | None) -> tuple[Declared, ...]:
        """Return what one declaration declares, given the nodes that the parser made of it."""
        whole = Declaration(span, comment, self._lexed.references(span))
        macro = _MACRO_CALL.match(self._lexed.code, span.start, span.end)
        if macro:
            return tuple(self._macro_variables(macro, whole))
        return tuple(declared for node in nodes for declared in self._node(node, whole))

    def _node(self, node: Node, whole: Declaration) -> Iterator[Declared]:
        if node.type in _RECORDS:
            yield from self._types(node, whole)
        if node.type in ("declaration", "type_definition", "function_definition"):
            yield from self._types(child(node, "type"), whole)
        if node.type == "declaration":
            yield from self._objects(node, whole)
        elif node.type == "type_definition":
            yield from self._typedefs(node, whole)

    def _types(self, node: Node | None, whole: Declaration) -> Iterator[Type]:
        """Yield the records and enums that a type specifier defines, nested ones included."""
        if node is None or node.type not in _RECORDS:
            return
        for record in descendants(node, _RECORDS):
            body, tag = child(record, "body"), child(record, "name")
            members = tuple(self._members(body)) if body is not None else ()
            if body is not None and tag is not None:
                yield self._type(node_text(tag, self._text), _RECORDS[record.type], members, whole)
            elif record.type == "enum_specifier" and tag is None and members:
                yield self._type(members[0], "enum", members, whole)

    def _typedefs(self, node: Node, whole: Declaration) -> Iterator[Type]:
        body = child(node, "type", "body")
        members = tuple(self._members(body)) if body is not None else ()
        for declarator in node.children_by_field_name("declarator"):
            name = _Declarator.of(declarator).name
            if name is not None:
                yield self._type(node_text(name, self._text), "typedef", members, whole)

    def _type(self, name: str, kind: str, members: tuple[str, ...], whole: Declaration) -> Type:
        return Type(name, kind, whole.span, whole.comment, members, whole.references)

    def _members(self, body: Node) -> Iterator[str]:
        """Yield enumerators or field names, those of untagged records inside included."""
        pending = list(reversed(body.named_children))
        while pending:
            member = pending.pop()
            if member.type == "enumerator":
                yield node_text(member.named_children[0], self._text)
            if member.type != "field_declaration":
                continue
            for declarator in member.children_by_field_name("declarator"):
                name = _Declarator.of(declarator).name
                if name is not None:
                    yield node_text(name, self._text)
            inner = child(member, "type", "body")
            if inner is not None and child(member, "type", "name") is None:
                pending.extend(reversed(inner.named_children))

    def _objects(self, node: Node, whole: Declaration) -> Iterator[Declared]:
        declarators = node.children_by_field_name("declarator")
        specifiers = self._specifiers(node, declarators, whole.span.start)
        for outer in declarators:
            declarator = _Declarator.of(outer)
            if declarator.name is None:
                continue
            name = node_text(declarator.name, self._text)
            if declarator.is_function:
                yield Prototype(name, whole.span, "static" in specifiers)
                continue
            value = child(outer, "value") if outer.type == "init_declarator" else None
            yield Variable(
                name=name,
                span=whole.span,
                declarator=node_span(declarator.outermost),
                initialiser=node_span(value) if value is not None else None,
                comment=whole.comment,
                static="static" in specifiers,
                extern="extern" in specifiers,
                const="const" in specifiers if declarator.is_plain else declarator.is_const_pointer,
                references=whole.references,
            )

    def _specifiers(self, node: Node, declarators: list[Node], start: int) -> frozenset[str]:
        """Return the specifiers before the first declarator, those inside a record's braces left out."""
        end = declarators[0].start_byte if declarators else node.end_byte
        body = child(node, "type", "body")
        spans = [Span(start, end)]
        if body is not None:
            spans = [Span(start, body.start_byte), Span(body.end_byte, end)]
        words = [
            word for span in spans for word in IDENTIFIER.findall(self._lexed.code, span.start, span.end)
        ]
        return self._learned.specifiers(words)

    def _macro_variables(self, macro: re.Match[bytes], whole: Declaration) -> Iterator[Variable]:
        """Yield the variable that `DEFINE_SOMETHING(name);` stands for."""
        storage, called, _ = macro.groups()
        place = self._named_argument(macro, whole.span.end)
        if place is None or not (storage or _DEFINING_MACRO.fullmatch(called)):
            return
        specifiers = self._learned.specifiers(storage.split())
        yield Variable(
            name=self._text[place.start : place.end].decode("utf-8", "replace"),
            span=whole.span,
            declarator=place,
            initialiser=None,
            comment=whole.comment,
            static="static" in specifiers,
            extern="extern" in specifiers or called.startswith(b"DECLARE_PER_CPU"),
            const="const" in specifiers,
            references=whole.references,
        )

    def _named_argument(self, macro: re.Match[bytes], end: int) -> Span | None:
        """Find the argument that names a variable: the first one, or the second where a type comes first."""
        start = macro.end()
        if _NAMED_SECOND.fullmatch(macro.group(2)):
            start = self._lexed.code.find(b",", start, end) + 1 or start
        for word in IDENTIFIER.finditer(self._lexed.code, start, end):
            if word.group() not in KEYWORDS and not word.group().startswith(b"CONFIG_"):
                return Span(*word.span())
        return None


@dataclass(frozen=True, slots=True)
class _Declarator:
    """A declarator taken apart."""

    outermost: Node
    """Without its initialiser."""
    name: Node | None
    wrappers: tuple[Node, ...]
    """The nodes around the name, the nearest one first, parentheses and attributes left out."""

    @classmethod
    def of(cls, node: Node) -> _Declarator:
        """Take a declarator apart."""
        outermost = node
        if node.type == "init_declarator":
            outermost = child(node, "declarator") or node
        wrappers: list[Node] = []
        current: Node | None = outermost
        while current is not None and current.type in _WRAPPERS:
            if current.type not in ("parenthesized_declarator", "attributed_declarator"):
                wrappers.append(current)
            current = _inner(current)
        name = current if current is not None and current.type in _NAMES else None
        return cls(outermost, name, tuple(reversed(wrappers)))

    @property
    def is_function(self) -> bool:
        """Tell whether the name is that of a function, not of a pointer to one."""
        return bool(self.wrappers) and self.wrappers[0].type == "function_declarator"

    @property
    def is_plain(self) -> bool:
        """Tell whether the object has the specifiers' own type, or is an array of it."""
        return all(wrapper.type == "array_declarator" for wrapper in self.wrappers)

    @property
    def is_const_pointer(self) -> bool:
        """Tell whether the pointer that the name stands for is itself const."""
        nearest = next((each for each in self.wrappers if each.type == "pointer_declarator"), None)
        return nearest is not None and any(
            each.type == "type_qualifier" and each.children[0].type in ("const", "__const")
            for each in nearest.children
        )


def _inner(node: Node) -> Node | None:
    field = child(node, "declarator")
    if field is not None:
        return field
    return next((each for each in node.named_children if each.type in _WRAPPERS | _NAMES), None)
