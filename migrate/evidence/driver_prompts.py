"""Prompts that ask for a driver, and the driver in an answer."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from analysis.inventory import Inventory, Kind
from migrate.c_outline import declarations_of
from migrate.model.exchange import Message
from migrate.prompts import Templates
from repair.code_blocks import code_in
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.driver_policy import check_driver
from repair.evidence.proof import Minimum, Proof
from repair.evidence.surroundings import HOSTED_C, Surroundings
from repair.evidence.target import Target
from repair.excuse import read_claims

_HEADERS = frozenset(
    {"errno.h", "limits.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h", "driver.h"}
)
_SHOWN_LINES = 40
_SHOWN_SURVIVORS = 20
_SHOWN_CALLEES = 6000
_C = frozenset({"c", "C", "h"})


@dataclass(frozen=True)
class DriverPrompter:
    """Writes the prompts for the drivers of one module."""

    templates: Templates
    inventory: Inventory
    minimum: Minimum
    surroundings: Surroundings = HOSTED_C
    kind: str = ""
    """How the names of a target's own templates begin."""

    def first(self, target: Target) -> tuple[Message, ...]:
        """Return the prompt that asks for a driver.

        What rules alone came to is no part of it, so that it is the same whatever found their inputs.
        """
        definition = self.inventory.by_ident[target.hole.ident]
        there = self.surroundings.there
        values = {
            "file": target.home.as_posix(),
            "declarations": declarations_of(self.inventory, target.home),
            "c_text": definition.commented,
            "callees": self._callees(target),
            "elsewhere": _named(self._elsewhere(target)),
            "absent": _named(target.outside - there) if there is not None else "",
            "handles": _named(target.handles),
            "callable": _named(target.callable),
        }
        return (
            Message("system", self.templates.render(f"{self.kind}driver_system.j2", {})),
            Message("user", self.templates.render("driver.j2", values)),
        )

    def repair(
        self, target: Target, asked: tuple[Message, ...], answer: str, proof: Proof
    ) -> tuple[Message, ...]:
        """Return the prompt that asks again: what was answered, and what it came to."""
        values = {
            "reason": proof.refused[-1]
            if proof.refused and DriverSource.MODEL not in proof.sources
            else None,
            "weakness": proof.weakness(self.minimum),
            "missed": self._missed(target, proof),
            "survivors": [each for each in proof.survivors if not proof.is_claimed(each.line)][
                :_SHOWN_SURVIVORS
            ],
            "claimed": bool(proof.standing_claims),
        }
        again = Message("user", self.templates.render("driver_repair.j2", values))
        return (*asked, Message("assistant", answer), again)

    def _missed(self, target: Target, proof: Proof) -> str:
        """Quote the lines that no input reaches, or where a condition never turns out one way."""
        source = self.inventory.originals[target.hole.file].source
        coverage = proof.coverage
        every = sorted({*coverage.missed, *coverage.half})
        wanted = [line for line in every if not proof.is_claimed(line)][:_SHOWN_LINES]
        half = set(coverage.half) - set(coverage.missed)
        lines = source.text.decode("utf-8", "backslashreplace").split("\n")
        notes = dict.fromkeys(half, "   // in one direction only")
        shown = (number for number in wanted if number <= len(lines))
        return "\n".join(f"{each:5} {lines[each - 1].rstrip()}{notes.get(each, '')}" for each in shown)

    def _elsewhere(self, target: Target) -> frozenset[str]:
        """Return the functions in other files that a call comes to."""
        reached = (self.inventory.by_ident[each] for each in target.reached)
        return frozenset(
            each.name for each in reached if each.kind is Kind.FUNCTION and each.file != target.hole.file
        )

    def _callees(self, target: Target) -> str:
        """Show the functions of the module that it calls, as far as they are not too long."""
        called = self.inventory.by_ident[target.hole.ident].calls
        reached = (self.inventory.by_ident[each] for each in sorted(target.reached - {target.hole.ident}))
        texts = [each.text for each in reached if each.kind is Kind.FUNCTION and each.name in called]
        shown = "\n\n".join(texts)
        return shown if len(shown) <= _SHOWN_CALLEES else ""


def _named(names: Collection[str]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(names))


def only_claims(answer: str) -> bool:
    """Tell whether an answer leaves the driver as it is, and says why no other would show more."""
    return bool(read_claims(answer)) and "```" not in answer


def read_driver(target: Target, functions: Collection[str], answer: str) -> Driver | str:
    """Take the driver out of an answer, or say why there is none.

    It must not replace any of the module's `functions`.
    """
    text = code_in(answer, _C) or ""
    if not re.search(r"\bvoid\s+drive\s*\(\s*(?:void)?\s*\)", text):
        return "The answer has no code block that starts with ```c and defines `void drive(void)`."
    findings = check_driver(text, _HEADERS, spared=target.names, reserved=functions)
    if findings:
        return " ".join(each.message for each in findings)
    return Driver(target.hole.ident, target.home.as_posix(), text, DriverSource.MODEL)
