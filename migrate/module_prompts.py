"""Prompts that ask for all of a module at once: the baseline that function by function is compared with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.inventory import Kind
from analysis.rust_items import RustItem
from analysis.slices import Slice
from migrate.model.exchange import Message
from migrate.prompts import Prompter, outside_function, unit_file
from repair.hole import Hole
from repair.verdict import Finding, Gate
from repair.whole_answer import FILE_MARK

_ABOUT_LINES = frozenset({Gate.COMPILE, Gate.LINT})


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking for a hole: its last candidate, if there was one, and what was wrong with it."""

    hole: Hole
    text: str | None
    findings: tuple[Finding, ...]
    """None when it was not asked for yet."""

    @property
    def gate(self) -> Gate | None:
        """The gate that rejected it."""
        return self.findings[0].gate if self.findings else None


@dataclass(frozen=True, slots=True)
class _Part:
    """Rust that some C files of the module see alike; `files` names them where others see it differently."""

    text: str
    files: str


@dataclass(frozen=True)
class ModulePrompter:
    """Writes the prompts that hold a whole module."""

    prompter: Prompter

    @cached_property
    def first(self) -> tuple[Message, ...]:
        """The prompt that asks for every hole a model can fill."""
        render = self.prompter.templates.render
        return (
            Message("system", render("module_system.j2", {})),
            Message("user", render("module.j2", self._values())),
        )

    def repair(self, tried: Sequence[Tried], round: int) -> tuple[Message, ...]:
        """Return the prompt that asks again for these holes, and no others, as the answer of this number."""
        candidates = [each for each in tried if each.text is not None]
        again = self.prompter.templates.render("module_repair.j2", _again(tried, round))
        answered = (Message("assistant", _as_answer(candidates)),) if candidates else ()
        return (*self.first, *answered, Message("user", again))

    @cached_property
    def _wanted(self) -> tuple[Hole, ...]:
        return tuple(hole for hole in self.prompter.skeleton.holes if hole.stays is None)

    def _values(self) -> dict[str, object]:
        rust = list(self._rust())
        return {
            "rust": rust,
            "bit_fields": any("__BindgenBitfieldUnit" in part.text for part in rust),
            "functions": "\n".join(dict.fromkeys(self._functions())),
            "macros": "\n".join(self._macros()),
            "sources": [self._source(file) for file in self.prompter.inventory.files],
            "wanted": _by_file(self._wanted),
            "globals": any(hole.kind is Kind.GLOBAL for hole in self._wanted),
            "count": len(self._wanted),
        }

    @cached_property
    def _needed(self) -> Mapping[Path, Slice]:
        """What all definitions that are compiled with one C file need together."""
        needed: dict[Path, list[Slice]] = defaultdict(list)
        for definition in self.prompter.inventory.definitions:
            file = unit_file(self.prompter.inventory, definition)
            needed[file].append(self.prompter.slices[definition.ident])
        return {file: _union(slices) for file, slices in needed.items()}

    def _items(self, file: Path) -> Mapping[str, RustItem]:
        return self.prompter.skeleton.items[file]

    def _rust(self) -> Iterator[_Part]:
        parts = (
            *self._parts(self.prompter.types, "\n\n"),
            *self._parts(self.prompter.constants, "\n"),
            *self._variables(),
        )
        shared = [part.text for part in parts if not part.files]
        if shared:
            yield _Part("\n\n".join(shared), "")
        yield from (part for part in parts if part.files)

    def _variables(self) -> Iterator[_Part]:
        """Declare the variables that no model writes; those of one name say which file they are of."""
        slots = self.prompter.skeleton.slots
        existing = [each for each in slots if each.kind is Kind.GLOBAL and each not in self._wanted]
        times = Counter(each.name for each in slots)
        alone = [self.prompter.variable(each.ident) for each in existing if times[each.name] == 1]
        if alone:
            yield _Part("\n".join(alone), "")
        for each in existing:
            if times[each.name] > 1:
                yield _Part(self.prompter.variable(each.ident), _listed([each.file]))

    def _parts(
        self, texts_of: Callable[[Slice, Mapping[str, RustItem]], Mapping[str, str]], between: str
    ) -> Iterator[_Part]:
        """Put together what the C files see of one kind: first what they agree on."""
        seen: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
        for file, needed in self._needed.items():
            for name, text in texts_of(needed, self._items(file)).items():
                seen[name][text].append(file)
        agreed = [next(iter(texts)) for texts in seen.values() if len(texts) == 1]
        if agreed:
            yield _Part(between.join(agreed), "")
        for texts in seen.values():
            if len(texts) > 1:
                yield from (_Part(text, _listed(files)) for text, files in texts.items())

    def _functions(self) -> Iterator[str]:
        """List what the module calls and a model does not write: C of others, and its own that stays."""
        by_ident = self.prompter.skeleton.by_ident
        for file, needed in self._needed.items():
            for name in needed.functions:
                outside = self._items(file).get(f"extern {name}")
                if name in by_ident:
                    stays = by_ident[name].stays is not None
                    yield from (f"{by_ident[name].signature};".removeprefix("pub "),) if stays else ()
                elif outside is not None:
                    yield outside_function(outside)

    def _macros(self) -> Iterable[str]:
        """Show macros of headers that are not the module's: its own stand in its text."""
        shown: dict[str, str] = {}
        for definition in self.prompter.inventory.definitions:
            items = self._items(unit_file(self.prompter.inventory, definition))
            shown |= self.prompter.macros(definition, self.prompter.slices[definition.ident], items)
        return (shown[name] for name in sorted(shown) if name not in self.prompter.original_macros)

    def _source(self, file: Path) -> dict[str, str]:
        text = self.prompter.inventory.originals[file].source.text
        return {"path": file.as_posix(), "text": text.decode("utf-8", "backslashreplace").strip("\n")}


def _union(slices: Sequence[Slice]) -> Slice:
    def together(names_of: Callable[[Slice], tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(sorted({name for each in slices for name in names_of(each)}))

    return Slice(
        functions=together(lambda each: each.functions),
        variables=together(lambda each: each.variables),
        types=together(lambda each: each.types),
        enumerators=together(lambda each: each.enumerators),
        macros=together(lambda each: each.macros),
    )


def _by_file(holes: Iterable[Hole]) -> list[dict[str, str]]:
    signatures: dict[Path, list[str]] = defaultdict(list)
    for hole in holes:
        end = ";" if hole.kind is Kind.FUNCTION else " = ...;"
        signatures[hole.file].append(f"{hole.signature}{end}")
    return [{"path": file.as_posix(), "signatures": "\n".join(each)} for file, each in signatures.items()]


def _as_answer(candidates: Iterable[Tried]) -> str:
    """Write candidates as an answer holds them."""
    texts: dict[Path, list[str]] = defaultdict(list)
    for each in candidates:
        texts[each.hole.file].append(each.text or "")
    return "\n\n".join(
        "\n".join(("```rust", f"{FILE_MARK} {file.as_posix()}", "", "\n\n".join(found), "```"))
        for file, found in texts.items()
    )


def _again(tried: Sequence[Tried], round: int) -> dict[str, object]:
    unanswered = [each for each in tried if each.gate is Gate.ANSWER]
    omitted = [each for each in tried if each.gate is None or (each.gate is Gate.OMISSION and not each.text)]
    apart = {each.hole.ident for each in (*unanswered, *omitted)}
    rejected = [each for each in tried if each.hole.ident not in apart]
    return {
        "failure": unanswered[0].findings[0].message if unanswered else "",
        "rejected": [{**_named(each), "findings": each.findings} for each in rejected],
        "omitted": [_named(each) for each in omitted],
        "lines": any(each.text is not None and each.gate in _ABOUT_LINES for each in rejected),
        "wanted": _by_file(each.hole for each in tried),
        "round": round,
    }


def _named(tried: Tried) -> dict[str, str]:
    reason = tried.findings[0].message if tried.findings else ""
    return {"name": tried.hole.name, "file": tried.hole.file.as_posix(), "reason": reason}


def _listed(files: Iterable[Path]) -> str:
    return " and ".join(f"`{file.as_posix()}`" for file in files)
