"""Rust files have the order and the comments of the C, and types the layout that gcc gives them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.rust_items import rust_items
from analysis.unit import CompileCommand, TranslationUnit, read_unit
from migrate.errors import BaselineError
from migrate.skeleton.layout_check import Claim, check_layout, read_claims
from tests.migrate.hybrids import prepare_module, write_files

_C = """\
    // What this file is.

    #define LIMIT 4 /* not more */

    /* A pair. */
    struct pair {
        char tag;
        int value;
        unsigned low : 3;
        union { int whole; char bytes[4]; } part;
    };
    typedef struct { long far; } far_t;

    /* The state. */
    static int state = 1;

    /* Between. */

    /* Adds
     * what it is given. */
    int add(struct pair *p, far_t *f) { return p->value + f->far + state + LIMIT; }

    /* The end. */
    """


@pytest.fixture
def c_file(tmp_path: Path) -> Path:
    return write_files(tmp_path / "m", {"m.c": _C}) / "m.c"


def read(c_file: Path) -> TranslationUnit:
    unit = read_unit(CompileCommand(c_file, (), c_file.parent), c_file.parent)
    assert isinstance(unit, TranslationUnit)
    return unit


def claims_of(c_file: Path) -> list[Claim]:
    prepared = prepare_module(c_file.parent)
    text = prepared.assembly.render({}).files["src/bindings.rs"].decode()
    return list(read_claims(rust_items(text), read(c_file).types))


def test_items_and_comments_stand_in_the_order_of_the_c(c_file: Path) -> None:
    text = prepare_module(c_file.parent).assembly.render({}).files["src/m.rs"].decode()
    words = [
        "// What this file is.",
        "pub const LIMIT: c_int = 4;",
        "// A pair.",
        "pub struct pair {",
        "pub struct far_t {",
        "// The state.",
        "static mut state: c_int;",
        "// Between.",
        "// Adds\n// what it is given.",
        "pub fn add(",
        "// The end.",
    ]
    places = [text.find(each) for each in words]
    assert -1 not in places, words[places.index(-1)]
    assert places == sorted(places)
    assert text.count("what it is given") == 1


def test_every_size_and_offset_with_a_name_in_c_is_asked(c_file: Path) -> None:
    claims = {each.expression: each.value for each in claims_of(c_file)}
    assert claims == {
        "sizeof(struct pair)": 16,
        "_Alignof(struct pair)": 4,
        "__builtin_offsetof(struct pair, tag)": 0,
        "__builtin_offsetof(struct pair, value)": 4,
        "__builtin_offsetof(struct pair, part)": 12,
        "sizeof(far_t)": 8,
        "_Alignof(far_t)": 8,
        "__builtin_offsetof(far_t, far)": 0,
    }


def test_gcc_agrees_with_the_layout_of_bindgen(c_file: Path) -> None:
    check_layout(CompileCommand(c_file, (), c_file.parent), claims_of(c_file))


@pytest.mark.parametrize("kind", ["size", "alignment", "offset"])
def test_a_wrong_number_is_refused_with_the_name_of_the_type(c_file: Path, kind: str) -> None:
    claims = claims_of(c_file)
    wrong = next(each for each in claims if each.about.startswith(f"the {kind} of") and "pair" in each.about)
    claims[claims.index(wrong)] = replace(wrong, value=wrong.value + 1)
    expected = (
        rf"gcc and bindgen disagree on m\.c: the {kind} of .*struct pair is {wrong.value + 1} for bindgen"
    )
    with pytest.raises(BaselineError, match=expected):
        check_layout(CompileCommand(c_file, (), c_file.parent), claims)


def test_flags_that_change_the_layout_are_used_for_the_question(c_file: Path) -> None:
    with pytest.raises(BaselineError, match="struct pair"):
        check_layout(CompileCommand(c_file, ("-fpack-struct",), c_file.parent), claims_of(c_file))


def test_c_that_no_longer_compiles_once_exposed_is_refused(c_file: Path) -> None:
    c_file.write_text("int broken(void) { return nothing; }\n")
    with pytest.raises(
        BaselineError, match=re.escape("m.c does not compile once its file-local definitions")
    ):
        check_layout(CompileCommand(c_file, (), c_file.parent), [])
