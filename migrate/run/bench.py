"""What a module is tested with, held for as long as a run may need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.errors import BaselineError, SettingsError
from migrate.module import Module
from migrate.run.baseline import build_tests, check_baseline
from migrate.settings import KernelSettings
from repair.cargo import Workspace
from repair.kernel.boot import Machine
from repair.kernel.build import KernelBuild, KernelUnit, Unusable
from repair.kernel.initrd import NotBuilt, build_static, initrd
from repair.kernel.journal import BuildInUse
from repair.kernel.swap import swapping
from repair.kernel.trial import KernelTests, Reference, refer
from repair.module_tests import ModuleTests
from repair.sandbox import Sandbox

_TIMES = 2
"""Boots of the kernel in C: lines in which these differ say nothing."""


@contextmanager
def test_bench(module: Module, workspace: Workspace, sandbox: Sandbox) -> Iterator[ModuleTests | None]:
    """Check that the C builds and passes its tests, and lend these; None where it has none.

    Raise BaselineError when it does not, SettingsError when its tests cannot be run here.
    """
    if module.build is not None:
        with _kernel_tests(module, module.build, workspace, sandbox) as tests:
            yield tests
    else:
        programs = build_tests(module, workspace.programs, sandbox)
        check_baseline(module, programs, workspace.programs)
        yield programs


@contextmanager
def _kernel_tests(
    module: Module, build: KernelBuild, workspace: Workspace, sandbox: Sandbox
) -> Iterator[KernelTests]:
    units = tuple(_unit(build, file) for file in module.sources)
    remaining = tuple(workspace.folder / "c" / file.relative_to(module.root) for file in module.sources)
    chosen = tuple(machines(module.settings.kernel))
    try:
        with swapping(build) as swap:
            references = tuple(refer(swap, each, sandbox, _TIMES) for each in chosen)
            good = tuple(each for each in references if isinstance(each, Reference))
            for failure in references:
                if not isinstance(failure, Reference):
                    raise BaselineError(
                        f"the kernel in {build.folder} does not pass as it is: {failure.message} "
                        f"Mend it before anything is migrated.\n{failure.output}"
                    )
            yield KernelTests(swap, units, remaining, good, sandbox)
    except BuildInUse as error:
        raise SettingsError(str(error)) from None


def _unit(build: KernelBuild, file: Path) -> KernelUnit:
    unit = build.unit(file)
    if isinstance(unit, Unusable):
        raise SettingsError(unit.reason)
    return unit


def machines(settings: KernelSettings) -> Iterator[Machine]:
    """Yield what a kernel is booted with: for its KUnit suites, and for a check. Raise SettingsError."""
    if settings.suites:
        yield Machine(settings.suites, None, settings.parameters, settings.checks.seconds)
    if settings.checks.program is not None:
        root = _first_root(settings.checks.program)
        yield Machine("", root, settings.parameters, settings.checks.seconds)


def _first_root(program: Path) -> bytes:
    """Return the first root folder with a check in it. Raise SettingsError when it cannot be made."""
    made: bytes | NotBuilt
    try:
        made = build_static(program) if program.suffix == ".c" else program.read_bytes()
    except OSError as error:
        raise SettingsError(f"the check {program} cannot be read: {error.strerror}") from None
    made = made if isinstance(made, NotBuilt) else initrd(made)
    if isinstance(made, NotBuilt):
        raise SettingsError(f"the check cannot be run: {made.message}")
    return made
