"""How a run isolates what a model wrote, and what builds need besides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from analysis.unit import CompileCommand
from migrate.errors import SettingsError
from migrate.module import Module
from migrate.run.ledger import Ledger
from repair.cargo import Workspace
from repair.dependencies import provide_dependencies
from repair.plug import RenderedCrate
from repair.sandbox import NO_SANDBOX, Sandbox, SandboxKind, find_sandbox

_FOLDER_FLAGS = ("-I", "-iquote", "-isystem", "-idirafter", "-include", "-imacros")


def choose_sandbox(wanted: Literal["auto", "off"]) -> Sandbox:
    """Return the best sandbox, or none where the user says so. Raise SettingsError when none works."""
    found = NO_SANDBOX if wanted == "off" else find_sandbox()
    if found is None:
        raise SettingsError(
            "neither bubblewrap nor unshare works here, and tests with a model's code in them do not run "
            "without isolation; install the package bubblewrap, or accept the risk with --sandbox off"
        )
    return found


def weakest_sandbox(ledger: Ledger, workspace: Workspace) -> SandboxKind:
    """Return what isolated model-written code; that a run ever went without is never forgotten."""
    kind = workspace.sandbox.kind
    if kind is SandboxKind.OFF:
        ledger.remember("sandbox", kind)
    return SandboxKind.OFF if ledger.recall("sandbox") == SandboxKind.OFF else kind


def isolated(workspace: Workspace, module: Module, sandbox: Sandbox) -> Workspace:
    """Return a workspace whose builds run in a sandbox and see the headers that the module's flags name."""
    headers = sorted({path for command in module.commands for path in _headers(command)})
    return replace(workspace, sandbox=sandbox, visible=tuple(headers))


def _headers(command: CompileCommand) -> Iterator[Path]:
    """Yield what a file's flags name that stands on disk, unless the home folder is in it."""
    home = Path.home().resolve()
    for before, flag in zip(("", *command.flags), command.flags, strict=False):
        prefix = next((each for each in sorted(_FOLDER_FLAGS, key=len)[::-1] if flag.startswith(each)), "")
        named = flag if before in _FOLDER_FLAGS else flag.removeprefix(prefix) if prefix else ""
        path = (command.directory / named).resolve()
        if named and path.exists() and path not in (home, *home.parents):
            yield path


def require_dependencies(workspace: Workspace, bare: RenderedCrate) -> None:
    """Make sure that the crate builds without a network. Raise SettingsError when it cannot."""
    said = provide_dependencies(workspace, bare)
    if said is not None:
        raise SettingsError(
            f"cargo cannot get the crate cc, which builds what is still C: {said}; "
            "connect to the network once, or put it into cargo's registry with `cargo fetch`"
        )
