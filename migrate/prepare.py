"""Everything about a module that needs no model: facts, slices, skeleton and prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.callgraph import CallGraph, build_call_graph
from analysis.inventory import Inventory, take_inventory
from analysis.slices import Slice, slice_of
from analysis.unit import CompileCommand, Rejected, TranslationUnit, read_unit, syntax_errors
from migrate.doctor import require_tools
from migrate.errors import BaselineError
from migrate.module import Module
from migrate.prompts import Prompter, Templates
from migrate.skeleton.build import build_skeleton
from migrate.skeleton.crate import Assembly
from migrate.skeleton.skeleton import Skeleton


@dataclass(frozen=True)
class Prepared:
    """A module, taken apart and ready to be asked for."""

    module: Module
    inventory: Inventory
    graph: CallGraph
    slices: Mapping[str, Slice]
    skeleton: Skeleton
    prompter: Prompter

    @property
    def assembly(self) -> Assembly:
        """Puts the crate together for any set of plugs."""
        return Assembly(self.skeleton)


def prepare(module: Module, templates: Templates) -> Prepared:
    """Take a module apart. Raise BaselineError when gcc or bindgen does not accept its C.

    Raise SettingsError when a tool is missing.
    """
    require_tools()
    inventory = module.target.inventory(read_inventory(module))
    graph = build_call_graph(inventory)
    slices = {each.ident: slice_of(inventory, each) for each in inventory.definitions}
    skeleton = build_skeleton(inventory, slices, module.crate, module.target)
    prompter = Prompter(templates, inventory, slices, skeleton)
    return Prepared(module, inventory, graph, slices, skeleton, prompter)


def read_inventory(module: Module) -> Inventory:
    """Read the C of a module. Raise BaselineError when gcc does not accept it."""
    return take_inventory((_read(command, module) for command in module.commands), module.root)


def _read(command: CompileCommand, module: Module) -> TranslationUnit:
    rejected = syntax_errors(command)
    unit = rejected or read_unit(command, module.root)
    if isinstance(unit, Rejected):
        raise BaselineError(
            f"gcc does not accept {unit.file}: {_first_error(unit.message)}; "
            "correct the C, or its `flags` in llmigrate.toml"
        )
    return unit


def _first_error(message: str) -> str:
    lines = message.strip().splitlines()
    return next((line for line in lines if "error" in line), lines[-1] if lines else "no message")
