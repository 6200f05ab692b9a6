"""Whose a difference is, where several variables came at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from repair.evidence.behaviour import Behaviour
from repair.evidence.lab import Lab
from repair.evidence.proof import Proof

TABLES = frozenset(f"t{number}" for number in range(8))
READER = Behaviour(cast(Lab, None), {"f": Proof("f", ())}, {"f": TABLES | {"f"}})


def crate(
    is_wrong: Callable[[frozenset[str]], bool], built: list[frozenset[str]]
) -> Callable[..., list[str]]:
    """Stand in for a crate in which `f` differs if what is Rust of the tables is wrong."""

    def without(in_c: frozenset[str]) -> list[str]:
        built.append(in_c)
        return ["f"] if is_wrong(TABLES - in_c) else []

    return without


@pytest.mark.parametrize("wrong", sorted(TABLES))
def test_one_wrong_table_of_many_is_found_in_few_builds(wrong: str) -> None:
    built: list[frozenset[str]] = []
    blamed = READER.variables_to_blame(["f"], TABLES, crate(lambda rust: wrong in rust, built))
    assert blamed == {wrong: "f"}
    assert len(built) <= 7


def test_tables_that_are_wrong_only_together_are_blamed_together() -> None:
    blamed = READER.variables_to_blame(["f"], TABLES, crate(lambda rust: {"t0", "t7"} <= rust, []))
    assert blamed == dict.fromkeys(TABLES, "f")


def test_no_table_is_blamed_for_a_function_that_differs_without_them() -> None:
    built: list[frozenset[str]] = []
    assert READER.variables_to_blame(["f"], TABLES, crate(lambda rust: True, built)) == {}
    assert built == [TABLES]


def test_nothing_is_built_where_no_variable_is_read() -> None:
    built: list[frozenset[str]] = []
    assert READER.variables_to_blame(["f"], {"other"}, crate(lambda rust: True, built)) == {}
    assert not built


def test_no_table_is_blamed_where_the_crate_does_not_build_without_it() -> None:
    assert READER.variables_to_blame(["f"], TABLES, lambda in_c: None) == {}
