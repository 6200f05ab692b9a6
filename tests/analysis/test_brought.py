"""Which edits of a preprocessed function are edits of what was written there."""

from __future__ import annotations

from analysis.c_mutants import c_schemata, of_its_text
from analysis.process import run

MACROS = """\
#define OTHERS(x) ({ int found_ = (x) + 1000; found_ > 2000 ? 0 : found_; })
#define OURS(x) ((x) * 3000)
"""
WRITTEN = """\
int f(int a, int b)
{
	if (OTHERS(a - 4000) < b)
		return OURS(b);
	return a + 5000;
}
"""


def edits(own: frozenset[str]) -> set[tuple[str, str]]:
    expanded = run(("gcc", "-E", "-x", "c", "-"), stdin=(MACROS + WRITTEN).encode())
    made = c_schemata(expanded.stdout, "f")
    assert made is not None
    return {(each.before, each.after) for each in of_its_text(made, WRITTEN.encode(), own).mutants}


def test_what_the_macros_of_others_bring_is_not_edited() -> None:
    numbers = {before for before, _ in edits(frozenset({"OURS"})) if before.isdigit()}
    assert numbers == {"3000", "4000", "5000"}


def test_operators_that_were_written_are_edited_and_those_of_others_are_not() -> None:
    found = edits(frozenset({"OURS"}))
    assert ("a + 5000", "a - 5000") in found
    assert ("a - 4000", "a + 4000") in found
    assert not any("> 2000" in before for before, _ in found)


def test_a_macro_that_nobody_claims_is_one_of_others() -> None:
    numbers = {before for before, _ in edits(frozenset()) if before.isdigit()}
    assert numbers == {"4000", "5000"}
    assert "1000" in {before for before, _ in edits(frozenset({"OURS", "OTHERS"}))}
