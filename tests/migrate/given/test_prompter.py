"""What the prompt for an open body says."""

from __future__ import annotations

from pathlib import Path

from analysis.inventory import Inventory
from migrate.given.crate import GivenCrate, open_given
from migrate.given.holes import open_holes
from migrate.given.matching import How, Match
from migrate.given.prompter import GivenPrompter
from migrate.module import open_module
from migrate.prepare import read_inventory
from migrate.prompts import Templates
from migrate.settings import load_settings
from tests.given import MANIFEST

_TWICE = """\
static int step(int x)
{{
	return x + {step};
}}

int {name}(int x)
{{
	return step(step(x));
}}
"""
_LIB = """\
pub fn one(x: i32) -> i32 {
    todo!()
}
pub fn two(x: i32) -> i32 {
    todo!()
}
pub fn step_one(x: i32) -> i32 {
    todo!()
}
pub fn step_two(x: i32) -> i32 {
    todo!()
}
"""
_STANDS_FOR = {"one": "one", "two": "two", "step_one": "one.c:step", "step_two": "two.c:step"}


def prepared(folder: Path) -> tuple[GivenCrate, Inventory]:
    files = {
        "one.c": _TWICE.format(step=1, name="one"),
        "two.c": _TWICE.format(step=2, name="two"),
        "interface/Cargo.toml": MANIFEST,
        "interface/src/lib.rs": _LIB,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    inventory = read_inventory(open_module(folder, load_settings(folder, {})))
    return open_given(folder / "interface"), inventory


def test_a_name_is_that_of_its_own_file_where_two_files_have_one(tmp_path: Path) -> None:
    crate, inventory = prepared(tmp_path)
    matches = [Match(each, (_STANDS_FOR[each.path],), How.NAME) for each in crate.open_bodies]
    holes = open_holes(matches, inventory)
    prompter = GivenPrompter(Templates(), inventory, crate, holes, unsafe_allowed=False)
    for number in ("one", "two"):
        [hole] = [each.hole for each in holes if each.body.path == number]
        _, asked = prompter.first(hole)
        listed = [line for line in asked.content.splitlines() if line.startswith("- `step`")]
        assert listed == [f"- `step`: `step_{number}`"]
