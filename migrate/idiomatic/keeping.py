"""Leaves a settled interface in the output folder, or takes what its user has made of it there."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.inventory import Inventory
from migrate.given.compiling import check_compiles
from migrate.given.crate import open_given
from migrate.idiomatic.blueprint import Blueprint
from migrate.idiomatic.interface import FOLDER, digest, edited, matches_of
from migrate.report.display import RunDisplay
from migrate.run.ledger import Ledger
from migrate.run.output import Output, writing
from repair.cargo import Workspace, read_files, write_files

_WRITTEN = "interface written"
"""Under what the ledger remembers the hash of the interface as it was left."""


@dataclass(frozen=True)
class Keeping:
    """What becomes of an interface between two runs on one output folder."""

    output: Output
    ledger: Ledger
    workspace: Workspace
    display: RunDisplay

    def keep(self, settled: Blueprint, inventory: Inventory) -> Blueprint:
        """Write an interface as it was settled, unless its user has changed it: then return that one.

        Raise SettingsError where the changed one does not compile.
        """
        folder = self.output.folder / FOLDER
        written = self.ledger.recall(_WRITTEN)
        if written is not None and folder.is_dir() and digest(read_files(folder)) != written:
            self.display.note(f"interface: taken as it was changed in {folder}")
            crate = open_given(folder)
            check_compiles(crate, self.workspace)
            return edited(settled, crate, matches_of(crate, inventory))
        with writing(self.output.folder):
            write_files(folder, settled.files)
        self.ledger.remember(_WRITTEN, digest(settled.files))
        return settled
