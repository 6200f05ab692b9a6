"""The functions of a Rust file that have a body, and which bodies are open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.syntax import Node, child, node_text, parse_rust, text_of

_OPEN = frozenset({"unimplemented", "todo"})
_BEFORE = frozenset({"line_comment", "block_comment", "attribute_item", "inner_attribute_item"})


@dataclass(frozen=True, slots=True)
class RustBody:
    """A function with a body, and where it stands."""

    file: str
    modules: tuple[str, ...]
    """The modules inside the file that it stands in."""
    owner: str
    """The type of the `impl`, or the name of the trait; nothing for a free function."""
    header: str
    """The line that opens the `impl` or `trait`, without its brace; nothing for a free function."""
    trait: str
    """The trait that the `impl` is of, with its arguments, or nothing."""
    name: str
    signature: str
    """From visibility to just before the brace, as it is written."""
    documentation: str
    """The doc comments above, their marks left out."""
    start: int
    """Byte offset of the signature."""
    body: int
    """Byte offset of the opening brace."""
    end: int
    line: int
    """Of the signature, counted from 1."""
    is_open: bool
    """Nothing stands in the body but `unimplemented!` or `todo!`."""
    is_test: bool
    """It is a test, or stands in what is compiled for tests only."""

    @property
    def path(self) -> str:
        """How people name it: `Type::method`, `Trait for Type::method`, `function`."""
        trait = f"<{self.owner} as {self.trait}>" if self.trait else self.owner
        return "::".join((*self.modules, *([trait] if trait else []), self.name))


@dataclass(frozen=True, slots=True)
class _Place:
    modules: tuple[str, ...] = ()
    owner: str = ""
    header: str = ""
    trait: str = ""
    is_test: bool = False


def rust_bodies(file: str, text: bytes) -> tuple[RustBody, ...]:
    """List the functions with a body of one file, nested functions left out, in order."""
    return tuple(_bodies(file, text, parse_rust(text), _Place()))


def _bodies(file: str, text: bytes, parent: Node, place: _Place) -> Iterator[RustBody]:
    before: list[str] = []
    for each in parent.named_children:
        if each.type in _BEFORE:
            before.append(text_of(each))
            continue
        inner = _inner_place(each, place, before)
        body = child(each, "body")
        if each.type == "function_item" and body is not None:
            yield _body(file, text, each, body, inner, before)
        elif each.type in {"impl_item", "mod_item", "trait_item"} and body is not None:
            yield from _bodies(file, text, body, inner)
        before = []


def _inner_place(node: Node, place: _Place, before: list[str]) -> _Place:
    is_test = place.is_test or any(_is_for_tests(each) for each in before)
    place = replace(place, is_test=is_test)
    named = child(node, "name")
    if node.type == "mod_item" and named is not None:
        return replace(place, modules=(*place.modules, text_of(named)))
    header = " ".join(text_of(node).partition("{")[0].split())
    if node.type == "trait_item" and named is not None:
        return replace(place, owner=text_of(named), header=header)
    if node.type == "impl_item":
        trait, owner = child(node, "trait"), child(node, "type")
        named_trait = "" if trait is None else "".join(text_of(trait).split())
        return replace(place, owner=_plain(owner), header=header, trait=named_trait)
    return place


def _plain(node: Node | None) -> str:
    """Return a type's name without arguments."""
    if node is None:
        return ""
    named = child(node, "type") if node.type == "generic_type" else node
    return text_of(named or node).rpartition("::")[2]


def _is_for_tests(attribute: str) -> bool:
    compact = "".join(attribute.split())
    return compact.startswith(("#[test]", "#[cfg(test)", "#[cfg(all(test"))


def _body(file: str, text: bytes, node: Node, body: Node, place: _Place, before: list[str]) -> RustBody:
    named = child(node, "name")
    return RustBody(
        file=file,
        modules=place.modules,
        owner=place.owner,
        header=place.header,
        trait=place.trait,
        name=text_of(named) if named is not None else "_",
        signature=text[node.start_byte : body.start_byte].decode("utf-8", "replace").rstrip(),
        documentation="\n".join(each[3:].strip() for each in before if each.startswith("///")),
        start=node.start_byte,
        body=body.start_byte,
        end=node.end_byte,
        line=node.start_point.row + 1,
        is_open=_is_open(body, text),
        is_test=place.is_test,
    )


def _is_open(body: Node, text: bytes) -> bool:
    """Tell whether a body holds one macro that gives up, and besides it no more than `let _ = ...;`."""
    statements = [each for each in body.named_children if each.type not in _BEFORE]
    kept = [each for each in statements if not node_text(each, text).startswith("let _")]
    if len(kept) != 1:
        return False
    only = kept[0]
    macro = only.named_children[0] if only.type == "expression_statement" and only.named_children else only
    named = child(macro, "macro")
    return macro.type == "macro_invocation" and named is not None and text_of(named) in _OPEN


def without_bodies(text: bytes, kept: frozenset[str] = frozenset()) -> str:
    """Return a Rust file with `{ .. }` for every body, and without what is compiled for tests only.

    Bodies of the paths in `kept` stay.
    """
    pieces: list[bytes] = []
    position = 0
    for start, end, shown in _cuts(text, kept):
        pieces += [text[position:start], shown]
        position = end
    return b"".join((*pieces, text[position:])).decode("utf-8", "replace")


def _cuts(text: bytes, kept: frozenset[str]) -> list[tuple[int, int, bytes]]:
    tests = [(start, end, b"") for start, end in _test_items(parse_rust(text))]
    bodies = [
        (each.body, each.end, b"{ .. }")
        for each in rust_bodies("", text)
        if not each.is_test and each.path not in kept
    ]
    return sorted(tests + bodies)


def _test_items(root: Node) -> Iterator[tuple[int, int]]:
    start: int | None = None
    is_test = False
    for each in root.named_children:
        if each.type in _BEFORE:
            start = each.start_byte if start is None else start
            is_test |= _is_for_tests(text_of(each))
            continue
        if is_test:
            yield (each.start_byte if start is None else start), each.end_byte
        start, is_test = None, False
