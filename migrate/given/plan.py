"""What a run on a given interface would ask, as far as rules tell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from migrate.given.matching import How, not_asked_for
from migrate.given.prepare import PreparedGiven
from migrate.model.asking import estimate_tokens
from migrate.model.exchange import Usage
from migrate.model.prices import Price, cost


@dataclass(frozen=True, slots=True)
class PlannedBody:
    """An open body and the prompt it would get."""

    name: str
    file: str
    line: int
    signature: str
    functions: tuple[str, ...]
    """The C functions that it stands for."""
    how: How
    """How they were found; `none` is put to the model."""
    prompt_tokens: int


@dataclass(frozen=True, slots=True)
class GivenPlan:
    """What a run would do."""

    module: str
    crate: str
    bodies: tuple[PlannedBody, ...]
    not_asked_for: tuple[str, ...]
    """C functions that no body stands for, as far as rules tell."""
    prompts: int
    prompt_tokens: int
    cost_usd: Decimal | None
    """Of what is asked first, answers left out; None when the price is unknown."""


def make_given_plan(prepared: PreparedGiven, price: Price | None) -> GivenPlan:
    """Plan a run on a given interface."""
    bodies = tuple(
        PlannedBody(
            each.hole.ident,
            each.body.file,
            each.body.line,
            " ".join(each.body.signature.split()),
            match.functions,
            match.how,
            estimate_tokens(prepared.prompter.first(each.hole)),
        )
        for each, match in zip(prepared.holes, prepared.matches, strict=True)
    )
    tokens = sum(each.prompt_tokens for each in bodies)
    batched = prepared.module.settings.model.provider_batch
    is_asked = any(each.how is How.NONE for each in bodies)
    return GivenPlan(
        module=prepared.module.name,
        crate=prepared.crate.name,
        bodies=bodies,
        not_asked_for=not_asked_for(prepared.matches, prepared.inventory),
        prompts=len(bodies) + is_asked,
        prompt_tokens=tokens,
        cost_usd=None if price is None else cost(Usage(tokens, 0, 0), price, batched),
    )
