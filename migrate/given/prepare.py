"""Everything about a module and a given crate that is known before a body is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.inventory import Inventory
from migrate.doctor import require_tools
from migrate.given.crate import GivenCrate
from migrate.given.holes import OpenBody, open_holes
from migrate.given.matching import How, Match, match_bodies
from migrate.given.prompter import GivenPrompter, matching_prompt
from migrate.model.exchange import Message
from migrate.module import Module
from migrate.prepare import read_inventory
from migrate.prompts import Templates
from migrate.report.calls import Calls, calls_of
from migrate.settings import UnsafeRule

MATCHING = "interface matching"
"""What the request is for that asks which C the bodies stand for; no hole has a space in its name."""
AskMatching = Callable[[tuple[Message, ...]], str | None]


@dataclass(frozen=True)
class PreparedGiven:
    """A module and a crate whose open bodies it fills."""

    module: Module
    inventory: Inventory
    crate: GivenCrate
    matches: tuple[Match, ...]
    holes: tuple[OpenBody, ...]
    prompter: GivenPrompter

    @property
    def calls(self) -> dict[str, Calls]:
        """Return what the C of each hole uses, by its unique name."""
        functions = {each.hole.ident: each.functions for each in self.holes}
        helpers = {each.hole.ident: each.helpers for each in self.holes}
        return calls_of(self.inventory, functions, helpers)


def prepare_given(
    module: Module, crate: GivenCrate, templates: Templates, ask: AskMatching | None = None
) -> PreparedGiven:
    """Take the module apart and match it with the crate; `ask` puts what no rule could match to a model.

    Raise BaselineError when gcc does not accept the C.
    """
    require_tools()
    inventory = module.target.inventory(read_inventory(module))
    matches = match_bodies(crate, inventory)
    if ask is not None and any(not each.functions for each in matches):
        answer = ask(matching_prompt(templates, inventory, crate, matches))
        matches = with_answer(matches, answer or "", inventory)
    holes = open_holes(matches, inventory)
    unsafe_allowed = module.settings.interface.unsafe is not UnsafeRule.DENY
    prompter = GivenPrompter(templates, inventory, crate, holes, unsafe_allowed)
    return PreparedGiven(module, inventory, crate, matches, holes, prompter)


def with_answer(matches: Sequence[Match], answer: str, inventory: Inventory) -> tuple[Match, ...]:
    """Complete matches by what a model said; names that the C does not have are passed over."""
    said = _said(answer, {each.ident: each.ident for each in inventory.functions})
    return tuple(
        replace(each, functions=said[each.body.path], how=How.MODEL)
        if not each.functions and said.get(each.body.path)
        else each
        for each in matches
    )


def _said(answer: str, functions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in answer.splitlines():
        path, equals, names = line.strip(" `-*").rpartition(" = ")
        if equals:
            chosen = (name.strip(" `") for name in names.split(","))
            found[path.strip(" `")] = tuple(name for name in chosen if name in functions)
    return found
