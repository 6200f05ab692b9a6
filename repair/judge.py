"""Judge candidates together: one compiler run for all that wait, the module's tests for what is clean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from analysis.inventory import Kind
from repair.candidate import Candidate
from repair.cargo import CargoRun, Workspace
from repair.diagnostics import Diagnostic, finding
from repair.evidence.behaviour import Behaviour
from repair.evidence.comparison import Difference
from repair.excuse import Excuse, read_excuses
from repair.gates import behaviour, compile, interface, lint, omission, policy, tests
from repair.gates.parse import parse
from repair.hole import Hole
from repair.module_tests import ModuleTests, TestFailure
from repair.plug import Assembler, Plug, PlugKind, RenderedCrate
from repair.rustfmt import format_rust
from repair.suggestions import applicable, apply_suggestions
from repair.verdict import ACCEPTED, Finding, Gate, Verdict

_MECHANICAL_ROUNDS = 3
_SHOWN_DIAGNOSTICS = 8
_SHOWN_STDERR = 2000
FindingsOf = Callable[[Mapping[str, Candidate]], tuple[Finding, ...]]


class GroundLostError(Exception):
    """Say that the crate fails without any candidate too, so that no candidate can be to blame."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its verdict, after mechanical fixes if there were any."""

    candidate: Candidate
    verdict: Verdict
    fixes: tuple[str, ...] = ()
    """Codes of the lints whose suggestions were applied."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An answer that no compiler was needed to reject."""

    verdict: Verdict
    text: str | None
    """The candidate in it, if there was one."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of candidates that were judged together."""

    judged: tuple[Judged, ...]
    runs: tuple[CargoRun, ...]


def read_answer(hole: Hole, answer: str) -> Candidate | Rejected:
    """Put an answer through the gates that need no compiler."""
    candidate = parse(hole, answer)
    if isinstance(candidate, Verdict):
        return Rejected(candidate, None)
    excuses = read_excuses(answer)
    findings = textual_findings(candidate, excuses)
    if findings:
        return Rejected(Verdict(findings), candidate.text)
    return replace(candidate, excused=omission.excused_lines(candidate, excuses)) if excuses else candidate


def textual_findings(candidate: Candidate, excuses: Sequence[Excuse]) -> tuple[Finding, ...]:
    """Return what the first gate that needs no compiler and rejects a candidate finds."""
    found = interface.check(candidate) or omission.check(candidate, excuses)
    return found or policy.check(candidate) or lint.check(candidate)


def _rejects(diagnostic: Diagnostic) -> bool:
    return compile.rejects(diagnostic) or lint.rejects(diagnostic)


def _errors(run: CargoRun) -> str:
    errors = "\n".join(each.message for each in run.diagnostics if each.is_error)
    return errors or run.stderr[-_SHOWN_STDERR:]


def _unbuilt(run: CargoRun) -> tuple[Finding, ...]:
    return (Finding(Gate.COMPILE, "The crate does not build with it.", _errors(run)),)


@dataclass
class Judge:
    """Judges batches in one scratch crate; not for use by two threads at once."""

    assembler: Assembler
    workspace: Workspace
    crate: str
    tests: ModuleTests | None
    behaviour: Behaviour | None = None
    """What candidates are replayed against; its assembler then has to keep every link symbol."""

    def judge(self, accepted: Mapping[str, Plug], waiting: Sequence[Candidate]) -> Batch:
        """Decide about candidates on top of what is accepted already."""
        trial = _Trial(self, dict(accepted), {each.hole.ident: each for each in waiting})
        trial.compile()
        trial.compare()
        trial.test()
        return trial.result()

    def build_and_test(self, plugs: Mapping[str, Plug]) -> tuple[CargoRun, TestFailure | None]:
        """Build the crate with these plugs and run the module's tests against it."""
        self.workspace.write(self.assembler.render(plugs))
        built = self.workspace.build()
        if not built.ok or self.tests is None:
            return built, None
        return built, self.tests.run((self.workspace.library(self.crate),))


@dataclass
class _Trial:
    """One batch on its way through compiler and tests."""

    judge: Judge
    accepted: dict[str, Plug]
    alive: dict[str, Candidate]
    rejected: dict[str, tuple[Candidate, Verdict]] = field(default_factory=dict)
    fixes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    runs: list[CargoRun] = field(default_factory=list)

    def compile(self) -> None:
        """Compile until what is left alive is clean."""
        rounds = 0
        while self.alive:
            rendered = self.judge.assembler.render(self._plugs(self.alive))
            self.judge.workspace.write(rendered)
            run = self.judge.workspace.clippy()
            self.runs.append(run)
            found = self._sorted(run, rendered)
            fixed = self._fix(found, rendered) if rounds < _MECHANICAL_ROUNDS else frozenset()
            rejected = self._reject_all(found, rendered, spared=fixed)
            if not fixed and not rejected:
                if not run.ok:
                    self._bisect_compile()
                return
            rounds += 1

    def _plugs(self, candidates: Mapping[str, Candidate]) -> dict[str, Plug]:
        tried = {ident: Plug(PlugKind.RUST, each.text) for ident, each in candidates.items()}
        return {**self.accepted, **tried}

    def _sorted(self, run: CargoRun, rendered: RenderedCrate) -> dict[str, list[Diagnostic]]:
        mine = {ident: rendered.lines[ident] for ident in self.alive}
        found: dict[str, list[Diagnostic]] = {ident: [] for ident in self.alive}
        for diagnostic in run.diagnostics:
            ident = diagnostic.about(mine)
            if ident is not None:
                found[ident].append(diagnostic)
        return found

    def _fix(self, found: Mapping[str, list[Diagnostic]], rendered: RenderedCrate) -> frozenset[str]:
        """Apply the compiler's own suggestions; return which candidates changed."""
        changed = {
            ident: fixed
            for ident, diagnostics in found.items()
            if diagnostics and (fixed := self._fixed(ident, diagnostics, rendered)) is not None
        }
        self.alive |= changed
        return frozenset(changed)

    def _reject_all(
        self, found: Mapping[str, list[Diagnostic]], rendered: RenderedCrate, spared: Collection[str]
    ) -> bool:
        guilty = {
            ident: rejecting
            for ident, diagnostics in found.items()
            if ident not in spared and (rejecting := [each for each in diagnostics if _rejects(each)])
        }
        for ident, diagnostics in guilty.items():
            self._reject(ident, self._findings(ident, diagnostics, rendered))
        return bool(guilty)

    def _fixed(
        self, ident: str, diagnostics: Sequence[Diagnostic], rendered: RenderedCrate
    ) -> Candidate | None:
        candidate, lines = self.alive[ident], rendered.lines[ident]
        before = rendered.files[lines.file].split(b"\n")[: lines.first - 1]
        start = sum(len(line) + 1 for line in before)
        text = apply_suggestions(candidate.text, start, lines, diagnostics)
        formatted = format_rust(text) if text != candidate.text else None
        if formatted is None:
            return None
        codes = {each.code for each in applicable(diagnostics, lines) if each.code}
        self.fixes[ident] = (*self.fixes.get(ident, ()), *sorted(codes))
        return replace(candidate, text=formatted.strip("\n"))

    def _findings(
        self, ident: str, diagnostics: Sequence[Diagnostic], rendered: RenderedCrate
    ) -> tuple[Finding, ...]:
        errors = [each for each in diagnostics if each.is_error] or list(diagnostics)
        chosen = (errors + [each for each in diagnostics if each not in errors])[:_SHOWN_DIAGNOSTICS]
        lines, text = rendered.lines[ident], self.alive[ident].text
        return tuple(finding(each, lines, text) for each in chosen)

    def _reject(self, ident: str, findings: tuple[Finding, ...]) -> None:
        self.rejected[ident] = (self.alive.pop(ident), Verdict(findings))

    def _bisect_compile(self) -> None:
        """Find who breaks the crate where no diagnostic points at anybody."""

        def broken(candidates: Mapping[str, Candidate]) -> tuple[Finding, ...]:
            self.judge.workspace.write(self.judge.assembler.render(self._plugs(candidates)))
            checked = self.judge.workspace.clippy()
            self.runs.append(checked)
            if checked.ok:
                return ()
            return (Finding(Gate.COMPILE, "The crate does not compile with it.", _errors(checked)),)

        self._keep_those_that_pass(broken)

    def compare(self) -> None:
        """Replay what is alive against the C, until nothing that is left differs."""
        held = self.judge.behaviour
        pending = self._to_replay(held) if held else frozenset()
        while held and pending:
            rendered = self._built(self.alive)
            if rendered is None:
                # What clippy does not see is seen here; it says nothing about the others' behaviour.
                self._keep_those_that_pass(self._build_findings, _unbuilt(self.runs[-1]))
                pending -= self.rejected.keys()
                continue
            found = held.differences(sorted(pending), self.judge.workspace.library(self.judge.crate))
            faults = self._faults(held, found, rendered) if found else {}
            for ident, findings in faults.items():
                self._reject(ident, findings)
            # Where nobody here is at fault, it was so before.
            pending = frozenset(found) | held.readers(faults) if faults else frozenset()
            pending -= self.rejected.keys()
        self._reject_unproven_excuses()

    @property
    def _variables(self) -> frozenset[str]:
        return frozenset(ident for ident, each in self.alive.items() if each.hole.kind is Kind.GLOBAL)

    def _to_replay(self, held: Behaviour) -> frozenset[str]:
        """Return the functions that are tried, and all that read a variable that is, even in C."""
        return frozenset(self.alive.keys() & held.proofs.keys()) | held.readers(self._variables)

    def _faults(
        self, held: Behaviour, found: Mapping[str, Difference], rendered: RenderedCrate
    ) -> dict[str, tuple[Finding, ...]]:
        """Say who is to blame for differences: variables before functions, as functions read them."""
        without = partial(self._differing_without, held, found)
        variables = held.variables_to_blame(found, self._variables, without)
        if variables:
            return {
                each: behaviour.check_variable(found[reader], reader) for each, reader in variables.items()
            }
        mine = frozenset(found.keys() & self.alive.keys())
        guilty = held.to_blame(mine, partial(self._differs_alone, held, mine)) if mine else frozenset()
        return {each: behaviour.check(found[each], rendered.lines[each]) for each in guilty}

    def _build_findings(self, candidates: Mapping[str, Candidate]) -> tuple[Finding, ...]:
        return () if self._built(candidates) is not None else _unbuilt(self.runs[-1])

    def _reject_unproven_excuses(self) -> None:
        """Reject what leaves something of the C out where no input shows that it makes no difference."""
        held = self.judge.behaviour
        for ident, candidate in [*self.alive.items()]:
            proof = held.proofs.get(ident) if held else None
            if candidate.excused and (proof is None or not proof.coverage.reaches(candidate.excused)):
                self._reject(ident, omission.check(candidate))

    def _built(self, candidates: Mapping[str, Candidate]) -> RenderedCrate | None:
        rendered = self.judge.assembler.render(self._plugs(candidates))
        self.judge.workspace.write(rendered)
        built = self.judge.workspace.build()
        self.runs.append(built)
        return rendered if built.ok else None

    def _differing_without(
        self, held: Behaviour, idents: Iterable[str], in_c: Collection[str]
    ) -> Collection[str] | None:
        """Return which functions still differ with some candidates left in C; None if that does not build."""
        others = {each: candidate for each, candidate in self.alive.items() if each not in in_c}
        if self._built(others) is None:
            return None
        return held.differences(sorted(idents), self.judge.workspace.library(self.judge.crate)).keys()

    def _differs_alone(self, held: Behaviour, differing: frozenset[str], ident: str) -> bool:
        """Tell whether a candidate differs with the others that do left in C."""
        return bool(self._differing_without(held, [ident], differing - {ident}))

    def test(self) -> None:
        """Run the module's tests; a failure is traced to the candidate that causes it."""
        if self.alive:
            findings = self._test_findings(self.alive)
            if findings:
                self._keep_those_that_pass(self._test_findings, findings)

    def _test_findings(self, candidates: Mapping[str, Candidate]) -> tuple[Finding, ...]:
        built, failure = self.judge.build_and_test(self._plugs(candidates))
        self.runs.append(built)
        if not built.ok:
            return _unbuilt(built)
        return tests.check(failure)

    def _keep_those_that_pass(
        self, findings_of: FindingsOf, known: tuple[Finding, ...] | None = None
    ) -> None:
        """Bisect: keep every candidate that passes on top of the ones before it, reject the others.

        A candidate that fails cannot be saved by a later one.
        """
        candidates, self.alive = self.alive, {}
        pending = [(list(candidates), known)]
        while pending:
            idents, findings = pending.pop()
            if findings is None:
                findings = findings_of({**self.alive, **{each: candidates[each] for each in idents}})
            if not findings:
                self.alive |= {each: candidates[each] for each in idents}
            elif len(idents) == 1:
                self.rejected[idents[0]] = (candidates[idents[0]], Verdict(findings))
            else:
                middle = len(idents) // 2
                pending += [(idents[middle:], None), (idents[:middle], None)]
        if not self.alive and (broken := findings_of({})):
            raise GroundLostError(broken[0].detail or broken[0].message)

    def result(self) -> Batch:
        passed = [Judged(each, ACCEPTED, self.fixes.get(ident, ())) for ident, each in self.alive.items()]
        failed = [
            Judged(candidate, verdict, self.fixes.get(ident, ()))
            for ident, (candidate, verdict) in self.rejected.items()
        ]
        return Batch((*passed, *failed), tuple(self.runs))
