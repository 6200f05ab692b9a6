"""Rust laid out by rule: what formatting and comments do not change, and what they must not hide."""

from __future__ import annotations

import pytest

from analysis.process import run
from analysis.rust_layout import laid_out
from analysis.syntax import parse_rust

CODE = """\
#![allow(dead_code)]
use core::ffi::{c_int, c_uint};

/// What it is.
#[derive(Clone, Copy)]
pub struct Pair<'a, T: Clone> where T: Copy, { pub left: &'a T, right: [u8; 4] }

pub enum Way { On, Out(u32), Back { by: u64, }, }

static TABLE: [Pair<'static, u8>; 2] = [Pair { left: &1, right: [0; 4] },
Pair { left: &2, right: [1, 2, 3, 4] }
];

impl<T: Clone> Pair<'_, T> where T: Copy {
    // Why it is so.
    pub unsafe extern "C" fn step(&mut self, long_enough: c_int, to_be: c_uint, broken_up: u8,) -> (c_int,) {
        let mut sum = 0; /* here */
        for each in [1, 2, 3] { sum += each; }
        let most = (1, 2,);
        match long_enough {
            0 => { sum }
            1 => { self.jump(); return (1,) }
            2 if to_be > 1 => vec![long_enough, 3,].into_iter().map(|x| { x + 1 }).filter(|x| *x > 1).max(),
            _ => if broken_up > 3 { 1 } else { 2 },
        };
        loop { if sum > 3 { break } else { continue; } }
        println!("{}  {}", sum, most.0,);
        unsafe { self.call(long_enough, (to_be,), (to_be, sum,), "a  string", b'\\n', r#"raw  "one""#) };
        (sum,)
    }
}
"""


def lines(text: str) -> tuple[str, ...]:
    root = parse_rust(text.encode())
    assert not root.has_error
    return laid_out(root.children)


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_rustfmt_changes_nothing_whatever_its_width(width: int) -> None:
    config = f"max_width={width},use_small_heuristics=Max,error_on_line_overflow=false"
    command = ("rustfmt", "--edition", "2024", "--config", config, "--emit", "stdout", "--quiet")
    formatted = run(command, stdin=CODE.encode()).stdout.decode()
    assert formatted.count("\n") != CODE.count("\n")
    assert lines(formatted) == lines(CODE)


def test_comments_of_all_kinds_change_nothing() -> None:
    commented = CODE.replace("let mut sum", "/* one\n more */ let mut sum // two\n").replace(
        "0 => {", "0 => { // x\n"
    )
    assert commented != CODE
    assert lines(commented) == lines(CODE)
    assert not any("Why it is so" in line or "What it is" in line for line in lines(CODE))


def test_there_is_a_line_for_each_statement_field_arm_and_brace() -> None:
    arms = "1 => y, 2 => { g(); y } _ => if y > 1 { 2 } else { 3 }"
    text = f"fn f(x: u32) -> u32 {{ let y = 1; match x {{ {arms} }} }}"
    assert lines(text) == (
        *("fn f ( x : u32 ) -> u32 {", "let y = 1 ;", "match x {", "1 => y"),
        *("2 => {", "g ( ) ;", "y", "}"),
        *("_ => if y > 1 {", "2", "} else {", "3", "}"),
        *("}", "}"),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fn f() -> (u8,) { (1,) }", "fn f() -> (u8) { (1) }"),
        ("fn f() { g(); h() }", "fn f() { g(); h(); }"),
        ("fn f() { { g() } }", "fn f() { g() }"),
        ('fn f() { p("a b") }', 'fn f() { p("a  b") }'),
        ("fn f() { p([a, -b]) }", "fn f() { p([a - b]) }"),
        ("fn f() { match x { 1 => { g(); } _ => {} } }", "fn f() { match x { 1 => g(), _ => {} } }"),
        ("#[inline] fn f() {}", "fn f() {}"),
        ("fn f<'a>() {}", "fn f<'b>() {}"),
    ],
)
def test_what_means_something_else_is_laid_out_differently(one: str, other: str) -> None:
    assert lines(one) != lines(other)
