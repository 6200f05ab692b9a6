"""What a crate's types are to C is read from its text."""

from __future__ import annotations

from migrate.ffi.rust_type import RustType, TypeKind, rust_types

TEXT = """
/// A point.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Point { pub x: i32, y: [u8; 4] }
pub struct Super<'a> { name: &'a str }
#[repr(C, packed)] pub union Bits { pub whole: u32, pub half: u16 }
pub struct Wrapped(pub u32, i8);
#[repr(transparent)] pub struct Id(u32);
#[repr(u8)] pub enum Kind { File = 1, Dir, Link = 0x10, Other = -2, Last }
pub enum Plain { A, B = 1 + 1, C }
pub enum Full { A(u32), B }
pub enum Never {}
pub type Result<T, E = Error> = core::result::Result<T, E>;
pub struct Error;
impl From<Error> for i32 { fn from(_: Error) -> i32 { 1 } }
pub struct Coded;
impl Coded { pub fn errno(self) -> i32 { 1 } pub fn code(&self) -> i32 { 2 } }
pub struct NotCoded;
impl NotCoded { pub fn code(&self, extra: i32) -> i32 { extra } pub fn errno() -> i32 { 1 } }
impl Copy for Wrapped {}
impl From<i32> for Coded { fn from(_: i32) -> Coded { Coded } }
mod inner { pub struct Point; }
"""


def found(name: str) -> RustType:
    return rust_types({"crate::ramfs": TEXT})[f"crate::ramfs::{name}"]


def test_a_record_is_laid_out_as_in_c() -> None:
    point = found("Point")
    assert (point.kind, point.copy) == (TypeKind.RECORD, True)
    assert point.fields == (("x", "i32"), ("y", "[u8; 4]"))
    assert found("Bits").repr == "packed union"
    assert found("Id").repr == "transparent"


def test_what_is_not_laid_out_as_in_c_is_opaque() -> None:
    assert found("Super").kind is TypeKind.OPAQUE
    assert found("Super").lifetimes == 1
    assert found("Full").kind is TypeKind.OPAQUE
    assert found("Never").kind is TypeKind.OPAQUE
    assert (found("Wrapped").kind, found("Wrapped").copy) == (TypeKind.OPAQUE, True)


def test_variants_have_the_numbers_that_rust_gives_them() -> None:
    assert found("Kind").repr == "u8"
    assert found("Kind").variants == (("File", 1), ("Dir", 2), ("Link", 16), ("Other", -2), ("Last", -1))
    assert found("Plain").variants == (("A", 0), ("B", None), ("C", None))


def test_aliases_have_parameters_with_defaults() -> None:
    alias = found("Result")
    assert alias.kind is TypeKind.ALIAS
    assert alias.target == "core::result::Result<T, E>"
    assert alias.parameters == (("T", ""), ("E", "Error"))


def test_an_error_is_a_number_in_one_of_three_ways() -> None:
    assert found("Error").number == "i32::from"
    assert found("Coded").number == "errno"
    assert found("NotCoded").number == ""


def test_types_of_one_name_in_two_modules_are_two() -> None:
    assert found("inner::Point").kind is TypeKind.OPAQUE


def test_what_another_file_says_of_a_type_counts() -> None:
    types = rust_types(
        {"crate": "pub struct E;", "crate::x": "impl super::E { fn code(&self) -> i32 { 1 } }"}
    )
    assert types["crate::E"].number == "code"
