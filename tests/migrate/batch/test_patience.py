"""Whoever asks a model waits for money that others hold, and gives up where there will be none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from threading import Lock

import pytest

from migrate.errors import LimitReached
from migrate.evidence.proofs import AskingSideBySide
from migrate.model.asking import Address, Asker
from migrate.model.budget import Amount, Reservation, Shortage
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.report.display import SilentDisplay
from migrate.run.ledger import Ledger

ADDRESS = Address("m", "http://127.0.0.1:1/v1", {}, "t")
HELD = Shortage("others hold it", is_temporary=True, is_held_by_others=True)


@dataclass
class NarrowPurse:
    """Holds enough for one call at a time; what others hold first comes back when somebody waits for it."""

    others: bool = False
    """Whether others hold all of it."""
    never: bool = False
    waited: int = 0
    flying: int = 0
    most: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    spent: Decimal | None = None

    def reserve(self, tokens_in: int, tokens_out: int, batched: bool = False) -> Reservation | Shortage:
        with self._lock:
            if self.never:
                return Shortage("there is none", is_temporary=False)
            if self.others or self.flying:
                return HELD
            self.flying += 1
            self.most = max(self.most, self.flying)
            return Reservation(Amount())

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        with self._lock:
            self.flying -= 1

    def release(self, reservation: Reservation) -> None:
        self.settle(reservation, Usage(0, 0, 0))

    def wait_for_others(self) -> None:
        self.waited += 1
        self.others = False

    def when_eased(self, listener: Callable[[], None]) -> None:
        self.listeners.append(listener)


class Yes:
    """A model that agrees."""

    def ask(self, request: Request) -> Answer:
        return Answer("yes", "stop", Usage(1, 0, 1), "m", 0.0, Replayed.no)


def request(name: str) -> Request:
    return ADDRESS.request(name, 1, (Message("user", name),))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def asker(ledger: Ledger, purse: NarrowPurse) -> Asker:
    return Asker(Yes(), ADDRESS, None, 100, ledger, purse, None, None)


def test_a_single_call_waits_for_what_others_hold(ledger: Ledger) -> None:
    purse = NarrowPurse(others=True)
    assert asker(ledger, purse).answer(request("a")).text == "yes"
    assert purse.waited == 1


def test_a_single_call_gives_up_where_there_will_be_no_money(ledger: Ledger) -> None:
    with pytest.raises(LimitReached, match="there is none"):
        asker(ledger, NarrowPurse(never=True)).answer(request("a"))


def test_calls_side_by_side_are_made_one_after_the_other_where_others_hold_the_rest(ledger: Ledger) -> None:
    purse = NarrowPurse(others=True)
    asking = AskingSideBySide(asker(ledger, purse), SilentDisplay(), jobs=3)
    assert set(asking([request(name) for name in "abcd"])) == set("abcd")
    assert purse.most == 1
    assert purse.waited == 1


def test_calls_side_by_side_are_left_out_where_there_will_be_no_money(ledger: Ledger) -> None:
    asking = AskingSideBySide(asker(ledger, NarrowPurse(never=True)), SilentDisplay(), jobs=3)
    assert asking([request(name) for name in "ab"]) == {}
