"""Changed copies of accepted functions, all in one crate: which one runs is chosen at run time.

So one build serves all of them, and each runs with everything else as it was accepted. The way is that of
mutant schemata: Untch, Offutt and Harrold, "Mutation analysis using mutant schemata" (1993).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

from analysis.c_mutants import SELECTOR
from analysis.process import run
from benchmarks.evidence import Sample, progress
from repair.candidate import Candidate
from repair.cargo import CargoRun
from repair.diagnostics import Diagnostic
from repair.evidence.proof import Proof
from repair.evidence.replay import RUST_MILLISECONDS, first_killers
from repair.evidence.variants import PLAIN
from repair.gates import lint
from repair.plug import Lines, Plug, PlugKind
from repair.suggestions import ALLOWED

_SELECTED = """\
    unsafe extern "C" {{
        static {selector}: core::ffi::c_int;
    }}
    // SAFETY: the program that links this crate defines it.
    match unsafe {{ {selector} }} {{"""


@dataclass(frozen=True, slots=True)
class Variant:
    """An accepted function with a change."""

    number: int
    """From 1, unique in the module."""
    ident: str
    text: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """What the compiler says of variants."""

    compiling: tuple[Variant, ...]
    linted: frozenset[int]
    """Numbers of those that compile and that the lint gate rejects."""
    library: Path
    """The crate with all that compile; it lacks `llmigrate_mutant`, which chooses one."""


@dataclass(frozen=True)
class VariantCrate:
    """Variants of functions of one sample, side by side in its crate."""

    sample: Sample

    def sift(self, variants: Sequence[Variant]) -> Sifted:
        """Compile and lint them, leaving out round by round what does not compile; build what does.

        Raise SystemExit when the crate does not build without those that errors point at either.
        """
        workspace = self.sample.judge.workspace
        linting, alive, found = self._rounds(variants, workspace.clippy)
        # Some errors come only where clippy's own, which are none to rustc, do not end the compilation.
        building, alive, _ = self._rounds(alive, workspace.build)
        if not building.ok:
            raise SystemExit(
                f"{self.sample.path}: the crate does not build: {building.stderr.strip()[-500:]}"
            )
        linted = frozenset(_about(linting.diagnostics, found, stops=False))
        return Sifted(
            alive, linted & {each.number for each in alive}, workspace.library(self.sample.judge.crate)
        )

    def _rounds(
        self, variants: Sequence[Variant], compiled: Callable[[], CargoRun]
    ) -> tuple[CargoRun, tuple[Variant, ...], dict[tuple[str, int], int]]:
        """Compile until no error points at a variant; return the last run, what is left, and its lines."""
        alive = tuple(variants)
        while True:
            plugs, places = self._plugs(alive)
            rendered = self.sample.judge.assembler.render(plugs)
            self.sample.judge.workspace.write(rendered)
            ended = compiled()
            found = _by_line(places, rendered.lines)
            broken = set(_about(ended.diagnostics, found, stops=True))
            progress(f"    {self.sample.name}: {len(alive)} variants, {len(broken)} do not compile")
            if not broken:
                return ended, alive, found
            alive = tuple(each for each in alive if each.number not in broken)

    def _plugs(
        self, variants: Sequence[Variant]
    ) -> tuple[dict[str, Plug], Mapping[str, Mapping[int, range]]]:
        plugs = dict(self.sample.plugs)
        places: dict[str, Mapping[int, range]] = {}
        mine: dict[str, list[Variant]] = {}
        for each in variants:
            mine.setdefault(each.ident, []).append(each)
        for ident, some in mine.items():
            text, places[ident] = _side_by_side(
                self.sample.functions[ident].candidate, some, self._names(ident)
            )
            plugs[ident] = Plug(PlugKind.RUST, text)
        return plugs, places

    def _names(self, ident: str) -> tuple[str, ...]:
        return tuple(name for name, _ in self.sample.room.targets[ident].shape.parameters)

    def told_apart(self, variants: Sequence[Variant], library: Path) -> frozenset[int]:
        """Return the numbers of those whose function's harnesses tell them from what was accepted."""
        held = self.sample.behaviour.proofs
        mine: dict[str, list[int]] = {}
        for each in variants:
            mine.setdefault(each.ident, []).append(each.number)
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            found = pool.map(lambda ident: self._told_apart(held[ident], mine[ident], library), mine)
            return frozenset(number for numbers in found for number in numbers)

    def _told_apart(self, proof: Proof, numbers: Sequence[int], library: Path) -> frozenset[int]:
        lab, alive = self.sample.behaviour.lab, set(numbers)
        for harness in proof.harnesses:
            program = lab.link(harness.driver, PLAIN, (library,), "variants")
            killers = first_killers(lab, program, harness.corpus.inputs, sorted(alive), RUST_MILLISECONDS)
            if set(killers) != alive:
                raise SystemExit(f"the harness of {proof.ident} did not come to the end of the variants")
            alive -= {number for number, killer in killers.items() if killer is not None}
        progress(f"    {proof.ident}: {len(numbers) - len(alive)} of {len(numbers)} told apart")
        return frozenset(numbers) - alive

    def fail_tests(self, variants: Iterable[Variant], library: Path) -> frozenset[int]:
        """Return the numbers of those with which the module's own tests fail."""
        tests = self.sample.judge.tests
        return frozenset(
            each.number for each in variants if tests and tests.run((library, self._selecting(each.number)))
        )

    def _selecting(self, number: int) -> Path:
        """Compile what chooses one variant for a whole program."""
        compiled = self.sample.judge.workspace.programs / f"selector_{number}.o"
        text = f"int {SELECTOR} = {number};\n".encode()
        made = run(("gcc", "-x", "c", "-c", "-", "-o", compiled), stdin=text)
        if not made.ok:
            raise SystemExit(f"gcc does not compile the selector: {made.errors}")
        return compiled


def _side_by_side(
    whole: Candidate, variants: Sequence[Variant], names: Sequence[str]
) -> tuple[str, dict[int, range]]:
    """Write a function that chooses among copies; return where each copy stands in it.

    Lines count from 0. Calls of the function itself in a copy come to the chooser again.
    """
    original = f"whole_{whole.hole.name.removeprefix('r#')}"
    copies = {each.number: _Copy.of(whole, f"variant_{each.number}", each.text) for each in variants}
    passed = ", ".join(names)
    calls = [f"        {number} => unsafe {{ {each.path}({passed}) }}," for number, each in copies.items()]
    kept = _Copy.of(whole, original, whole.text)
    calls.append(f"        _ => unsafe {{ {kept.path}({passed}) }},")
    text = "\n".join((f"{whole.hole.signature} {{", _SELECTED.format(selector=SELECTOR), *calls, "    }\n}"))
    text += f"\n\n{kept.text}"
    places: dict[int, range] = {}
    for number, each in copies.items():
        first = text.count("\n") + 2
        text += f"\n\n{each.text}"
        places[number] = range(first + each.ahead, text.count("\n") + 1)
    return text, places


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy of a function under a name of its own."""

    path: str
    """What calls it."""
    text: str
    ahead: int
    """Lines of the text ahead of the copy."""

    @classmethod
    def of(cls, whole: Candidate, name: str, text: str) -> _Copy:
        """Make it; in a module of its own where it has helpers, whose names would clash.

        Not in all cases: what rustc has to say of unknown names takes minutes among hundreds of modules.
        """
        before, _, _ = whole.hole.signature.partition(f"fn {whole.hole.name}")
        head, private = f"{before}fn {whole.hole.name}", before.removeprefix("pub ")
        if not whole.helpers:
            return cls(name, text.replace(head, f"{private}fn {name}", 1), 0)
        inside = text.replace(head, f"pub(super) {private}fn chosen", 1)
        return cls(f"{name}::chosen", f"mod {name} {{\n    use super::*;\n\n{inside}\n}}", 3)


def _by_line(
    places: Mapping[str, Mapping[int, range]], lines: Mapping[str, Lines]
) -> dict[tuple[str, int], int]:
    return {
        (lines[ident].file, lines[ident].first + at): number
        for ident, ranges in places.items()
        for number, span in ranges.items()
        for at in span
    }


def _about(
    diagnostics: Iterable[Diagnostic], places: Mapping[tuple[str, int], int], *, stops: bool
) -> Iterator[int]:
    """Yield the variants that errors are about, or those that the lint gate would not let through."""
    for each in diagnostics:
        by_clippy = (each.code or "").startswith("clippy::")
        if stops != (each.is_error and not by_clippy) or not (stops or _rejects(each)):
            continue
        for place in each.places:
            if place.primary and (place.file, place.line) in places:
                yield places[place.file, place.line]


def _rejects(diagnostic: Diagnostic) -> bool:
    """Tell whether the gate rejects it; what it would mend by itself goes on to the next gate."""
    mended = diagnostic.code in ALLOWED and bool(diagnostic.suggestions)
    return not mended and (diagnostic.is_error or lint.rejects(diagnostic))
