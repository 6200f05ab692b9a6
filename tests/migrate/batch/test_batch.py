"""The coordinator of a batch, with runs that only say what a run would say."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.batch.batch import Batch, exit_of
from migrate.batch.board import Board
from migrate.batch.fleet import Ceiling, open_fleet
from migrate.batch.job import Job
from migrate.batch.order import Order
from migrate.batch.place import Gone, Heard
from migrate.batch.request import BatchRequest
from migrate.batch.row import Row, State
from migrate.batch.show import LineDisplay, NoDisplay
from migrate.batch.snapshot import Snapshot, read_snapshot, write_snapshot
from migrate.batch.start import run_batch
from migrate.batch.teller import Teller
from migrate.batch.wire import Eased, Ended, Granted, Reserve, Settle, Short, Shown, Stop, ToRun
from migrate.errors import Exit, OutputError
from migrate.model.budget import Account, Amount, Limits
from migrate.run.ledger import Ledger
from tests.fleets import write_c

FREE = Ceiling()
DONE = Ended(0, "", {"holes": 2, "rust": 2})


@dataclass
class Script:
    """What each run says at once; without an end it goes on until it is told to stop."""

    says: Mapping[str, tuple[Heard, ...]] = field(default_factory=dict)
    answers: Callable[[str, ToRun], tuple[Heard, ...]] = lambda name, message: ()
    started: list[str] = field(default_factory=list)
    told: list[tuple[str, ToRun]] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    keeps_ledgers: bool = True
    problem: Ended | None = None
    room: int | None = None

    def opened(self, out: Path) -> AbstractContextManager[None]:
        return nullcontext()

    def start(self, job: Job, heard: Callable[[Heard], None]) -> ScriptedRun:
        self.started.append(job.name)
        if self.keeps_ledgers:
            with_ledger(job.out)
        for message in self.says.get(job.name, (DONE, Gone("exit status 0"))):
            heard(message)
        return ScriptedRun(self, job.name, heard)


@dataclass
class ScriptedRun:
    """One of its runs."""

    script: Script
    name: str
    heard: Callable[[Heard], None]

    def tell(self, message: ToRun) -> None:
        self.script.told.append((self.name, message))
        stopped = (Ended(130, "interrupted"), Gone("exit status 0"))
        for each in stopped if isinstance(message, Stop) else self.script.answers(self.name, message):
            self.heard(each)

    def kill(self) -> None:
        self.script.killed.append(self.name)
        self.heard(Gone("killed by signal 9"))


def with_ledger(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    Ledger(out / "ledger.sqlite").__exit__(None, None, None)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        write_c(tmp_path / "fleet" / name, x_c="int x;\n")
    return tmp_path / "fleet"


def request(fleet: Path, ceiling: Ceiling = FREE, jobs: int = 2, fail_fast: bool = False) -> BatchRequest:
    return BatchRequest(
        fleet="fleet",
        members=open_fleet(fleet).members,
        ceiling=ceiling,
        out=fleet.parent / "out",
        command=("llmigrate", "batch", "fleet"),
        said={},
        order=Order.NAME,
        jobs=jobs,
        fail_fast=fail_fast,
    )


def states(found: Snapshot) -> dict[str, str]:
    return {each.name: each.state.value for each in found.rows}


def test_all_modules_are_run_and_their_rows_are_kept(fleet: Path) -> None:
    script = Script()
    ended = run_batch(request(fleet), script, NoDisplay())
    assert ended.exit is Exit.DONE
    assert states(ended) == {"a": "rust", "b": "rust", "c": "rust"}
    kept = read_snapshot(fleet.parent / "out")
    assert kept.rows == ended.rows
    assert kept.exit == 0


def test_what_is_finished_and_unchanged_is_not_run_again(fleet: Path) -> None:
    run_batch(request(fleet), Script(), NoDisplay())
    write_c(fleet / "d", x_c="int x;\n")
    (fleet / "b" / "x.c").write_text("int y;\n")
    script = Script()
    ended = run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["b", "d"]
    assert states(ended) == dict.fromkeys("abcd", "rust")


def test_a_module_is_run_again_when_a_header_of_another_folder_changed(fleet: Path) -> None:
    write_c(fleet / "a", x_c='#include "../c/x.h"\n')
    write_c(fleet / "c", x_h="int x;\n")
    run_batch(request(fleet), Script(), NoDisplay())
    write_c(fleet / "c", x_h="long x;\n")
    script = Script()
    run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["a", "c"]


def test_what_cannot_be_read_is_not_taken_for_unchanged(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*_: object) -> str:
        raise PermissionError("b")

    monkeypatch.setattr("migrate.batch.request.fingerprint", refusing)
    run_batch(request(fleet), Script(), NoDisplay())
    script = Script()
    run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["a", "b", "c"]


def test_settings_that_name_a_folder_of_any_bytes_do_not_end_the_batch(fleet: Path) -> None:
    odd = write_c(fleet / os.fsdecode(b"caf\xe9"), x_c="int x;\n")
    (odd / "prompts").mkdir()
    (odd / "llmigrate.toml").write_text('[run]\nprompts = "prompts"\n')
    run_batch(request(fleet), Script(), NoDisplay())
    script = Script()
    ended = run_batch(request(fleet), script, NoDisplay())
    assert script.started == []
    assert states(ended) == dict.fromkeys(["a", "b", "c", "caf\\xe9"], "rust")


def test_a_module_that_cannot_be_hashed_at_all_does_not_end_the_batch(fleet: Path) -> None:
    (fleet / "b" / "function.j2").write_bytes(b"\xff")
    (fleet / "b" / "llmigrate.toml").write_text('[run]\nprompts = "."\n')
    script = Script()
    run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["a", "b", "c"]


@pytest.mark.parametrize("exit", [2, 4, 5, 6, 70, 130])
def test_what_did_not_have_its_turn_is_tried_again(fleet: Path, exit: int) -> None:
    run_batch(request(fleet), Script({"b": (Ended(exit, "why"), Gone(""))}), NoDisplay())
    script = Script()
    run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["b"]


def test_holes_are_a_turn_had(fleet: Path) -> None:
    holes = Ended(3, "", {"holes": 3, "rust": 1})
    first = run_batch(request(fleet), Script({"b": (holes, Gone(""))}), NoDisplay())
    assert first.exit is Exit.HOLES_LEFT
    script = Script()
    assert run_batch(request(fleet), script, NoDisplay()).exit is Exit.HOLES_LEFT
    assert script.started == []


def test_a_result_that_was_removed_is_made_again(fleet: Path) -> None:
    run_batch(request(fleet), Script(), NoDisplay())
    (fleet.parent / "out" / "modules" / "b" / "ledger.sqlite").unlink()
    script = Script()
    run_batch(request(fleet), script, NoDisplay())
    assert script.started == ["b"]


def test_a_module_whose_process_is_lost_is_a_row_with_the_reason(fleet: Path) -> None:
    script = Script({"a": (Shown("started", (2, 1)), Gone("killed by signal 9"))})
    ended = run_batch(request(fleet), script, NoDisplay())
    assert ended.exit is Exit.HOLES_LEFT
    assert states(ended) == {"a": "fault", "b": "rust", "c": "rust"}
    assert ended.rows[0].message == "its process ended without a word: killed by signal 9"
    assert (ended.rows[0].holes, ended.rows[0].rust) == (2, 1)


def test_runs_that_need_the_same_thing_take_turns(fleet: Path) -> None:
    jobs = [Job(name, (), Path(), holds=Path("/build") if name != "b" else None) for name in "abc"]
    most: list[set[str]] = []

    class Watching(Script):
        def start(self, job: Job, heard: Callable[[Heard], None]) -> ScriptedRun:
            started = super().start(job, heard)
            most.append(set(batch._running) | {job.name})
            return started

    script = Watching(
        {name: (Reserve(1, Amount()),) for name in "abc"}, lambda name, message: (DONE, Gone(""))
    )
    script.keeps_ledgers = False
    board = Board({job.name: Row(job.name, job.name, ()) for job in jobs}, NoDisplay(), lambda rows: None)
    batch = Batch(jobs, board, script, Teller(Account(Limits())), at_once=3)
    batch.run()
    assert script.started == ["a", "b", "c"]
    assert most == [{"a"}, {"a", "b"}, {"b", "c"}]


def test_failing_fast_stops_what_runs_and_starts_nothing_more(fleet: Path) -> None:
    script = Script({"a": (), "b": (Ended(4, "it does not build"), Gone(""))})
    ended = run_batch(request(fleet, fail_fast=True), script, NoDisplay())
    assert script.started == ["a", "b"]
    assert script.told == [("a", Stop())]
    assert states(ended) == {"a": "interrupted", "b": "baseline", "c": "waiting"}
    assert ended.exit is Exit.HOLES_LEFT
    assert ended.message == "b ended the batch: it does not build"


def test_calls_of_all_runs_are_paid_from_one_budget(fleet: Path) -> None:
    call = Amount(Decimal("0.4"), 10)
    wants = (Reserve(1, call),)

    def answers(name: str, message: ToRun) -> tuple[Heard, ...]:
        if isinstance(message, Granted):
            return (Settle(1, Amount(Decimal("0.3"), 5)), DONE, Gone(""))
        if isinstance(message, Short) and not message.is_temporary:
            return (Ended(5, message.sentence), Gone(""))
        return wants if isinstance(message, Eased) else ()

    script = Script({"a": wants, "b": wants, "c": wants}, answers)
    ended = run_batch(request(fleet, Ceiling(Decimal("0.75"))), script, NoDisplay())
    assert states(ended) == {"a": "rust", "b": "rust", "c": "limit"}
    assert ended.exit is Exit.LIMIT
    assert ended.usd == "0.6"
    assert "--budget" in ended.message


def test_after_a_refusal_for_good_no_run_is_started(fleet: Path) -> None:
    wants = (Reserve(1, Amount(Decimal(2), 10)),)
    script = Script(
        {"a": wants},
        lambda name, message: (Ended(5, "short"), Gone("")) if isinstance(message, Short) else (),
    )
    ended = run_batch(request(fleet, Ceiling(Decimal(1)), jobs=1), script, NoDisplay())
    assert script.started == ["a"]
    assert states(ended) == {"a": "limit", "b": "waiting", "c": "waiting"}
    assert ended.exit is Exit.LIMIT


def test_interrupted_it_tells_its_runs_to_stop_and_keeps_how_they_stand(fleet: Path) -> None:
    class Impatient(NoDisplay):
        def note(self, name: str, text: str) -> None:
            raise KeyboardInterrupt

    script = Script({"a": (), "b": (Shown("note", ("now",)),)})
    with pytest.raises(KeyboardInterrupt):
        run_batch(request(fleet), script, Impatient())
    assert script.told == [("a", Stop()), ("b", Stop())]
    kept = read_snapshot(fleet.parent / "out")
    assert states(kept) == {"a": "interrupted", "b": "interrupted", "c": "waiting"}
    assert kept.exit == Exit.INTERRUPTED


def test_a_disk_that_fills_ends_it_with_a_sentence_and_stops_its_runs(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_snapshot

    def full(folder: Path, snapshot: Snapshot) -> None:
        if any(each.state is State.RUST for each in snapshot.rows):
            raise OutputError(f"{folder} cannot be written: the disk is full")
        written(folder, snapshot)

    monkeypatch.setattr("migrate.batch.start.write_snapshot", full)
    script = Script({"b": ()})
    with pytest.raises(OutputError, match="the disk is full"):
        run_batch(request(fleet), script, NoDisplay())
    assert script.told == [("b", Stop())]
    assert states(read_snapshot(fleet.parent / "out"))["a"] == "running"


def test_a_batch_on_part_of_a_fleet_keeps_the_rows_of_the_rest(fleet: Path) -> None:
    run_batch(request(fleet), Script(), NoDisplay())
    (fleet / "a" / "x.c").unlink()
    ended = run_batch(request(fleet), Script(), NoDisplay())
    assert states(ended) == {"b": "rust", "c": "rust", "a": "rust"}


def test_a_ledger_that_cannot_be_read_is_the_affair_of_its_module(fleet: Path) -> None:
    broken = fleet.parent / "out" / "modules" / "b"
    broken.mkdir(parents=True)
    (broken / "ledger.sqlite").write_bytes(b"no database at all" * 100)
    script = Script({name: (DONE, Gone("")) for name in "ac"} | {"b": (Ended(2, "broken"), Gone(""))})
    script.keeps_ledgers = False
    assert states(run_batch(request(fleet), script, NoDisplay())) == {
        "a": "rust",
        "b": "unusable",
        "c": "rust",
    }


def test_a_folder_of_something_else_is_left_alone(fleet: Path) -> None:
    (fleet.parent / "out").mkdir()
    (fleet.parent / "out" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not from a batch"):
        run_batch(request(fleet), Script(), NoDisplay())
    assert [path.name for path in (fleet.parent / "out").iterdir()] == ["mine.txt"]


def test_lines_say_what_happens_to_each_module(fleet: Path) -> None:
    said: list[str] = []
    script = Script({"b": (Shown("waiting", (20.0, "429")), Ended(4, "it does not build"), Gone(""))})
    run_batch(request(fleet, jobs=1), script, LineDisplay(said.append))
    assert said == [
        "3 modules",
        "started      a",
        "rust         a  2 of 2 holes Rust  [1/3]",
        "started      b",
        "note         b  waiting 20 s (429)",
        "baseline     b  it does not build  [2/3]",
        "started      c",
        "rust         c  2 of 2 holes Rust  [3/3]",
    ]


@pytest.mark.parametrize(
    ("found", "exit"),
    [
        ((), Exit.DONE),
        ((State.RUST,), Exit.DONE),
        ((State.RUST, State.HOLES), Exit.HOLES_LEFT),
        ((State.RUST, State.FAULT), Exit.HOLES_LEFT),
        ((State.RUST, State.MODEL), Exit.MODEL),
        ((State.HOLES, State.MODEL, State.MODEL), Exit.MODEL),
        ((State.BASELINE, State.MODEL), Exit.HOLES_LEFT),
        ((State.RUST, State.LIMIT), Exit.LIMIT),
        ((State.RUST, State.WAITING), Exit.LIMIT),
        ((State.UNUSABLE, State.UNUSABLE), Exit.USAGE),
        ((State.UNUSABLE, State.RUST), Exit.HOLES_LEFT),
    ],
)
def test_the_exit_code_says_what_is_left(found: tuple[State, ...], exit: Exit) -> None:
    rows = [Row(str(number), "", (), state) for number, state in enumerate(found)]
    assert exit_of(rows, broken=False) is exit
