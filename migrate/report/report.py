"""What became of every hole of a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from analysis.inventory import Kind
from migrate.model.exchange import Replayed
from migrate.report.calls import NO_CALLS, Calls
from migrate.report.portion import Portion, measure
from migrate.report.states import ACCEPTED, State, is_rejected, state_of
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ledger import Exchange, Ledger
from migrate.settings import ABI
from repair.candidate import Candidate
from repair.evidence.evidence import Evidence
from repair.gates.omission import score
from repair.hole import Hole
from repair.lints import Lints
from repair.plug import C_PLUG, WRITTEN, Plug, PlugKind
from repair.sandbox import SandboxKind
from repair.verdict import Finding, Gate

_OPEN = Plug(PlugKind.UNIMPLEMENTED)
_UNTRIED = "no candidate has been judged yet"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CrateTestsReport:
    """How the Rust tests of a given crate ended."""

    rule: str
    """`visible` where failures went into prompts, else `hidden`."""
    passed: int
    failed: tuple[str, ...]
    open: tuple[str, ...]
    """Those that came to a body that is not filled."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """A variable that stays in C by design, since a macro of headers makes it."""

    name: str
    file: str
    line: int
    macro: str


@dataclass(frozen=True, slots=True)
class Become:
    """What something of the C has become in a safe interface, in the words of who proposed it."""

    c: str
    rust: str
    """Its path; nothing for a type, or where nothing is left of it."""
    reason: str


@dataclass(frozen=True, slots=True)
class FfiReport:
    """The file by which C calls safe Rust."""

    portion: Portion
    symbols: int
    """How many functions C can call through it."""

    @property
    def lines_per_symbol(self) -> float:
        """How much of the file each of them costs."""
        return self.portion.lines / max(1, self.symbols)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the ledger does not know of a run."""

    module: str
    interface: str
    model: str
    """Nothing where none was asked."""
    tests_passed: bool | None
    """None when the module has no tests, or they were not run."""
    test_command: str
    """Nothing when the module has no tests."""
    sandbox: SandboxKind
    """What kept model-written code away from the user's things."""
    fixed_items: int
    """Definitions that are Rust by rule, with neither a model nor a person."""
    strategy: str = "function"
    """In which portions it was translated, and by whom, as `--strategy` names it."""
    evidence: str = "none"
    """How much was spent on showing behaviour, as `--evidence` names it."""
    evidence_required: bool = False
    """Whether weak evidence counts as not done."""
    not_asked_for: tuple[str, ...] = ()
    """Functions of the C that nothing in a given interface stands for."""
    crate_tests: CrateTestsReport | None = None
    """How the crate's own tests ended; None where it has none."""
    settled: tuple[Become, ...] = ()
    """Types and functions of a safe interface."""
    furniture: tuple[Furniture, ...] = ()
    """Definitions that are to be neither Rust nor asked for."""
    edition: str = "2024"
    """The crate's edition, which says what is unsafe in it."""
    lints: Lints | None = None
    """What clippy says of the finished crate; None where it was not asked."""
    ffi: FfiReport | None = None
    """None where C calls what fills the holes itself."""
    root: str = ""
    """The folder that the names of C files are relative to; nothing where it is not known."""
    calls: Mapping[str, Calls] = field(default_factory=dict)
    """What each hole uses, by its unique name."""


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """One try at a hole."""

    number: int
    source: Source
    replayed: Replayed | None
    """Where the model's answer came from; None when there was none."""
    text: str
    """The candidate, or nothing."""
    findings: tuple[Finding, ...]
    fixes: tuple[str, ...]
    is_second_verdict: bool = False
    """It is no answer of its own: what had filled the hole was rejected after all."""

    @property
    def accepted(self) -> bool:
        """Whether no gate had anything against it."""
        return not self.findings

    @property
    def is_for_earlier_prompt(self) -> bool:
        """Whether the answer was recorded for another prompt than the one that would be sent today."""
        return self.replayed is Replayed.earlier_prompt


@dataclass(frozen=True, slots=True)
class HoleReport:
    """What fills a hole, and how that came about."""

    name: str
    kind: Kind
    file: str
    line: int
    c_text: str
    plug: PlugKind
    rust: str
    """What fills the hole if that is Rust, else nothing."""
    source: Source | None
    attempts: tuple[AttemptReport, ...]
    portion: Portion
    """The Rust that fills the hole in figures; all nought where none does."""
    reason: str | None
    """Why it is not Rust, where the verdict on the last answer does not say so."""
    evidence: Evidence | None = None
    """What was shown for it; None where nothing was looked for."""
    completeness: float | None = None
    """The share of the C's structure that has a counterpart: 0 to 1.

    None where it is not Rust, or there is nothing to compare.
    """
    lints: tuple[str, ...] | None = None
    """The lints of clippy that its Rust breaks; None where there is none or clippy was not asked."""
    calls: Calls = NO_CALLS

    @property
    def is_weak(self) -> bool:
        """Whether it is like the C as far as was seen, and too little was seen for what was asked for."""
        return self.evidence is not None and self.evidence.weakness is not None and not self.differs

    @property
    def differs(self) -> bool:
        """Whether the finished crate was seen to do something else than the C in it."""
        return self.evidence is not None and self.evidence.differs

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the last verdict had against it, unless it is Rust now."""
        if self.plug is PlugKind.RUST or not self.attempts:
            return ()
        return self.attempts[-1].findings

    @property
    def was_put_back(self) -> bool:
        """Whether it was Rust and is not any more, as that was rejected after all."""
        return self.plug is not PlugKind.RUST and any(each.is_second_verdict for each in self.attempts)

    @property
    def is_for_earlier_prompt(self) -> bool:
        """Whether an answer that counts here was recorded for an earlier prompt."""
        return any(attempt.is_for_earlier_prompt for attempt in self.attempts)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What was said of each attempt in order: `accepted`, or the gate that rejected it."""
        return tuple(ACCEPTED if each.accepted else each.findings[0].gate.value for each in self.attempts)

    @property
    def is_omitted(self) -> bool:
        """Whether it was left out: the last answer lacks something of the C, or none held it as Rust."""
        answers = [each for each in self.verdicts if each != Gate.PROMPT]
        if self.plug is PlugKind.RUST or not answers:
            return False
        return answers[-1] == Gate.OMISSION or not any(each.text for each in self.attempts)

    @property
    def is_rejected(self) -> bool:
        """Whether it is Rust that the crate's own tests speak against."""
        return is_rejected(self.plug, self.verdicts)

    @property
    def state(self) -> State:
        """How far it has come."""
        return state_of(self.plug, weak=self.is_weak, differs=self.differs, rejected=self.is_rejected)

    @property
    def is_hand_written(self) -> bool:
        """Whether a person wrote what fills it."""
        return self.source is Source.HAND


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How the model was used; tokens are those of all answers, as counted when they were given."""

    name: str
    calls: int
    """Prompts that were sent in this run."""
    replayed: int
    """Prompts that a recording answered."""
    replayed_for_earlier_prompt: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost_usd: Decimal | None
    """Of the calls of this run; None when the price of one is unknown."""


@dataclass(frozen=True)
class Report:
    """A run, as far as it has come."""

    facts: RunFacts
    holes: tuple[HoleReport, ...]
    model: ModelUse
    cargo_runs: int
    seconds: float

    @property
    def weak(self) -> tuple[HoleReport, ...]:
        """The holes that are Rust on evidence that is too weak."""
        return tuple(hole for hole in self.holes if hole.is_weak)

    @property
    def differing(self) -> tuple[HoleReport, ...]:
        """The holes that are Rust and differ from the C in the finished crate, so that they are not done."""
        return tuple(hole for hole in self.holes if hole.differs)

    @cached_property
    def bodies(self) -> Portion:
        """All functions that are Rust, in figures; how a table of values is laid out says nothing of them."""
        functions = (hole for hole in self.holes if hole.kind is Kind.FUNCTION)
        return sum((hole.portion for hole in functions if hole.rust), Portion())

    @cached_property
    def counts(self) -> dict[PlugKind, int]:
        """How many holes each kind of plug fills; together they are all holes."""
        found = Counter(hole.plug for hole in self.holes)
        return {kind: found[kind] for kind in PlugKind}


def make_report(
    holes: Sequence[Hole], ledger: Ledger, facts: RunFacts, lineages: Mapping[str, str]
) -> Report:
    """Put together what the ledger knows of these holes; what fills none yet is C, or open in a safe crate.

    Only what belongs to a hole's lineage counts: the rest was for C that has changed since.
    """
    filled = {ident: each for ident, each in ledger.filled().items() if each.lineage == lineages.get(ident)}
    asked = ledger.exchanges()
    exchanges = {exchange.request.key: exchange for exchange in asked}
    shown = {
        ident: each for ident, (lineage, each) in ledger.evidence().items() if lineage == lineages.get(ident)
    }
    return Report(
        facts=replace(
            facts,
            module=readable(facts.module),
            test_command=readable(facts.test_command),
            root=readable(facts.root),
        ),
        holes=tuple(
            _hole(
                hole,
                filled.get(hole.ident),
                ledger.attempts(hole.ident, lineages.get(hole.ident, "")),
                exchanges,
                shown.get(hole.ident),
                facts,
            )
            for hole in holes
        ),
        model=_model_use(facts.model, asked),
        cargo_runs=ledger.cargo_runs(),
        seconds=ledger.seconds(),
    )


def furniture_of(holes: Iterable[Hole]) -> tuple[Furniture, ...]:
    """Return those of some definitions that stay in C by design."""
    return tuple(
        Furniture(readable(hole.ident), readable(hole.file.as_posix()), hole.line, hole.maker)
        for hole in holes
        if hole.maker is not None
    )


def readable(text: str) -> str:
    """Replace what stands for bytes that are not UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


def _hole(
    hole: Hole,
    filled: Filled | None,
    attempts: Sequence[Attempt],
    exchanges: dict[str, Exchange],
    evidence: Evidence | None,
    facts: RunFacts,
) -> HoleReport:
    plug = filled.plug if filled else C_PLUG if facts.interface == ABI else _OPEN
    rust = readable(plug.text)
    lints = facts.lints.holes.get(hole.ident, ()) if facts.lints and rust else None
    return HoleReport(
        name=readable(hole.ident),
        kind=hole.kind,
        file=readable(hole.file.as_posix()),
        line=hole.line,
        c_text=readable(hole.c_text),
        plug=plug.kind,
        rust=rust,
        source=filled.source if filled else None,
        attempts=tuple(_attempt(each, exchanges) for each in attempts),
        portion=measure(rust, facts.edition, lints),
        reason=None if plug.kind is PlugKind.RUST else _reason(hole, attempts),
        evidence=evidence if plug.kind in WRITTEN else None,
        completeness=score(Candidate(hole, plug.text))
        if facts.interface == ABI and plug.kind is PlugKind.RUST
        else None,
        lints=lints,
        calls=_calls(facts.calls.get(hole.ident, NO_CALLS)),
    )


def _calls(found: Calls) -> Calls:
    return Calls(tuple(map(readable, found.inside)), tuple(map(readable, found.outside)), found.local)


def _reason(hole: Hole, attempts: Sequence[Attempt]) -> str | None:
    if hole.stays is not None:
        return readable(hole.stays)
    back = [each.verdict for each in attempts if each.is_second_verdict]
    if back:
        return readable(f"it was Rust and was put back to C: {back[-1].reason.rstrip('.')}")
    return None if attempts else _UNTRIED


def _attempt(attempt: Attempt, exchanges: dict[str, Exchange]) -> AttemptReport:
    exchange = exchanges.get(attempt.request_key or "")
    return AttemptReport(
        number=attempt.number,
        source=attempt.source,
        replayed=exchange.answer.replayed if exchange else None,
        text=readable(attempt.text or ""),
        findings=tuple(_finding(each) for each in attempt.verdict.findings),
        fixes=attempt.fixes,
        is_second_verdict=attempt.is_second_verdict,
    )


def _finding(finding: Finding) -> Finding:
    return replace(finding, message=readable(finding.message), detail=readable(finding.detail))


def _model_use(name: str, exchanges: Iterable[Exchange]) -> ModelUse:
    exchanges = tuple(exchanges)
    asked = [each for each in exchanges if each.answer.replayed is Replayed.no]
    replayed = [each for each in exchanges if each.answer.replayed is not Replayed.no]
    return ModelUse(
        name=readable(name),
        calls=len(asked),
        replayed=len(replayed),
        replayed_for_earlier_prompt=sum(each.answer.replayed is Replayed.earlier_prompt for each in replayed),
        tokens_in=sum(each.answer.usage.tokens_in for each in exchanges),
        tokens_cached=sum(each.answer.usage.tokens_cached for each in exchanges),
        tokens_out=sum(each.answer.usage.tokens_out for each in exchanges),
        cost_usd=_sum(each.cost for each in asked),
    )


def _sum(costs: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
