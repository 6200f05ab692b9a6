"""Puts a given crate together: its own text, with plugs in the place of open bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.rust_text import indented
from migrate.given.crate import GivenCrate
from migrate.given.holes import OpenBody
from repair.plug import Lines, Plug, PlugKind, RenderedCrate


@dataclass(frozen=True, slots=True)
class GivenAssembly:
    """Renders a given crate with any set of plugs; what has none stays open."""

    crate: GivenCrate
    holes: tuple[OpenBody, ...]
    handed_over: bool = False
    """Whether plugs are indented as what stands around them; while it is worked on they are not."""

    def render(self, plugs: Mapping[str, Plug]) -> RenderedCrate:
        """Return the whole crate with these plugs."""
        files = dict(self.crate.files)
        lines: dict[str, Lines] = {}
        for file in {each.body.file for each in self.holes}:
            filled = [each for each in self.holes if each.body.file == file and _is_rust(plugs, each)]
            files[file], where = self._file(file, filled, plugs)
            lines |= where
        return RenderedCrate(files, lines)

    def _file(
        self, file: str, filled: Sequence[OpenBody], plugs: Mapping[str, Plug]
    ) -> tuple[bytes, dict[str, Lines]]:
        pieces: list[bytes] = []
        where: dict[str, Lines] = {}
        for piece, ident in self._pieces(self.crate.files[file], filled, plugs):
            if ident is not None:
                first = sum(each.count(b"\n") for each in pieces) + 1
                where[ident] = Lines(file, first, first + piece.count(b"\n"))
            pieces.append(piece)
        return b"".join(pieces), where

    def _pieces(
        self, text: bytes, filled: Iterable[OpenBody], plugs: Mapping[str, Plug]
    ) -> Iterator[tuple[bytes, str | None]]:
        """Yield the text of a file in pieces, plugs with the hole that they fill."""
        position = 0
        for each in sorted(filled, key=lambda each: each.body.start):
            start = text.rfind(b"\n", 0, each.body.start) + 1
            margin = text[start : each.body.start]
            plug = plugs[each.hole.ident].text
            if margin.strip():
                # Something stands ahead on the line; a plug has lines of its own.
                yield text[position : each.body.start] + b"\n", None
            else:
                yield text[position:start], None
            if self.handed_over and not margin.strip():
                plug = indented(plug, margin.decode())
            yield plug.encode(), each.hole.ident
            position = each.body.end
        yield text[position:], None


def _is_rust(plugs: Mapping[str, Plug], each: OpenBody) -> bool:
    plug = plugs.get(each.hole.ident)
    return plug is not None and plug.kind is PlugKind.RUST
