"""Everything that can be deleted from a Rust function in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.syntax import Node, child, descendants, parse_rust
from repair.candidate import Candidate

_PASSED_OVER = frozenset({"line_comment", "block_comment", "label", "empty_statement"})
_LOOPS = frozenset({"loop_expression", "while_expression", "for_expression"})


@dataclass(frozen=True, slots=True)
class Deletion:
    """A candidate with something taken out."""

    whole: Candidate
    text: str
    """Without it."""
    deleted: str
    line: int
    """Of the whole candidate's text, from 1."""

    @property
    def candidate(self) -> Candidate:
        """What is left, as an answer."""
        return Candidate(self.whole.hole, self.text)


def deletions(whole: Candidate) -> Iterator[Deletion]:
    """Yield each text that is left after one deletion, once: statements, arms, branches, bodies, thirds."""
    source = whole.text.encode()
    seen = {b"".join(source.split())}
    for start, end, instead in _pieces(parse_rust(source)):
        left = source[:start] + instead + source[end:]
        key = b"".join(left.split())
        if key not in seen:
            seen.add(key)
            line = source.count(b"\n", 0, start) + 1
            yield Deletion(whole, left.decode(), source[start:end].decode(), line)


def _pieces(root: Node) -> Iterator[tuple[int, int, bytes]]:
    for block in descendants(root, {"block"}):
        statements = [each for each in block.named_children if each.type not in _PASSED_OVER]
        for each in statements:
            yield each.start_byte, each.end_byte, b""
        third = len(statements) // 3
        if third:
            yield statements[0].start_byte, statements[third - 1].end_byte, b""
            yield statements[-third].start_byte, statements[-1].end_byte, b""
    for arm in descendants(root, {"match_arm"}):
        yield arm.start_byte, arm.end_byte, b""
    for arm in descendants(root, {"match_arm"}):
        body = child(arm, "value")
        if body is not None and body.type == "block":
            yield body.start_byte, body.end_byte, b"{}"
    for choice in descendants(root, {"if_expression"}):
        then, otherwise = child(choice, "consequence"), child(choice, "alternative")
        if otherwise is not None:
            yield otherwise.start_byte, otherwise.end_byte, b""
        if then is not None:
            yield then.start_byte, then.end_byte, b"{}"
    for loop in descendants(root, _LOOPS):
        body = child(loop, "body")
        if body is not None:
            yield body.start_byte, body.end_byte, b"{}"
