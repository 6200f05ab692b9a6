"""Which model answers: a live endpoint, or a recording of one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from migrate.errors import SettingsError
from migrate.model.asking import Address, Asker, Waits
from migrate.model.batch_memory import BatchMemory
from migrate.model.batched import BatchModel
from migrate.model.budget import Budget, Purse
from migrate.model.courier import Courier, Pace
from migrate.model.exchange import JSON, LONGEST_ANSWER, Model
from migrate.model.notices import Notices
from migrate.model.prices import Price, price_of, window_of
from migrate.model.recording import Header, RecordedModel, Recorder
from migrate.model.turns import Turns
from migrate.run.ledger import Ledger
from migrate.settings import MOST_JOBS, ModelSettings, ModuleSettings, PriceSettings

PaidFrom = Callable[[Budget, Price | None], Purse]
"""Makes what calls are paid from, out of the run's own budget."""

RECORDING = "recording:"
"""Stands for the base URL where answers come from a recording."""


def replayed(path: Path, settings: ModuleSettings, template: str, ledger: Ledger) -> Asker:
    """Answer from a recording, as the model it was made with. Raise SettingsError when it is unreadable."""
    model = RecordedModel(path)
    address = Address(model.header.model, RECORDING, model.parameters, template)
    unlimited = Budget(None, None)
    return Asker(model, address, None, settings.model.max_output_tokens, ledger, unlimited, None, None)


def own_budget(budget: Budget, price: Price | None) -> Purse:
    """Pay from the run's own budget alone."""
    return budget


def live(
    settings: ModuleSettings,
    template: str,
    ledger: Ledger,
    recorder: Recorder | None,
    paid_from: PaidFrom = own_budget,
) -> Asker:
    """Answer through an OpenAI-compatible endpoint.

    `paid_from` may put another purse in the place of the run's own. Raise SettingsError for a budget
    without a price, ModelUnusable when there is no key.
    """
    chosen = settings.model
    address = Address(model_name(chosen), chosen.base_url, model_parameters(chosen), template)
    price = known_price(chosen)
    limit = settings.run.budget
    budget = Budget(None if limit is None else Decimal(str(limit)), price, _spent(ledger))
    window = chosen.window or window_of(address.model, chosen.base_url)
    waits, notices = Waits(), Notices()
    return Asker(
        _live_model(chosen, waits),
        address,
        window,
        chosen.max_output_tokens,
        ledger,
        paid_from(budget, price),
        price,
        recorder,
        waits,
        notices,
        _batches(chosen, ledger, waits, notices),
    )


def _live_model(settings: ModelSettings, waits: Waits) -> Model:
    # Imported late: the client's library takes half a second, which plans and replays need not pay.
    from migrate.model.client import LiveModel

    model = LiveModel(settings.base_url, _key(), settings.timeout, on_wait=waits.tell)
    # More may wait for a batch than should be asked directly when there is none after all.
    return Turns(model, min(settings.jobs, MOST_JOBS)) if settings.provider_batch else model


def _batches(settings: ModelSettings, ledger: Ledger, waits: Waits, notices: Notices) -> BatchModel | None:
    """Return what asks in batches; without the setting too where one was ordered and not collected."""
    memory = BatchMemory(ledger.path)
    if not settings.provider_batch and not memory.uncollected():
        return None
    from migrate.model.client import LiveBatches

    batches = LiveBatches(settings.base_url, _key(), settings.timeout, on_wait=waits.tell)
    courier = Courier(batches, memory, notices, Pace())
    return BatchModel(courier, settings.side_by_side, takes_new=settings.provider_batch)


def _key() -> str | None:
    return os.environ.get("OPENAI_API_KEY")


def model_name(settings: ModelSettings) -> str:
    """Return the model to ask. Raise SettingsError when none is named."""
    if settings.name is None:
        raise SettingsError(
            "no model is named; use --model, LLMIGRATE_MODEL, or `name` under [model] in llmigrate.toml"
        )
    return settings.name


def model_parameters(settings: ModelSettings) -> dict[str, JSON]:
    """Return what is sent to the endpoint with every prompt."""
    return {LONGEST_ANSWER: settings.max_output_tokens, **settings.parameters}


def open_recorder(path: Path, settings: ModelSettings, answered_by: str | None) -> Recorder:
    """Open the file that answers are recorded in. Raise SettingsError when it holds something else."""
    name = model_name(settings)
    return Recorder(path, Header(model=name, answered_by=answered_by or name, recorded=date.today()))


def _price(settings: PriceSettings | None) -> Price | None:
    if settings is None or settings.input is None or settings.output is None:
        return None
    cached = settings.input if settings.cached_input is None else settings.cached_input
    return Price(Decimal(str(settings.input)), Decimal(str(cached)), Decimal(str(settings.output)))


def _spent(ledger: Ledger) -> Decimal:
    return sum((each.cost for each in ledger.exchanges() if each.cost is not None), Decimal(0))


def known_price(settings: ModelSettings) -> Price | None:
    """Return what the named model costs, or None when no model is named or its price is unknown."""
    if settings.name is None:
        return None
    said = settings.price
    price = price_of(settings.name, _price(said), settings.base_url)
    if price is None or said is None or said.batch is None:
        return price
    return replace(price, batch=Decimal(str(said.batch)))
