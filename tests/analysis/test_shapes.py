from __future__ import annotations

import pytest

from analysis.rust_items import rust_items
from analysis.shapes import (
    Array,
    Field,
    FunctionPointer,
    FunctionShape,
    Integer,
    Named,
    Opaque,
    Pointer,
    Real,
    Shape,
    Shapes,
    c_name,
)

TEXT = """
pub type count_t = c_uint;
pub type call_t = ::core::option::Option<unsafe extern "C" fn(a: *const c_char, b: count_t) -> c_int>;
pub const LEAST: c_uint = 3;
#[repr(C)]
pub struct node {
    pub next: *mut node,
    pub type_: count_t,
    pub row: [*const c_int; 4usize],
    pub __bindgen_anon_1: node__bindgen_ty_1,
    pub _bitfield_align_1: [u8; 0],
    pub _bitfield_1: __BindgenBitfieldUnit<[u8; 1usize]>,
    pub __bindgen_padding_0: [u8; 3usize],
    pub _bindgen_align: [u32; 0],
    pub tail: __IncompleteArrayField<c_uchar>,
}
impl node {
    #[inline]
    pub fn low(&self) -> c_uint {
        unsafe { ::core::mem::transmute(self._bitfield_1.get_const::<0usize, 3u8>() as u32) }
    }
}
#[repr(C)]
pub union node__bindgen_ty_1 {
    pub number: f64,
    pub bytes: [c_uchar; 8usize],
}
"""
SHAPES = Shapes(
    {f"impl {each.name}" if each.kind == "impl" else each.name: each for each in rust_items(TEXT)}
)
INT = Integer(32, True)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("c_int", INT),
        ("bool", Integer(1, False)),
        ("c_char", Integer(8, True, is_char=True)),
        ("core::ffi::c_ulong", Integer(64, False)),
        ("f64", Real(64)),
        ("*const c_void", Pointer(Opaque("c_void"), const=True)),
        ("*mut *const node", Pointer(Pointer(Named("node"), const=True), const=False)),
        ("[[c_int; 3usize]; 2usize]", Array(2, Array(3, INT))),
        ("count_t", Integer(32, False)),
        ('Option<unsafe extern "C" fn()>', FunctionPointer((), None)),
        ("call_t", FunctionPointer((Pointer(Integer(8, True, is_char=True), True), Integer(32, False)), INT)),
        ("unknown", Opaque("unknown")),
        ("u128", Opaque("u128")),
    ],
)
def test_a_type_has_the_shape_that_c_gives_it(text: str, shape: Shape) -> None:
    assert SHAPES.of(text) == shape


def test_a_record_has_its_parts_under_their_names_in_c() -> None:
    record = SHAPES.record("node")
    assert record is not None
    assert record.is_flexible
    assert not record.is_union
    assert record.fields == (
        Field("next", Pointer(Named("node"), const=False)),
        Field("type", Integer(32, False)),
        Field("row", Array(4, Pointer(INT, const=True))),
        Field("number", Real(64)),
        Field("bytes", Array(8, Integer(8, False))),
        Field("low", Integer(32, False), 3),
    )


def test_what_is_no_record_is_none() -> None:
    assert SHAPES.record("count_t") is None
    assert SHAPES.record("unknown") is None


def test_a_signature_gives_parameters_and_result() -> None:
    signature = 'pub unsafe extern "C" fn f(type_: c_int, n: *mut node) -> call_t'
    call = SHAPES.of("call_t")
    assert SHAPES.of_function(signature) == FunctionShape(
        (("type_", INT), ("n", Pointer(Named("node"), const=False))), call
    )
    assert SHAPES.of_function('pub unsafe extern "C" fn f() -> !').result is None


def test_names_that_rust_keeps_are_those_of_c_again() -> None:
    assert [c_name(each) for each in ("type_", "match_", "size_", "plain")] == [
        "type",
        "match",
        "size_",
        "plain",
    ]
