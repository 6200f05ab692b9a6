"""Builds, tests and replays the Rust of a store on the C as it is now."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.check.finding import Finding, Kind
from migrate.check.record import Entry, Record
from migrate.doctor import require_tools
from migrate.errors import BaselineError, SettingsError
from migrate.evidence.proofs import DRIVER
from migrate.model.asking import Address
from migrate.model.exchange import Request
from migrate.module import Module
from migrate.report.display import SilentDisplay
from migrate.run.ledger import Ledger
from migrate.run.output import open_output
from migrate.run.run import Run, prepared_run
from migrate.subject import Subject
from repair.candidate import Candidate
from repair.cargo import leased_workspace
from repair.hole import Hole
from repair.judge import Batch, GroundLostError
from repair.plug import Plug, PlugKind
from repair.verdict import Verdict

_NOBODY = Address("", "", {}, "")
"""Whom prompts for drivers are for: they are answered from the store."""
_SHOWN = 4000
"""Characters of what a compiler or a test said."""


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Why the Rust of a module could not be looked at."""

    reason: str


def build_stored(
    root: Path, subject: Subject, records: Sequence[Record], level: str | None, sandbox: str | None
) -> tuple[Finding, ...] | NotBuilt:
    """Put the stored Rust of one module through compiler, tests and replay, and return what fails.

    `level` is how much evidence is looked for, `sandbox` how model-written code is isolated; None for what
    the module's settings say.
    """
    try:
        require_tools()
        said = {"run": {"sandbox": sandbox}, "evidence": {"level": level}}
        opened = subject.open(said)
        return tuple(_failures(root, opened, records))
    except BaselineError as error:
        return (_of_module(records[0], f"{error.message.partition(chr(10))[0]}", error.message),)
    except GroundLostError as error:
        return (_of_module(records[0], "the crate does not build or pass with all of it in C", str(error)),)
    except SettingsError as error:
        return NotBuilt(error.message)


def _of_module(record: Record, message: str, detail: str) -> Finding:
    said = f"The module {record.module} cannot be built: {message.rstrip('.')}."
    return Finding(Kind.FAILS, record.file, None, record.module, said, detail=detail[-_SHOWN:])


def _failures(root: Path, module: Module, records: Sequence[Record]) -> Iterator[Finding]:
    entries = {
        (root / record.file, each.name): (record, each) for record in records for each in record.entries
    }
    with (
        tempfile.TemporaryDirectory(prefix="llmigrate-") as folder,
        open_output(Path(folder) / "out") as output,
        Ledger(output.ledger) as ledger,
        leased_workspace() as workspace,
        prepared_run(module, output, ledger, workspace, SilentDisplay()) as run,
    ):
        held = {
            hole.ident: (hole, *entries[module.root / hole.file, _name(run, hole)])
            for hole in run.prepared.skeleton.holes
            if (module.root / hole.file, _name(run, hole)) in entries
        }
        run.hold_behaviour(_NOBODY, _Drivers({ident: each for ident, (_, _, each) in held.items()}))
        batch = _judged(run, held)
        verdicts = {each.candidate.hole.ident: each.verdict for each in batch.judged}
        for ident, verdict in (*verdicts.items(), *batch.revoked.items()):
            if not verdict.accepted:
                yield _failure(*held[ident], verdict)


def _name(run: Run, hole: Hole) -> str:
    return run.prepared.inventory.by_ident[hole.ident].name


def _judged(run: Run, held: Mapping[str, tuple[Hole, Record, Entry]]) -> Batch:
    others: dict[str, Plug] = {}
    candidates = []
    for ident, (hole, _, entry) in held.items():
        if entry.rust is not None and entry.state == PlugKind.RUST:
            candidates.append(Candidate(hole, entry.rust))
        elif entry.rust is not None and entry.state == PlugKind.TRANSPILED:
            others[ident] = Plug(PlugKind.TRANSPILED, entry.rust)
    return run.judge.judge(others, candidates)


def _failure(hole: Hole, record: Record, entry: Entry, verdict: Verdict) -> Finding:
    finding = verdict.findings[0]
    message = f"The Rust of {entry.name} is rejected by the gate {finding.gate}: {finding.message}"
    return Finding(Kind.FAILS, record.file, hole.line, entry.name, message, detail=finding.detail[-_SHOWN:])


@dataclass(frozen=True, slots=True)
class _Drivers:
    """Answers requests for drivers with what a model said when the run was made."""

    entries: Mapping[str, Entry]

    def __call__(self, requests: Sequence[Request]) -> dict[str, str]:
        """Return the answers by what they are for."""
        return dict(self._answers(requests))

    def _answers(self, requests: Sequence[Request]) -> Iterator[tuple[str, str]]:
        for each in requests:
            entry = self.entries.get(each.hole.removeprefix(DRIVER))
            if entry is not None and each.attempt <= len(entry.drivers):
                yield each.hole, entry.drivers[each.attempt - 1]
