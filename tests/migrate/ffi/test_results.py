"""What Rust returns, C gets as its result, through pointers, and as a number that says what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.ffi.argument import NoRule
from migrate.ffi.failure import Codes, codes_of
from tests.migrate.ffi.workshop import Workshop

RUST = """
use std::ffi::CStr;
type Result<T, E = Error> = std::result::Result<T, E>;
#[repr(C)] #[derive(Clone, Copy)] pub struct Stat { pub size: u32, pub kind: Kind, pub good: bool }
#[repr(u16)] #[derive(Clone, Copy)] pub enum Kind { File, Dir }
pub enum Error { Missing, Full }
impl Error { pub fn errno(&self) -> i32 { match self { Error::Missing => 2, Error::Full => 28 } } }
#[repr(i32)] pub enum Fault { Bad = -22, Worse = -5 }
pub enum Plain { One = 1, Two = 2 }
pub struct Coded(i32);
impl Coded { pub fn code(&self) -> i32 { self.0 } }
pub struct Into32;
impl From<Into32> for i32 { fn from(_: Into32) -> i32 { 7 } }
pub struct Tree { size: u32 }
impl Tree {
    pub fn mount(label: &CStr) -> Result<Self> {
        if label.is_empty() { Err(Error::Missing) } else { Ok(Tree { size: 1 }) }
    }
    pub fn open(n: i32) -> Result<Box<Tree>> {
        if n < 0 { Err(Error::Full) } else { Ok(Box::new(Tree { size: n as u32 })) }
    }
    pub fn size(&self) -> u32 { self.size }
    pub fn stat(&self, deep: bool) -> Result<Stat> {
        if deep { Err(Error::Missing) } else { Ok(Stat { size: self.size, kind: Kind::Dir, good: true }) }
    }
    pub fn find(&mut self, n: i32) -> std::result::Result<Option<&mut Tree>, Fault> {
        match n { 0 => Ok(None), 1 => Ok(Some(self)), _ => Err(Fault::Worse) }
    }
}
pub fn check(n: i32) -> Result<()> { if n < 0 { Err(Error::Full) } else { Ok(()) } }
pub fn fault(n: i32) -> Result<(), Fault> { if n < 0 { Err(Fault::Bad) } else { Ok(()) } }
pub fn plain(n: i32) -> Result<(), Plain> {
    match n { 0 => Ok(()), 1 => Err(Plain::One), _ => Err(Plain::Two) }
}
pub fn coded(n: i32) -> Result<(), Coded> { if n == 0 { Ok(()) } else { Err(Coded(n)) } }
pub fn into32(n: i32) -> Result<(), Into32> { if n == 0 { Ok(()) } else { Err(Into32) } }
pub fn number(n: i32) -> Result<(), i32> { if n == 0 { Ok(()) } else { Err(-n) } }
pub fn count(n: i32) -> Result<usize> { usize::try_from(n).map_err(|_| Error::Missing) }
pub fn count_coded(n: i32) -> Result<u32, Coded> { u32::try_from(n).map_err(|_| Coded(n)) }
pub fn small(n: i32) -> Result<i32, Fault> { if n > 9 { Err(Fault::Bad) } else { Ok(n) } }
pub fn divide(a: i32, b: i32) -> Option<i32> { a.checked_div(b) }
pub fn half(n: u32) -> Option<u32> { (n % 2 == 0).then_some(n / 2) }
pub fn unit(n: i32) -> Option<()> { (n > 0).then_some(()) }
pub fn div_rem(a: u64, b: u64) -> (u64, u64) { (a / b, a % b) }
pub fn rational(a: u64) -> (u64, u64) { (a, a + 1) }
pub fn parse(s: &CStr) -> Result<(i32, bool)> {
    match s.to_str() { Ok("1") => Ok((1, true)), _ => Err(Error::Missing) }
}
pub fn pair(n: i32) -> Result<(i32, i32)> { if n < 0 { Err(Error::Full) } else { Ok((n, n + 1)) } }
pub fn init() -> Stat { Stat { size: 9, kind: Kind::File, good: false } }
pub fn digest(n: u8) -> [u8; 4] { [n; 4] }
pub fn reset() {}
pub fn stop() -> ! { std::process::abort() }
pub fn name(n: i32) -> Result<&'static CStr> { if n < 0 { Err(Error::Full) } else { Ok(c"fine") } }
"""
BINDINGS = """
#[repr(C)] pub struct stat_s { pub size: u32, pub kind: u16, pub good: bool }
#[repr(C)] pub struct tree { pub size: u32 }
"""
C = """
struct stat_s { uint32_t size; uint16_t kind; bool good; };
struct tree;
int tree_mount(const char *, struct tree **), tree_stat(const struct tree *, int, struct stat_s *);
struct tree *tree_open(int); unsigned tree_size(const struct tree *);
int tree_find(struct tree *, int, struct tree **);
int check(int), fault(int), plain(int), plain_below(int), coded(int), coded_below(int);
int into32(int), number(int);
bool check_bool(int); int check_one(int), check_always(int);
int count(int), count_coded(int); long small(int); unsigned count_zero(int);
int divide(int, int, int *), half(int); bool half_at(unsigned, unsigned *); bool unit(int); int unit_one(int);
uint64_t div_rem(uint64_t, uint64_t, uint64_t *), div_rem_or(uint64_t, uint64_t, uint64_t *);
void rational(uint64_t, uint64_t *, uint64_t *);
int parse(const char *, int *, bool *), pair(int, int *);
void init(struct stat_s *); int init_code(struct stat_s *); void digest(int, unsigned char *);
int reset(void); void stop(void); const char *name(int);
int main(void)
{
    struct tree *tree = NULL, *found = (struct tree *)&tree;
    CHECK(tree_mount("", &tree) == -2 && tree == NULL);
    CHECK(tree_mount("x", &tree) == 0 && tree != NULL && tree_size(tree) == 1);
    CHECK(tree_size(tree_open(5)) == 5);
    CHECK(tree_open(-5) == NULL);
    struct stat_s stat = {0};
    CHECK(tree_stat(tree, 1, &stat) == -2 && stat.size == 0);
    CHECK(tree_stat(tree, 0, &stat) == 0 && stat.size == 1 && stat.kind == 1 && stat.good);
    CHECK(tree_find(tree, 2, &found) == -5 && found == (struct tree *)&tree);
    CHECK(tree_find(tree, 0, &found) == 0 && found == NULL);
    CHECK(tree_find(tree, 1, &found) == 0 && found == tree);
    CHECK(check(0) == 0 && check(-1) == -28);
    CHECK(check_bool(0) && !check_bool(-1));
    CHECK(check_one(0) == 0 && check_one(-1) == -1);
    CHECK(check_always(0) == 1 && check_always(-1) == 0);
    CHECK(fault(0) == 0 && fault(-1) == -22);
    CHECK(plain(0) == 0 && plain(1) == 1 && plain(2) == 2);
    CHECK(plain_below(0) == 0 && plain_below(1) == -1 && plain_below(2) == -2);
    CHECK(coded(0) == 0 && coded(3) == 3 && coded(-3) == -3);
    CHECK(coded_below(0) == 0 && coded_below(3) == -3 && coded_below(-3) == -3);
    CHECK(into32(0) == 0 && into32(1) == 7);
    CHECK(number(0) == 0 && number(4) == -4);
    CHECK(count(0) == 0 && count(7) == 7 && count(-7) == -2);
    CHECK(count_coded(7) == 7 && count_coded(-7) == -7);
    CHECK(small(9) == 9 && small(10) == -22);
    CHECK(count_zero(7) == 7 && count_zero(-7) == 0);
    int n = 99;
    CHECK(divide(1, 0, &n) == -1 && n == 99);
    CHECK(divide(9, 3, &n) == 0 && n == 3);
    CHECK(half(8) == 4 && half(7) == -1);
    unsigned u = 99;
    CHECK(!half_at(7, &u) && u == 99);
    CHECK(half_at(8, &u) && u == 4);
    CHECK(unit(1) && !unit(0));
    CHECK(unit_one(1) == 1 && unit_one(0) == 0);
    uint64_t rem = 0, den = 0;
    CHECK(div_rem(17, 5, &rem) == 3 && rem == 2);
    CHECK(div_rem_or(17, 5, NULL) == 3);
    CHECK(div_rem_or(18, 5, &rem) == 3 && rem == 3);
    rational(3, &rem, &den);
    CHECK(rem == 3 && den == 4);
    bool yes = false;
    CHECK(parse("2", &n, &yes) == -2 && n == 3 && !yes);
    CHECK(parse("1", &n, &yes) == 0 && n == 1 && yes);
    CHECK(pair(-1, &n) == -28 && n == 1);
    CHECK(pair(5, &n) == 5 && n == 6);
    init(&stat);
    CHECK(stat.size == 9 && stat.kind == 0 && !stat.good);
    stat.size = 0;
    CHECK(init_code(&stat) == 0 && stat.size == 9);
    unsigned char bytes[4];
    digest(7, bytes);
    CHECK(bytes[0] == 7 && bytes[3] == 7);
    CHECK(reset() == 0);
    ENDS((stop(), 0));
    CHECK(strcmp(name(0), "fine") == 0 && name(-1) == NULL);
}
"""
MINUS_ONE = Codes("0", "-1")
ONE = Codes("1", "0")


def workshop() -> Workshop:
    shop = Workshop(RUST, BINDINGS)
    shop.add("tree_mount(label: *const c_char, out: *mut *mut tree) -> c_int", "Tree::mount")
    shop.add("tree_open(n: c_int) -> *mut tree", "Tree::open")
    shop.add("tree_size(tree: *const tree) -> c_uint", "Tree::size")
    shop.add("tree_stat(tree: *const tree, deep: c_int, out: *mut stat_s) -> c_int", "Tree::stat")
    shop.add("tree_find(tree: *mut tree, n: c_int, out: *mut *mut tree) -> c_int", "Tree::find")
    shop.add("check(n: c_int) -> c_int", "check")
    shop.add("check_bool(n: c_int) -> bool", "check")
    shop.add("check_one(n: c_int) -> c_int", "check", codes=MINUS_ONE)
    shop.add("check_always(n: c_int) -> c_int", "check", codes=ONE)
    shop.add("fault(n: c_int) -> c_int", "fault")
    shop.add("plain(n: c_int) -> c_int", "plain", codes=Codes("0"))
    shop.add("plain_below(n: c_int) -> c_int", "plain", codes=Codes(negative=True))
    shop.add("coded(n: c_int) -> c_int", "coded")
    shop.add("coded_below(n: c_int) -> c_int", "coded", codes=Codes(negative=True))
    shop.add("into32(n: c_int) -> c_int", "into32")
    shop.add("number(n: c_int) -> c_int", "number")
    shop.add("count(n: c_int) -> c_int", "count")
    shop.add("count_coded(n: c_int) -> c_int", "count_coded")
    shop.add("small(n: c_int) -> c_long", "small")
    shop.add("count_zero(n: c_int) -> c_uint", "count", codes=Codes(failure="0"))
    shop.add("divide(a: c_int, b: c_int, out: *mut c_int) -> c_int", "divide", codes=MINUS_ONE)
    shop.add("half(n: c_int) -> c_int", "half", codes=MINUS_ONE)
    shop.add("half_at(n: c_uint, out: *mut c_uint) -> bool", "half")
    shop.add("unit(n: c_int) -> bool", "unit")
    shop.add("unit_one(n: c_int) -> c_int", "unit", codes=ONE)
    shop.add("div_rem(a: u64, b: u64, rem: *mut u64) -> u64", "div_rem")
    shop.add("div_rem_or(a: u64, b: u64, rem: *mut u64) -> u64", "div_rem", {"rem": ""})
    shop.add("rational(a: u64, num: *mut u64, den: *mut u64)", "rational")
    shop.add("parse(s: *const c_char, value: *mut c_int, yes: *mut bool) -> c_int", "parse")
    shop.add("pair(n: c_int, done: *mut c_int) -> c_int", "pair")
    shop.add("init(out: *mut stat_s)", "init")
    shop.add("init_code(out: *mut stat_s) -> c_int", "init")
    shop.add("digest(n: c_int, out: *mut c_uchar)", "digest")
    shop.add("reset() -> c_int", "reset")
    shop.add("stop() -> !", "stop")
    shop.add("name(n: c_int) -> *const c_char", "name")
    return shop


@pytest.mark.parametrize("edition", ["2021", "2024"])
def test_results_reach_c(tmp_path: Path, edition: str) -> None:
    workshop().check(tmp_path, C, edition)


@pytest.mark.parametrize(
    ("c", "path", "why"),
    [
        (
            "plain(n: c_int) -> c_int",
            "plain",
            "result: it is not told whether C returns the numbers of crate::Plain as they are or below 0",
        ),
        (
            "divide(a: c_int, b: c_int, out: *mut c_int) -> c_int",
            "divide",
            "result: it is not told what C returns for `None`",
        ),
        (
            "divide(a: c_int, b: c_int, out: *mut c_int)",
            "divide",
            "parameter out: no rule for Option<i32> through *mut c_int",
        ),
        ("check(n: c_int)", "check", "result: C has no way to say that it failed"),
        ("count(n: c_int) -> c_uint", "count", "result: C returns no number below 0 as c_uint"),
        ("init() -> c_int", "init", "result: no rule for crate::Stat as c_int"),
        (
            "init(out: *const stat_s)",
            "init",
            "parameter out: no rule for crate::Stat through *const stat_s",
        ),
        ("reset(out: *mut c_int)", "reset", "parameter out: nothing in Rust takes it or returns it"),
        ("rational(a: u64) -> u64", "rational", "result: no rule for (u64, u64) as u64"),
        ("reset() -> *mut tree", "reset", "result: Rust returns nothing that C could have as *mut tree"),
    ],
)
def test_a_result_without_a_rule_is_told(c: str, path: str, why: str) -> None:
    assert Workshop(RUST, BINDINGS).made(c, path) == NoRule(why)


def test_an_error_that_would_look_like_success_has_no_rule() -> None:
    shop = Workshop("pub enum E { A, B } pub fn f() -> Result<(), E> { Err(E::A) }")
    assert shop.made("f() -> c_int", "f") == NoRule(
        "result: crate::E has the number 0, with which C says that all went well"
    )


def test_a_foreign_error_has_no_number() -> None:
    shop = Workshop(
        "pub struct Error; impl Error { pub fn code(&self) -> i32 { 1 } }\n"
        "pub fn f() -> Result<(), std::io::Error> { Ok(()) }"
    )
    assert shop.made("f() -> c_int", "f") == NoRule("result: std::io::Error has no number")


@pytest.mark.parametrize(
    ("c_text", "codes"),
    [
        ("int f(int x) { if (x < 0) return -EINVAL; return g(x); }", Codes(negative=True)),
        ("int f(int x) { int err = -ENOMEM; return err; }", Codes(negative=True)),
        ("int f(int x) { if (x) return -1; return 0; }", MINUS_ONE),
        ("int f(int x) { if (x) return (-1); return(0); }", MINUS_ONE),
        ("int f(int x) { if (x) return 1; return 0; }", Codes()),
        ("int f(int x) { if (x) return -1; return x; }", Codes()),
    ],
)
def test_codes_are_read_from_what_c_returns(c_text: str, codes: Codes) -> None:
    assert codes_of(c_text) == codes
