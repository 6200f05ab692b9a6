"""The ground that candidates are tried on: a crate that builds and passes without them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from migrate.errors import Exit, OutputError, UserError
from migrate.run.attempt import Filled
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, tested_plugs_of
from repair.candidate import Candidate
from repair.judge import GroundLostError, Judge, Judged
from repair.plug import C_PLUG, PlugKind


@dataclass(frozen=True, slots=True)
class Ground:
    """Makes sure of the crate before a run tries anything in it."""

    judge: Judge
    ledger: Ledger
    log: Path
    """Where a failure that is nobody's candidate's is written to."""

    def firm(self, progress: tuple[Progress, ...]) -> tuple[Progress, ...]:
        """Return the holes with what still builds and passes.

        Rust that was accepted and does not any more, because the tests have become stricter or the
        toolchain is another, counts as rejected. Raise UserError when the bare skeleton fails.
        """
        if self._said(progress) is None:
            return progress
        said = self._said(())
        if said is not None:
            self.log.write_text(said)
            raise UserError(
                f"the crate does not build or pass with all its functions in C: {_first_error(said)}; "
                f"please report this with {self.log}",
                Exit.FAULT,
            )
        return self._without_culprits(progress)

    def _said(self, progress: tuple[Progress, ...]) -> str | None:
        """Build and test the crate; return what went wrong, or None."""
        built, failure = self.judge.build_and_test(tested_plugs_of(progress))
        self.ledger.save_cargo_run(built)
        if not built.ok:
            return f"cargo does not build it\n{built.stderr}"
        return f"{failure.message}\n{failure.output}" if failure else None

    def _without_culprits(self, progress: tuple[Progress, ...]) -> tuple[Progress, ...]:
        accepted = [
            Candidate(each.hole, each.filled.plug.text)
            for each in progress
            if each.filled is not None and each.filled.plug.kind is PlugKind.RUST
        ]
        batch = self.judge.judge({}, accepted)
        for run in batch.runs:
            self.ledger.save_cargo_run(run)
        judged = {each.candidate.hole.ident: each for each in batch.judged}
        return tuple(self._settled(each, judged.get(each.hole.ident)) for each in progress)

    def _settled(self, progress: Progress, judged: Judged | None) -> Progress:
        if progress.filled is None or (judged is not None and judged.verdict.accepted):
            return progress
        if judged is None:
            in_c = Filled(progress.hole.ident, progress.lineage, C_PLUG, None, None)
            self.ledger.fill(in_c)
            return progress.with_plug(in_c)
        put_back = progress.put_back(judged.verdict, judged.candidate.text, judged.fixes)
        self.ledger.accept(put_back.attempt, put_back.filled)
        return put_back.progress


def _first_error(said: str) -> str:
    lines = said.splitlines()
    return next((line.strip() for line in lines if "error" in line), lines[0])


def lost_ground(error: GroundLostError) -> OutputError:
    """Say that the crate fails without any candidate too."""
    return OutputError(
        f"the crate no longer builds or passes even without new candidates: {error}; "
        "see to disk and toolchain, and run the same command again"
    )
