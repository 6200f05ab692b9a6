"""What is said of a proof: no figure that was not measured, and the same by the run and by later checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from repair.evidence.cache import HarnessCache
from repair.evidence.coverage import Coverage, Mark
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.evidence import Evidence, evidence_of
from repair.evidence.harness import FULL, QUICK, Corpus, Effort, Harness, MutantFate, SetAside
from repair.evidence.proof import Minimum, Proof, floored
from repair.evidence.proving import prove
from tests.evidence import Room

MINIMUM = Minimum(0.9, 0.85)
LINES = (Mark(3, True), Mark(4, True))
BRANCHES = (Mark(3, True), Mark(3, False))
KILLED, SURVIVED = (MutantFate(1, 3, "<", "<=", killed=killed) for killed in (True, False))


def proof(
    lines: Sequence[Mark] = LINES,
    branches: Sequence[Mark] = (),
    mutants: tuple[MutantFate, ...] | None = None,
    *,
    unmade: bool = False,
) -> Proof:
    driver = Driver("f", "m.c", "x", DriverSource.RULE)
    corpus = Corpus((b"a", b"b"), ("0", "1"), SetAside(), 9)
    coverage = Coverage(tuple(lines), tuple(branches))
    return Proof("f", (Harness(driver, corpus, coverage, mutants, unmade),))


def told(shown: Proof, *, differs: bool = False) -> Evidence:
    return evidence_of(shown, MINIMUM, differs=differs)


def test_what_was_not_counted_has_no_figure() -> None:
    evidence = told(proof(lines=()))
    assert evidence.sentence == "2 inputs; branches not measured"
    assert evidence.short == "2 inputs, branches not measured"
    assert evidence.weakness == "its lines and branches could not be counted"


def test_a_function_without_branches_has_no_share_of_them() -> None:
    evidence = told(proof())
    assert evidence.sentence == "2 lines; 2 inputs; no branches"
    assert evidence.short == "2 inputs, no branches"
    assert evidence.weakness is None


def test_a_share_of_branches_is_said_where_there_are_some() -> None:
    assert told(proof(branches=BRANCHES)).sentence == "2 lines; 2 inputs at 50 % of branches"


def test_a_difference_is_said_first() -> None:
    evidence = told(proof(branches=BRANCHES), differs=True)
    assert evidence.sentence.startswith("it differs from the C in the finished crate; ")
    assert evidence.short == "differs from the C"


def test_mutants_that_could_not_be_made_are_a_weakness() -> None:
    evidence = told(proof(unmade=True))
    assert evidence.weakness == "mutants of it could not be made"
    assert evidence.sentence.endswith("mutants of it could not be made")
    assert any("could be made" in each for each in evidence.not_shown)


def test_another_driver_is_wanted_only_where_it_can_help() -> None:
    assert not proof(unmade=True).may_grow(MINIMUM)
    assert proof(branches=BRANCHES, unmade=True).may_grow(MINIMUM)
    assert proof(mutants=(SURVIVED,)).may_grow(MINIMUM)


@pytest.mark.parametrize("mutants", [(), None], ids=["nothing to change", "not asked for"])
def test_no_mutants_are_no_weakness_where_none_were_wanted(mutants: tuple[MutantFate, ...] | None) -> None:
    assert told(proof(mutants=mutants)).weakness is None


@pytest.mark.parametrize(
    ("lines", "branches", "mutants"),
    list(
        product(
            [(), LINES, (Mark(3, True), Mark(4, False))],
            [(), BRANCHES, (Mark(3, True),)],
            [None, (), (KILLED,), (KILLED, SURVIVED), "unmade"],
        )
    ),
)
def test_a_check_finds_the_weakness_that_the_run_found(
    lines: Sequence[Mark], branches: Sequence[Mark], mutants: tuple[MutantFate, ...] | str | None
) -> None:
    fates = None if isinstance(mutants, str) else mutants
    shown = proof(lines, branches, fates, unmade=mutants == "unmade")
    assert told(shown).below(MINIMUM) == shown.weakness(MINIMUM)


@pytest.mark.parametrize("effort", [QUICK, FULL], ids=lambda each: each.name)
def test_mutants_count_as_not_made_only_where_they_were_wanted(effort: Effort, tmp_path: Path) -> None:
    room = Room(tmp_path, "int f(int x) { return x > 3 ? 1 : x; }\n")
    hole = room.target("f").hole
    # Where no function of the name is found, there is nothing to read.
    unread = prove(room.lab, room.rule("f"), replace(hole, name="elsewhere"), effort)
    assert isinstance(unread, Harness)
    assert unread.unmade == effort.mutants
    read = prove(room.lab, room.rule("f"), hole, effort)
    assert isinstance(read, Harness)
    assert not read.unmade
    cache = HarnessCache(tmp_path / "cache")
    for each in (unread, read):
        cache.save(room.lab, each.driver, effort, each)
        assert cache.load(room.lab, each.driver, effort) == each


@pytest.mark.parametrize("percent", range(101))
def test_a_share_of_whole_percent_is_spelled_as_it_is_and_less_is_never_rounded_up(percent: int) -> None:
    assert floored(percent / 100) == f"{percent}%"
    assert floored((percent * 1000 + 999) / 100_000) == f"{percent}%"
