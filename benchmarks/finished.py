"""Opens the output folder of a finished run as benchmarks need it: each function can be judged again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from migrate.evidence.proofs import known_answers
from migrate.report.display import SilentDisplay
from migrate.run.by_hand import remembered_address
from migrate.run.ledger import Ledger
from migrate.run.output import existing_output, open_output
from migrate.run.progress import Progress, plugs_of, tested_plugs_of
from migrate.run.run import Run, prepared_run
from migrate.subject import present_subject
from repair.candidate import Candidate
from repair.cargo import leased_workspace
from repair.excuse import Excuse, read_excuses
from repair.judge import textual_findings
from repair.verdict import Verdict


@dataclass(frozen=True)
class Finished:
    """A run all of whose holes had their turn, with everything that it was judged by."""

    run: Run
    accepted: dict[str, Progress]
    """The holes that are Rust, by ident."""

    @property
    def name(self) -> str:
        """The module's name."""
        return self.run.module.name

    @property
    def functions(self) -> dict[str, str]:
        """The accepted Rust of the functions, by ident."""
        plugs = plugs_of([each for each in self.accepted.values() if each.hole.kind == "function"])
        return {ident: plug.text or "" for ident, plug in plugs.items()}

    def verdict(self, ident: str, text: str) -> Verdict:
        """Put a text for one function through every gate, with all else as it was accepted."""
        candidate = Candidate(self.accepted[ident].hole, text)
        found = textual_findings(candidate, self._excuses(ident))
        if found:
            return Verdict(found)
        others = tested_plugs_of([each for each in self.accepted.values() if each.hole.ident != ident])
        return self.run.judge.judge(others, [candidate]).judged[0].verdict

    def _excuses(self, ident: str) -> tuple[Excuse, ...]:
        """Return what the accepted answer said it leaves out."""
        keys = [each.request_key for each in self.accepted[ident].attempts if each.request_key]
        exchange = self.run.ledger.exchange(keys[-1]) if keys else None
        return read_excuses(exchange.answer.text) if exchange else ()


@contextmanager
def finished(out: Path) -> Iterator[Finished]:
    """Lend a finished run, with proofs of its own level of effort."""
    existing_output(out)
    with open_output(out) as output, Ledger(output.ledger) as ledger, leased_workspace() as workspace:
        address = remembered_address(ledger)
        said = {"evidence": {"level": ledger.recall("evidence")}}
        module = present_subject(ledger).open(said)
        with prepared_run(module, output, ledger, workspace, SilentDisplay()) as run:
            run.hold_behaviour(address, known_answers(ledger))
            yield Finished(run, {each.hole.ident: each for each in run.progress() if each.accepted})


def spread(count: int, wanted: int) -> list[int]:
    """Return at most so many of the numbers below `count`, evenly spread."""
    wanted = min(count, wanted)
    return [number * count // wanted for number in range(wanted)]
