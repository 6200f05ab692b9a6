"""The plan: what a run would ask, and what it would cost. No model, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from analysis.callgraph import callees
from analysis.inventory import Definition, Kind
from migrate.model.asking import BYTES_PER_TOKEN, estimate_tokens
from migrate.model.exchange import Usage
from migrate.model.prices import Price, cost
from migrate.module_prompts import ModulePrompter
from migrate.prepare import Prepared
from migrate.report.figures import kept_by_design
from migrate.settings import Strategy
from repair.hole import Hole

_ANSWER_TO_C = 2.4
"""Tokens of an answer for each token of the C: 2.77 for ramfs, 2.32 for sort, 1.32 for intmath, by
`python -m benchmarks.prompts samples/NAME`; over all three recordings together 2.4."""


@dataclass(frozen=True, slots=True)
class PlannedFunction:
    """A function of the module and the prompt it would get."""

    name: str
    file: str
    line: int
    end_line: int
    static: bool
    calls: tuple[str, ...]
    wave: int
    slice: tuple[str, ...]
    prompt_tokens: int
    """Of its own prompt; 0 where it gets none."""
    stays: str | None
    """Why it cannot be Rust, or None."""


@dataclass(frozen=True, slots=True)
class PlannedGlobal:
    """A file-scope variable of the module; one with an initialiser gets a prompt."""

    name: str
    file: str
    line: int
    initialised: bool
    wave: int
    prompt_tokens: int
    stays: str | None
    """Why it cannot be Rust, or None."""
    made_by: str | None
    """The macro of headers that makes it, where it stays in C by design and is no hole."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The plan in numbers."""

    functions: int
    globals: int
    prompts: int
    waves: int
    prompt_tokens: int
    answer_tokens: int
    """Estimated from the length of the C."""
    cost_usd: Decimal | None
    """For first answers alone; None when the price is unknown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    module: str
    strategy: Strategy
    model: str | None
    functions: tuple[PlannedFunction, ...]
    globals: tuple[PlannedGlobal, ...]
    cycles: tuple[tuple[str, ...], ...]
    generated: tuple[str, ...]
    """Functions that only exist after macro expansion: they stay in C."""
    totals: Totals

    @property
    def staying(self) -> Iterator[str]:
        """Yield what stays in C and why, a line for each hole and one for all that is no hole by design."""
        holes = [(each.name, each.stays) for each in self.functions]
        holes += [(each.name, each.stays) for each in self.globals if each.made_by is None]
        yield from (f"stays in C: {name}: {why}" for name, why in holes if why is not None)
        makers = {each.name: each.made_by for each in self.globals if each.made_by is not None}
        if makers:
            yield kept_by_design(makers)


def make_plan(prepared: Prepared, model: str | None, price: Price | None) -> Plan:
    """Plan a module for a model, with the strategy that its settings choose."""
    strategy = prepared.module.settings.run.strategy
    one_by_one = strategy is Strategy.FUNCTION
    holes = prepared.skeleton.holes if one_by_one else ()
    prompts = {hole.ident: _prompt_tokens(prepared, hole) for hole in holes}
    inventory = prepared.inventory
    return Plan(
        module=prepared.module.name,
        strategy=strategy,
        model=model,
        functions=tuple(_function(prepared, each, prompts) for each in inventory.functions),
        globals=tuple(_global(prepared, each, prompts) for each in inventory.variables),
        cycles=prepared.graph.cycles,
        generated=inventory.generated,
        totals=_totals(prepared, _sent(prepared, strategy, prompts), price),
    )


def _prompt_tokens(prepared: Prepared, hole: Hole) -> int:
    return estimate_tokens(prepared.prompter.first(hole)) if hole.stays is None else 0


def _function(prepared: Prepared, definition: Definition, prompts: dict[str, int]) -> PlannedFunction:
    return PlannedFunction(
        name=definition.ident,
        file=definition.file.as_posix(),
        line=definition.line,
        end_line=definition.end_line,
        static=definition.static,
        calls=callees(prepared.inventory, definition),
        wave=prepared.graph.wave_of[definition.ident],
        slice=prepared.slices[definition.ident].names(),
        prompt_tokens=prompts.get(definition.ident, 0),
        stays=prepared.skeleton.by_ident[definition.ident].stays,
    )


def _global(prepared: Prepared, definition: Definition, prompts: dict[str, int]) -> PlannedGlobal:
    slot = prepared.skeleton.by_ident[definition.ident]
    return PlannedGlobal(
        name=definition.ident,
        file=definition.file.as_posix(),
        line=definition.line,
        initialised=definition.initialised,
        wave=prepared.graph.wave_of[definition.ident],
        prompt_tokens=prompts.get(definition.ident, 0),
        stays=slot.stays,
        made_by=slot.maker,
    )


def _sent(prepared: Prepared, strategy: Strategy, prompts: dict[str, int]) -> list[int]:
    """Return the tokens of every prompt that a run would send."""
    if strategy is Strategy.WHOLE_MODULE and any(each.stays is None for each in prepared.skeleton.holes):
        return [estimate_tokens(ModulePrompter(prepared.prompter).first)]
    return [tokens for tokens in prompts.values() if tokens]


def _totals(prepared: Prepared, sent: list[int], price: Price | None) -> Totals:
    asked = sum(sent)
    c_bytes = sum(len(hole.c_text.encode()) for hole in prepared.skeleton.holes if hole.stays is None)
    batched = prepared.module.settings.model.provider_batch
    answered = round(c_bytes / BYTES_PER_TOKEN * _ANSWER_TO_C) if sent else 0
    return Totals(
        functions=sum(each.kind is Kind.FUNCTION for each in prepared.inventory.definitions),
        globals=sum(each.kind is Kind.GLOBAL for each in prepared.inventory.definitions),
        prompts=len(sent),
        waves=len(prepared.graph.waves),
        prompt_tokens=asked,
        answer_tokens=answered,
        cost_usd=None if price is None else cost(Usage(asked, 0, answered), price, batched),
    )
