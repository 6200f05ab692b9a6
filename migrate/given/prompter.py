"""Prompts for a given interface: its open bodies, and which C each stands for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.inventory import Definition, Inventory
from analysis.rust_bodies import without_bodies
from migrate.c_outline import declarations_of
from migrate.given.crate import GivenCrate
from migrate.given.holes import OpenBody
from migrate.given.matching import Match
from migrate.model.exchange import Message
from migrate.prompts import Templates
from repair.hole import Hole
from repair.verdict import Finding

_NO_STD = re.compile(rb"^\s*#!\[no_std\]", re.MULTILINE)


@dataclass(frozen=True)
class GivenPrompter:
    """Writes the prompts for the open bodies of one crate."""

    templates: Templates
    inventory: Inventory
    crate: GivenCrate
    holes: tuple[OpenBody, ...]
    unsafe_allowed: bool

    @cached_property
    def _by_ident(self) -> dict[str, OpenBody]:
        return {each.hole.ident: each for each in self.holes}

    def first(self, hole: Hole) -> tuple[Message, ...]:
        """Return the prompt that asks for a body."""
        rules = {
            "unsafe_allowed": self.unsafe_allowed,
            "edition": self.crate.edition,
            "no_std": any(_NO_STD.search(self.crate.files[file]) for file in self.crate.sources),
        }
        return (
            Message("system", self.templates.render("given_system.j2", rules)),
            Message("user", self.templates.render("given_function.j2", self._values(hole))),
        )

    def repair(
        self, hole: Hole, shown: str | None, findings: Sequence[Finding], lines: bool, times: int = 1
    ) -> tuple[Message, ...]:
        """Return the prompt that asks again: what was answered, and what was wrong with it."""
        values = {"findings": findings, "lines": lines, "times": times}
        again = self.templates.render("repair.j2", values)
        answered = (Message("assistant", shown),) if shown else ()
        return (*self.first(hole), *answered, Message("user", again))

    def fingerprint(self, hole: Hole) -> str:
        """Return the hash of what a body depends on: the crate's interface, and its C."""
        values = {name: str(value) for name, value in self._values(hole).items()}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def _values(self, hole: Hole) -> dict[str, object]:
        asked = self._by_ident[hole.ident]
        body = asked.body
        return {
            "crate": crate_outline(self.crate),
            "declarations": c_declarations(self.inventory, asked.functions),
            "names": self._names(asked),
            "c_text": "\n\n".join(each.commented for each in asked.functions),
            "helpers": "\n\n".join(each.commented for each in asked.helpers),
            "file": hole.file.as_posix(),
            "rust_file": body.file,
            "header": body.header,
            "documentation": "\n".join(f"/// {line}".rstrip() for line in body.documentation.splitlines()),
            "signature": body.signature,
        }

    def _names(self, asked: OpenBody) -> list[dict[str, str]]:
        """List the C functions that its C names, and what stands for them."""
        named = self._named(asked)
        return [
            {"c": function.name, "rust": other.body.path}
            for other in self.holes
            for function in other.functions
            if function.ident in named and other is not asked
        ]

    def _named(self, asked: OpenBody) -> frozenset[str]:
        """Return what the C of a body names, its helpers' included, by unique name."""
        found = (
            self.inventory.resolve(name, each.file)
            for each in (*asked.functions, *asked.helpers)
            for name in each.references
        )
        return frozenset(each.ident for each in found if each is not None)


def crate_outline(crate: GivenCrate) -> list[dict[str, str]]:
    """Show the crate's own files, open bodies and tests left out."""
    closed = frozenset(each.path for each in crate.bodies) - {each.path for each in crate.open_bodies}
    return [
        {"name": file, "text": without_bodies(crate.files[file], closed).strip()} for file in crate.sources
    ]


def c_declarations(inventory: Inventory, functions: Sequence[Definition]) -> str:
    """Show the declarations of the C files that functions stand in; of all where there is none."""
    homes = dict.fromkeys(each.unit.file for each in functions)
    wanted = list(homes) or [unit.file for unit in inventory.units]
    return "\n\n".join(declarations_of(inventory, home) for home in wanted)


def matching_prompt(
    templates: Templates, inventory: Inventory, crate: GivenCrate, matches: Sequence[Match]
) -> tuple[Message, ...]:
    """Return the prompt that asks which C the bodies stand for that no rule could match."""
    values = {
        "crate": crate_outline(crate),
        "declarations": c_declarations(inventory, ()),
        "names": [{"rust": each.body.path, "c": name} for each in matches for name in each.functions],
        "open": [each.body.path for each in matches if not each.functions],
    }
    return (
        Message("system", templates.render("given_match_system.j2", {})),
        Message("user", templates.render("given_match.j2", values)),
    )
