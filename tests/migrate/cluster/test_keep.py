"""What a machine keeps of a run until the batch has it, and what the batch keeps of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from migrate.batch.job import Job
from migrate.cluster.dask import WorkerFacts
from migrate.cluster.home import Home, record
from migrate.cluster.keep import Keep, forget_modules, kept_here
from migrate.cluster.kept import Kept, kept_in
from migrate.cluster.load import load
from migrate.cluster.machine import Machine, examine_machine
from migrate.cluster.messages import Parcel
from migrate.cluster.staff import Staff
from migrate.model.batch_memory import BatchMemory
from migrate.model.budget import NOTHING
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.run.ledger import Exchange, Ledger
from migrate.run.output import held
from migrate.subject import remembered_subject
from tests.tiny import write_module


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give this machine a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job("tiny", (write_module(tmp_path / "tiny"),), tmp_path / "batch" / "modules" / "tiny")


def exchange(hole: str) -> Exchange:
    request = Request(hole, 1, "m", "", {}, (Message("user", hole),), "t")
    return Exchange(request, Answer("fn", "stop", Usage(1, 0, 1), "m", 0.1, Replayed.no), True, None)


def holes(ledger: Path) -> list[str]:
    with Ledger(ledger) as opened:
        return [each.request.hole for each in opened.exchanges()]


def holes_of(kept: Sequence[Kept]) -> list[object]:
    return [row[1] for each in kept for row in each.rows]


def save(ledger: Path, *names: str) -> None:
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with Ledger(ledger) as opened:
        for name in names:
            opened.save_exchange(exchange(name))


def order(ledger: Path, token: str, *keys: str) -> BatchMemory:
    """Remember a batch that is at the provider."""
    ledger.parent.mkdir(parents=True, exist_ok=True)
    memory = BatchMemory(ledger)
    memory.begin(token, dict.fromkeys(keys, NOTHING))
    memory.ordered(token, f"batch_{token}")
    return memory


def ordered(ledger: Path) -> dict[str, set[str]]:
    """Return the prompts in each batch that a ledger remembers."""
    return {each.ident: set(each.keys) for each in BatchMemory(ledger).uncollected()}


def truncate(ledger: Path) -> None:
    """Leave of a ledger what was written when the disk was full."""
    save(ledger, "lost")
    ledger.write_bytes(ledger.read_bytes()[:5000])


@dataclass
class FakeCluster:
    """This machine, and one that cannot say what it keeps."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def workers(self) -> tuple[WorkerFacts, ...]:
        return (WorkerFacts("here", "host", 1), WorkerFacts("silent", "host", 1))

    def on_each(self, workers: Sequence[str], function: Any, *arguments: object) -> dict[str, Any]:
        self.told += [(each, function.__name__) for each in workers]
        if function is examine_machine:
            return {each: Machine("host", {}) for each in workers}
        return {each: function(*arguments) if each == "here" else TimeoutError("late") for each in workers}


def collect(home: Home) -> FakeCluster:
    """Have a batch take what machines keep for it."""
    cluster = FakeCluster()
    staff = Staff(cluster, print)  # type: ignore[arg-type]
    staff.look()
    home.collect(staff)
    return cluster


def parcel(job: Job, home: Home) -> Parcel:
    packed = load(job)
    return Parcel(packed.job, packed.files, home.ledger(job.out), {})


def test_a_module_begins_with_what_was_answered_at_home_and_here(job: Job, tmp_path: Path) -> None:
    save(job.out / "ledger.sqlite", "at_home")
    keep = Keep("batch", "tiny")
    save(keep.ledger, "here")
    here = keep.lay_out(parcel(job, Home(tmp_path / "batch")))
    assert holes(keep.ledger) == ["at_home", "here"]
    assert here.out == keep.out
    assert here.open().sources == (keep.tree / str(job.paths[0])[1:] / "tiny.c",)


def test_a_module_begins_with_what_was_ordered_at_home_and_here(job: Job, tmp_path: Path) -> None:
    order(job.out / "ledger.sqlite", "home", "f")
    keep = Keep("batch", "tiny")
    order(keep.ledger, "here", "g", "h")
    keep.lay_out(parcel(job, Home(tmp_path / "batch")))
    assert ordered(keep.ledger) == {"batch_home": {"f"}, "batch_here": {"g", "h"}}


def test_of_an_order_that_two_ledgers_know_the_later_state_counts(tmp_path: Path) -> None:
    early, late = tmp_path / "early.sqlite", tmp_path / "late.sqlite"
    for path in (early, late):
        BatchMemory(path).begin("one", dict.fromkeys("fgh", NOTHING))
    BatchMemory(late).ordered("one", "batch_one")
    BatchMemory(late).narrow("one", ["f", "g"])
    for path, other in ((early, late), (late, early)):
        with Ledger(path) as ledger, Ledger(other) as source:
            kept_in(source).add_to(ledger)
        assert ordered(path) == {"batch_one": {"f", "g"}}


def test_a_draft_that_was_not_written_to_its_end_costs_nothing(job: Job, tmp_path: Path) -> None:
    keep = Keep("batch", "tiny")
    save(keep.ledger, "before")
    truncate(keep.folder / "out.new" / "ledger.sqlite")
    assert holes_of(kept_here("batch")["tiny"]) == ["before"]
    keep.lay_out(parcel(job, Home(tmp_path / "batch")))
    assert holes(keep.ledger) == ["before"]


def test_what_was_answered_survives_a_machine_that_dies_while_it_lays_out(job: Job, tmp_path: Path) -> None:
    keep = Keep("batch", "tiny")
    save(keep.ledger, "before")
    keep.ledger.parent.rename(keep.folder / "out.new")
    keep.lay_out(parcel(job, Home(tmp_path / "batch")))
    assert holes(keep.ledger) == ["before"]


def test_a_ledger_names_the_module_where_it_is_each_time(job: Job, tmp_path: Path) -> None:
    home, keep = Home(tmp_path / "batch"), Keep("batch", "tiny")
    home.ledger(job.out)
    with Ledger(job.out / "ledger.sqlite") as ledger:
        job.subject.remember(ledger)
    here = keep.lay_out(parcel(job, home))
    with Ledger(keep.ledger) as ledger:
        assert remembered_subject(ledger) == here.subject != job.subject
    home.take(job, keep.pack(job.out))
    with Ledger(job.out / "ledger.sqlite") as ledger:
        assert remembered_subject(ledger) == job.subject


def test_texts_come_home_with_the_paths_of_home(job: Job, tmp_path: Path) -> None:
    home, keep = Home(tmp_path / "batch"), Keep("batch", "tiny")
    keep.lay_out(parcel(job, home))
    source = keep.tree / str(job.paths[0])[1:] / "tiny.c"
    (keep.out / "report.json").write_text(json.dumps({"file": str(source), "crate": str(keep.out / "crate")}))
    home.take(job, keep.pack(job.out))
    report = json.loads((job.out / "report.json").read_text())
    assert report == {"file": str(job.paths[0] / "tiny.c"), "crate": str(job.out / "crate")}


def test_a_result_takes_the_place_of_what_was_there_and_loses_no_answer(job: Job, tmp_path: Path) -> None:
    home, keep = Home(tmp_path / "batch"), Keep("batch", "tiny")
    keep.lay_out(parcel(job, home))
    save(keep.ledger, "there")
    (job.out / "old").write_text("old")
    home.keep(job.out, [])
    save(job.out / "ledger.sqlite", "late")
    home.take(job, keep.pack(job.out))
    assert sorted(holes(job.out / "ledger.sqlite")) == ["late", "there"]
    assert not (job.out / "old").exists()


def test_a_batch_that_dies_between_two_results_has_the_first(job: Job, tmp_path: Path) -> None:
    home = Home(tmp_path / "batch")
    home.batch()
    save(job.out / "ledger.sqlite", "answered")
    (tmp_path / "batch" / "cluster" / "before").mkdir()
    job.out.rename(tmp_path / "batch" / "cluster" / "before" / "tiny")
    home.mend()
    assert holes(job.out / "ledger.sqlite") == ["answered"]
    home.mend()
    assert holes(job.out / "ledger.sqlite") == ["answered"]


def test_answers_are_kept_once_however_often_they_arrive(job: Job, tmp_path: Path) -> None:
    home = Home(tmp_path / "batch")
    save(tmp_path / "other" / "ledger.sqlite", "one", "two")
    with Ledger(tmp_path / "other" / "ledger.sqlite") as other:
        kept = kept_in(other)
    home.keep(job.out, [kept])
    home.keep(job.out, [Kept([*map(list, kept.rows), *kept.rows], kept.orders)])
    assert holes(job.out / "ledger.sqlite") == ["one", "two"]


def test_a_machine_hands_over_what_it_kept_and_forgets_it_when_told(job: Job) -> None:
    save(Keep("batch", "tiny").ledger, "kept")
    save(Keep("other", "tiny").ledger, "not asked for")
    assert holes_of(kept_here("batch")["tiny"]) == ["kept"]
    forget_modules("batch", ["tiny"])
    assert kept_here("batch") == {}
    assert not Keep("batch", "tiny").folder.parent.exists()
    assert kept_here("other").keys() == {"tiny"}


def test_a_batch_takes_answers_and_orders_from_machines_and_has_only_those_forget(tmp_path: Path) -> None:
    home = Home(tmp_path / "batch")
    keep = Keep(home.batch(), "tiny")
    save(keep.ledger, "kept")
    order(keep.ledger, "one", "f")
    cluster = collect(home)
    ledger = tmp_path / "batch" / "modules" / "tiny" / "ledger.sqlite"
    assert (holes(ledger), ordered(ledger)) == (["kept"], {"batch_one": {"f"}})
    assert not keep.folder.exists()
    assert cluster.told[-1] == ("here", "forget_modules")


def test_one_broken_ledger_on_a_machine_costs_no_other_module_its_answers(tmp_path: Path) -> None:
    home = Home(tmp_path / "batch")
    broken = Keep(home.batch(), "broken")
    truncate(broken.ledger)
    save(Keep(home.batch(), "tiny").ledger, "kept")
    collect(home)
    assert holes(tmp_path / "batch" / "modules" / "tiny" / "ledger.sqlite") == ["kept"]
    assert broken.ledger.is_file()
    assert not (tmp_path / "batch" / "modules" / "broken").exists()


def test_a_machine_does_not_forget_what_a_process_still_works_on(job: Job) -> None:
    keep = Keep("batch", "tiny")
    save(keep.ledger, "kept")
    with held(keep.out):
        forget_modules("batch", ["tiny"])
    assert kept_here("batch").keys() == {"tiny"}


def test_the_ledger_of_a_batch_copies_what_is_not_yet_in_its_file(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.save_exchange(exchange("fresh"))
        (tmp_path / "copy.sqlite").write_bytes(ledger.copy())
    assert holes(tmp_path / "copy.sqlite") == ["fresh"]


def test_a_batch_keeps_its_name_on_machines_over_all_its_starts(tmp_path: Path) -> None:
    first = Home(tmp_path / "batch").batch()
    assert Home(tmp_path / "batch").batch() == first
    shutil.rmtree(tmp_path / "batch")
    assert Home(tmp_path / "batch").batch() != first


def test_what_is_to_be_recorded_is_recorded_where_the_batch_is(job: Job, tmp_path: Path) -> None:
    named = replace(job, said={"model": {"name": "m"}}, record=tmp_path / "answers.jsonl")
    save(job.out / "ledger.sqlite", "one", "two")
    record(named)
    record(named)
    lines = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["model"] == "m"
    assert [json.loads(line)["hole"] for line in lines[1:]] == ["one", "two"]
    assert Keep("batch", "tiny").lay_out(parcel(named, Home(tmp_path / "batch"))).record is None
