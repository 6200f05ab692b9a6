"""A tiny module with a recording, as benchmarks open it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from migrate.model.asking import Address
from migrate.model.choice import RECORDING
from migrate.model.exchange import Answer, Replayed, Usage
from migrate.model.recording import Header, Recorder
from migrate.module import open_module, settings_folder
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.settings import load_settings
from tests.tiny import FUNCTIONS


def record(folder: Path, instead: Mapping[str, str] | None = None) -> Path:
    """Write the recording of a tiny module, some answers being others than the right ones."""
    prepared = prepare(open_module(folder, load_settings(settings_folder(folder), {})), Templates())
    recorder = Recorder(
        folder / "recording.jsonl", Header(model="some-model", answered_by="a test", recorded=date.today())
    )
    address = Address("some-model", RECORDING, {}, Templates().digest)
    for hole in prepared.skeleton.holes:
        text = (instead or {}).get(hole.name) or FUNCTIONS[hole.name].rust
        request = address.request(hole.ident, 1, prepared.prompter.first(hole))
        recorder.record(request, Answer(text, "stop", Usage(1, 0, 1), "some-model", 0.0, Replayed.no))
    return folder
