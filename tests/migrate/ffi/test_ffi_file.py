"""The file of all shims: what stands in it once, and under which names C finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.ffi.ffi_file import contradictions, ffi_file
from migrate.ffi.shim import CSide, RustSide, Shim, shim_of, write_shim
from tests.migrate.ffi.workshop import Workshop

RUST = """
pub struct Tree { pub size: u32 }
pub struct Node { pub size: u32 }
pub fn sum(values: &[i32]) -> i32 { values.iter().sum() }
pub fn largest(values: &[i32]) -> i32 { values.iter().copied().max().unwrap_or(0) }
pub fn size(tree: &Tree) -> u32 { tree.size }
pub fn depth(node: &Node) -> u32 { node.size }
pub fn same(x: i32) -> i32 { x }
"""


def shim(symbol: str, signature: str = "x: c_int") -> Shim:
    side = CSide(f'unsafe extern "C" fn any({signature}) -> c_int', symbol)
    made = shim_of(side, RustSide("crate::same", "pub fn same(x: i32) -> i32"), {})
    assert isinstance(made, Shim)
    return made


def test_what_several_shims_need_stands_in_the_file_once() -> None:
    shop = Workshop(RUST)
    shop.add("sum(values: *const c_int, n: usize) -> c_int", "sum")
    shop.add("largest(values: *const c_int, n: usize) -> c_int", "largest")
    assert shop.text().count("fn slice_at") == 1
    assert shop.text().count("slice_at(values, n)") == 2


def test_only_what_is_used_is_imported() -> None:
    text = ffi_file([shim("same")])
    assert "use core::ffi::c_int;" in text
    assert "c_long" not in text
    assert "ptr" not in text


def test_no_shims_make_a_file_too() -> None:
    assert ffi_file([]).startswith("//!")


@pytest.mark.parametrize(
    ("symbol", "edition", "head"),
    [
        ("same", "2024", '#[unsafe(no_mangle)]\npub extern "C" fn same('),
        ("same", "2021", '#[no_mangle]\npub extern "C" fn same('),
        ("match", "2024", '#[unsafe(export_name = "match")]\npub extern "C" fn match_('),
        ("same.part.0", "2021", '#[export_name = "same.part.0"]\npub extern "C" fn same_part_0('),
    ],
)
def test_c_finds_a_shim_by_its_symbol(symbol: str, edition: str, head: str) -> None:
    assert write_shim(shim(symbol), edition).startswith(head)


@pytest.mark.parametrize("edition", ["2021", "2024"])
def test_names_of_c_break_no_lint(tmp_path: Path, edition: str) -> None:
    shop = Workshop(RUST)
    shop.functions += [shim("getSize"), shim("ramfs__size"), shim("match"), shim("same", "aB: c_int")]
    folder = tmp_path / "crate"
    c = "int getSize(int); int ramfs__size(int); int match(int); int same(int);\nint main(void)\n{\n"
    shop.check(
        folder,
        c + "CHECK(getSize(1) == 1 && ramfs__size(2) == 2 && match(3) == 3 && same(4) == 4);\n}",
        edition,
    )


def test_a_type_of_c_that_is_two_types_of_rust_is_found() -> None:
    shop = Workshop(RUST)
    shop.add("tree_size(tree: *const tree) -> u32", "size")
    shop.add("tree_size_again(tree: *const tree) -> u32", "size")
    assert contradictions(shop.functions) == ()
    shop.add("tree_depth(node: *const tree) -> u32", "depth")
    (found,) = contradictions(shop.functions)
    assert str(found) == "C's tree is taken for crate::Tree and crate::Node, in tree_size, tree_depth"


def test_void_is_no_type_of_c_that_could_be_two() -> None:
    shop = Workshop(RUST)
    shop.add("tree_size(tree: *const c_void) -> u32", "size")
    shop.add("tree_depth(node: *const c_void) -> u32", "depth")
    assert contradictions(shop.functions) == ()


def test_types_stand_under_their_names_unless_two_have_the_same(tmp_path: Path) -> None:
    rust = """
pub struct Tree { pub size: u32 }
pub struct Option { pub size: u32 }
pub mod other { pub struct Tree { pub size: u32 } pub struct Leaf { pub size: u32 }
    pub fn size(tree: &Tree) -> u32 { tree.size }
    pub fn leaf(leaf: &Leaf) -> u32 { leaf.size } }
pub fn size(tree: &Tree) -> u32 { tree.size }
pub fn given(option: &crate::Option) -> u32 { option.size }
"""
    shop = Workshop(rust)
    shop.add("tree_size(tree: *const tree) -> u32", "size")
    shop.add("other_size(tree: *const other_tree) -> u32", "other::size")
    shop.add("leaf_size(leaf: *const leaf) -> u32", "other::leaf")
    shop.add("option_size(option: *const option) -> u32", "given")
    text = shop.text()
    assert "use crate::other::Leaf;" in text
    assert "leaf: *const Leaf" in text
    assert "tree: *const crate::Tree" in text
    assert "tree: *const crate::other::Tree" in text
    assert "option: *const crate::Option" in text
    shop.library(tmp_path)
