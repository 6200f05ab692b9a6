"""The settled interface as a crate on disk, which its user may edit: what then stands for each C function."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.inventory import Inventory
from analysis.rust_bodies import RustBody
from migrate.given.crate import GivenCrate
from migrate.given.holes import named_after_c, open_holes
from migrate.given.matching import How, Match
from migrate.given.prepare import PreparedGiven
from migrate.given.prompter import GivenPrompter
from migrate.idiomatic.blueprint import Blueprint, Settled
from migrate.idiomatic.reading import stands_for
from migrate.module import Module
from migrate.prompts import Templates
from migrate.settings import UnsafeRule
from migrate.skeleton.crate import module_name, rust_paths

FOLDER = "interface"
"""What it is called in the output folder of a run."""
_LOCK = "Cargo.lock"
_BY_HAND = "changed by hand in the settled interface"
_TAKEN_OUT = "taken out of the settled interface by hand, or written there"


def modules_of(inventory: Inventory) -> dict[str, str]:
    """Return the Rust module that each definition of the C stands in, by ident."""
    paths = rust_paths(inventory.files)
    return {each.ident: module_name(paths[each.file]) for each in inventory.definitions}


def digest(files: Mapping[str, bytes]) -> str:
    """Return the hash of a crate's files, less what cargo writes there."""
    found = hashlib.sha256()
    for name in sorted(files.keys() - {_LOCK}):
        found.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return found.hexdigest()


def prepared_interface(
    module: Module, inventory: Inventory, crate: GivenCrate, templates: Templates
) -> PreparedGiven:
    """Match the open bodies of a settled interface with the C that their doc comments name."""
    matches = matches_of(crate, inventory)
    holes = named_after_c(open_holes(matches, inventory))
    unsafe_allowed = module.settings.interface.unsafe is not UnsafeRule.DENY
    prompter = GivenPrompter(templates, inventory, crate, holes, unsafe_allowed)
    return PreparedGiven(module, inventory, crate, matches, holes, prompter)


def matches_of(crate: GivenCrate, inventory: Inventory) -> tuple[Match, ...]:
    """Return what each open body of a settled interface stands for."""
    modules = modules_of(inventory)
    return tuple(
        Match(body, _functions(body, inventory, modules), How.DOCUMENTATION) for body in crate.open_bodies
    )


def _functions(body: RustBody, inventory: Inventory, modules: Mapping[str, str]) -> tuple[str, ...]:
    """Return the C functions that a body stands for; of several of one name, that of its own file."""
    names = stands_for(body.documentation)
    found = [each for each in inventory.functions if {each.ident, each.name} & names]
    at_home = [each for each in found if modules[each.ident] == Path(body.file).stem]
    return tuple(each.ident for each in at_home or found)


def edited(settled: Blueprint, crate: GivenCrate, matches: Sequence[Match]) -> Blueprint:
    """Return what was settled as its user has changed it."""
    bodies = {name: each.body for each in matches for name in each.functions}
    return replace(
        settled, functions=tuple(_edited(each, bodies.get(each.ident), crate) for each in settled.functions)
    )


def _edited(settled: Settled, body: RustBody | None, crate: GivenCrate) -> Settled:
    if body is None:
        return replace(settled, text="", path="", reason=_TAKEN_OUT) if settled.path else settled
    text = crate.files[body.file][body.start : body.end].decode("utf-8", "replace")
    if " ".join(text.split()) in " ".join(settled.text.split()):
        return settled
    module = Path(body.file).stem
    return Settled(settled.ident, module, body.header, text, body.path, _BY_HAND)
