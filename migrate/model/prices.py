"""What a model's tokens cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import genai_prices
from genai_prices import data_snapshot

from migrate.model.exchange import Usage

_MILLION = 1_000_000
# Some models cost more per token in long prompts; those of one function are short.
_SAMPLE = 1_000

BATCH_SHARE = Decimal("0.5")
"""What most providers take of the price of a call when it comes in a batch."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model in US dollars per million tokens."""

    input: Decimal
    cached_input: Decimal
    output: Decimal
    batch: Decimal = BATCH_SHARE
    """The share of it that a call in a batch costs."""


def price_of(model: str, override: Price | None = None, base_url: str | None = None) -> Price | None:
    """Return the price from the settings if there is one, else from the bundled table, else None.

    With a base URL only the provider behind it counts: elsewhere the same model may cost something else.
    Nothing is looked up over the network.
    """
    if override is not None:
        return override
    try:
        return Price(
            input=_per_million(model, base_url, input_tokens=_SAMPLE),
            cached_input=_per_million(model, base_url, input_tokens=_SAMPLE, cache_read_tokens=_SAMPLE),
            output=_per_million(model, base_url, output_tokens=_SAMPLE),
        )
    except LookupError:
        return None


def window_of(model: str, base_url: str | None = None) -> int | None:
    """Return how many tokens a model can read at once by the bundled table, or None."""
    try:
        _, found = data_snapshot.get_snapshot().find_provider_model(model, None, None, base_url)
    except LookupError:
        return None
    return found.context_window


def cost(usage: Usage, price: Price, batched: bool = False) -> Decimal:
    """Return what an exchange costs in US dollars, in a batch or with a call of its own."""
    cached = min(usage.tokens_cached, usage.tokens_in)
    total = (
        (usage.tokens_in - cached) * price.input
        + cached * price.cached_input
        + usage.tokens_out * price.output
    )
    return total * (price.batch if batched else 1) / _MILLION


def _per_million(model: str, base_url: str | None, **tokens: int) -> Decimal:
    usage = genai_prices.Usage(**tokens)
    calculation = genai_prices.calc_price(usage, model, provider_api_url=base_url)
    return calculation.total_price * (_MILLION // _SAMPLE)
