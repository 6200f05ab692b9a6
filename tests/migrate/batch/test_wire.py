from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from migrate.batch.job import Job, read_job
from migrate.batch.relay import Relay
from migrate.batch.wire import (
    Eased,
    Ended,
    Granted,
    Message,
    Release,
    Reserve,
    Settle,
    Short,
    Shown,
    Slowed,
    Stop,
    from_line,
    to_line,
)
from migrate.model.budget import Amount
from migrate.report.display import SilentDisplay
from migrate.settings import Shared

MESSAGES: tuple[Message, ...] = (
    Shown("rejected", ("<b>\n\udce9", 2, "why")),
    Shown("cost", (None,)),
    Reserve(1, Amount(Decimal("0.000123"), 7)),
    Settle(2, Amount(Decimal("1e-7"), 0)),
    Release(3),
    Slowed(1.5),
    Ended(3, "", {"holes": 2, "rust": 1}),
    Granted(4),
    Short(5, "a sentence", is_temporary=True),
    Eased(),
    Stop(),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_one_line_and_comes_back_as_it_was(message: Message) -> None:
    line = to_line(message)
    assert b"\n" not in line
    assert from_line(line) == message


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b'"x"', b'{"kind":"other"}', b'{"kind":"settle","number":1,"amount":{}}', b"\xff"],
)
def test_what_is_no_message_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        from_line(line)


def test_a_job_comes_back_as_it_was() -> None:
    job = Job(
        "a <b>",
        (Path("/x/\udce9"), Path("/y")),
        Path("/out"),
        kernel=Path("/k"),
        shared=Shared({"run": {"attempts": 1}}, {"model": {"price": {"input": 1.0, "output": 2}}}),
        said={"model": {"name": None}},
        replay=Path("/r"),
        answered_by="us",
        priced=True,
        holds=Path("/k/build"),
        fingerprint="f",
    )
    line = job.to_json()
    assert "\n" not in line
    assert read_job(line) == job


def test_everything_that_a_display_is_told_is_passed_on() -> None:
    told: list[Shown] = []
    relay = Relay(told.append)
    relay.started(3, 1)
    relay.proving(1, 2)
    relay.asked("f", 1)
    relay.answered("f")
    relay.waiting(1.5, "429")
    relay.judging(1)
    relay.accepted("f", 1)
    relay.rejected("f", 1, "why")
    relay.put_back("f", "why")
    relay.fell_back("f", "c")
    relay.cost(Decimal("0.5"))
    relay.note("n")
    relay.finished()
    methods = {name for name in vars(SilentDisplay) if not name.startswith("_")}
    assert {each.what for each in told} == methods
    assert Shown("rejected", ("f", 1, "why")) in told
    assert Shown("cost", ("0.5",)) in told
