"""What analysis knows of a module, in the sentences that prompts for an interface quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.callgraph import CallGraph
from analysis.fact_lines import function_lines, record_lines, variable_lines
from analysis.facts import facts_of
from analysis.inventory import Inventory
from analysis.pointers import Facts


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of one module, by what they are about."""

    facts: Facts

    def of_types(self) -> Sequence[str]:
        """Say what is known of records and of variables at file scope."""
        records = (line for each in self.facts.records.values() for line in _of_record(record_lines(each)))
        variables = (line for each in self.facts.variables.values() for line in variable_lines(each))
        return (*records, *variables)

    def of_function(self, ident: str) -> Sequence[str]:
        """Say what is known of a function."""
        found = self.facts.functions.get(ident)
        return () if found is None else function_lines(found)


def _of_record(lines: Sequence[str]) -> Iterator[str]:
    """Say of each member whose it is."""
    name = lines[0].partition(":")[0]
    yield lines[0]
    yield from (f"in {name}, {line}" for line in lines[1:])


def known_of(inventory: Inventory, graph: CallGraph) -> Known:
    """Find out what can be known of a module without a compiler or a model."""
    return Known(facts_of(inventory, graph))
