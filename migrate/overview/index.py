"""The index of an overview: one web page that needs nothing else."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from migrate.overview.fleet import Fleet
from migrate.overview.history import Snapshot
from migrate.overview.module import ModuleRun, Part, Pending
from migrate.overview.trend import HEIGHT, WIDTH, trend_of
from migrate.report.figures import counted, dollars
from migrate.report.html import environment
from migrate.report.picture import Node, Picture, draw
from migrate.report.states import STATE_NAMES, State
from repair.evidence.proof import floored

_MOST_FUNCTIONS = 400
"""With more functions than that in several modules the picture is one of modules."""


class Progress(enum.StrEnum):
    """How far a module has come."""

    DONE = "done"
    WEAK = "weak"
    """All of it is Rust, and evidence is all that it lacks."""
    PARTLY = "partly"
    NOTHING = "nothing"


_PROGRESS_NAMES: Mapping[Progress, str] = MappingProxyType(
    {
        Progress.DONE: "done",
        Progress.WEAK: "done, weak",
        Progress.PARTLY: "in part",
        Progress.NOTHING: "no Rust",
    }
)


def render_index(fleet: Fleet, history: Sequence[Snapshot], now: str) -> str:
    """Return the page, given earlier snapshots up to this one, and the time in ISO 8601."""
    of_functions = len(fleet.tally) <= _MOST_FUNCTIONS or len(fleet.modules) == 1
    names: Mapping[Any, str] = STATE_NAMES if of_functions else _PROGRESS_NAMES
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            fleet=fleet,
            title=f"{counted(len(fleet.modules), 'module')}: from C to Rust",
            now=now,
            trend=trend_of(history),
            width=WIDTH,
            height=HEIGHT,
            state_names=STATE_NAMES,
            of_functions=of_functions,
            picture=_functions(fleet) if of_functions else _modules(fleet),
            picture_names=names,
            left=_left(fleet),
        )
    )


def progress_of(module: ModuleRun) -> Progress:
    """Say how far a module has come."""
    tally = module.tally
    # Tests of a given crate may fail where nothing says which body is at fault.
    if module.figures.tests_passed is not False:
        if tally.done == len(tally):
            return Progress.DONE
        if tally.done + tally.states[State.WEAK] == len(tally):
            return Progress.WEAK
    return Progress.PARTLY if tally.rust else Progress.NOTHING


def _left(fleet: Fleet) -> list[tuple[ModuleRun, Part]]:
    return [(each, part) for each in fleet.modules for part in each.tally.parts if not part.is_done]


def _modules(fleet: Fleet) -> Picture:
    return draw([_module_node(each) for each in fleet.modules], fleet.calls)


def _module_node(module: ModuleRun) -> Node:
    said = f"{module.tally.rust} of {len(module.tally)} in Rust"
    return Node(module.key, module.title, f"modules/{module.key}.html", progress_of(module), said)


def _functions(fleet: Fleet) -> Picture:
    placed = [(each, part) for each in fleet.modules for part in each.tally.parts]
    uses = {_ident(each.key, part.name): _used(fleet, each, part) for each, part in placed}
    return draw([_part_node(each, part) for each, part in placed], uses)


def _part_node(module: ModuleRun, part: Part) -> Node:
    href = f"modules/{module.key}.html#{part.place}"
    return Node(_ident(module.key, part.name), part.name, href, part.state, STATE_NAMES[part.state])


def _used(fleet: Fleet, module: ModuleRun, part: Part) -> list[str]:
    inside = [_ident(module.key, name) for name in part.calls.inside]
    outside = [_ident(fleet.homes[name], name) for name in part.calls.outside if name in fleet.homes]
    return inside + outside


def _ident(key: str, name: str) -> str:
    return f"{key}#{name}"


@cache
def _environment() -> Environment:
    base = environment()
    folders: list[BaseLoader] = [PackageLoader("migrate.report", "."), PackageLoader("migrate.overview", ".")]
    own = base.overlay(loader=ChoiceLoader(folders))
    own.filters = {
        **base.filters,
        "percent": lambda share: "" if share is None else floored(share),
        "price": lambda usd: "" if usd is None else dollars(usd),
    }
    style = resources.files("migrate.overview").joinpath("index.css").read_text("utf-8")
    own.globals = {**base.globals, "index_css": Markup(style), "badge": _badge}
    return own


def _badge(run: ModuleRun | Pending) -> tuple[str, str]:
    """Return the class and the words of the badge of a run."""
    if run.running:
        return "running", "running"
    if isinstance(run, Pending):
        return "pending", "no report yet"
    progress = progress_of(run)
    return progress, _PROGRESS_NAMES[progress]
