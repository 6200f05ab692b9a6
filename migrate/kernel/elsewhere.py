"""A finished module in another build of the kernel than the one that it was made with."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from migrate.report.display import SilentDisplay
from migrate.run.ledger import Ledger
from migrate.run.output import open_output
from migrate.run.run import prepared_run
from migrate.subject import Subject
from repair.cargo import leased_workspace
from repair.module_tests import TestFailure
from repair.plug import Plug


def test_elsewhere(subject: Subject, plugs: Mapping[str, Plug]) -> TestFailure | None:
    """Build a module's Rust with another build's types, boot it there, and return what went wrong.

    Raise SettingsError or BaselineError where that build cannot be used.
    """
    module = subject.open({"evidence": {"level": "none"}})
    with (
        tempfile.TemporaryDirectory(prefix="llmigrate-") as folder,
        open_output(Path(folder) / "out") as output,
        Ledger(output.ledger) as ledger,
        leased_workspace() as workspace,
        prepared_run(module, output, ledger, workspace, SilentDisplay()) as run,
    ):
        known = {ident: plug for ident, plug in plugs.items() if ident in run.prepared.skeleton.by_ident}
        built, failure = run.judge.build_and_test(known)
    if built.ok:
        return failure
    errors = "\n".join(each.message for each in built.diagnostics if each.is_error) or built.stderr
    return TestFailure(
        "cargo", "The Rust does not build with the declarations of this configuration.", errors
    )
