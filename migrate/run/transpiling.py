"""What c2rust alone makes of a module: a strategy of its own, and what fills holes after a model gave up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from migrate.report.display import RunDisplay
from migrate.run.attempt import Filled
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress, tested_plugs_of
from migrate.skeleton.skeleton import Skeleton
from migrate.skeleton.transpile import transpile
from repair.judge import Judge
from repair.plug import WRITTEN, Plug


@dataclass
class Transpiling:
    """Lets c2rust fill what is not Rust, one hole at a time, where the result builds and passes."""

    skeleton: Skeleton
    judge: Judge
    ledger: Ledger
    display: RunDisplay
    fall_back: Callable[[Progress], Plug]
    """What fills a hole that c2rust cannot."""
    progress: dict[str, Progress] = field(default_factory=dict)

    def run(self, progress: Iterable[Progress]) -> None:
        """Fill every hole that is neither Rust nor transpiled yet. Raise SettingsError without c2rust."""
        self.progress = {each.hole.ident: each for each in progress}
        for each in list(self.progress.values()):
            if each.filled is None or each.filled.plug.kind not in WRITTEN:
                others = tested_plugs_of(tuple(self.progress.values()))
                self._fill(each, self._transpiled(each, others) or self.fall_back(each))

    def _transpiled(self, progress: Progress, others: Mapping[str, Plug]) -> Plug | None:
        """Return c2rust's translation of a hole if the crate builds and passes with it.

        What was put back to C before stays there.
        """
        plug = transpile(self.skeleton, progress.hole)
        if plug is None or plug.text in {each.text for each in progress.attempts if each.is_second_verdict}:
            return None
        built, failure = self.judge.build_and_test({**others, progress.hole.ident: plug})
        self.ledger.save_cargo_run(built)
        return plug if built.ok and failure is None else None

    def _fill(self, progress: Progress, plug: Plug) -> None:
        if progress.filled is not None and progress.filled.plug == plug:
            return
        filled = Filled(progress.hole.ident, progress.lineage, plug, None, None)
        self.ledger.fill(filled)
        self.progress[progress.hole.ident] = progress.with_plug(filled)
        self.display.fell_back(progress.hole.ident, plug.kind.value)
