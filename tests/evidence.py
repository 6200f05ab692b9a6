"""Drivers over small C modules, with changed C in the place of a translation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analysis.process import run
from migrate.evidence.targets import make_c_side, make_targets
from repair.evidence.by_rule import driver_by_rule
from repair.evidence.c_side import DEFINED
from repair.evidence.comparison import Difference, compare
from repair.evidence.coverage import Coverage
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import QUICK, Corpus, Harness, Unusable
from repair.evidence.lab import Lab
from repair.evidence.proving import Screened, prove, screen
from repair.evidence.replay import C_MILLISECONDS, Run, replay, show
from repair.evidence.search import random_inputs
from repair.evidence.target import Target
from repair.evidence.variants import PLAIN, Variant
from repair.sandbox import NO_SANDBOX, find_sandbox
from tests.migrate.hybrids import prepare_module, write_files


@dataclass
class Room:
    """A lab for one C file, and others that stand beside it."""

    folder: Path
    text: str
    others: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _prepared(self) -> tuple[Lab, dict[str, Target]]:
        prepared = prepare_module(write_files(self.folder / "module", {"module.c": self.text, **self.others}))
        return Lab(self.folder / "lab", make_c_side(prepared), find_sandbox() or NO_SANDBOX), make_targets(
            prepared
        )

    @property
    def lab(self) -> Lab:
        """Where drivers are built and run."""
        return self._prepared[0]

    def target(self, ident: str) -> Target:
        """Return a function of the module."""
        return self._prepared[1][ident]

    def rule(self, ident: str) -> Driver:
        """Return the driver that rules make for a function."""
        text = driver_by_rule(self.target(ident))
        assert text is not None
        return Driver(ident, "module.c", text, DriverSource.RULE)

    def written(self, body: str, ident: str = "f") -> Driver:
        """Return a driver by hand, of which the body of `drive` is given."""
        return Driver(ident, "module.c", f"void drive(void)\n{{\n{body}\n}}\n", DriverSource.MODEL)

    def runs(self, driver: Driver, inputs: Sequence[bytes], variant: Variant = PLAIN) -> tuple[Run, ...]:
        """Replay inputs on the C."""
        return replay(self.lab, self.lab.build(driver, variant), inputs, C_MILLISECONDS)

    def log(self, driver: Driver, one: bytes = b"") -> list[str]:
        """Return what the C reports on one input."""
        return show(self.lab, self.lab.build(driver, PLAIN), one, C_MILLISECONDS)[0].splitlines()

    def screened(self, driver: Driver, inputs: Sequence[bytes] = ()) -> Screened:
        """Screen inputs on the C, random ones where none are given."""
        return screen(self.lab, driver, inputs or tuple(random_inputs(100, 3)))

    def prove(self, driver: Driver) -> Harness | Unusable:
        """Make the harness of a driver with little effort."""
        return prove(self.lab, driver, self.target(driver.ident).hole, QUICK)

    def difference(self, ident: str, edits: Sequence[tuple[str, str]]) -> list[Difference | None]:
        """Compare the C with itself after each edit of its text."""
        harness = self.prove(self.rule(ident))
        assert isinstance(harness, Harness), harness
        return [compare(self.lab, harness, (self.changed(before, after),)) for before, after in edits]

    def told_apart(self, ident: str, before: str, after: str) -> Difference | None:
        """Compare the C with itself after an edit, on random inputs for the driver by rule."""
        driver = self.rule(ident)
        screened = self.screened(driver)
        logs = tuple(run.log for run in screened.runs)
        corpus = Corpus(screened.inputs, logs, screened.set_aside, len(screened.inputs))
        assert corpus.inputs
        return compare(
            self.lab, Harness(driver, corpus, Coverage((), ()), None), (self.changed(before, after),)
        )

    def changed(self, before: str, after: str) -> Path:
        """Compile the C with one part of its text replaced, where there is exactly one."""
        text = self.lab.c_side.defined["module.c"].decode()
        assert text.count(before) == 1, before
        compiled, changed = self.folder / "changed.o", self.folder / "changed.c"
        changed.write_text(text.replace(before, after))
        others = [self.lab.folder / DEFINED / name for name in self.others if name.endswith(".c")]
        sources = (changed, *others)
        ended = run(("gcc", *PLAIN.flags, "-w", "-r", "-nostdlib", *sources, "-o", compiled))
        assert ended.ok, ended.errors
        return compiled
