"""What the side of the batch does with what machines say, on a cluster that only keeps messages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from migrate.batch.job import Job
from migrate.batch.place import Gone, Heard
from migrate.batch.wire import Ended
from migrate.cluster.dask import WorkerFacts
from migrate.cluster.dispatch import Dispatch
from migrate.cluster.home import Home
from migrate.cluster.machine import Machine
from migrate.cluster.messages import Begun, Declined, FromMachine, Left, Parcel, ToMachine
from migrate.cluster.staff import Staff
from migrate.errors import Exit
from tests.cluster import eventually
from tests.tiny import write_module


@dataclass
class Box:
    """A mailbox on this machine."""

    messages: list[Any] = field(default_factory=list)

    def send(self, message: ToMachine) -> None:
        self.messages.append(message)

    def receive(self, seconds: float) -> list[FromMachine]:
        taken, self.messages = self.messages, []
        if not taken:
            time.sleep(0.01)
        return taken

    def close(self) -> None:
        """Nothing is to be closed."""


@dataclass
class FakeTask:
    """A task that never ends by itself."""

    is_over: bool = False

    def failure(self) -> str | None:
        return None

    def cancel(self) -> None:
        self.is_over = True


@dataclass
class FakeCluster:
    """One worker that can do everything, and mailboxes by name."""

    boxes: dict[str, Box] = field(default_factory=dict)
    tasks: list[FakeTask] = field(default_factory=list)
    is_connected: bool = True

    def workers(self) -> tuple[WorkerFacts, ...]:
        return (WorkerFacts("worker", "host", 1),)

    def on_each(self, workers: object, function: Any, *arguments: object) -> dict[str, Any]:
        return {"worker": Machine("host", {}) if function.__name__ == "examine_machine" else {}}

    def mailbox(self, name: str) -> Box:
        return self.boxes.setdefault(name, Box())

    def submit(self, *_: object) -> FakeTask:
        self.tasks.append(FakeTask())
        return self.tasks[-1]


class Stage:
    """A dispatch with one run."""

    def __init__(self, folder: Path) -> None:
        self.cluster, self.heard = FakeCluster(), list[Heard]()
        staff = Staff(self.cluster, print)  # type: ignore[arg-type]
        staff.look()
        self.dispatch = Dispatch(staff, Home(folder / "out"), {})
        [self.inbox] = self.cluster.boxes.values()
        job = Job("tiny", (write_module(folder / "tiny"),), folder / "out" / "modules" / "tiny")
        self.dispatch.start(job, self.heard.append)

    def begin(self, sender: str) -> ToMachine:
        """Say that a machine begins the module; return what it is told."""
        self.inbox.messages.append(Begun(sender, "tiny", "host"))
        eventually(lambda: sender in self.cluster.boxes and self.cluster.boxes[sender].messages, "an answer")
        answer: ToMachine = self.cluster.boxes[sender].messages[0]
        return answer

    def is_over(self) -> bool:
        return any(isinstance(each, Gone) for each in self.heard)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.dispatch.close()


def test_a_module_with_which_four_workers_were_lost_is_given_up(stage: Stage) -> None:
    for number in range(4):
        assert isinstance(stage.begin(f"worker {number}"), Parcel)
    assert isinstance(stage.begin("worker 5"), Declined)
    assert stage.heard[-1] == Gone("4 workers were lost while they ran it")
    assert stage.cluster.tasks[0].is_over


def test_a_fault_of_its_own_ends_the_runs_and_frees_their_workers(stage: Stage) -> None:
    stage.begin("worker")
    stage.inbox.messages.append(Left("worker", 0, b"not an archive"))
    eventually(stage.is_over, "the end of the run")
    assert stage.cluster.tasks[0].is_over
    assert stage.dispatch.problem is not None
    assert stage.dispatch.problem.message.startswith("this is a fault of llmigrate: ReadError")
    assert stage.dispatch.problem.exit == Exit.FAULT


def test_a_lost_scheduler_ends_every_run_with_the_way_to_go_on(stage: Stage) -> None:
    stage.begin("worker")
    stage.cluster.is_connected = False
    eventually(stage.is_over, "the end of the run")
    ended = next(each for each in stage.heard if isinstance(each, Ended))
    assert ended.exit == Exit.MODEL
    assert "the scheduler of the cluster is gone" in ended.message
    assert "run the same command to go on" in ended.message
    assert stage.dispatch.problem == ended
