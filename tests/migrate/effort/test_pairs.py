"""Parts of two crates, paired."""

from __future__ import annotations

from pathlib import Path

from migrate.effort.pairs import pair
from tests.migrate.effort.crates import crate

STEP = "fn step(x: u32) -> u32 {\n    let y = x + 1;\n    y * 3 - x / 2\n}\n"


def paired(folder: Path, before: dict[str, str], after: dict[str, str]) -> set[tuple[str, str]]:
    """Pair two crates and return the paths on both sides with their files; nothing where there is none."""
    pairs = pair(crate(folder / "ours", **before).parts, crate(folder / "theirs", **after).parts)
    sides = [(each.before, each.after) for each in pairs]
    named = [tuple(f"{at.file[4:-3]}.{at.part.path}" if at else "" for at in both) for both in sides]
    return {(before, after) for before, after in named}


def test_a_part_is_known_by_its_name_however_it_was_changed(tmp_path: Path) -> None:
    assert paired(tmp_path, {"lib": STEP}, {"lib": "fn step() {}"}) == {("lib.step", "lib.step")}


def test_a_part_is_known_in_another_file(tmp_path: Path) -> None:
    assert paired(tmp_path, {"lib": STEP}, {"lib": "mod a;", "a": STEP}) == {("lib.step", "a.step")}


def test_of_two_with_one_name_each_keeps_its_own_file(tmp_path: Path) -> None:
    before = {"a": "fn init() { 1; }", "b": "fn init() { 2; }"}
    after = {"a": "fn init() { 3; }", "b": "fn init() { 1; }"}
    assert paired(tmp_path, before, after) == {("a.init", "a.init"), ("b.init", "b.init")}


def test_methods_of_one_name_in_two_types_are_not_mixed_up(tmp_path: Path) -> None:
    one, two = "impl A {\n    fn new() { 1; }\n}\n", "impl B {\n    fn new() { 2; }\n}\n"
    swapped = two.replace("2", "1") + one.replace("1", "2")
    assert paired(tmp_path, {"lib": one + two}, {"lib": swapped}) == {
        ("lib.A::new", "lib.A::new"),
        ("lib.B::new", "lib.B::new"),
    }


def test_a_function_with_another_name_is_known_by_its_likeness(tmp_path: Path) -> None:
    renamed = STEP.replace("step", "advance").replace("* 3", "* 4")
    pairs = pair(crate(tmp_path / "a", lib=STEP).parts, crate(tmp_path / "b", lib=renamed).parts)
    assert [each.likeness is not None and 0.9 < each.likeness < 1 for each in pairs] == [True]
    assert (pairs[0].difference.tree.final, pairs[0].difference.tree.changed) == (4, 2)


def test_a_function_that_is_not_alike_is_gone_and_another_is_new(tmp_path: Path) -> None:
    other = "fn other() { for each in LIST { each.call(); } }"
    assert paired(tmp_path, {"lib": STEP}, {"lib": other}) == {("lib.step", ""), ("", "lib.other")}


def test_the_most_alike_is_the_one(tmp_path: Path) -> None:
    less = STEP.replace("step", "less").replace("y * 3 - x / 2", "x * 5 + y % 7")
    more = STEP.replace("step", "more")
    assert paired(tmp_path, {"lib": STEP}, {"lib": less + more}) == {
        ("lib.step", "lib.more"),
        ("", "lib.less"),
    }


def test_constants_with_other_names_are_never_taken_for_one(tmp_path: Path) -> None:
    assert paired(tmp_path, {"lib": "const A: u32 = 1;"}, {"lib": "const B: u32 = 1;"}) == {
        ("lib.A", ""),
        ("", "lib.B"),
    }


def test_a_function_that_became_a_method_and_was_rewritten_is_the_same_function(tmp_path: Path) -> None:
    method = (
        "impl Walk {\n    fn step(&self) -> Vec<u8> {\n        self.all.iter().copied().collect()\n    }\n}\n"
    )
    assert paired(tmp_path, {"lib": STEP}, {"lib": method}) == {("lib.step", "lib.Walk::step")}
