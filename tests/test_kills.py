"""Runs that are killed at random moments and continued."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.replayed import ROOT, recorded_answers
from tests.endpoint import Endpoint, Reply, failing, prompt_hash, scripted

SAMPLE = ROOT / "samples" / "ramfs"
RUNS = int(os.environ.get("LLMIGRATE_KILLED_RUNS", "30"))
"""How many runs are killed; a dozen seconds each."""


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def answered_keys(ledger: Path) -> set[str]:
    """Return the prompts that the ledger has an answer to, as the endpoint counts them."""
    if not ledger.exists():
        return set()
    with sqlite3.connect(ledger) as database:
        try:
            rows = database.execute("SELECT request FROM exchange").fetchall()
        except sqlite3.OperationalError:  # killed before the tables were there
            return set()
    return {prompt_hash({"messages": json.loads(request)["messages"]}) for (request,) in rows}


class Sample:
    """The ramfs sample, run against an endpoint that answers from its recording."""

    def __init__(self, endpoint: Endpoint, out: Path) -> None:
        model = json.loads((SAMPLE / "recording.jsonl").read_text().partition("\n")[0])["model"]
        self.out = out
        self.command = (
            *(sys.executable, "-m", "migrate.cli", "run", str(SAMPLE), "-o", str(out), "-q"),
            *("--model", model, "--base-url", endpoint.base_url, "--jobs", "8"),
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command."""
        return subprocess.Popen(
            self.command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def finish(self) -> None:
        """Run the command to its end, which must be a good one."""
        running = self.start()
        _, errors = running.communicate(timeout=300)
        assert running.returncode == 0, errors.decode()

    def kill_after(self, seconds: float) -> None:
        """Run the command, and kill it without warning after some time."""
        running = self.start()
        try:
            running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()


@pytest.fixture(scope="module")
def endpoint() -> Any:
    answers = recorded_answers(SAMPLE / "recording.jsonl")

    def answer(body: dict[str, Any]) -> Reply:
        text = answers.get(prompt_hash(body))
        return failing(404, "this prompt was not recorded") if text is None else scripted(text)

    with Endpoint(answer, delay=0.1) as running:
        yield running


@pytest.fixture(scope="module")
def uninterrupted(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    sample = Sample(endpoint, tmp_path_factory.mktemp("whole") / "out")
    sample.finish()
    return tree(sample.out / "crate")


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_killed_run_ends_in_the_same_crate_and_asks_nothing_again(
    seed: int, endpoint: Endpoint, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    sample = Sample(endpoint, tmp_path / "out")
    sample.kill_after(random.Random(seed).uniform(0.5, 8.0))
    answered = answered_keys(sample.out / "ledger.sqlite")
    before = len(endpoint.requests)
    sample.finish()
    asked_again = {asked.prompt for asked in endpoint.requests[before:]} & answered
    assert asked_again == set()
    assert tree(sample.out / "crate") == uninterrupted
