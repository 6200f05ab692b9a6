"""What clippy warns of by default in a finished crate, by hole and by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from repair.cargo import CargoRun, Workspace
from repair.diagnostics import Diagnostic
from repair.plug import RenderedCrate

_CLIPPY = "clippy::"
_OF_INTERFACES = f"{_CLIPPY}missing_safety_doc"
"""Asks for a contract of what other crates see; c2rust's modules are not seen, so that it spares them."""


@dataclass(frozen=True, slots=True)
class Lints:
    """The lints of clippy that a crate breaks, by name, each as often as it does."""

    holes: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[str, ...]]


def lint(workspace: Workspace, rendered: RenderedCrate) -> tuple[CargoRun, Lints | None]:
    """Ask clippy about a crate, whatever that allows itself; without lints where it does not compile."""
    workspace.write(rendered)
    run = workspace.lint()
    if not run.ok:
        return run, None
    found = [each for each in run.diagnostics if _counts(each)]
    by_hole = _sorted((each.about(rendered.lines), each.code) for each in found)
    return run, Lints(by_hole, _sorted((_file(each), each.code) for each in found))


def _counts(diagnostic: Diagnostic) -> bool:
    code = diagnostic.code or ""
    return code.startswith(_CLIPPY) and code != _OF_INTERFACES


def _file(diagnostic: Diagnostic) -> str:
    return next((each.file for each in diagnostic.places if each.primary), diagnostic.places[0].file)


def _sorted(found: Iterable[tuple[str | None, str | None]]) -> dict[str, tuple[str, ...]]:
    names = defaultdict[str, list[str]](list)
    for key, code in found:
        if key is not None and code is not None:
            names[key].append(code.removeprefix(_CLIPPY))
    return {key: tuple(sorted(each)) for key, each in names.items()}
