"""A run that is begun again after its machine was lost asks for nothing in the name of the lost one."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.batch.job import Job
from migrate.batch.place import Gone, Heard
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
    Stop,
    from_line,
    to_line,
)
from migrate.cluster.load import Load
from migrate.cluster.messages import Taken, ToMachine, Word
from migrate.cluster.run import Beginning, ClusterRun
from migrate.errors import Exit
from migrate.model.budget import Amount

ONE, TWO = Amount(Decimal(1), 10), Amount(Decimal(2), 20)


@dataclass
class Letters:
    """A mailbox whose messages are looked at."""

    sent: list[ToMachine] = field(default_factory=list)
    is_closed: bool = False

    def send(self, message: ToMachine) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.is_closed = True

    @property
    def words(self) -> list[Message]:
        """What was passed on to the process of the run."""
        return [from_line(each.line) for each in self.sent if isinstance(each, Word)]


@dataclass
class FakeTask:
    """A task that is over when a test says so."""

    is_over: bool = False
    is_cancelled: bool = False

    def failure(self) -> str | None:
        return "KilledWorker: four workers died"

    def cancel(self) -> None:
        self.is_cancelled = True


class Stage:
    """A run, and what the batch hears of it."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.task = FakeTask()
        job = Job("tiny", (Path("/tiny"),), Path("/out/modules/tiny"))
        self.run = ClusterRun(job, Load("", b"", frozenset()), self.heard.append, ExitStack())
        self.run.assign(("worker",), self.task)  # type: ignore[arg-type]

    def begin(self, sender: str) -> Letters:
        letters = Letters()
        self.run.begin(Beginning(sender, "host", letters))  # type: ignore[arg-type]
        return letters

    def say(self, sender: str, *messages: Message) -> None:
        self.run.hear(sender, [to_line(each) for each in messages])

    @property
    def calls(self) -> list[Heard]:
        """What was said of calls."""
        return [each for each in self.heard if isinstance(each, Reserve | Settle | Release)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_granted_call_of_a_lost_machine_counts_as_paid(stage: Stage) -> None:
    stage.begin("first")
    stage.say("first", Reserve(1, ONE))
    stage.run.tell(Granted(0))
    stage.begin("second")
    assert stage.calls == [Reserve(0, ONE), Settle(0, ONE)]


def test_a_call_of_a_lost_machine_that_is_granted_too_late_is_given_back(stage: Stage) -> None:
    stage.begin("first")
    stage.say("first", Reserve(1, ONE))
    second = stage.begin("second")
    stage.run.tell(Granted(0))
    assert stage.calls == [Reserve(0, ONE), Release(0)]
    assert second.words == []


def test_a_call_of_a_lost_machine_that_is_refused_too_late_is_forgotten(stage: Stage) -> None:
    stage.begin("first")
    stage.say("first", Reserve(1, ONE))
    second = stage.begin("second")
    stage.run.tell(Short(0, "no", is_temporary=True))
    assert stage.calls == [Reserve(0, ONE)]
    assert second.words == []


def test_calls_under_one_number_of_two_machines_are_two_calls(stage: Stage) -> None:
    stage.begin("first")
    stage.say("first", Reserve(1, ONE))
    stage.run.tell(Granted(0))
    second = stage.begin("second")
    stage.say("second", Reserve(1, TWO))
    stage.run.tell(Granted(1))
    stage.say("second", Settle(1, ONE))
    assert stage.calls[2:] == [Reserve(1, TWO), Settle(1, ONE)]
    assert second.words == [Granted(1)]


def test_what_a_lost_machine_still_says_is_not_heard(stage: Stage) -> None:
    stage.begin("first")
    stage.begin("second")
    stage.heard.clear()
    stage.say("first", Shown("accepted", ("twice", 1)), Reserve(1, ONE), Ended(0))
    assert stage.heard == []


def test_how_it_ended_is_said_when_what_it_left_is_safe(stage: Stage) -> None:
    letters = stage.begin("first")
    stage.say("first", Ended(Exit.DONE))
    assert not any(isinstance(each, Ended) for each in stage.heard)
    stage.run.finish(0)
    assert stage.heard[-2:] == [Ended(Exit.DONE), Gone("exit status 0")]
    assert letters.sent == [Taken()]
    assert letters.is_closed


def test_a_run_that_is_over_says_so_once(stage: Stage) -> None:
    stage.begin("first")
    stage.run.kill()
    stage.run.finish(0)
    assert [each for each in stage.heard if isinstance(each, Gone)] == [Gone("killed")]
    assert stage.task.is_cancelled


def test_a_run_that_cannot_be_kept_is_called_off_and_forgets_what_it_was_made_of(stage: Stage) -> None:
    stage.run.load = Load("job", b"much", frozenset())
    stage.begin("first")
    stage.run.abandon("no room", Ended(Exit.USAGE, "the disk is full"))
    assert stage.task.is_cancelled
    assert stage.heard[-2:] == [Ended(Exit.USAGE, "the disk is full"), Gone("no room")]
    assert stage.run.load.files == b""


def test_a_run_that_has_not_begun_stops_at_once(stage: Stage) -> None:
    stage.run.tell(Stop())
    assert stage.heard == [Ended(Exit.INTERRUPTED, "interrupted"), Gone("stopped")]
    assert stage.task.is_cancelled


def test_other_words_are_passed_on_as_they_are(stage: Stage) -> None:
    letters = stage.begin("first")
    stage.run.tell(Eased())
    stage.run.tell(Stop())
    assert letters.words == [Eased(), Stop()]


def test_a_run_with_which_four_workers_were_lost_is_hopeless(stage: Stage) -> None:
    for number in range(4):
        assert not stage.run.is_hopeless
        stage.begin(f"worker {number}")
    assert stage.run.is_hopeless


def test_a_task_that_is_over_is_given_time_for_what_it_said_last(stage: Stage) -> None:
    assert stage.run.lost() is None
    stage.task.is_over = True
    assert stage.run.lost() is None
    assert stage.run.lost() == "KilledWorker: four workers died"
