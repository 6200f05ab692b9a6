"""Which C an open body stands for, by name, doc comment and type, and what nothing stands for."""

from pathlib import Path

import pytest

from migrate.given.crate import open_given
from migrate.given.matching import How, Match, match_bodies, not_asked_for, words_of
from migrate.given.prepare import with_answer
from migrate.module import open_module
from migrate.prepare import read_inventory
from migrate.settings import load_settings
from tests.given import LIB, write_given


def matched(folder: Path, lib: str = LIB) -> tuple[dict[str, Match], tuple[str, ...]]:
    module = write_given(folder)
    (module / "interface" / "src" / "lib.rs").write_text(lib)
    inventory = read_inventory(open_module(module, load_settings(module, {})))
    found = match_bodies(open_given(module / "interface"), inventory)
    return {each.body.path: each for each in found}, not_asked_for(found, inventory)


def test_methods_are_matched_by_type_and_name_whatever_the_word_for_it(tmp_path: Path) -> None:
    found, _ = matched(tmp_path)
    assert {path: each.functions for path, each in found.items()} == {
        "Stack::new": ("stack_create",),
        "Stack::push": ("stack_push",),
        "Stack::len": ("stack_size",),
    }
    assert found["Stack::push"].how is How.NAME
    assert found["Stack::len"].how is How.ALIKE


def test_what_nothing_stands_for_is_listed_and_what_a_body_uses_is_not(tmp_path: Path) -> None:
    _, left = matched(tmp_path)
    assert left == ("stack_destroy", "unrelated")


def test_a_doc_comment_that_names_the_c_decides_where_names_differ(tmp_path: Path) -> None:
    lib = LIB.replace("fn len", "fn weight").replace("How many items there are", "Stands for `stack_size`")
    found, _ = matched(tmp_path, lib)
    assert (found["Stack::weight"].functions, found["Stack::weight"].how) == (
        ("stack_size",),
        How.DOCUMENTATION,
    )


def test_what_is_not_clear_is_left_to_the_model_and_its_answer_counts(tmp_path: Path) -> None:
    found, _ = matched(tmp_path, LIB.replace("fn len", "fn weight"))
    assert found["Stack::weight"].how is How.NONE
    module = tmp_path
    inventory = read_inventory(open_module(module, load_settings(module, {})))
    answer = "Stack::weight = stack_size, no_such_function\nStack::push = unrelated"
    told = {each.body.path: each for each in with_answer(tuple(found.values()), answer, inventory)}
    assert told["Stack::weight"].functions == ("stack_size",)
    assert told["Stack::push"].functions == ("stack_push",)


@pytest.mark.parametrize(
    ("name", "words"),
    [("csv_parse", ("csv", "parse")), ("CsvParser2", ("csv", "parser", "2")), ("HTTPGet", ("http", "get"))],
)
def test_names_of_any_style_are_taken_apart(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words
