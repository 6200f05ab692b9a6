"""Pointers of C become references and handles, and NULL only where there is a place for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.ffi.argument import NoRule
from migrate.ffi.shim import Shim
from tests.migrate.ffi.workshop import Workshop

RUST = """
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Point { pub x: i32, pub y: i32 }
#[repr(C)]
pub struct Pair<'a> { pub first: Option<&'a Point>, pub n: u8 }
impl Point {
    pub fn norm(&self) -> i32 { self.x * self.x + self.y * self.y }
    pub fn shift(&mut self, by: i32) { self.x += by; self.y += by }
    pub fn add(&mut self, other: &Point) { self.x += other.x; self.y += other.y }
    pub fn swap(&mut self, other: &mut Self) { std::mem::swap(self, other) }
    pub fn flipped(self) -> Self { Point { x: self.y, y: self.x } }
}
pub fn x_or(p: Option<&Point>, default: i32) -> i32 { p.map_or(default, |p| p.x) }
pub fn clear(p: Option<&mut Point>) -> bool { p.map(|p| p.shift(-p.x)).is_some() }
pub fn count_up(n: &mut u32) -> u32 { *n += 1; *n }
pub fn total(values: &[i32; 3]) -> i32 { values.iter().sum() }
pub fn fill(values: &mut [u8; 2], with: u8) { values.fill(with) }
pub fn larger<'a>(a: &'a Point, b: &'a Point) -> &'a Point { if a.norm() > b.norm() { a } else { b } }
pub fn far(p: &mut Point) -> Option<&mut Point> { (p.norm() > 100).then_some(p) }
pub fn same(p: *const i32) -> *const i32 { p }
pub struct Stack { values: Vec<i32> }
impl Stack {
    pub fn new() -> Self { Stack { values: Vec::new() } }
    pub fn with(value: i32) -> Box<Self> { Box::new(Stack { values: vec![value] }) }
    pub fn maybe(value: i32) -> Option<Self> { (value > 0).then(|| Stack { values: vec![value] }) }
    pub fn maybe_boxed(value: i32) -> Option<Box<Stack>> { (value > 0).then(|| Stack::with(value)) }
    pub fn push(&mut self, value: i32) { self.values.push(value) }
    pub fn len(&self) -> usize { self.values.len() }
    pub fn append(&mut self, other: &mut Stack) { self.values.append(&mut other.values) }
    pub fn close(self) -> i32 { self.values.iter().sum() }
    pub fn close_boxed(self: Box<Self>) -> i32 { self.values.iter().sum() }
}
impl Drop for Stack {
    fn drop(&mut self) { DROPPED.fetch_add(1, std::sync::atomic::Ordering::SeqCst); }
}
static DROPPED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
pub fn dropped() -> u32 { DROPPED.load(std::sync::atomic::Ordering::SeqCst) }
pub fn give_up(stack: Option<Box<Stack>>) -> bool { stack.is_some() }
pub fn sum_of(stack: Option<Stack>) -> i32 { stack.map_or(-1, |s| s.values.iter().sum()) }
pub fn keep(p: &'static Point) -> i32 { p.x }
#[repr(u8)] #[derive(Clone, Copy)] pub enum Tag { A, B }
#[repr(C)] pub struct Tagged { pub tag: Tag, pub y: i32 }
pub fn y(p: &Tagged) -> i32 { if let Tag::A = p.tag { p.y } else { 0 } }
pub fn end(_pair: Pair) {}
pub struct Reader<'a> { of: &'a mut u32 }
impl<'a> Reader<'a> {
    pub fn new(of: &'a mut u32) -> Reader<'a> { Reader { of } }
    pub fn next(&mut self) -> u32 { *self.of += 1; *self.of }
}
"""
BINDINGS = """
#[repr(C)] pub struct point { pub x: c_int, pub y: c_int }
#[repr(C)] pub struct narrow { pub x: c_short, pub y: c_short }
#[repr(C)] pub struct stack { _unused: [u8; 0] }
pub type point_t = point;
#[repr(C)] pub struct tagged { pub tag: u8, pub y: c_int }
#[repr(C)] pub struct pair { pub first: *const point, pub n: u8 }
"""
C = """
struct point { int x, y; };
struct stack; struct reader;
int point_norm(const struct point *); void point_shift(struct point *, int);
void point_add(struct point *, const struct point *); void point_swap(struct point *, struct point *);
struct point point_flipped(struct point); struct point point_flipped_at(const struct point *);
int x_or(const struct point *, int); bool clear(struct point *); uint32_t count_up(unsigned *);
int total(const int *); void fill(char *, char);
const struct point *larger(const struct point *, const struct point *); struct point *far(struct point *);
const int *same(const int *); int norm_or(const struct point *); void shift_some(struct point *, int);
struct stack *stack_new(void), *stack_with(int), *stack_maybe(int), *stack_maybe_boxed(int);
void stack_push(struct stack *, int); int stack_len(const struct stack *);
void stack_append(struct stack *, struct stack *); int stack_close(struct stack *);
int stack_close_boxed(void *); void stack_free(struct stack *); unsigned dropped(void);
int give_up(struct stack *); int sum_of(struct stack *);
struct reader *reader_new(unsigned *); unsigned reader_next(struct reader *);
int main(void)
{
    struct point p = {3, 4}, q = {30, 40};
    CHECK(point_norm(&p) == 25);
    point_shift(&p, 1);
    CHECK(p.x == 4 && p.y == 5);
    point_add(&p, &q);
    CHECK(p.x == 34 && p.y == 45);
    point_add(&q, &q);
    CHECK(q.x == 60 && q.y == 80);
    point_swap(&p, &q);
    CHECK(p.x == 60 && q.x == 34);
    ENDS((point_swap(&p, &p), 0));
    CHECK(point_flipped(q).x == 45);
    CHECK(point_flipped_at(&q).x == 45);
    CHECK(x_or(&p, -1) == 60);
    CHECK(x_or(NULL, -1) == -1);
    CHECK(clear(&p) && p.x == 0 && p.y == 20);
    CHECK(!clear(NULL));
    unsigned n = 7;
    CHECK(count_up(&n) == 8 && n == 8);
    int values[3] = {1, 2, 3};
    CHECK(total(values) == 6);
    char text[2];
    fill(text, 'x');
    CHECK(text[0] == 'x' && text[1] == 'x');
    CHECK(larger(&p, &q) == &q);
    CHECK(far(&q) == &q);
    CHECK(far(&(struct point){1, 1}) == NULL);
    CHECK(same(values) == values && same(NULL) == NULL);
    CHECK(norm_or(&q) == 34 * 34 + 45 * 45);
    CHECK(norm_or(NULL) == -22);
    shift_some(NULL, 5);
    shift_some(&q, 5);
    CHECK(q.x == 39);

    struct stack *one = stack_new(), *two = stack_with(5);
    CHECK(stack_len(one) == 0 && stack_len(two) == 1);
    stack_push(one, 7);
    stack_append(one, two);
    CHECK(stack_len(one) == 2 && stack_len(two) == 0);
    ENDS((stack_append(one, one), 0));
    CHECK(dropped() == 0);
    CHECK(stack_close(one) == 12 && dropped() == 1);
    CHECK(stack_close_boxed(two) == 0 && dropped() == 2);
    CHECK(stack_maybe(0) == NULL && stack_maybe_boxed(-1) == NULL);
    stack_free(stack_maybe(1));
    CHECK(dropped() == 3);
    stack_free(NULL);
    CHECK(dropped() == 3);
    CHECK(give_up(stack_maybe_boxed(1)) == 1 && dropped() == 4);
    CHECK(give_up(NULL) == 0 && dropped() == 4);
    CHECK(sum_of(stack_with(9)) == 9 && sum_of(NULL) == -1);
    struct reader *reader = reader_new(&n);
    CHECK(reader_next(reader) == 9 && n == 9);
}
"""


def workshop() -> Workshop:
    shop = Workshop(RUST, BINDINGS)
    shop.add("point_norm(p: *const point) -> c_int", "Point::norm")
    shop.add("point_shift(p: *mut point, by: c_int)", "Point::shift")
    shop.add("point_add(p: *mut point_t, other: *const point_t)", "Point::add")
    shop.add("point_swap(p: *mut point, other: *mut point)", "Point::swap")
    shop.add("point_flipped(p: point) -> point", "Point::flipped")
    shop.add("point_flipped_at(p: *const point) -> point", "Point::flipped")
    shop.add("x_or(p: *const point, default: c_int) -> c_int", "x_or")
    shop.add("clear(p: *mut point) -> bool", "clear")
    shop.add("count_up(n: *mut c_uint) -> u32", "count_up")
    shop.add("total(values: *const c_int) -> c_int", "total")
    shop.add("fill(values: *mut c_char, with: c_char)", "fill")
    shop.add("larger(a: *const point, b: *const point) -> *const point", "larger")
    shop.add("far(p: *mut point) -> *mut point", "far")
    shop.add("same(p: *const c_int) -> *const c_int", "same")
    shop.add("norm_or(p: *const point) -> c_int", "Point::norm", {"p": "-22"})
    shop.add("shift_some(p: *mut point, by: c_int)", "Point::shift", {"p": ""})
    shop.add("stack_new() -> *mut stack", "Stack::new")
    shop.add("stack_with(value: c_int) -> *mut stack", "Stack::with")
    shop.add("stack_maybe(value: c_int) -> *mut stack", "Stack::maybe")
    shop.add("stack_maybe_boxed(value: c_int) -> *mut stack", "Stack::maybe_boxed")
    shop.add("stack_push(s: *mut stack, value: c_int)", "Stack::push")
    shop.add("stack_len(s: *const stack) -> c_int", "Stack::len")
    shop.add("stack_append(s: *mut stack, other: *mut stack)", "Stack::append")
    shop.add("stack_close(s: *mut stack) -> c_int", "Stack::close")
    shop.add("stack_close_boxed(s: *mut c_void) -> c_int", "Stack::close_boxed")
    shop.add("stack_free(s: *mut stack)", "Stack::drop", {"s": ""})
    shop.add("dropped() -> c_uint", "dropped")
    shop.add("give_up(s: *mut stack) -> c_int", "give_up")
    shop.add("sum_of(s: *mut stack) -> c_int", "sum_of")
    shop.add("reader_new(of: *mut c_uint) -> *mut reader", "Reader::new")
    shop.add("reader_next(r: *mut reader) -> c_uint", "Reader::next")
    return shop


def test_pointers_become_references_and_handles(tmp_path: Path) -> None:
    workshop().check(tmp_path, C)


def test_what_is_written_and_lent_at_once_is_copied_where_it_can_be() -> None:
    shop = Workshop(RUST, BINDINGS)
    shop.add("point_add(p: *mut point, other: *const point)", "Point::add")
    assert "other.read()" in shop.text()
    assert "apart" not in shop.text()


@pytest.mark.parametrize(
    ("c", "path", "why"),
    [
        ("shift(p: *const point, by: c_int)", "Point::shift", "self: C says `const` of what Rust writes to"),
        ("keep(p: *const point) -> c_int", "keep", "p: Rust would keep what C lends for a call"),
        (
            "norm(p: *const narrow) -> c_int",
            "Point::norm",
            "self: no rule for &crate::Point over *const narrow",
        ),
        (
            "norm(p: *const stack) -> c_int",
            "Point::norm",
            "self: no rule for &crate::Point over *const stack",
        ),
        (
            "norm(p: *const c_void) -> c_int",
            "Point::norm",
            "self: no rule for &crate::Point over *const c_void",
        ),
        ("len(s: *const c_int) -> c_int", "Stack::len", "self: no rule for &crate::Stack over *const c_int"),
        ("len(s: c_int) -> c_int", "Stack::len", "self: no rule for &crate::Stack over c_int"),
        ("len() -> c_int", "Stack::len", "self: no rule for &crate::Stack: C has no parameter left"),
        ("y(p: *const tagged) -> c_int", "y", "p: no rule for &crate::Tagged over *const tagged"),
        ("y(p: *const never_seen) -> c_int", "y", "p: no rule for &crate::Tagged over *const never_seen"),
        ("end(p: *mut pair)", "end", "_pair: Rust would own a record that C only points to"),
        ("count_up(n: *mut c_int) -> u32", "count_up", "n: no rule for &mut u32 over *mut c_int"),
        ("push(s: *mut stack)", "Stack::push", "value: no rule for i32: C has no parameter left"),
    ],
)
def test_a_pointer_without_a_rule_is_told(c: str, path: str, why: str) -> None:
    assert Workshop(RUST, BINDINGS).made(c, path) == NoRule(f"parameter {why}")


def test_what_c_may_write_to_is_not_made_of_what_rust_only_lends() -> None:
    made = Workshop(RUST, BINDINGS).made("larger(a: *mut point, b: *mut point) -> *mut point", "larger")
    assert made == NoRule("result: C may write to what Rust only lends")


def test_a_shim_says_what_it_takes_types_of_c_for() -> None:
    made = Workshop(RUST, BINDINGS).made("stack_len(s: *const stack) -> c_int", "Stack::len")
    assert isinstance(made, Shim)
    assert made.pairs == (("stack", "crate::Stack"),)
