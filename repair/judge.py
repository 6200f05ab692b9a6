"""Judge candidates together: one compiler run for all that wait, the module's tests for what is clean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from analysis.inventory import Kind
from repair.blame import Blame, Fault, Replayed
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
from repair.plug import WRITTEN, Assembler, Plug, PlugKind, RenderedCrate
from repair.rustfmt import format_rust
from repair.suggestions import applicable, apply_suggestions
from repair.verdict import ACCEPTED, Finding, Gate, Verdict

_MECHANICAL_ROUNDS = 3
_SHOWN_DIAGNOSTICS = 8
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
    revoked: Mapping[str, Verdict] = field(default_factory=dict)
    """By ident: what was accepted before, and turned out to be wrong when it was relied on."""


@dataclass(frozen=True, slots=True)
class Review:
    """What came of replaying everything that is accepted."""

    revoked: Mapping[str, Verdict]
    """By ident: what is to blame for a difference, so that it cannot stay."""
    differing: frozenset[str]
    """Functions that differ without these too, so that nobody is to blame."""
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


def _unbuilt(run: CargoRun) -> tuple[Finding, ...]:
    return (Finding(Gate.COMPILE, "The crate does not build with it.", run.errors),)


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

    def review(self, accepted: Mapping[str, Plug], relied_on: Collection[str] | None = None) -> Review:
        """Replay what is accepted together, and say what has to go for the rest to do what the C does.

        Where `relied_on` says something, only what relies on that is replayed.
        """
        trial, held = _Trial(self, dict(accepted), {}), self.behaviour
        if held is None:
            return Review({}, frozenset(), ())
        wanted = held.proofs.keys() if relied_on is None else held.readers(relied_on)
        differing = trial.replay(held, trial.rust & wanted)
        return Review(trial.revoked, differing, tuple(trial.runs))

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
    revoked: dict[str, Verdict] = field(default_factory=dict)

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
            return (Finding(Gate.COMPILE, "The crate does not compile with it.", checked.errors),)

        self._keep_those_that_pass(broken)

    def compare(self) -> None:
        """Replay what is alive against the C, until nothing that is left differs."""
        held = self.judge.behaviour
        if held is not None:
            tried = frozenset(self.alive.keys() & held.proofs.keys())
            # Who reads a variable that is tried may show what is wrong with it, even in C.
            self.replay(held, tried | held.readers(self._variables))
        self._reject_unproven_excuses()

    @property
    def _variables(self) -> frozenset[str]:
        return frozenset(ident for ident, each in self.alive.items() if each.hole.kind is Kind.GLOBAL)

    @property
    def rust(self) -> frozenset[str]:
        """Everything that is Rust, whether it is tried or accepted."""
        kept = (ident for ident, plug in self.accepted.items() if plug.kind in WRITTEN)
        return frozenset(kept) | self.alive.keys()

    def replay(self, held: Behaviour, pending: frozenset[str]) -> frozenset[str]:
        """Replay functions until none differs, or nobody is to blame; return those that still differ."""
        found: Mapping[str, Difference] = {}
        while pending:
            rendered = self._built(self.alive)
            if rendered is None:
                self._reject_unbuilt()
                pending -= self.rejected.keys()
                continue
            found = held.differences(sorted(pending), self._library)
            faults = self._faults(held, Replayed(rendered, found)) if found else {}
            for ident, fault in faults.items():
                self._blame(ident, fault)
            # Where nobody here is at fault, it was so before.
            pending = frozenset(found) | held.readers(faults) if faults else frozenset()
            pending -= self.rejected.keys() | self.revoked.keys()
        return frozenset(found) - self.rejected.keys() - self.revoked.keys()

    @property
    def _library(self) -> Path:
        return self.judge.workspace.library(self.judge.crate)

    def _reject_unbuilt(self) -> None:
        """Reject what clippy passes and the build does not; it says nothing about the others' behaviour."""
        if not self.alive:
            raise GroundLostError(self.runs[-1].errors)
        self._keep_those_that_pass(self._build_findings, _unbuilt(self.runs[-1]))

    def _faults(self, held: Behaviour, now: Replayed) -> dict[str, Fault]:
        return Blame(held.reached, self.rust, partial(self._replayed_without, held)).faults(now)

    def _replayed_without(
        self, held: Behaviour, in_c: frozenset[str], functions: frozenset[str]
    ) -> Replayed | None:
        """Replay functions with some of the Rust left in C; None if that does not build."""
        rendered = self._built(self.alive, in_c)
        if rendered is None:
            return None
        return Replayed(rendered, held.differences(sorted(functions), self._library))

    def _blame(self, ident: str, fault: Fault) -> None:
        """Reject what is to blame; what was accepted before is accepted no longer."""
        if ident in self._variables:
            findings = behaviour.check_variable(fault.difference, fault.shown_by)
        else:
            caller = None if fault.shown_by == ident else fault.shown_by
            findings = behaviour.check(fault.difference, fault.crate.lines.get(ident), caller)
        if ident in self.alive:
            self._reject(ident, findings)
        else:
            del self.accepted[ident]
            self.revoked[ident] = Verdict(findings)

    def _build_findings(self, candidates: Mapping[str, Candidate]) -> tuple[Finding, ...]:
        return () if self._built(candidates) is not None else _unbuilt(self.runs[-1])

    def _reject_unproven_excuses(self) -> None:
        """Reject what leaves something of the C out where no input shows that it makes no difference."""
        held = self.judge.behaviour
        for ident, candidate in [*self.alive.items()]:
            proof = held.proofs.get(ident) if held else None
            if candidate.excused and (proof is None or not proof.coverage.reaches(candidate.excused)):
                self._reject(ident, omission.check(candidate))

    def _built(self, candidates: Mapping[str, Candidate], in_c: Collection[str] = ()) -> RenderedCrate | None:
        plugs = {ident: plug for ident, plug in self._plugs(candidates).items() if ident not in in_c}
        rendered = self.judge.assembler.render(plugs)
        self.judge.workspace.write(rendered)
        built = self.judge.workspace.build()
        self.runs.append(built)
        return rendered if built.ok else None

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
        return Batch((*passed, *failed), tuple(self.runs), self.revoked)
