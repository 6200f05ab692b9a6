from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from repair.cargo import Workspace, leased_workspace
from repair.hole import Hole
from repair.judge import Batch, GroundLostError, Judge
from repair.module_tests import TestPrograms, compile_programs
from repair.plug import Plug, PlugKind
from repair.sandbox import find_sandbox
from repair.suggestions import ALLOWED
from repair.verdict import Gate
from tests.repair.holes import PlainCrate, candidate, function

F, G, H = (function(name) for name in "fgh")
TEST = """\
#include <stdio.h>
int f(int), g(int), h(int);
int main(void)
{
	printf("f is %d\\n", f(1));
	return f(1) != 7 || g(1) != 7 || h(1) != 7;
}
"""


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """Lend one scratch crate to all tests of this file."""
    with leased_workspace() as leased:
        yield leased


def judged(workspace: Workspace, *bodies: tuple[Hole, str], tests: TestPrograms | None = None) -> Batch:
    judge = Judge(PlainCrate((F, G, H)), workspace, "trial", tests)
    return judge.judge({}, [candidate(hole, body) for hole, body in bodies])


def outcome(batch: Batch) -> dict[str, Gate | None]:
    return {each.candidate.hole.name: each.verdict.gate for each in batch.judged}


def test_clean_candidates_are_accepted_by_one_run_of_clippy_and_one_build(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "x"), (G, "-x"), (H, "x / 7"))
    assert outcome(batch) == {"f": None, "g": None, "h": None}
    assert [run.command for run in batch.runs] == ["clippy", "build"]


def test_an_error_is_assigned_to_the_candidate_that_it_stands_in(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "x"), (G, "nothing_of_that_name"), (H, "7"))
    assert outcome(batch) == {"f": None, "h": None, "g": Gate.COMPILE}
    (finding,) = batch.judged[-1].verdict.findings
    assert finding.code == "E0425"
    assert "   2 |     nothing_of_that_name\n     |     ^^^^^^^^^^^^^^^^^^^^" in finding.detail


def test_what_relies_on_a_rejected_one_is_rejected_with_it(workspace: Workspace) -> None:
    helper = "x }\n\nfn f_helper() -> c_int { wrong "
    batch = judged(workspace, (F, helper), (G, "f_helper()"))
    assert outcome(batch) == {"f": Gate.COMPILE, "g": Gate.COMPILE}


def test_a_fix_that_keeps_the_meaning_is_made_without_the_model(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "return (x);"))
    (each,) = batch.judged
    assert each.verdict.accepted
    assert each.candidate.text == f"{F.signature} {{\n    x\n}}"
    assert "clippy::needless_return" in each.fixes
    assert set(each.fixes) <= ALLOWED


def test_a_suggestion_that_panics_where_c_wraps_is_not_applied(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "let wide: i64 = i64::MAX;\n    wide"))
    (each,) = batch.judged
    (finding,) = each.verdict.findings
    assert finding.code == "E0308"
    # The compiler did suggest it; only the model gets to hear of that.
    assert "panic if the converted value doesn't fit" in finding.detail
    assert "try_into" not in each.candidate.text
    assert each.fixes == ()


def test_a_suggestion_that_is_not_on_the_list_is_not_applied(workspace: Workspace) -> None:
    body = "if x >= 3 && x < 9 { 1 } else { 0 }"
    (each,) = judged(workspace, (F, body)).judged
    assert each.verdict.accepted
    assert each.candidate.text == candidate(F, body).text


def test_a_warning_that_matters_rejects(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "let unused = 1;\n    return x;\n    x"))
    assert outcome(batch) == {"f": Gate.LINT}


def test_an_unsafe_block_without_its_reason_is_rejected(workspace: Workspace) -> None:
    batch = judged(workspace, (F, "unsafe { g(x) }"), (G, "x"))
    assert outcome(batch) == {"g": None, "f": Gate.LINT}


@pytest.fixture
def programs(tmp_path: Path) -> TestPrograms:
    """Compile a C program that tests f, g and h."""
    (tmp_path / "test.c").write_text(TEST)
    objects = compile_programs((tmp_path / "test.c",), (), tmp_path, tmp_path)
    assert isinstance(objects, tuple)
    sandbox = find_sandbox()
    assert sandbox is not None
    return TestPrograms(objects, (), tmp_path, tmp_path, 10, sandbox)


def test_no_candidate_is_blamed_for_a_crate_that_fails_without_any(
    workspace: Workspace, programs: TestPrograms
) -> None:
    (programs.folder / "other.c").write_text("int main(void) { return 1; }")
    objects = compile_programs((programs.folder / "other.c",), (), programs.root, programs.folder)
    assert isinstance(objects, tuple)
    with pytest.raises(GroundLostError, match="exit status 1"):
        judged(workspace, (F, "6 + x"), (G, "6 + x"), tests=replace(programs, objects=objects))


@pytest.mark.parametrize("bad", [F, G, H], ids=lambda hole: hole.name)
def test_the_tests_reject_only_the_one_that_breaks_them(
    bad: Hole, workspace: Workspace, programs: TestPrograms
) -> None:
    bodies = [(hole, "8" if hole is bad else "6 + x") for hole in (F, G, H)]
    batch = judged(workspace, *bodies, tests=programs)
    assert outcome(batch) == {hole.name: Gate.TESTS if hole is bad else None for hole in (F, G, H)}
    rejected = batch.judged[-1].verdict.findings[0]
    assert f"f is {8 if bad is F else 7}" in rejected.detail


def test_a_candidate_is_tested_on_top_of_what_is_accepted(
    workspace: Workspace, programs: TestPrograms
) -> None:
    judge = Judge(PlainCrate((F, G, H)), workspace, "trial", programs)
    accepted = {"g": Plug(PlugKind.RUST, candidate(G, "x * 7").text)}
    batch = judge.judge(accepted, [candidate(F, "// SAFETY: g takes any number.\n    unsafe { g(x) }")])
    assert outcome(batch) == {"f": None}


def test_an_overflow_that_c_does_not_have_is_found_by_the_tests(
    workspace: Workspace, programs: TestPrograms
) -> None:
    batch = judged(workspace, (F, "let big = c_int::MAX - 1 + x;\n    big + x - big + 6"), tests=programs)
    assert outcome(batch) == {"f": Gate.TESTS}
    detail = batch.judged[0].verdict.findings[0].detail
    assert "attempt to add with overflow" in detail
    # A backtrace would show other addresses in every run, and push the reason out of sight.
    assert "0x" not in detail
