"""Settles an interface with a model: types first, then signatures in call-graph order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analysis.callgraph import CallGraph
from analysis.inventory import Definition, Inventory
from migrate.errors import Exit, UserError
from migrate.idiomatic.blueprint import Blueprint
from migrate.idiomatic.prompter import InterfacePrompter
from migrate.idiomatic.reading import Rejection, read_functions, read_types
from migrate.model.exchange import Message
from migrate.report.display import RunDisplay
from repair.cargo import CargoRun, Workspace
from repair.diagnostics import Diagnostic
from repair.plug import RenderedCrate
from repair.verdict import Finding, Gate

Ask = Callable[[str, int, tuple[Message, ...]], str]
"""Puts a prompt to the model: what it is for, which attempt it is, and its messages."""
_PURPOSE = "interface "
"""How requests begin to name what they are for; no hole has a space in its name."""
_MOST_FUNCTIONS = 8
_MOST_BYTES = 12_000
_SHOWN_DIAGNOSTICS = 8


@dataclass(frozen=True)
class Designer:
    """Asks for an interface piece by piece; each has to compile with all bodies open before the next."""

    inventory: Inventory
    graph: CallGraph
    prompter: InterfacePrompter
    ask: Ask
    workspace: Workspace
    display: RunDisplay
    attempts: int

    def design(self, blueprint: Blueprint, modules: dict[str, str]) -> Blueprint:
        """Settle all of it; `modules` holds the Rust module of each definition by ident.

        Raise UserError where the model is out of attempts.
        """

        def typed(answer: str) -> Blueprint | Rejection:
            read = read_types(answer)
            return read if isinstance(read, Rejection) else blueprint.with_types(*read)

        blueprint = self._settled("types", self.prompter.types(), typed)
        for number, group in enumerate(self._groups(modules), 1):
            blueprint = self._extended(blueprint, f"signatures {number}", group, modules)
        return blueprint

    def _extended(
        self, blueprint: Blueprint, purpose: str, group: Sequence[Definition], modules: dict[str, str]
    ) -> Blueprint:
        def extended(answer: str) -> Blueprint | Rejection:
            read = read_functions(answer, group, modules[group[0].ident])
            return read if isinstance(read, Rejection) else blueprint.with_functions(read)

        return self._settled(purpose, self.prompter.signatures(blueprint, group), extended)

    def _settled(
        self, purpose: str, prompt: tuple[Message, ...], read: Callable[[str], Blueprint | Rejection]
    ) -> Blueprint:
        """Ask until an answer can be read and compiles."""
        asked, findings = prompt, tuple[Finding, ...]()
        for attempt in range(1, self.attempts + 1):
            answer = self.ask(f"{_PURPOSE}{purpose}", attempt, asked)
            found = read(answer)
            findings = found.findings if isinstance(found, Rejection) else self._compiled(found)
            if not findings and isinstance(found, Blueprint):
                self.display.note(f"interface: {purpose} settled")
                return found
            self.display.note(f"interface: {purpose} rejected: {findings[0].message}")
            asked = self.prompter.repair(prompt, answer, findings)
        raise UserError(
            f"the {purpose} of the interface could not be settled in {self.attempts} answers: "
            f"{findings[0].message} Give an interface of your own with --interface CRATE, or more --attempts",
            Exit.LIMIT,
        )

    def _compiled(self, blueprint: Blueprint) -> tuple[Finding, ...]:
        self.workspace.write(RenderedCrate(blueprint.files, {}))
        run = self.workspace.clippy()
        return () if run.ok else tuple(_findings(run, blueprint))

    def _groups(self, modules: dict[str, str]) -> Iterator[list[Definition]]:
        """Yield the functions callee-first, some at a time, each group of one module."""
        ordered = sorted(
            self.inventory.functions,
            key=lambda each: (self.graph.wave_of[each.ident], self.inventory.position(each)),
        )
        group: list[Definition] = []
        for each in ordered:
            size = sum(len(other.text) for other in (*group, each))
            other_module = bool(group) and modules[group[0].ident] != modules[each.ident]
            if group and (len(group) == _MOST_FUNCTIONS or size > _MOST_BYTES or other_module):
                yield group
                group = []
            group.append(each)
        if group:
            yield group


def _findings(run: CargoRun, blueprint: Blueprint) -> Iterator[Finding]:
    errors = [each for each in run.diagnostics if each.is_error][:_SHOWN_DIAGNOSTICS]
    for each in errors:
        yield Finding(Gate.COMPILE, f"{each.message}.", _place(each, blueprint), each.code)
    if not errors:
        yield Finding(Gate.COMPILE, "The crate does not compile.", run.stderr[-1000:])


def _place(diagnostic: Diagnostic, blueprint: Blueprint) -> str:
    """Quote the lines that a diagnostic points at, and what it adds."""
    quoted: list[str] = []
    for place in diagnostic.places:
        lines = blueprint.files.get(place.file, b"").decode().split("\n")
        quoted += [lines[at - 1] for at in range(place.line, place.end_line + 1) if at <= len(lines)]
        if place.label:
            quoted.append(f"    ^ {place.label}")
    notes = [f"{level}: {text}" for level, text in diagnostic.notes]
    return "\n".join((*quoted, *notes))
