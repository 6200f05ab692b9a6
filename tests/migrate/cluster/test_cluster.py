"""A batch over a real scheduler and real workers, undisturbed and with each of them killed in mid-run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import Exit
from tests.batches import Provider
from tests.cluster import DaskCluster, eventually, is_alive, kill, parent, runs_below
from tests.command import contents, started
from tests.endpoint import Endpoint
from tests.fleets import answered_in, crates, ordered_in, write_fleet
from tests.shared import made_once
from tests.tiny import Answers, write_module

MODULES = {
    "one": ("twice", "mix", "greater", "sign"),
    "two": ("count_up", "half", "next"),
    "three": ("is_even", "negated", "first"),
}
_TIMEOUT = 240
_ATTEMPTS = 500
"""So many that a batch is never over before it is interrupted."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three modules in a folder."""
    return write_fleet(tmp_path_factory.mktemp("fleet") / "fleet", MODULES)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """Answer everything rightly, slowly enough for something to happen meanwhile."""
    with Endpoint(Answers(), delay=0.5) as running:
        yield running


class BatchRun:
    """A fleet, an endpoint and an output folder; the command on them in a process of its own."""

    def __init__(self, fleet: Path, endpoint: Endpoint, out: Path) -> None:
        self.fleet, self.endpoint, self.out = fleet, endpoint, out

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start the command."""
        model = ("--model", "scripted-model", "--base-url", self.endpoint.base_url, "--evidence", "none")
        command = ("batch", self.fleet, "-o", self.out, *model, *options)
        return started(command, {**os.environ, "OPENAI_API_KEY": "key-of-the-batch"})

    def finish(self, *options: str) -> tuple[int, str, str]:
        """Run the command to its end; return exit code, stdout and stderr."""
        return ended(self.start(*options))

    def answered(self, *more: Path) -> set[str]:
        """Return the prompts that ledgers have an answer to, those of the batch and others."""
        return answered_in(*self.out.glob("modules/*/ledger.sqlite"), *more)

    def asked_since(self, before: int) -> set[str]:
        """Return the prompts that the endpoint was asked after so many others."""
        return {asked.prompt for asked in self.endpoint.requests[before:]}


def ended(command: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a command to end; return exit code, stdout and stderr."""
    out, err = command.communicate(timeout=_TIMEOUT)
    return command.returncode, out, err


def states(out: Path) -> dict[str, str]:
    """Return what `batch.json` says of each module."""
    return {each["name"]: each["state"] for each in json.loads((out / "batch.json").read_text())["modules"]}


@pytest.fixture(scope="module")
def undisturbed(
    fleet: Path, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Run the fleet on this machine, as a batch without a scheduler does, and return its crates."""

    def run(folder: Path) -> None:
        exit, _, errors = BatchRun(fleet, endpoint, folder / "out").finish()
        assert exit == Exit.DONE, errors

    return crates(made_once(tmp_path_factory, "undisturbed", run) / "out")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Start a cluster of three workers, for tests that leave it as it is."""
    with DaskCluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def batch(fleet: Path, endpoint: Endpoint, tmp_path: Path) -> BatchRun:
    return BatchRun(fleet, endpoint, tmp_path / "out")


def test_three_workers_leave_what_a_batch_on_one_machine_leaves(
    batch: BatchRun, undisturbed: dict[str, bytes], cluster: DaskCluster
) -> None:
    before = len(batch.endpoint.requests)
    exit, out, errors = batch.finish("--scheduler", cluster.address, "--json")
    assert exit == Exit.DONE, errors
    assert cluster.kept() == []
    assert crates(batch.out) == undisturbed
    rows: list[dict[str, Any]] = json.loads(out)["modules"]
    assert {each["name"]: each["rust"] for each in rows} == {name: len(MODULES[name]) for name in MODULES}
    assert all(each["state"] == "rust" and each["tokens"] > 0 for each in rows)
    asked = batch.endpoint.requests[before:]
    assert len(asked) == len({each.prompt for each in asked}) == sum(map(len, MODULES.values()))
    assert {each.headers["authorization"] for each in asked} == {"Bearer key-of-the-batch"}


def test_nothing_in_a_result_names_a_folder_of_the_machine_that_it_was_made_on(
    batch: BatchRun, cluster: DaskCluster
) -> None:
    exit, _, errors = batch.finish("--scheduler", cluster.address, "--include", "two")
    assert exit == Exit.DONE, errors
    result = batch.out / "modules" / "two"
    assert not [name for name, text in contents(result).items() if bytes(cluster.folder) in text]
    report = json.loads((result / "report.json").read_text())
    assert str(result / "crate") in report["tests"]["command"]
    # A command on this machine goes on with it.
    (batch.fleet / "two" / "note.h").write_text("/* changed */\n")
    before = len(batch.endpoint.requests)
    exit, _, errors = batch.finish("--include", "two")
    (batch.fleet / "two" / "note.h").unlink()
    assert exit == Exit.DONE, errors
    assert batch.asked_since(before) == set()


def test_a_worker_that_is_killed_costs_nothing_that_was_answered(
    batch: BatchRun, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with DaskCluster(tmp_path / "cluster") as cluster:
        command = batch.start("--scheduler", cluster.address)
        eventually(batch.answered, "an answer that has come home")
        victim = next(each for each in cluster.workers if runs_below(each.pid))
        runs = runs_below(victim.pid)
        kill(victim)
        answered, before = batch.answered(), len(batch.endpoint.requests)
        eventually(lambda: not any(map(is_alive, runs)), "the end of the run of a killed worker", 10)
        exit, _, errors = ended(command)
    assert exit == Exit.DONE, errors
    assert batch.asked_since(before) & answered == set()
    assert crates(batch.out) == undisturbed


def test_a_scheduler_that_is_killed_ends_the_batch_and_the_next_one_goes_on(
    batch: BatchRun, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "cluster"
    with DaskCluster(folder) as cluster:
        command = batch.start("--scheduler", cluster.address)
        eventually(batch.answered, "an answer that has come home")
        runs = [run for each in cluster.workers for run in runs_below(each.pid)]
        kill(cluster.scheduler)
        exit, _, errors = ended(command)
        assert exit == Exit.MODEL
        assert "the scheduler of the cluster is gone" in errors
        assert "Traceback" not in errors, errors
        eventually(lambda: not any(map(is_alive, runs)), "the end of all runs", 60)
    answered, before = batch.answered(*cluster.kept()), len(batch.endpoint.requests)
    with DaskCluster(folder) as cluster:
        exit, _, errors = batch.finish("--scheduler", cluster.address)
        assert exit == Exit.DONE, errors
        assert cluster.kept() == []
    assert batch.asked_since(before) & answered == set()
    assert crates(batch.out) == undisturbed


def test_a_batch_that_is_killed_takes_its_runs_with_it_and_goes_on_later_with_what_they_knew(
    batch: BatchRun, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with DaskCluster(tmp_path / "cluster") as cluster:
        command = batch.start("--scheduler", cluster.address)
        eventually(batch.answered, "an answer that has come home")
        runs = [run for each in cluster.workers for run in runs_below(each.pid)]
        kill(command)
        command.communicate()
        eventually(lambda: not any(map(is_alive, runs)), "the end of all runs")
        for ledger in batch.out.glob("modules/*/ledger.sqlite*"):
            # As if the batch had died before it could write what was answered.
            ledger.unlink()
        answered, before = batch.answered(*cluster.kept()), len(batch.endpoint.requests)
        assert answered
        exit, _, errors = batch.finish("--scheduler", cluster.address)
        assert exit == Exit.DONE, errors
    assert batch.asked_since(before) & answered == set()
    assert crates(batch.out) == undisturbed


@pytest.mark.parametrize("lost", ["home", "machine"])
def test_a_batch_at_the_provider_is_collected_by_the_next_start_when_one_side_has_lost_it(
    lost: str, tmp_path: Path
) -> None:
    fleet = write_fleet(tmp_path / "fleet", {"one": ("twice", "half")})
    with Provider(Answers()) as provider, DaskCluster(tmp_path / "cluster", workers=1) as cluster:
        batch = BatchRun(fleet, provider, tmp_path / "out")
        options = ("--scheduler", cluster.address, "--provider-batch")
        provider.goes_on.clear()
        command = batch.start(*options)
        eventually(lambda: ordered_in(*batch.out.glob("modules/*/ledger.sqlite")), "an order known at home")
        runs = runs_below(cluster.workers[0].pid)
        kill(command)
        command.communicate()
        eventually(lambda: not any(map(is_alive, runs)), "the end of all runs")
        assert ordered_in(*cluster.kept())
        shutil.rmtree(batch.out / "modules" if lost == "home" else cluster.cache(0) / "llmigrate" / "cluster")
        provider.goes_on.set()
        exit, _, errors = batch.finish(*options)
    assert exit == Exit.DONE, errors
    assert (len(provider.batches), provider.uploads, provider.requests) == (1, 1, [])


def test_an_interrupted_batch_tells_runs_elsewhere_to_stop_and_takes_what_they_have(
    fleet: Path, cluster: DaskCluster, tmp_path: Path
) -> None:
    refused = {name: ["No."] * _ATTEMPTS for names in MODULES.values() for name in names}
    with Endpoint(Answers(refused), delay=0.5) as endpoint:
        batch = BatchRun(fleet, endpoint, tmp_path / "out")
        command = batch.start("--scheduler", cluster.address, "--attempts", str(_ATTEMPTS))
        eventually(batch.answered, "an answer that has come home")
        os.kill(command.pid, signal.SIGINT)
        exit, _, errors = ended(command)
    assert exit == Exit.INTERRUPTED
    assert "to continue: llmigrate batch" in errors
    eventually(lambda: not cluster.kept(), "machines that keep nothing")
    assert not [run for each in cluster.workers for run in runs_below(each.pid)]
    assert "running" not in states(batch.out).values()


def test_a_worker_that_comes_back_goes_on_with_what_it_kept(batch: BatchRun, tmp_path: Path) -> None:
    with DaskCluster(tmp_path / "cluster", workers=0) as cluster:
        nanny = cluster.add_worker(nanny=True)
        command = batch.start("--scheduler", cluster.address, "--include", "one")
        eventually(batch.answered, "an answer that has come home")
        [run] = runs_below(nanny.pid)
        answered, before = batch.answered(), len(batch.endpoint.requests)
        os.kill(parent(run), signal.SIGKILL)
        exit, _, errors = ended(command)
    assert exit == Exit.DONE, errors
    assert batch.asked_since(before) & answered == set()
    assert states(batch.out) == {"one": "rust"}


def test_a_worker_that_lacks_tools_gets_no_modules_and_alone_is_no_cluster(
    batch: BatchRun, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    with DaskCluster(tmp_path / "cluster", workers=0) as cluster:
        cluster.add_worker({"PATH": str(bare)})
        exit, _, errors = batch.finish("--scheduler", cluster.address)
        assert exit == Exit.USAGE
        assert f"no worker of {cluster.address} can be used" in errors
        assert "gcc, which reads and builds the C: not found (apt-get install gcc)" in errors
        assert "cargo, which builds the crate: not found" in errors
        assert not batch.out.exists()
        cluster.add_worker()
        exit, _, errors = batch.finish("--scheduler", cluster.address, "--include", "two")
        assert exit == Exit.DONE, errors
        assert "gets no modules: gcc" in errors
        assert not (cluster.cache(0) / "llmigrate" / "cluster").exists()
        assert (cluster.cache(1) / "llmigrate" / "cluster").exists()


def test_the_budget_holds_over_all_workers(endpoint: Endpoint, cluster: DaskCluster, tmp_path: Path) -> None:
    # A call is paid with 5 tokens of an answer, half a cent, and may take 10, a whole one.
    prices = "[model]\nmax_output_tokens = 10\n[model.price]\ninput = 0\noutput = 1000\n"
    for name, functions in MODULES.items():
        write_module(tmp_path / "fleet" / name, functions, prices)
    batch = BatchRun(tmp_path / "fleet", endpoint, tmp_path / "out")
    before = len(endpoint.requests)
    exit, out, errors = batch.finish("--scheduler", cluster.address, "--budget", "0.03", "--json")
    assert exit == Exit.LIMIT, errors
    assert float(json.loads(out)["usd"]) == pytest.approx(0.025)
    assert len(endpoint.requests) - before == 5


def test_headers_of_another_folder_travel_and_a_module_that_does_not_build_is_a_row(
    tmp_path: Path, endpoint: Endpoint, cluster: DaskCluster
) -> None:
    module = write_module(tmp_path / "fleet" / "tiny", ("twice",), 'flags = ["-I../../common"]\n')
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "common.h").write_text("#define COMMON 1\n")
    (module / "tiny.c").write_text(f'#include "common.h"\n{(module / "tiny.c").read_text()}')
    broken = write_module(tmp_path / "fleet" / "broken", ("half",))
    (broken / "tiny.c").write_text("int half(int x) { return y; }\n")
    run = BatchRun(tmp_path / "fleet", endpoint, tmp_path / "out")
    exit, _, errors = run.finish("--scheduler", cluster.address)
    assert states(run.out) == {"tiny": "rust", "broken": "baseline"}
    assert exit == Exit.HOLES_LEFT
    assert f"gcc does not accept {broken}/tiny.c" in errors.replace("\n", " ")
