"""What one C file declares at file scope: values only, each with its exact place in the original text."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.source import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is spelled in a function's own text: `name(...)`, not through a pointer."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition."""

    name: str
    span: Span
    """From the first specifier to the closing brace, leading comments not included."""
    head: Span
    """From the first specifier to just before the opening brace (K&R declarations included)."""
    body: Span
    """The braces and what they hold."""
    comment: Span | None
    """The comments that stand directly before the definition, with no blank line in between."""
    static: bool
    """`static` is written, or a macro that the file itself defines as `static` (`#define local static`)."""
    inline: bool
    old_style: bool
    """K&R parameters: their declarations stand between `)` and `{`."""
    calls: tuple[Call, ...]
    locals: frozenset[str]
    """Parameters and local variables."""
    references: frozenset[str]
    """Every identifier in the span of the original text, comments and strings left out."""
    fields: frozenset[str]
    """Names after `.` or `->`, designators included."""


@dataclass(frozen=True, slots=True)
class Prototype:
    """A function declaration without a body."""

    name: str
    span: Span
    """The whole declaration with its `;`."""
    static: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """One declarator of a file-scope variable."""

    name: str
    span: Span
    """The whole declaration with its `;`, shared by all declarators in it."""
    declarator: Span
    """This declarator alone, without its initialiser."""
    initialiser: Span | None
    """What stands after `=`."""
    comment: Span | None
    static: bool
    extern: bool
    const: bool
    """The object itself is const: `const int x`, `int *const p`, not `const char *p`."""
    references: frozenset[str]


@dataclass(frozen=True, slots=True)
class Type:
    """A record, enum or typedef at file scope, with the whole declaration that holds it."""

    name: str
    """The tag or typedef name; for an anonymous enum, its first enumerator."""
    kind: str
    """`struct`, `union`, `enum` or `typedef`."""
    span: Span
    comment: Span | None
    members: tuple[str, ...]
    """Field names (nested anonymous records included) or enumerators."""
    references: frozenset[str]


@dataclass(frozen=True, slots=True)
class Macro:
    """A `#define` in the file."""

    name: str
    span: Span
    """From `#` to the end of the last continued line, without the newline."""
    parameters: tuple[str, ...] | None
    """None for an object-like macro."""
    body: str
    """Joined over continuations, comments left out, ends stripped."""
    references: frozenset[str]
    """Identifiers in the body, parameters left out."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that one C file declares, in the order of the file."""

    source: SourceFile
    functions: tuple[Function, ...]
    prototypes: tuple[Prototype, ...]
    variables: tuple[Variable, ...]
    types: tuple[Type, ...]
    macros: tuple[Macro, ...]
    includes: tuple[str, ...]
    """The operand of each `#include` as written, quotes or angle brackets included."""
    comments: tuple[Span, ...]
    """Comments at file scope that no declaration claims as its own."""
