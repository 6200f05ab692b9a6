"""Prompts that ask for an interface: for types, and for the signatures of a group of functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.inventory import Definition, Inventory
from migrate.c_outline import outline_of
from migrate.idiomatic.blueprint import Blueprint
from migrate.idiomatic.known import Known
from migrate.model.exchange import Message
from migrate.prompts import Templates
from repair.verdict import Finding


@dataclass(frozen=True)
class InterfacePrompter:
    """Writes the prompts for the interface of one module."""

    templates: Templates
    inventory: Inventory
    known: Known
    exported: frozenset[str]
    """Idents of the functions that C calls from outside."""

    def types(self) -> tuple[Message, ...]:
        """Return the prompt that asks for the types."""
        return self._prompt(
            "idiomatic_types.j2", {"files": self._files(), "facts": list(self.known.of_types())}
        )

    def signatures(self, blueprint: Blueprint, group: Sequence[Definition]) -> tuple[Message, ...]:
        """Return the prompt that asks for the signatures of some functions."""
        functions = [
            {
                "text": each.commented,
                "facts": list(self.known.of_function(each.ident)),
                "exported": each.ident in self.exported,
            }
            for each in group
        ]
        settled = [
            {"c": each.ident, "rust": f"`{each.path}`" if each.path else f"nothing: {each.reason}"}
            for each in blueprint.functions
        ]
        values = {
            "files": self._files(),
            "rust": blueprint.outline,
            "settled": settled,
            "functions": functions,
        }
        return self._prompt("idiomatic_signatures.j2", values)

    def repair(
        self, asked: tuple[Message, ...], answer: str, findings: Sequence[Finding]
    ) -> tuple[Message, ...]:
        """Return the prompt that asks again with what was wrong."""
        again = self.templates.render("idiomatic_repair.j2", {"findings": findings})
        return (*asked, Message("assistant", answer), Message("user", again))

    def _prompt(self, template: str, values: Mapping[str, object]) -> tuple[Message, ...]:
        return (
            Message("system", self.templates.render("idiomatic_system.j2", {})),
            Message("user", self.templates.render(template, values)),
        )

    def _files(self) -> list[dict[str, str]]:
        return [
            {"name": file.as_posix(), "text": outline_of(self.inventory, file)}
            for file in reversed(self.inventory.files)
        ]
