"""Answers that hold many definitions, taken apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from repair.candidate import Candidate
from repair.hole import Hole
from repair.judge import Rejected, read_answer
from repair.verdict import Finding, Gate
from repair.whole_answer import Names, take_apart
from tests.repair.holes import function, variable

ONE, TWO, THREE = function("one"), function("two"), function("three")
TABLE = variable("table", "[c_int; 2]")
HOLES = (ONE, TWO, THREE, TABLE)
STEP_OF_A = replace(function("step"), ident="a.c:step")
STEP_OF_B = replace(function("step", "x: c_long"), ident="b.c:step", file=Path("b.c"))


def names(*holes: Hole, known: str = "") -> Names:
    return Names(holes, frozenset({*(hole.name for hole in holes), *known.split()}))


def block(code: str, mark: str = "// FILE: a.c") -> str:
    return f"```rust\n{mark}\n{code}\n```"


def item(hole: Hole, body: str = "x") -> str:
    return f"{hole.signature} {{\n    {body}\n}}\n"


def value(hole: Hole) -> str:
    return f"{hole.signature} = [1, 2];\n"


def taken(answer: str, holes: tuple[Hole, ...] = HOLES, known: str = "", cut_off: str = "") -> dict[str, str]:
    """Return the Rust for each hole, or the message of the finding in square brackets."""
    found = take_apart(answer, holes, names(*holes, known=known), cut_off)
    return {
        ident: f"[{each.message}]" if isinstance(each, Finding) else each.strip()
        for ident, each in found.items()
    }


def test_each_hole_gets_its_item_and_no_other() -> None:
    answer = block("".join([item(ONE, "1"), item(TWO, "2"), value(TABLE), item(THREE, "3")]))
    assert taken(answer) == {
        "one": item(ONE, "1").strip(),
        "two": item(TWO, "2").strip(),
        "three": item(THREE, "3").strip(),
        "table": value(TABLE).strip(),
    }


def test_what_the_answer_leaves_out_is_an_omission() -> None:
    found = take_apart(block(item(ONE) + item(THREE)), (ONE, TWO, THREE), names(ONE, TWO, THREE))
    assert found["two"] == Finding(Gate.OMISSION, "The answer leaves it out.")
    assert isinstance(found["one"], str) and isinstance(found["three"], str)


def test_an_answer_without_rust_leaves_everything_out() -> None:
    assert set(taken("I would rather not.").values()) == {"[The answer leaves it out.]"}


def test_functions_of_one_name_are_told_apart_by_their_files() -> None:
    holes = (STEP_OF_A, STEP_OF_B)
    answer = f"{block(item(STEP_OF_B), '// FILE: b.c')}\n\n{block(item(STEP_OF_A))}"
    assert taken(answer, holes) == {
        "a.c:step": item(STEP_OF_A).strip(),
        "b.c:step": item(STEP_OF_B).strip(),
    }


def test_one_block_may_hold_several_files() -> None:
    holes = (STEP_OF_A, STEP_OF_B)
    answer = block(f"{item(STEP_OF_A)}\n// FILE: b.c\n{item(STEP_OF_B)}")
    assert taken(answer, holes)["b.c:step"] == item(STEP_OF_B).strip()


def test_a_shared_name_without_a_file_is_given_to_nobody() -> None:
    found = taken(block(item(STEP_OF_A), "// The module."), (STEP_OF_A, STEP_OF_B))
    assert all("does not say which of `a.c` and `b.c` its `step` is of" in each for each in found.values())


def test_the_item_of_one_file_is_not_given_to_another() -> None:
    found = take_apart(block(item(STEP_OF_A)), (STEP_OF_B,), names(STEP_OF_A, STEP_OF_B))
    assert isinstance(found["b.c:step"], Finding)


def test_a_name_that_only_one_file_has_needs_no_file() -> None:
    assert taken(f"```rust\n{item(ONE)}```")["one"] == item(ONE).strip()
    assert taken(block(item(ONE), "// FILE: elsewhere.c"))["one"] == item(ONE).strip()


def test_a_file_may_be_named_without_its_folder() -> None:
    holes = (replace(STEP_OF_A, file=Path("src/a.c")), replace(STEP_OF_B, file=Path("src/b.c")))
    assert taken(block(item(STEP_OF_A)), holes)["a.c:step"] == item(STEP_OF_A).strip()


def test_an_item_that_the_answer_breaks_off_in_is_left_out() -> None:
    cut = "it was cut off at the limit of its length, after 9 tokens"
    begun = item(TWO, "if x > 0 { x } else { 0 }")[:-12]
    found = taken(f"```rust\n// FILE: a.c\n{item(ONE)}\n{begun}", cut_off=cut)
    assert found["one"] == item(ONE).strip()
    assert found["two"] == found["three"] == f"[The answer leaves it out: {cut}.]"


def test_an_item_that_was_complete_when_the_answer_broke_off_counts() -> None:
    assert taken(f"```rust\n{item(ONE)}\n{item(TWO)}", cut_off="it was cut off")["two"] == item(TWO).strip()


def test_broken_syntax_in_one_item_costs_no_other() -> None:
    broken = f"{TWO.signature} {{\n    if x {{ x\n}}\n"
    found = taken(block(f"{item(ONE)}\n#[inline]\n{broken}\n{value(TABLE)}\n{item(THREE)}"))
    assert found["one"] == item(ONE).strip()
    assert found["three"] == item(THREE).strip()
    assert found["table"] == value(TABLE).strip()
    rejected = read_answer(TWO, f"```rust\n{found['two']}\n```")
    assert isinstance(rejected, Rejected) and rejected.verdict.gate is Gate.PARSE


def test_a_helper_comes_with_the_function_that_uses_it() -> None:
    helpers = "fn one_half(x: c_int) -> c_int {\n    x / one_two()\n}\nfn one_two() -> c_int {\n    2\n}\n"
    found = taken(block(item(ONE, "one_half(x)") + helpers + item(TWO)))
    assert "fn one_half" in found["one"] and "fn one_two" in found["one"]
    assert found["two"] == item(TWO).strip()
    assert isinstance(read_answer(ONE, f"```rust\n{found['one']}\n```"), Candidate)


def test_a_helper_with_a_name_of_its_own_is_a_finding_for_those_that_use_it() -> None:
    found = taken(block(item(ONE, "least(x)") + "fn least(x: c_int) -> c_int {\n    x\n}\n" + item(TWO)))
    rejected = read_answer(ONE, f"```rust\n{found['one']}\n```")
    assert isinstance(rejected, Rejected)
    assert "`least` does not belong to this answer" in rejected.verdict.findings[0].message
    assert isinstance(read_answer(TWO, f"```rust\n{found['two']}\n```"), Candidate)


def test_what_the_crate_has_already_is_passed_over() -> None:
    again = (
        'use core::ffi::*;\npub struct pair {\n    pub a: c_int,\n}\nunsafe extern "C" {\n    fn abs();\n}\n'
    )
    found = taken(block(again + item(ONE, "pair { a: x }.a")), known="pair abs")
    assert found["one"] == item(ONE, "pair { a: x }.a").strip()


def test_a_constant_in_place_of_a_variable_is_rejected_and_not_left_out() -> None:
    found = taken(block("const table: [c_int; 2] = [1, 2];"))
    rejected = read_answer(TABLE, f"```rust\n{found['table']}\n```")
    assert isinstance(rejected, Rejected) and rejected.verdict.gate is Gate.PARSE


def test_blocks_in_other_languages_are_no_answer() -> None:
    answer = f"```c\nint one(int x) {{ return x; }}\n```\n{block(item(TWO))}\n```\n{item(THREE)}```"
    found = taken(answer)
    assert found["two"] == item(TWO).strip()
    assert found["one"] == found["three"] == "[The answer leaves it out.]"
