"""Rust text is taken apart into its items, each with exactly its own text."""

from __future__ import annotations

import pytest

from analysis.rust_items import rust_items

_RUST = """\
#![allow(x)]
use core::ffi::*;
/// A pair.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pair { pub a: c_int, pub b: *mut other, }
// not its comment
pub union u { pub i: c_int, pub f: f32, }
pub type alias = pair;
pub const LIMIT: c_int = 3;
const _: () = { ["Size of pair"][size_of::<pair>() - 16usize]; };
unsafe extern "C" {
    #[link_name = "\\u{1}m__f"]
    pub fn f(x: c_int) -> c_int;
    pub static mut state: pair;
}
impl pair { pub fn a(&self) -> c_int { self.a } fn b() {} }
impl<T> Clone for Wrapper<T> { fn clone(&self) -> Self { Self } }
macro_rules! m { () => {} }
pub unsafe extern "C" fn g() { f(LIMIT); }
"""


def test_items_come_in_order_with_their_kinds() -> None:
    assert [(each.kind, each.name, each.foreign) for each in rust_items(_RUST)] == [
        ("use", "_", False),
        ("struct", "pair", False),
        ("union", "u", False),
        ("type", "alias", False),
        ("const", "LIMIT", False),
        ("const", "_", False),
        ("fn", "f", True),
        ("static", "state", True),
        ("impl", "pair", False),
        ("impl", "Wrapper", False),
        ("macro", "m", False),
        ("fn", "g", False),
    ]


@pytest.fixture
def items() -> dict[str, str]:
    return {f"{each.kind} {each.name}": each.text for each in rust_items(_RUST)}


def test_attributes_and_doc_comments_belong_to_the_item_and_others_do_not(items: dict[str, str]) -> None:
    assert items["struct pair"].startswith("/// A pair.\n#[repr(C)]\n#[derive(Clone, Copy)]\npub struct pair")
    assert items["union u"] == "pub union u { pub i: c_int, pub f: f32, }"


def test_bare_text_has_no_attributes() -> None:
    bare = {each.name: each.bare for each in rust_items(_RUST) if each.kind != "impl"}
    assert bare["pair"] == "pub struct pair { pub a: c_int, pub b: *mut other, }"
    assert bare["f"] == "pub fn f(x: c_int) -> c_int;"


def test_a_link_name_loses_the_mark_that_keeps_it_from_being_changed() -> None:
    names = {each.name: each.link_name for each in rust_items(_RUST) if each.foreign}
    assert names == {"f": "m__f", "state": None}


def test_references_and_members_are_those_of_the_item() -> None:
    found = {(each.kind, each.name): each for each in rust_items(_RUST)}
    assert {"c_int", "other"} <= found["struct", "pair"].references
    assert found["struct", "pair"].members == ("a", "b")
    assert found["impl", "pair"].members == ("a", "b")
    assert "f" in found["fn", "g"].references
    assert "LIMIT" in found["fn", "g"].references


def test_an_import_has_the_name_that_it_gives() -> None:
    items = rust_items("pub use self::x_e as x_t;\nuse core::ffi::c_int;\n")
    assert [(each.kind, each.name) for each in items] == [("use", "x_t"), ("use", "_")]


def test_offsets_count_bytes() -> None:
    text = "// größe\npub const X: i32 = 1;\n"
    (item,) = rust_items(text)
    assert text.encode()[item.start : item.end].decode() == item.text == "pub const X: i32 = 1;"


def test_text_that_is_not_rust_gives_what_can_be_told() -> None:
    assert [each.name for each in rust_items("pub fn a() {}\n%%%\npub fn b() {}\n")] == ["a", "b"]
