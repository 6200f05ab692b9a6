"""Opens a sample as benchmarks need it: accepted Rust, proofs at a level of effort, and a judge."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.errors import NotRecorded
from migrate.evidence.proofs import DRIVER
from migrate.evidence.room import EvidenceRoom
from migrate.model.asking import Address
from migrate.model.choice import RECORDING
from migrate.model.exchange import Request, usability
from migrate.model.recording import RecordedModel
from migrate.module import open_module, settings_folder
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.report.display import SilentDisplay
from migrate.run.baseline import build_tests
from migrate.run.isolation import choose_sandbox, isolated, require_dependencies
from migrate.settings import load_settings
from repair.candidate import Candidate
from repair.cargo import Workspace, leased_workspace
from repair.evidence.behaviour import Behaviour
from repair.excuse import Excuse, read_excuses
from repair.judge import Judge, read_answer
from repair.plug import Plug, PlugKind

SAMPLES = ("samples/intmath", "samples/sort", "samples/ramfs")


@dataclass(frozen=True)
class Accepted:
    """A candidate that every gate let through, and what its answer excused."""

    candidate: Candidate
    excuses: tuple[Excuse, ...]

    @property
    def is_function(self) -> bool:
        """Tell functions from variables."""
        return self.candidate.hole.kind == "function"


@dataclass(frozen=True)
class Sample:
    """A module with what was accepted for it, in a workspace of its own."""

    path: Path
    prepared: Prepared
    room: EvidenceRoom
    judge: Judge
    behaviour: Behaviour
    accepted: Mapping[str, Accepted]
    """By ident; what is not in it stays in C."""

    @property
    def name(self) -> str:
        """The module's name."""
        return self.prepared.module.name

    @property
    def functions(self) -> dict[str, Accepted]:
        """The accepted functions, by ident."""
        return {ident: each for ident, each in self.accepted.items() if each.is_function}

    @property
    def plugs(self) -> dict[str, Plug]:
        """What fills the holes once all that was accepted is in the crate."""
        return {ident: Plug(PlugKind.RUST, each.candidate.text) for ident, each in self.accepted.items()}

    def build(self, plugs: Mapping[str, Plug]) -> Path:
        """Build the crate with these plugs, every function linkable; return the library.

        Raise SystemExit when it does not build.
        """
        self.judge.workspace.write(self.judge.assembler.render(plugs))
        built = self.judge.workspace.build()
        if not built.ok:
            raise SystemExit(f"{self.path}: the crate does not build: {built.stderr.strip()[-500:]}")
        return self.judge.workspace.library(self.judge.crate)


def progress(text: str) -> None:
    """Say on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def opened(path: Path, level: str = "full") -> Iterator[Sample]:
    """Lend a sample whose proofs are made at a level of effort, or come from the cache."""
    with leased_workspace() as workspace:
        yield _open(path, level, workspace)


def _open(path: Path, level: str, leased: Workspace) -> Sample:
    settings = load_settings(settings_folder(path), {"evidence": {"level": level}})
    module = open_module(path, settings)
    prepared = prepare(module, Templates(settings.run.prompts))
    sandbox = choose_sandbox(settings.run.sandbox)
    workspace = isolated(leased, module, sandbox)
    tests = build_tests(module, workspace.programs, sandbox)
    require_dependencies(workspace, prepared.assembly.render({}))
    room = EvidenceRoom(prepared, workspace, _ProvingDisplay())
    recording = module.root / "recording.jsonl"
    progress(f"{path}: finding inputs, level {level}")
    behaviour = _behaviour(room, recording)
    judge = Judge(replace(prepared.assembly, linkable=True), workspace, module.crate, tests, behaviour)
    progress(f"{path}: judging what is recorded")
    return Sample(path, prepared, room, judge, behaviour, _accepted(judge, prepared, recording))


class _ProvingDisplay(SilentDisplay):
    """Says on stderr how far the search for inputs is."""

    def proving(self, done: int, total: int) -> None:
        """Say it once for every tenth function."""
        if done % 10 == 0 or done == total:
            progress(f"    {done} of {total} drivers")


def _behaviour(room: EvidenceRoom, recording: Path) -> Behaviour:
    """Make the proofs, with the drivers that the recording holds."""
    if not recording.is_file():
        return room.behaviour(None, Address("", "", {}, ""))
    model = RecordedModel(recording)
    digest = room.prepared.prompter.templates.digest
    address = Address(model.header.model, RECORDING, model.parameters, digest)
    return room.behaviour(_answers(model), address)


def _answers(model: RecordedModel) -> Callable[[Sequence[Request]], Mapping[str, str]]:
    def answers(requests: Sequence[Request]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for request in requests:
            try:
                answer = model.ask(request)
            except NotRecorded:
                continue
            if usability(answer) is None:
                found[request.hole] = answer.text
        return found

    return answers


def recorded_answers(recording: Path) -> dict[str, list[str]]:
    """Read the answers for each hole, the newest first; those that are drivers are left out."""
    found: dict[str, list[str]] = {}
    if recording.is_file():
        for line in recording.read_text(encoding="utf-8").splitlines()[1:]:
            exchange = json.loads(line)
            if not exchange["hole"].startswith(DRIVER):
                found.setdefault(exchange["hole"], []).insert(0, exchange["answer"]["text"])
    return found


def _accepted(judge: Judge, prepared: Prepared, recording: Path) -> dict[str, Accepted]:
    """Judge the newest answers that pass the textual gates, all of them together."""
    answers = recorded_answers(recording)
    read: dict[str, tuple[Candidate, str]] = {}
    for hole in prepared.skeleton.holes:
        candidates = ((read_answer(hole, text), text) for text in answers.get(hole.ident, ()))
        found = next(((each, text) for each, text in candidates if isinstance(each, Candidate)), None)
        if found is not None:
            read[hole.ident] = found
    judged = judge.judge({}, [candidate for candidate, _ in read.values()]).judged
    for each in judged:
        if not each.verdict.accepted:
            progress(f"    {each.candidate.hole.ident} is rejected: {each.verdict.findings[0].message}")
    return {
        each.candidate.hole.ident: Accepted(each.candidate, read_excuses(read[each.candidate.hole.ident][1]))
        for each in judged
        if each.verdict.accepted
    }
