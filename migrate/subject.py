"""What a command is about: the PATHs that a user names, and the kernel build that they belong to, if any."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.errors import OutputError, SettingsError
from migrate.kernel.module import open_kernel_module
from migrate.module import Module, open_module, settings_folder
from migrate.run.ledger import Ledger
from migrate.settings import ABI, ALONE, FILE_NAME, ModuleSettings, Said, Shared, load_settings
from repair.kernel.build import Unusable, open_build


@dataclass(frozen=True, slots=True)
class Subject:
    """What is migrated, as the user names it."""

    paths: tuple[Path, ...]
    kernel: Path | None = None
    """The folder of a kernel build; None for a module that no kernel is made of, unless settings name one."""

    @property
    def resolved(self) -> Subject:
        """The same, wherever it is read."""
        kernel = None if self.kernel is None else self.kernel.resolve()
        return Subject(tuple(path.resolve() for path in self.paths), kernel)

    def open(self, said: Said, shared: Shared = ALONE) -> Module:
        """Open the module. Raise SettingsError when it cannot be one."""
        folder = settings_folder(self.paths[0])
        settings = load_settings(folder, said, shared=shared)
        build = self.kernel or settings.kernel.build
        if build is not None:
            return self._of_kernel(folder / build, folder, settings)
        if len(self.paths) > 1:
            raise SettingsError("several PATHs are one module only with --kernel; name one PATH")
        return open_module(self.paths[0], settings)

    def _of_kernel(self, build: Path, folder: Path, settings: ModuleSettings) -> Module:
        opened = open_build(build)
        if isinstance(opened, Unusable):
            raise SettingsError(opened.reason)
        named = tuple(opened.tree / file for file in settings.kernel.files)
        if named and len(self.paths) > 1:
            raise SettingsError(f"{folder / FILE_NAME} names the files of the kernel; name no further PATH")
        module = open_kernel_module(named or self.paths, opened.tree, opened.folder, settings)
        return replace(module, build=opened)

    def remember(self, ledger: Ledger) -> None:
        """Keep it for later commands on the same output."""
        kernel = None if self.kernel is None else str(self.kernel)
        kept = {"paths": [str(path) for path in self.paths], "kernel": kernel}
        ledger.remember("subject", json.dumps(kept))


def remembered_subject(ledger: Ledger) -> Subject | None:
    """Return what an output folder is of, or None when it does not say."""
    kept = ledger.recall("subject")
    if kept is not None:
        read = json.loads(kept)
        kernel = None if read["kernel"] is None else Path(read["kernel"])
        return Subject(tuple(map(Path, read["paths"])), kernel)
    # What was kept before a module could have several paths.
    path = ledger.recall("path")
    return None if path is None else Subject((Path(path),))


def remembered_interface(ledger: Ledger) -> str:
    """Return the interface of the run that a ledger is of; before it was remembered there was one only."""
    return ledger.recall("interface") or ABI


def present_subject(ledger: Ledger) -> Subject:
    """Return what an output folder is of, whose Rust has the interface of the C.

    Raise OutputError when it has another, when the ledger does not say, or when the module is gone.
    """
    interface = remembered_interface(ledger)
    if interface != ABI:
        raise OutputError(
            f"this run has the interface {interface}, and this command knows that of the C only; "
            f"run the module with --interface {ABI} into another folder"
        )
    subject = remembered_subject(ledger)
    missing = [path for path in subject.paths if not path.exists()] if subject else [None]
    if subject is None or missing:
        raise OutputError(
            f"the module of this run, {missing[0]}, is no longer there; run it again from where it is"
        )
    return subject
