from __future__ import annotations

import pytest

from analysis.unsafety import UnsafeUse, code_lines, unsafe_use

TRANSPILED = """\
#![allow(
    clippy::all,
    unsafe_op_in_unsafe_fn
)]
pub type size_t = u64;
extern "C" {
    fn helper(x: i32) -> i32;
}
/// Adds.
#[no_mangle]
pub unsafe extern "C" fn add(p: *mut i32, by: i32) {

    // Not code.
    *p = *p + helper(by) as i32;
}
pub fn safe() -> i32 {
    1
}
"""


def test_every_unsafe_block_counts_wherever_it_stands() -> None:
    text = "fn f(p: *mut u8) -> u8 { unsafe { unsafe { *p = 1 }; if unsafe { *p } == 1 { 2 } else { 3 } } }"
    assert unsafe_use(text).blocks == 3


def test_unsafe_blocks_in_macro_arguments_count() -> None:
    text = 'fn f(p: *mut u8) { assert!(unsafe { *p } == 1, "{}", unsafe { *p }); }'
    assert unsafe_use(text) == UnsafeUse(blocks=2, lines=1, dereferences=2, casts=0)


@pytest.mark.parametrize(
    "text",
    [
        'pub unsafe extern "C" fn f(p: *mut u8) { *p = 1 }',
        "unsafe fn f() {}",
        "unsafe impl Sync for S {}",
        'unsafe extern "C" { fn f(); }',
        "#[unsafe(no_mangle)] fn f() {}",
        'fn f() { /* unsafe { } */ let s = "unsafe { }"; let unsafe_ = { 1 }; }',
        "macro_rules! m { () => { unsafe fn g() {} } }",
        "",
    ],
)
def test_nothing_but_a_block_counts(text: str) -> None:
    assert unsafe_use(text) == UnsafeUse()


def test_text_that_is_not_unicode_is_counted_too() -> None:
    assert unsafe_use('fn f() { g("\udcff"); unsafe { h() } }').blocks == 1


def test_the_body_of_an_unsafe_function_is_unsafe_throughout_where_the_text_allows_it() -> None:
    assert unsafe_use(TRANSPILED) == UnsafeUse(blocks=0, lines=3, dereferences=2, casts=1)
    without = TRANSPILED.replace("unsafe_op_in_unsafe_fn", "unused_mut")
    assert unsafe_use(without) == UnsafeUse(casts=1)


@pytest.mark.parametrize(("edition", "lines"), [("2018", 1), ("2021", 1), ("2024", 0)])
def test_the_body_of_an_unsafe_function_is_unsafe_throughout_before_edition_2024(
    edition: str, lines: int
) -> None:
    assert unsafe_use("pub unsafe fn f() { g() }\nfn safe() { g() }", edition).lines == lines


def test_lines_in_unsafe_are_those_with_code_and_each_counts_once() -> None:
    text = """\
fn f(p: *mut u8) {
    unsafe {
        // SAFETY: it is mine.

        unsafe { *p = 1 };
        /* so
           it is */
    }
    g();
    let x = unsafe { *p } + unsafe { *p };
}
"""
    assert unsafe_use(text).lines == 4


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("*p", 1),
        ("**p", 2),
        ("(*p).x", 1),
        ("&mut *p.add(1)", 1),
        ("p.read()", 1),
        ("p.write(2)", 1),
        ("core::ptr::read_volatile(p)", 1),
        ("ptr::write(p, 1)", 1),
        ("m!(*p, (*p).x, a * b, f(x) * 2, x as *mut u8)", 2),
        ("a * b", 0),
        ("p as *const u8", 0),
        ("file::read(p)", 0),
        ("p.len()", 0),
    ],
)
def test_what_goes_through_a_pointer_in_unsafe_code_is_a_dereference(code: str, count: int) -> None:
    assert unsafe_use(f"fn f() {{ unsafe {{ {code} }} }}").dereferences == count
    assert unsafe_use(f"fn f() {{ {code} }}").dereferences == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("fn f() { x as u8; unsafe { p as *mut u8 as usize } }", 3),
        ("fn f() { assert!(x as u8 == 1) }", 1),
        ("use a as b; extern crate c as d; fn f() { <T as S>::g() }", 0),
    ],
)
def test_every_as_between_values_is_a_cast(text: str, count: int) -> None:
    assert unsafe_use(text).casts == count


def test_two_texts_add_up() -> None:
    assert UnsafeUse(1, 2, 3, 4) + UnsafeUse(10, 20, 30, 40) == UnsafeUse(11, 22, 33, 44)


def test_lines_are_those_with_code_of_functions_and_of_variables_with_a_value() -> None:
    assert code_lines(TRANSPILED) == 6
    assert code_lines("static X: [u8; 2] = [\n    1, // one\n    2,\n];\nconst Y: u8 = 1;") == 4
    assert code_lines('extern "C" {\n    static mut X: u8;\n}\nstruct S {\n    x: u8,\n}') == 0
    assert code_lines("impl S {\n    fn f() {\n        fn g() {}\n    }\n}") == 3
