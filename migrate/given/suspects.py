"""Which bodies a failing test may be the fault of, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.rust_bodies import RustBody, rust_bodies
from migrate.given.crate import GivenCrate
from migrate.given.holes import OpenBody
from repair.crate_tests import RustTest
from repair.plug import Lines

_CALLED = re.compile(r"\b([a-z_]\w*)\s*(?:::<[^>]*>)?\(|\.\s*([a-z_]\w*)|::([a-z_]\w*)")
_HIDDEN_CALLS = {
    "next": re.compile(r"\bfor\b|\.(?:collect|map|filter|iter|count|zip|rev|last|nth)\b"),
    "into_iter": re.compile(r"\bfor\b"),
    "from_iter": re.compile(r"\.collect\b"),
    "index": re.compile(r"\w\["),
    "index_mut": re.compile(r"\w\["),
    "fmt": re.compile(r"\bto_string\b|\b(?:format|assert_eq|assert_ne|write|println)!"),
    "eq": re.compile(r"==|\bassert_(?:eq|ne)!"),
    "from": re.compile(r"\binto\b|\?"),
    "default": re.compile(r"\bdefault\b"),
    "drop": re.compile(r"\bdrop\b|\}"),
}
"""How functions of traits are called without being named."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a test, and where it stands."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Suspects:
    """Finds who may be at fault, from what tests and bodies name."""

    crate: GivenCrate
    holes: Sequence[OpenBody]
    texts: Mapping[str, str]
    """The Rust that fills each hole now."""
    lines: Mapping[str, Lines]
    """Where it stands in the crate that was tested."""

    def of(self, test: RustTest) -> tuple[str, ...]:
        """Return the holes that a failing test leads to: who panicked, who is named, who these call."""
        found = dict.fromkeys(self._panicked(test))
        source = self.source_of(test)
        if source is not None:
            found |= dict.fromkeys(self._named_in(self._up_to_failure(source, test)))
            found |= dict.fromkeys(self._named_in(source.text))
        pending = list(found)
        while pending:
            called = self._named_in(self.texts.get(pending.pop(0), ""))
            pending += [each for each in called if each not in found]
            found |= dict.fromkeys(called)
        return tuple(found)

    def source_of(self, test: RustTest) -> Source | None:
        """Return the text of a test, or None where a macro made it."""
        for file, body in self._tests():
            if test.name.endswith("::".join((*body.modules, body.name))):
                text = self.crate.files[file][body.start : body.end].decode("utf-8", "replace")
                return Source(file, body.line, text)
        return None

    def _tests(self) -> Iterator[tuple[str, RustBody]]:
        for file in (*self.crate.tests, *self.crate.sources):
            for body in rust_bodies(file, self.crate.files[file]):
                if body.is_test or file in self.crate.tests:
                    yield file, body

    def _panicked(self, test: RustTest) -> Iterator[str]:
        for ident, lines in self.lines.items():
            if test.place is not None and test.place in lines:
                yield ident

    def _up_to_failure(self, source: Source, test: RustTest) -> str:
        """Return the statement that failed, which names what is likeliest at fault."""
        if test.place is None or test.place[0] != source.file:
            return ""
        lines = source.text.split("\n")[max(0, test.place[1] - source.line) :]
        kept: list[str] = []
        for line in lines:
            kept.append(line)
            if line.rstrip().endswith(";"):
                break
        return "\n".join(kept)

    def _named_in(self, text: str) -> list[str]:
        """Return the holes that a text calls, by name or by what the language calls for it."""
        named = {name for groups in _CALLED.findall(text) for name in groups if name}
        hidden = {name for name, pattern in _HIDDEN_CALLS.items() if pattern.search(text)}
        direct = [each.hole.ident for each in self.holes if each.body.name in named]
        implied = [
            each.hole.ident
            for each in self.holes
            if each.body.trait and each.body.name in hidden and each.body.name not in named
        ]
        return direct + implied


def accused(
    failed: Iterable[RustTest], suspects: Suspects, may_be_asked: Collection[str]
) -> dict[str, list[RustTest]]:
    """Choose the likeliest suspect of each failing test; return the tests by whom they accuse."""
    found: dict[str, list[RustTest]] = {}
    for test in failed:
        ident = next((each for each in suspects.of(test) if each in may_be_asked), None)
        if ident is not None:
            found.setdefault(ident, []).append(test)
    return found
