"""What a batch would ask and cost, module by module. No model, and nothing is written."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from migrate.batch.job import Job
from migrate.errors import UserError
from migrate.given.crate import open_given
from migrate.given.plan import make_given_plan
from migrate.given.prepare import prepare_given
from migrate.model.choice import known_price
from migrate.model.prices import Price
from migrate.module import Module
from migrate.plan import make_plan
from migrate.prepare import prepare
from migrate.prompts import Templates


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one module would ask first, and cost."""

    name: str
    holes: int = 0
    prompts: int = 0
    prompt_tokens: int = 0
    answer_tokens: int | None = None
    """None where nothing tells how long answers are."""
    usd: Decimal | None = None
    """None when the price is unknown."""
    why_not: str = ""
    """Why it cannot be planned, in one sentence."""
    finished: bool = False
    """Whether it had its turn before, and need not be run again."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "usd": None if self.usd is None else float(self.usd)}


def estimates(jobs: Sequence[Job], finished: frozenset[str], at_once: int) -> tuple[Estimate, ...]:
    """Plan all jobs, some at a time."""
    pool = ThreadPoolExecutor(at_once)
    try:
        return tuple(pool.map(lambda job: _estimate(job, job.name in finished), jobs))
    finally:
        # Who interrupts it does not want to wait for what has not begun.
        pool.shutdown(cancel_futures=True)


def _estimate(job: Job, finished: bool) -> Estimate:
    if finished:
        return Estimate(job.name, finished=True, usd=Decimal(0), answer_tokens=0)
    try:
        made = _planned(job.name, job.open())
    except UserError as error:
        return Estimate(job.name, why_not=error.message)
    except Exception as error:
        # One module that breaks the tool must not hide the estimates of all others.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename}:{last.lineno}"
        return Estimate(job.name, why_not=f"a fault of llmigrate: {type(error).__name__}: {error} ({place})")
    return made if job.replay is None else replace(made, usd=Decimal(0))


def _planned(name: str, module: Module) -> Estimate:
    templates, price = Templates(module.settings.run.prompts), known_price(module.settings.model)
    if module.settings.interface.crate is not None:
        return _given(name, module, templates, price)
    totals = make_plan(prepare(module, templates), module.settings.model.name, price).totals
    tokens = (totals.prompt_tokens, totals.answer_tokens)
    return Estimate(name, totals.prompts, totals.prompts, *tokens, totals.cost_usd)


def _given(name: str, module: Module, templates: Templates, price: Price | None) -> Estimate:
    crate = module.settings.interface.crate
    assert crate is not None
    made = make_given_plan(prepare_given(module, open_given(crate), templates), price)
    return Estimate(name, len(made.bodies), made.prompts, made.prompt_tokens, None, made.cost_usd)
