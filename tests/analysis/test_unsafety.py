from __future__ import annotations

import pytest

from analysis.unsafety import count_unsafe_blocks


def test_every_unsafe_block_counts_wherever_it_stands() -> None:
    text = "fn f(p: *mut u8) -> u8 { unsafe { unsafe { *p = 1 }; if unsafe { *p } == 1 { 2 } else { 3 } } }"
    assert count_unsafe_blocks(text) == 3


def test_unsafe_blocks_in_macro_arguments_count() -> None:
    assert count_unsafe_blocks('fn f(p: *mut u8) { assert!(unsafe { *p } == 1, "{}", unsafe { *p }); }') == 2


@pytest.mark.parametrize(
    "text",
    [
        'pub unsafe extern "C" fn f() { g() }',
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
    assert count_unsafe_blocks(text) == 0


def test_text_that_is_not_unicode_is_counted_too() -> None:
    assert count_unsafe_blocks('fn f() { g("\udcff"); unsafe { h() } }') == 1
