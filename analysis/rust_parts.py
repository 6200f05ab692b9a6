"""The parts of a Rust file that people change and move: functions, variables and types, down to methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.rust_layout import COMMENTS, laid_out
from analysis.syntax import Node, child, descendants, parse_rust, text_of

_KINDS = {
    "function_item": "fn",
    "static_item": "static",
    "const_item": "const",
    "struct_item": "struct",
    "enum_item": "enum",
    "union_item": "union",
    "type_item": "type",
    "macro_definition": "macro",
}
_AROUND = frozenset({"impl_item", "trait_item", "mod_item"})
_AHEAD = COMMENTS | {"attribute_item"}


@dataclass(frozen=True, slots=True)
class RustPart:
    """One function, variable, constant, type or macro, with the attributes and comments right above it."""

    kind: str
    """`fn`, `static`, `const`, `struct`, `enum`, `union`, `type` or `macro`."""
    name: str
    owner: str
    """The modules inside the file, the `impl` and the trait that it stands in; nothing at file scope."""
    line: int
    """Of the first attribute or comment, counted from 1."""
    text: tuple[str, ...]
    """Its lines as they are written, without blank ones and whatever ended them."""
    code: tuple[str, ...]
    """Its code as laid-out lines, attributes included."""
    core: tuple[str, ...]
    """The same without attributes."""

    @property
    def path(self) -> str:
        """How people name it."""
        return f"{self.owner}::{self.name}" if self.owner else self.name


@dataclass(frozen=True, slots=True)
class RustFileParts:
    """A Rust file taken apart; one that cannot be parsed has no parts, and lines of text only."""

    parts: tuple[RustPart, ...]
    text: tuple[str, ...]
    """The lines that belong to no part, without blank ones."""
    code: tuple[str, ...]
    """What belongs to no part, as laid-out lines."""
    broken: int | None = None
    """The first line that cannot be parsed, counted from 1."""


def take_apart(source: bytes) -> RustFileParts:
    """Take a Rust file apart."""
    root = parse_rust(source)
    if root.has_error:
        return as_text(source)
    lines = _lines(source)
    parts, claimed = _with_lines(list(_found(root, "")), lines)
    rest = (line for row, line in enumerate(lines) if row not in claimed)
    return RustFileParts(parts, _filled(rest), tuple(_outside(root)))


def as_text(source: bytes) -> RustFileParts:
    """Return a Rust file as lines of text, with the first one that cannot be parsed."""
    return RustFileParts((), _filled(_lines(source)), (), _first_error(parse_rust(source)))


def _first_error(root: Node) -> int | None:
    wrong = (each for each in descendants(root) if each.is_error or each.is_missing)
    return next((each.start_point.row + 1 for each in wrong), None)


def _lines(source: bytes) -> list[str]:
    # `splitlines` would end lines where neither a parser nor an editor does.
    return source.decode("utf-8", "replace").split("\n")


def _filled(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class _Found:
    node: Node
    owner: str
    ahead: tuple[Node, ...]
    """The attributes and comments right above."""

    @property
    def rows(self) -> range:
        first = self.ahead[0] if self.ahead else self.node
        return range(first.start_point.row, self.node.end_point.row + 1)


def _found(parent: Node, owner: str) -> Iterator[_Found]:
    ahead: list[Node] = []
    for each in parent.named_children:
        if ahead and each.start_point.row > _last_row(ahead[-1]) + 1:
            ahead = [before for before in ahead if _belongs_to_what_follows(before)]
        if each.type in _AHEAD:
            ahead.append(each)
            continue
        body = child(each, "body")
        if each.type in _KINDS:
            yield _Found(each, owner, tuple(ahead))
        elif each.type in _AROUND and body is not None:
            yield from _found(body, _owned(owner, each))
        ahead = []


def _belongs_to_what_follows(node: Node) -> bool:
    """Tell whether attributes or comments are of the item below whatever stands between."""
    return node.type == "attribute_item" or text_of(node).startswith(("///", "/**"))


def _last_row(node: Node) -> int:
    """Return the row of a node's last character; a doc comment ends with its line."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def _owned(owner: str, node: Node) -> str:
    named = child(node, "name") or child(node, "type")
    trait = child(node, "trait")
    name = "".join(text_of(named).split()) if named is not None else "_"
    name = f"<{name} as {''.join(text_of(trait).split())}>" if trait is not None else name
    return f"{owner}::{name}" if owner else name


def _outside(parent: Node) -> Iterator[str]:
    """Yield the code that belongs to no part, as laid-out lines."""
    attributes: list[Node] = []
    for each in parent.named_children:
        if each.type == "attribute_item":
            attributes.append(each)
        elif each.type not in COMMENTS:
            if each.type not in _KINDS:
                yield from laid_out(attributes)
                yield from _around(each)
            attributes = []


def _around(node: Node) -> Iterator[str]:
    body = child(node, "body")
    if node.type not in _AROUND or body is None:
        yield from laid_out([node])
        return
    yield " ".join((*laid_out(each for each in node.children if each.id != body.id), "{"))
    yield from _outside(body)
    yield "}"


def _with_lines(found: Sequence[_Found], lines: Sequence[str]) -> tuple[tuple[RustPart, ...], frozenset[int]]:
    """Give each part its lines; one that two parts share belongs to the first."""
    claimed: set[int] = set()
    parts: list[RustPart] = []
    for each in found:
        rows = [row for row in each.rows if row not in claimed and row < len(lines)]
        claimed.update(rows)
        parts.append(_part(each, _filled([lines[row] for row in rows])))
    return tuple(parts), frozenset(claimed)


def _part(found: _Found, text: tuple[str, ...]) -> RustPart:
    attributes = [each for each in found.ahead if each.type not in COMMENTS]
    core = laid_out([found.node])
    return RustPart(
        kind=_KINDS[found.node.type],
        name=_name(found.node),
        owner=found.owner,
        line=found.rows.start + 1,
        text=text,
        code=laid_out(attributes) + core,
        core=core,
    )


def _name(node: Node) -> str:
    named = child(node, "name")
    return text_of(named) if named is not None else "_"
