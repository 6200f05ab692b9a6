"""The baseline: the C builds with its own flags and passes its own tests, before anything is asked."""

from __future__ import annotations

import shlex
from pathlib import Path

from analysis.process import run
from migrate.errors import BaselineError, SettingsError
from migrate.module import Module
from repair.module_tests import SYSTEM_LIBRARIES, TestFailure, TestPrograms, compile_programs
from repair.sandbox import NO_SANDBOX, Sandbox


def build_tests(module: Module, folder: Path, sandbox: Sandbox) -> TestPrograms | None:
    """Compile the module's test programs; None when it has none.

    Raise BaselineError when one does not compile, SettingsError when they cannot be isolated.
    """
    if not module.tests:
        return None
    if sandbox != NO_SANDBOX and Path.home().resolve().is_relative_to(module.root):
        raise SettingsError(
            f"{module.root} holds the home folder, which tests with a model's code in them must not see; "
            "move the module to a folder of its own"
        )
    settings = module.settings.tests
    flags = (*module.settings.flags, *settings.flags)
    objects = compile_programs(module.tests, flags, module.root, folder)
    if isinstance(objects, TestFailure):
        raise _baseline_error(module, objects)
    libraries = (f"-l{name}" for name in settings.libraries)
    return TestPrograms(objects, (*flags, *libraries), module.root, folder, settings.timeout, sandbox)


def check_baseline(module: Module, tests: TestPrograms | None, folder: Path) -> None:
    """Build the C and run its tests. Raise BaselineError when it does not build or pass."""
    objects: list[Path] = []
    for number, command in enumerate(module.commands):
        compiled = folder / f"module_{number}.o"
        result = run(("gcc", *command.flags, "-w", "-c", command.file, "-o", compiled), cwd=command.directory)
        if not result.ok:
            raise BaselineError(f"gcc does not build {command.file}: {result.errors.strip()}")
        objects.append(compiled)
    failure = tests.run(objects) if tests else None
    if failure is not None:
        raise _baseline_error(module, failure)


def _baseline_error(module: Module, failure: TestFailure) -> BaselineError:
    said = f"\n{failure.output}" if failure.output else ""
    return BaselineError(
        f"the C of {module.name} does not pass its own tests, so nothing was migrated: "
        f"{failure.message} Mend the C or its tests first.{said}"
    )


def test_command(module: Module, crate: Path) -> str:
    """Return the command, for a shell in the module's folder, that tests a crate as the run did."""
    if not module.tests:
        return ""
    library = crate / "target" / "debug" / f"lib{module.crate}.a"
    steps: list[tuple[str, ...]] = [("cargo", "build", "--manifest-path", str(crate / "Cargo.toml"))]
    flags = (*module.settings.flags, *module.settings.tests.flags)
    libraries = (*(f"-l{name}" for name in module.settings.tests.libraries), *SYSTEM_LIBRARIES)
    for source in module.tests:
        program = str(crate / "target" / source.stem)
        file = str(source.relative_to(module.root))
        steps += [("gcc", *flags, file, str(library), *libraries, "-o", program), (program,)]
    return " && ".join(shlex.join(step) for step in steps)
