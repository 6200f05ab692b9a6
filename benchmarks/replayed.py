"""Run a sample against an endpoint on this machine that answers from the sample's recording."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.endpoint import Endpoint, Reply, failing, prompt_hash, scripted

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the command."""

    seconds: float
    """Wall time of the whole process."""
    cargo_seconds: float
    """Of all cargo runs together."""
    report: Mapping[str, Any]


def recorded_answers(recording: Path) -> dict[str, str]:
    """Read a recording as answers by the hash of their prompt."""
    lines = recording.read_text(encoding="utf-8").splitlines()[1:]
    exchanges = [json.loads(line) for line in lines]
    return {prompt_hash({"messages": each["messages"]}): each["answer"]["text"] for each in exchanges}


def measure(sample: str, jobs: int, delay: float) -> Measured:
    """Migrate a sample into a fresh folder, each answer after `delay` seconds, or raise SystemExit."""
    recording = ROOT / "samples" / sample / "recording.jsonl"
    answers = recorded_answers(recording)
    model = json.loads(recording.read_text(encoding="utf-8").partition("\n")[0])["model"]

    def answer(body: dict[str, Any]) -> Reply:
        text = answers.get(prompt_hash(body))
        return failing(404, "this prompt was not recorded") if text is None else scripted(text)

    with Endpoint(answer, delay=delay) as endpoint, tempfile.TemporaryDirectory() as folder:
        options = ("--model", model, "--base-url", endpoint.base_url, "--jobs", str(jobs), "--json")
        command = (sys.executable, "-m", "migrate.cli", "run", f"samples/{sample}", "-o", f"{folder}/out")
        started = time.monotonic()
        ended = subprocess.run(
            (*command, *options), cwd=ROOT, capture_output=True, text=True, env={**os.environ}, check=False
        )
        seconds = time.monotonic() - started
        cargo_seconds = _cargo_seconds(Path(folder) / "out" / "ledger.sqlite")
    if ended.returncode != 0:
        raise SystemExit(f"the run ended with {ended.returncode}: {ended.stderr.strip()}")
    return Measured(seconds, cargo_seconds, json.loads(ended.stdout))


def _cargo_seconds(ledger: Path) -> float:
    if not ledger.exists():
        return 0.0
    with sqlite3.connect(ledger) as database:
        return float(database.execute("SELECT COALESCE(SUM(seconds), 0) FROM cargo_run").fetchone()[0])
