from __future__ import annotations

import socket
import threading
from decimal import Decimal

import pytest

from migrate.model.exchange import Usage
from migrate.model.prices import Price, cost, price_of

PRICE = Price(input=Decimal("2.50"), cached_input=Decimal("1.25"), output=Decimal(10))


def test_a_known_model_has_a_price_and_its_cached_tokens_are_cheaper() -> None:
    price = price_of("gpt-4o")
    assert price is not None
    assert 0 < price.cached_input < price.input < price.output


def test_the_table_is_read_without_network_and_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    threads = threading.enumerate()
    assert price_of("gpt-4o-mini") is not None
    assert threading.enumerate() == threads


def test_a_price_from_the_settings_wins() -> None:
    assert price_of("gpt-4o", PRICE) == PRICE
    assert price_of("my-own-model", PRICE) == PRICE


def test_an_unknown_model_has_no_price() -> None:
    assert price_of("my-own-model") is None


def test_a_model_behind_an_unknown_endpoint_has_no_price() -> None:
    assert price_of("gpt-4o", base_url="http://127.0.0.1:8000/v1") is None
    assert price_of("gpt-4o", base_url="https://api.openai.com/v1") == price_of("gpt-4o")


def test_a_cost_counts_cached_tokens_once_and_at_their_own_price() -> None:
    usage = Usage(tokens_in=1_000_000, tokens_cached=400_000, tokens_out=100_000)
    assert cost(usage, PRICE) == Decimal("1.50") + Decimal("0.50") + Decimal(1)


def test_more_cached_tokens_than_tokens_do_not_make_a_call_cheaper_than_all_cached() -> None:
    assert cost(Usage(1000, 5000, 0), PRICE) == cost(Usage(1000, 1000, 0), PRICE)


def test_a_cost_is_exact() -> None:
    price = Price(Decimal("0.1"), Decimal("0.1"), Decimal("0.2"))
    assert cost(Usage(1, 0, 1), price) * 1_000_000 == Decimal("0.3")
