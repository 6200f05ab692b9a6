"""What counts as an answer for types and for signatures, and what is said of one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.inventory import Definition
from migrate.idiomatic.blueprint import Blueprint, Settled
from migrate.idiomatic.reading import Rejection, read_functions, read_types
from migrate.module import open_module
from migrate.prepare import read_inventory
from migrate.settings import load_settings
from tests.given import write_given

PUSH = """\
impl Stack {
    /// Pushes an item.
    ///
    /// Stands for `stack_push`.
    pub fn push(&mut self, item: i32) -> Result<(), Error> {
        unimplemented!()
    }
}
"""


@pytest.fixture
def asked(tmp_path: Path) -> list[Definition]:
    module = write_given(tmp_path)
    inventory = read_inventory(open_module(module, load_settings(module, {})))
    return [inventory.by_ident[name] for name in ("stack_push", "grow")]


def answer(rust: str, reasons: str = "") -> str:
    return f"```rust\n{rust}```\n\n{reasons}"


def said(found: object) -> str:
    assert isinstance(found, Rejection)
    return " ".join(each.message for each in found.findings)


def test_types_come_with_a_reason_for_each_type_of_the_c() -> None:
    found = read_types(answer("pub struct Stack {\n    items: Vec<i32>,\n}\n", "- `stack`: owns its items."))
    assert found == ("pub struct Stack {\n    items: Vec<i32>,\n}", (("stack", "owns its items."),))


@pytest.mark.parametrize(
    ("rust", "message"),
    [
        ("pub struct S {\n    p: *mut u8,\n}\n", "`*mut u8` is a raw pointer"),
        ("unsafe impl Send for S {}\nstruct S;\n", "`unsafe` has no place in this interface"),
        ("struct {\n", "is not valid Rust"),
    ],
)
def test_types_that_safe_bodies_cannot_use_are_refused(rust: str, message: str) -> None:
    assert message in said(read_types(answer(rust)))


def test_functions_are_known_by_what_their_doc_comments_say(asked: list[Definition]) -> None:
    found = read_functions(
        answer(PUSH, "- stack_push: fails with negative items\n- `grow`: NONE: a `Vec` grows by itself"),
        asked,
        "stack",
    )
    assert not isinstance(found, Rejection)
    push, grow = found
    assert (push.ident, push.path, push.header) == ("stack_push", "Stack::push", "impl Stack")
    assert push.reason == "fails with negative items"
    assert push.text.startswith("/// Pushes an item.\n///\n/// Stands for `stack_push`.\npub fn push(")
    assert (grow.ident, grow.path, grow.reason) == ("grow", "", "a `Vec` grows by itself")


def test_a_function_that_nothing_stands_for_is_asked_for_again(asked: list[Definition]) -> None:
    assert "Nothing stands for `grow`" in said(read_functions(answer(PUSH), asked, "stack"))


def test_types_bodies_and_strangers_among_functions_are_refused(asked: list[Definition]) -> None:
    more = "struct Extra;\n\n/// A stranger.\nfn other() {\n    unimplemented!()\n}\n"
    message = said(read_functions(answer(PUSH + more, "- grow: NONE: no"), asked, "stack"))
    assert "`struct Extra;` is no function" in message
    assert "`other` does not say which of the functions asked for it stands for" in message
    filled = PUSH.replace("unimplemented!()", "Ok(())")
    assert "The body of `Stack::push` must be `unimplemented!()`." in said(
        read_functions(answer(filled, "- grow: NONE: no"), asked, "stack")
    )


def settled(ident: str, module: str, text: str, header: str = "") -> Settled:
    return Settled(ident, module, header, text, ident, "")


def test_functions_of_one_impl_stand_together_whenever_they_were_settled() -> None:
    blueprint = Blueprint("stack", ("stack",)).with_types("pub struct Stack;", ())
    for name in ("one", "two"):
        blueprint = blueprint.with_functions(
            (settled(name, "stack", f"fn {name}() {{\n    unimplemented!()\n}}", "impl Stack"),)
        )
    text = blueprint.files["src/stack.rs"].decode()
    assert text.startswith("#![forbid(unsafe_code)]\n\npub struct Stack;\n")
    assert text.count("impl Stack {") == 1
    assert "    fn two() {\n        unimplemented!()\n    }" in text


def test_several_c_files_share_the_types_and_see_one_another() -> None:
    blueprint = Blueprint("fs", ("options", "ramfs")).with_types("pub struct Super;", ())
    blueprint = blueprint.with_functions(
        (settled("parse", "options", "pub fn parse() {\n    unimplemented!()\n}"),)
    )
    files = blueprint.files
    assert sorted(files) == ["Cargo.toml", "src/lib.rs", "src/options.rs", "src/ramfs.rs", "src/types.rs"]
    assert b"pub use types::*;" in files["src/lib.rs"]
    assert b"use crate::ramfs::*;" in files["src/options.rs"]
    assert "// src/options.rs" in blueprint.outline and "pub struct Super;" in blueprint.outline
