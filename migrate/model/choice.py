"""Which model answers: a live endpoint, or a recording of one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from migrate.errors import SettingsError
from migrate.model.asking import Address, Asker, Waits
from migrate.model.budget import Budget, Purse
from migrate.model.exchange import JSON, Model
from migrate.model.prices import Price, price_of, window_of
from migrate.model.recording import Header, RecordedModel, Recorder
from migrate.run.ledger import Ledger
from migrate.settings import ModelSettings, ModuleSettings, PriceSettings

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


def live(
    settings: ModuleSettings,
    template: str,
    ledger: Ledger,
    recorder: Recorder | None,
    paid_from: PaidFrom,
) -> Asker:
    """Answer through an OpenAI-compatible endpoint.

    `paid_from` may put another purse in the place of the run's own. Raise SettingsError for a budget
    without a price, ModelUnusable when there is no key.
    """
    chosen = settings.model
    address = Address(model_name(chosen), chosen.base_url, model_parameters(chosen), template)
    price = price_of(address.model, _price(chosen.price), chosen.base_url)
    limit = settings.run.budget
    budget = Budget(None if limit is None else Decimal(str(limit)), price, _spent(ledger))
    window = chosen.window or window_of(address.model, chosen.base_url)
    waits = Waits()
    model = _live_model(chosen, waits)
    purse = paid_from(budget, price)
    return Asker(model, address, window, chosen.max_output_tokens, ledger, purse, price, recorder, waits)


def _live_model(settings: ModelSettings, waits: Waits) -> Model:
    # Imported late: the client's library takes half a second, which plans and replays need not pay.
    from migrate.model.client import LiveModel

    key = os.environ.get("OPENAI_API_KEY")
    return LiveModel(settings.base_url, key, settings.timeout, on_wait=waits.tell)


def model_name(settings: ModelSettings) -> str:
    """Return the model to ask. Raise SettingsError when none is named."""
    if settings.name is None:
        raise SettingsError(
            "no model is named; use --model, LLMIGRATE_MODEL, or `name` under [model] in llmigrate.toml"
        )
    return settings.name


def model_parameters(settings: ModelSettings) -> dict[str, JSON]:
    """Return what is sent to the endpoint with every prompt."""
    return {"max_completion_tokens": settings.max_output_tokens, **settings.parameters}


def open_recorder(path: Path, settings: ModelSettings, answered_by: str | None) -> Recorder:
    """Open the file that answers are recorded in. Raise SettingsError when it holds something else."""
    name = model_name(settings)
    return Recorder(path, Header(model=name, answered_by=answered_by or name, recorded=date.today()))


def _price(settings: PriceSettings | None) -> Price | None:
    if settings is None:
        return None
    cached = settings.input if settings.cached_input is None else settings.cached_input
    return Price(Decimal(str(settings.input)), Decimal(str(cached)), Decimal(str(settings.output)))


def _spent(ledger: Ledger) -> Decimal:
    return sum((each.cost for each in ledger.exchanges() if each.cost is not None), Decimal(0))


def known_price(settings: ModelSettings) -> Price | None:
    """Return what the named model costs, or None when no model is named or its price is unknown."""
    if settings.name is None:
        return None
    return price_of(settings.name, _price(settings.price), settings.base_url)
