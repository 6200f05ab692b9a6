"""What stands at file scope of one C file, as text by kind and name; fast, bodies are not parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.declarations import Prototype, Type, Variable
from analysis.index import Heads, index_heads
from analysis.source import SourceFile, Span

Key = tuple[str, str]
"""A kind of declaration and its name. The kinds: `function` and `global` for whole definitions, `signature`
and `variable` for what others need to know of them, `struct`, `union`, `enum`, `typedef`, `macro`."""


@dataclass(frozen=True)
class FileScope:
    """The declarations of one file in every branch of its `#if` groups."""

    source: SourceFile
    places: Mapping[Key, tuple[Span, ...]]

    @property
    def definitions(self) -> tuple[Key, ...]:
        """The functions and file-scope variables that the file defines, in its order."""
        return tuple(key for key in self.places if key[0] in {"function", "global"})

    def text(self, key: Key) -> bytes | None:
        """Return the exact text of a declaration, of all its variants one below the other; None without."""
        spans = self.places.get(key)
        if spans is None:
            return None
        return b"\n".join(self.source.text[span.start : span.end] for span in spans)

    def line(self, key: Key) -> int:
        """Return the line, counted from 1, on which a declaration that is there first begins."""
        return self.source.line(self.places[key][0].start)


def read_file_scope(source: SourceFile) -> FileScope:
    """List what a file declares, from its text alone."""
    found: dict[Key, list[Span]] = {}
    heads = index_heads(source)
    defined = _functions(heads, found)
    for each in heads.declared:
        if isinstance(each, Prototype):
            if each.name not in defined:
                found.setdefault(("signature", each.name), []).append(each.span)
        elif isinstance(each, Type):
            found.setdefault((each.kind, each.name), []).append(each.span)
        else:
            _variable(each, found)
    for macro in heads.macros:
        found.setdefault(("macro", macro.name), []).append(macro.span)
    return FileScope(source, {key: tuple(spans) for key, spans in found.items()})


def _functions(heads: Heads, found: dict[Key, list[Span]]) -> set[str]:
    for item in heads.functions:
        found.setdefault(("function", item.name), []).append(item.span)
        head = Span(item.span.start, item.body.start)
        found.setdefault(("signature", item.name), []).append(head)
    return {item.name for item in heads.functions}


def _variable(variable: Variable, found: dict[Key, list[Span]]) -> None:
    end = variable.span.end if variable.initialiser is None else variable.declarator.end
    found.setdefault(("variable", variable.name), []).append(Span(variable.span.start, end))
    if not variable.extern or variable.initialiser is not None:
        found.setdefault(("global", variable.name), []).append(variable.span)
