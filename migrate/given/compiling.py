"""Whether a crate that a user wrote compiles as it is, before anything of a model's is in it."""

from __future__ import annotations

from migrate.errors import SettingsError
from migrate.given.crate import GivenCrate
from repair.cargo import Workspace
from repair.dependencies import provide_dependencies
from repair.plug import RenderedCrate


def check_compiles(crate: GivenCrate, workspace: Workspace) -> None:
    """Make sure that a crate compiles as it is given, its tests too. Raise SettingsError."""
    bare = RenderedCrate(crate.files, {})
    said = provide_dependencies(workspace, bare)
    if said is not None:
        raise SettingsError(
            f"cargo cannot get what {crate.folder} depends on: {said}; connect to the network once, "
            "or fetch it with `cargo fetch`"
        )
    workspace.write(bare)
    for built in (workspace.build(), workspace.build_tests()):
        if not built.ok:
            first = next((each.message for each in built.diagnostics if each.is_error), built.stderr)
            raise SettingsError(
                f"{crate.folder} does not compile as it is: {first.strip().splitlines()[-1]}; "
                "make `cargo test --no-run` pass there first"
            )
