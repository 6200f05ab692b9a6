"""What a machine has to have for runs of a batch, and what it lacks."""

from __future__ import annotations

import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from migrate.batch.fingerprint import tool_version
from migrate.doctor import TOOLS_OF_A_RUN, Finding, examine_tools, sandbox_finding
from migrate.module import Module
from migrate.settings import Strategy

SANDBOX, TRANSPILER = "sandbox", "c2rust"
_FOR_SOME = frozenset({SANDBOX, TRANSPILER})
"""What only some runs need."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The machine that a batch is on, in all that others have to share with it."""

    version: str
    """Of this program: what one machine began, another goes on with."""
    architecture: str
    """Sizes and layouts of C are those of the machine."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it sees itself."""

    host: str
    lacks: Mapping[str, str]
    """What it lacks, by what that is, each in one phrase."""

    def obstacles(self, needs: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return why it can run nothing, or nothing of what needs more than every run does."""
        return tuple(why for what, why in self.lacks.items() if what not in _FOR_SOME or what in needs)


def origin() -> Origin:
    """Return what this machine is."""
    return Origin(tool_version(), platform.machine())


def needs_of(module: Module) -> frozenset[str]:
    """Return what the run of a module needs that others do not."""
    run = module.settings.run
    transpiles = run.strategy is Strategy.TRANSPILE or run.fallback == "transpiled"
    return frozenset({SANDBOX} if run.sandbox != "off" else ()) | (
        {TRANSPILER} if transpiles else frozenset()
    )


def examine_machine(batch: Origin) -> Machine:
    """Look for all that any run may need on this machine."""
    found = (*examine_tools(TOOLS_OF_A_RUN, None), sandbox_finding())
    missing = {each.tool.name: _lack(each) for each in found if not each.ok}
    return Machine(socket.gethostname(), {**_differences(batch), **missing})


def _differences(batch: Origin) -> dict[str, str]:
    here = origin()
    said: dict[str, str] = {}
    if here.version != batch.version:
        said["version"] = f"it has llmigrate {here.version}, and the batch {batch.version}"
    if here.architecture != batch.architecture:
        said["architecture"] = f"it is {here.architecture}, and the batch is on {batch.architecture}"
    return said


def _lack(finding: Finding) -> str:
    return f"{finding.tool.name}, which {finding.tool.purpose}: {finding.problem} ({finding.tool.remedy})"
