"""One C file as it stands on disk, and places in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of byte offsets in one file."""

    start: int
    end: int

    def __contains__(self, offset: int) -> bool:
        return self.start <= offset < self.end


@dataclass(frozen=True)
class SourceFile:
    """A C file: its path and its exact bytes."""

    path: Path
    text: bytes
    _line_starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lengths = (len(line) for line in self.text.split(b"\n"))
        starts = tuple(accumulate((length + 1 for length in lengths), initial=0))
        object.__setattr__(self, "_line_starts", starts)

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """Read a file from disk, whatever its encoding. Raise OSError when it cannot be read."""
        return cls(path, path.read_bytes())

    def line(self, offset: int) -> int:
        """Return the line, counted from 1, on which a byte offset stands."""
        return bisect_right(self._line_starts, offset)

    def line_span(self, line: int) -> Span:
        """Return the bytes of a line, counted from 1, without its newline."""
        return Span(self._line_starts[line - 1], self._line_starts[line] - 1)

    def slice(self, span: Span) -> str:
        """Return the text of a span; bytes that are not UTF-8 are replaced."""
        return self.text[span.start : span.end].decode("utf-8", errors="replace")
