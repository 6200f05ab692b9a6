"""What is listed as equivalent is left out of the figures, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpus import strength
from benchmarks.equivalent import read_equivalents
from repair.evidence.coverage import Coverage, Mark
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import Corpus, Harness, MutantFate, SetAside
from repair.evidence.proof import Proof

_LISTED = """\
[[c]]
sample = "tiny"
function = "greater"
line = 3
before = "a > b"
after = "a >= b"
reason = "Of equal numbers either is the greater."

[[branch]]
sample = "tiny"
function = "greater"
line = 4
reason = "Nothing gets there."
"""


def proof(*fates: MutantFate) -> Proof:
    driver = Driver("greater", "tiny.c", "", DriverSource.RULE)
    marks = (Mark(3, True), Mark(3, True), Mark(3, False), Mark(4, False))
    corpus = Corpus((b"",), ("",), SetAside(), 1)
    return Proof("greater", (Harness(driver, corpus, Coverage((), marks), fates),))


FATES = (
    MutantFate(1, 3, "a > b", "a >= b", killed=False),
    MutantFate(2, 3, "a > b", "a <= b", killed=False),
    MutantFate(3, 3, "a", "b", killed=True),
)


def test_equivalent_mutants_and_unreachable_branches_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(_LISTED)
    found = strength("tiny", proof(*FATES), read_equivalents(tmp_path / "list.toml"))
    assert found.mutants == pytest.approx(1 / 2)
    assert found.branches == pytest.approx(2 / 3)
    assert found.equivalent == 2


def test_what_is_listed_for_another_module_counts(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(_LISTED)
    found = strength("other", proof(*FATES), read_equivalents(tmp_path / "list.toml"))
    assert found.mutants == pytest.approx(1 / 3)
    assert found.branches == pytest.approx(1 / 2)


def test_a_function_without_a_driver_has_nothing_shown(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text("")
    found = strength("tiny", Proof("greater", ()), read_equivalents(tmp_path / "list.toml"))
    assert (found.branches, found.mutants, found.is_weak) == (0, 0, True)


def test_entries_that_nothing_was_found_for_are_named(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(_LISTED)
    listed = read_equivalents(tmp_path / "list.toml")
    strength("tiny", proof(*FATES[1:]), listed)
    assert listed.stale(("c", "branch"), {"tiny"}) == ["c tiny greater 3 a > b a >= b"]
    assert listed.stale(("c", "branch"), {"other"}) == []


def test_an_entry_needs_a_reason(tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(_LISTED.replace('reason = "Nothing gets there."\n', ""))
    with pytest.raises(SystemExit, match="greater has no reason"):
        read_equivalents(tmp_path / "list.toml")


def test_the_list_of_the_samples_can_be_read() -> None:
    assert all(entry[1] in {"intmath", "sort", "ramfs"} for entry in read_equivalents().mutants)
