"""The text that the parser sees: as long as the file, line ends in place, no preprocessor in it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.attributes import erase_attributes, erase_unknown_attributes, unwrap_parameters
from analysis.conditionals import resolve
from analysis.edits import erase
from analysis.learned import Learned
from analysis.lexer import Lexed, words
from analysis.outline import DeclarationItem, FunctionItem, Stray, outline
from analysis.rewrites import (
    erase_initialisers,
    rewrite_bodies,
    rewrite_head,
    rewrite_loops,
    rewrite_offsets,
    rewrite_types,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Code that a parser of unexpanded C can read, and the items that stand in it at file scope."""

    code: bytes
    items: tuple[FunctionItem | DeclarationItem, ...]


def prepare(lexed: Lexed, learned: Learned) -> Prepared:
    """Rewrite a file's code so that it parses without a preprocessor; offsets stay those of the file."""
    code = resolve(lexed)
    written = bytes(code)
    present = words(written)
    erase_attributes(code, learned, present)
    rewrite_loops(code, learned, present)
    rewrite_offsets(code, present)
    items: list[FunctionItem | DeclarationItem] = []
    for item in outline(bytes(code), written, learned):
        if isinstance(item, Stray):
            erase(code, item.span)
            continue
        if isinstance(item, FunctionItem):
            rewrite_head(code, item)
        else:
            erase_initialisers(code, item.initialisers)
            unwrap_parameters(code, item.span)
            erase_unknown_attributes(code, item.span)
        items.append(item)
    rewrite_bodies(code, (item.body for item in items if isinstance(item, FunctionItem)))
    rewrite_types(code)
    return Prepared(bytes(code), tuple(items))
