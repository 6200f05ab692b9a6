"""A function of C, with or without its context, is a closure in Rust."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.ffi.argument import NoRule
from tests.migrate.ffi.workshop import Workshop

RUST = """
use std::cmp::Ordering;
use std::ffi::{CStr, c_void};
use std::ops::ControlFlow;
#[repr(C)] pub struct Entry<'a> { pub name: Option<&'a u8>, pub ino: u32 }
pub fn sort(values: &mut [i32], mut cmp: impl FnMut(&i32, &i32) -> Ordering) {
    values.sort_by(|a, b| cmp(a, b))
}
pub fn sort_f<T, F>(values: &mut [T], cmp: F) where F: Fn(&T, &T) -> i32 {
    values.sort_by(|a, b| cmp(a, b).cmp(&0))
}
pub fn sort_dyn(values: &mut [i32], cmp: &mut dyn FnMut(&i32, &i32) -> Ordering) {
    values.sort_by(|a, b| cmp(a, b))
}
pub fn sort_ref(values: &mut [i32], cmp: &dyn Fn(&i32, &i32) -> Ordering) { values.sort_by(|a, b| cmp(a, b)) }
pub fn sort_box(values: &mut [i32], cmp: Box<dyn Fn(&i32, &i32) -> Ordering>) {
    values.sort_by(|a, b| cmp(a, b))
}
pub fn sort_or(values: &mut [i32], cmp: Option<impl Fn(&i32, &i32) -> Ordering>) {
    match cmp { Some(cmp) => values.sort_by(|a, b| cmp(a, b)), None => values.sort() }
}
pub fn sort_or_dyn(values: &mut [i32], cmp: Option<&mut dyn FnMut(&i32, &i32) -> Ordering>) {
    match cmp { Some(cmp) => values.sort_by(|a, b| cmp(a, b)), None => values.sort() }
}
pub fn sort_or_box(values: &mut [i32], cmp: Option<Box<dyn Fn(&i32, &i32) -> Ordering>>) {
    match cmp { Some(cmp) => values.sort_by(|a, b| cmp(a, b)), None => values.sort() }
}
pub fn sort_bytes(base: &mut [u8], size: usize, mut cmp: impl FnMut(&[u8], &[u8]) -> Ordering) {
    let mut rows: Vec<Vec<u8>> = base.chunks(size).map(<[u8]>::to_vec).collect();
    rows.sort_by(|a, b| cmp(a, b));
    base.copy_from_slice(&rows.concat());
}
type Any = *const c_void;
pub fn first(base: Any, other: Any, is: impl Fn(Any, Any) -> bool) -> bool { is(base, other) }
pub fn search(values: &[i32], mut less: impl FnMut(&i32) -> bool) -> usize {
    values.partition_point(|v| less(v))
}
pub fn each(n: u32, mut visit: impl FnMut(u32)) { (0..n).for_each(|i| visit(i)) }
pub fn list(n: u32, mut fill: impl FnMut(&Entry) -> ControlFlow<i32>) -> Result<(), i32> {
    for ino in 0..n {
        if let ControlFlow::Break(stop) = fill(&Entry { name: None, ino }) { return Err(stop); }
    }
    Ok(())
}
pub fn until(n: u32, mut fill: impl FnMut(u32) -> ControlFlow<()>) -> u32 {
    (0..n).take_while(|&i| fill(i).is_continue()).count() as u32
}
pub fn tried(n: u32, mut fill: impl FnMut(u32) -> Result<(), i32>) -> Result<(), i32> {
    (0..n).try_for_each(|i| fill(i))
}
pub fn lines(text: &[u8], mut line: impl FnMut(&[u8]) -> bool) -> usize {
    text.split(|&b| b == b'\\n').filter(|l| line(l)).count()
}
pub fn names(mut name: impl FnMut(&CStr, i32)) { name(c"one", 1); name(c"two", 2) }
pub fn ask(pick: impl FnOnce(&mut u32)) -> u32 { let mut n = 0; pick(&mut n); n }
pub fn call(f: Option<extern "C" fn(i32) -> i32>, x: i32) -> i32 { f.map_or(x, |f| f(x)) }
pub fn must(f: extern "C" fn(i32) -> i32, x: i32) -> i32 { f(x) }
pub fn less(values: &mut [i32], less: impl Fn(&i32, &i32) -> bool) {
    values.sort_by(|a, b| less(b, a).cmp(&less(a, b)))
}
pub fn sort_any<T>(values: &mut [T], cmp: impl Fn(&T, &T) -> Ordering) { values.sort_by(|a, b| cmp(a, b)) }
pub fn pick<T>(cmp: impl Fn(&T, &T) -> Ordering, of: &[T]) -> usize {
    of.windows(2).filter(|w| cmp(&w[0], &w[1]).is_lt()).count()
}
pub fn threads(visit: impl Fn(u32) + Send) { visit(0) }
"""
BINDINGS = """
#[repr(C)] pub struct entry { pub name: *const u8, pub ino: u32 }
pub type fill_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, entry: *const entry) -> c_int>;
pub type cmp_fn = Option<unsafe extern "C" fn(a: *const c_int, b: *const c_int) -> c_int>;
"""
CMP = "cmp: cmp_fn"
CMP_R = 'cmp: Option<unsafe extern "C" fn(*const c_int, *const c_int, *mut c_void) -> c_int>'
ANY = 'cmp: Option<unsafe extern "C" fn(*const c_void, *const c_void) -> c_int>'
C = """
struct entry { const unsigned char *name; uint32_t ino; };
typedef int (*cmp_fn)(const int *, const int *);
typedef int (*cmp_r_fn)(const int *, const int *, void *);
void sort(int *, size_t, cmp_fn), sort_f(int *, size_t, cmp_fn), sort_dyn(int *, size_t, cmp_r_fn, void *);
void sort_ref(int *, size_t, cmp_r_fn, void *), sort_box(int *, size_t, cmp_r_fn, void *);
void sort_or(int *, size_t, cmp_r_fn, void *), sort_or_dyn(int *, size_t, cmp_r_fn, void *);
void sort_or_box(int *, size_t, cmp_fn); int sort_checked(int *, size_t, cmp_fn);
void sort_bytes(void *, size_t, size_t, int (*)(const void *, const void *));
bool first(const void *, const void *, bool (*)(const void *, const void *));
size_t search(const int *, size_t, int (*)(void *, const int *), void *);
void each(void *, unsigned, void (*)(void *, unsigned));
int list(unsigned, int (*)(void *, const struct entry *), void *);
unsigned until(unsigned, int (*)(unsigned, const void *), const void *);
int tried(unsigned, int (*)(unsigned));
size_t lines(const char *, size_t, bool (*)(const char *, int, void *), void *);
void names(void (*)(const char *, long, void *), void *); unsigned ask(void (*)(unsigned *, void *), void *);
int call(int (*)(int), int), must(int (*)(int), int); size_t pick(cmp_fn, const int *, size_t);
static int up(const int *a, const int *b) { return (*a > *b) - (*a < *b); }
static int by(const int *a, const int *b, void *ctx) { return ++*(int *)ctx > 0 ? up(b, a) * 1000 : 0; }
static int any_up(const void *a, const void *b) { return up(a, b); }
static bool same(const void *a, const void *b) { return a == b; }
static int below(void *ctx, const int *a) { return *a < *(int *)ctx ? 4 : 0; }
static void add(void *ctx, unsigned n) { *(unsigned *)ctx += n; }
static int fill(void *ctx, const struct entry *e) { *(unsigned *)ctx += e->ino; return e->ino == 3 ? -7 : 0; }
static int stop(unsigned n, const void *at) { return n == *(const unsigned *)at; }
static int fails(unsigned n) { return n == 2 ? -9 : 0; }
static bool is_long(const char *text, int n, void *ctx) { *(size_t *)ctx += text[0] == 'a'; return n > 1; }
static void note(const char *s, long n, void *ctx) { sprintf((char *)ctx + strlen(ctx), "%s%ld", s, n); }
static void set(unsigned *n, void *ctx) { *n = *(unsigned *)ctx; }
static int inc(int n) { return n + 1; }
#define IS(a, b, c) (v[0] == (a) && v[1] == (b) && v[2] == (c))
int main(void)
{
    int v[3] = {2, 3, 1}, calls = 0;
    sort(v, 3, up);
    CHECK(IS(1, 2, 3));
    sort(NULL, 0, up);
    ENDS((sort(v, 3, NULL), 0));
    sort_dyn(v, 3, by, &calls);
    CHECK(IS(3, 2, 1) && calls > 1);
    sort_f(v, 3, up);
    CHECK(IS(1, 2, 3));
    sort_ref(v, 3, by, &calls);
    CHECK(IS(3, 2, 1));
    sort_box(v, 3, by, &calls);
    CHECK(IS(3, 2, 1));
    sort_or(v, 3, NULL, NULL);
    CHECK(IS(1, 2, 3));
    sort_or(v, 3, by, &calls);
    CHECK(IS(3, 2, 1));
    sort_or_dyn(v, 3, NULL, NULL);
    CHECK(IS(1, 2, 3));
    sort_or_dyn(v, 3, by, &calls);
    CHECK(IS(3, 2, 1));
    sort_or_box(v, 3, up);
    CHECK(IS(1, 2, 3));
    CHECK(sort_checked(v, 3, NULL) == -22);
    CHECK(sort_checked(v, 3, up) == 0);
    v[0] = 9;
    sort_bytes(v, 3, sizeof *v, any_up);
    CHECK(IS(2, 3, 9));
    CHECK(first(v, v, same) && !first(v, v + 1, same));
    CHECK(search(v, 3, below, &(int){3}) == 1);
    unsigned sum = 0;
    each(&sum, 4, add);
    CHECK(sum == 6);
    CHECK(list(3, fill, &sum) == 0 && sum == 9);
    CHECK(list(9, fill, &sum) == -7 && sum == 15);
    CHECK(until(9, stop, &(unsigned){4}) == 4);
    CHECK(tried(2, fails) == 0 && tried(3, fails) == -9);
    size_t as = 0;
    CHECK(lines("ab\\nc\\naa", 7, is_long, &as) == 2 && as == 2);
    char text[20] = "";
    names(note, text);
    CHECK(strcmp(text, "one1two2") == 0);
    CHECK(ask(set, &(unsigned){5}) == 5);
    CHECK(call(inc, 1) == 2 && call(NULL, 1) == 1);
    CHECK(must(inc, 1) == 2);
    ENDS(must(NULL, 1));
    CHECK(pick(up, (int[]){1, 2, 1}, 3) == 1);
}
"""


def workshop() -> Workshop:
    shop = Workshop(RUST, BINDINGS)
    values = "values: *mut c_int, n: usize"
    shop.add(f"sort({values}, {CMP})", "sort")
    shop.add(f"sort_f({values}, {CMP})", "sort_f")
    shop.add(f"sort_dyn({values}, {CMP_R}, priv_: *mut c_void)", "sort_dyn")
    shop.add(f"sort_ref({values}, {CMP_R}, priv_: *mut c_void)", "sort_ref")
    shop.add(f"sort_box({values}, {CMP_R}, priv_: *mut c_void)", "sort_box")
    shop.add(f"sort_or({values}, {CMP_R}, arg: *mut c_void)", "sort_or")
    shop.add(f"sort_or_dyn({values}, {CMP_R}, arg: *mut c_void)", "sort_or_dyn")
    shop.add(f"sort_or_box({values}, {CMP})", "sort_or_box")
    shop.add(f"sort_checked({values}, {CMP}) -> c_int", "sort", {"cmp": "-22"})
    shop.add(f"sort_bytes(base: *mut c_void, num: usize, size: usize, {ANY})", "sort_bytes")
    same = 'is: Option<unsafe extern "C" fn(*const c_void, *const c_void) -> bool>'
    shop.add(f"first(base: *const c_void, other: *const c_void, {same}) -> bool", "first")
    below = 'less: Option<unsafe extern "C" fn(*mut c_void, *const c_int) -> c_int>'
    shop.add(f"search(values: *const c_int, n: usize, {below}, key: *mut c_void) -> usize", "search")
    visit = 'visit: Option<unsafe extern "C" fn(*mut c_void, c_uint)>'
    shop.add(f"each(data: *mut c_void, n: c_uint, {visit})", "each")
    shop.add("list(n: c_uint, fill: fill_fn, ctx: *mut c_void) -> c_int", "list")
    stop = 'fill: Option<unsafe extern "C" fn(c_uint, *const c_void) -> c_int>'
    shop.add(f"until(n: c_uint, {stop}, at: *const c_void) -> c_uint", "until")
    shop.add('tried(n: c_uint, fill: Option<unsafe extern "C" fn(c_uint) -> c_int>) -> c_int', "tried")
    line = 'line: Option<unsafe extern "C" fn(*const c_char, c_int, *mut c_void) -> bool>'
    shop.add(f"lines(text: *const c_char, len: usize, {line}, ctx: *mut c_void) -> usize", "lines")
    note = 'name: Option<unsafe extern "C" fn(*const c_char, c_long, *mut c_void)>'
    shop.add(f"names({note}, ctx: *mut c_void)", "names")
    picked = 'pick: Option<unsafe extern "C" fn(*mut c_uint, *mut c_void)>'
    shop.add(f"ask({picked}, ctx: *mut c_void) -> c_uint", "ask")
    function = 'f: Option<unsafe extern "C" fn(c_int) -> c_int>, x: c_int'
    shop.add(f"call({function}) -> c_int", "call")
    shop.add(f"must({function}) -> c_int", "must")
    shop.add(f"pick({CMP}, of: *const c_int, n: usize) -> usize", "pick")
    return shop


def test_callbacks_are_called_with_what_rust_passes(tmp_path: Path) -> None:
    workshop().check(tmp_path, C)


@pytest.mark.parametrize(
    ("c", "path", "why"),
    [
        (
            f"less(values: *mut c_int, n: usize, {CMP.replace('cmp:', 'less:')})",
            "less",
            "parameter less: a comparison in C says more than true and false",
        ),
        (
            f"pick({ANY}, of: *const c_void, n: usize) -> usize",
            "pick",
            "parameter cmp: no rule for impl Fn(&T, &T) -> Ordering over "
            'Option<unsafe extern "C" fn(*const c_void, *const c_void) -> c_int>',
        ),
        (
            f"sort(values: *mut c_int, n: usize, {CMP_R}, one: *mut c_void, two: *mut c_void)",
            "sort",
            "parameter cmp: it is not told which parameter is its context",
        ),
        (
            'each(n: c_uint, visit: Option<unsafe extern "C" fn(c_uint) -> c_int>)',
            "each",
            "parameter visit: Rust does not ask what C returns",
        ),
        (
            'threads(visit: Option<unsafe extern "C" fn(c_uint)>)',
            "threads",
            "parameter visit: what C passes belongs to its thread",
        ),
        (
            "sort(values: *mut c_int, n: usize, cmp: c_int)",
            "sort",
            "parameter cmp: no rule for impl FnMut(&i32, &i32) -> Ordering over c_int",
        ),
    ],
)
def test_a_callback_without_a_rule_is_told(c: str, path: str, why: str) -> None:
    assert Workshop(RUST, BINDINGS).made(c, path) == NoRule(why)
