"""Text of C is text in Rust, whatever bytes it has."""

from __future__ import annotations

from pathlib import Path

from migrate.ffi.argument import NoRule
from tests.migrate.ffi.workshop import Workshop

RUST = """
use std::ffi::{CStr, CString};
pub fn length(s: &CStr) -> usize { s.to_bytes().len() }
pub fn spaces(s: &[u8]) -> usize { s.iter().filter(|&&b| b == b' ').count() }
pub fn chars(s: &str) -> usize { s.chars().count() }
pub fn chars_of(s: String, limit: u32) -> usize { s.chars().count().min(limit as usize) }
pub fn owned(s: CString) -> usize { s.into_bytes_with_nul().len() }
pub fn or(s: Option<&CStr>) -> i32 { s.map_or(-1, |s| s.to_bytes().len() as i32) }
pub fn or_str(s: Option<&str>) -> i32 { s.map_or(-1, |s| s.len() as i32) }
pub fn or_bytes(s: Option<&[u8]>) -> i32 { s.map_or(-1, |s| s.len() as i32) }
pub fn name(error: i32) -> &'static CStr { if error == 0 { c"OK" } else { c"E?" } }
pub fn name_of(error: i32) -> Option<&'static CStr> { (error == 0).then_some(c"OK") }
pub fn tail(s: &CStr) -> &CStr { s }
pub fn keep(s: &'static CStr) -> usize { s.to_bytes().len() }
pub fn bad() -> String { String::new() }
pub fn freed() -> CString { CString::default() }
pub fn read(path: &CStr, buf: &mut [u8], off: u32) -> usize {
    buf[0] = path.to_bytes()[0]; buf.len() + off as usize
}
"""
C = """
int length(const char *), spaces(const char *), chars(const char *), chars_n(const char *, size_t);
int chars_of(const char *, unsigned), owned(const char *), or(const char *), or_str(const char *);
int or_bytes(const char *);
const char *name(int), *name_of(int), *tail(const char *);
int read_at(const char *, void *, size_t, unsigned);
int main(void)
{
    CHECK(length("abc") == 3 && length("") == 0);
    CHECK(spaces("a b c") == 2);
    CHECK(chars("\\xc3\\xa9t\\xc3\\xa9") == 3);
    CHECK(chars("\\xff!") == 2);
    CHECK(chars_n("\\xc3\\xa9t\\0\\xff", 5) == 4);
    CHECK(chars_n(NULL, 0) == 0);
    CHECK(chars_of("abc", 2) == 2);
    CHECK(owned("abc") == 4);
    CHECK(or("abc") == 3 && or(NULL) == -1);
    CHECK(or_str("abc") == 3 && or_str(NULL) == -1);
    CHECK(or_bytes("abc") == 3 && or_bytes(NULL) == -1);
    CHECK(strcmp(name(0), "OK") == 0 && strcmp(name(1), "E?") == 0);
    CHECK(strcmp(name_of(0), "OK") == 0 && name_of(1) == NULL);
    const char *text = "abc";
    CHECK(tail(text) == text);
    char buf[4];
    CHECK(read_at("x", buf, 4, 100) == 104 && buf[0] == 'x');
}
"""


def workshop() -> Workshop:
    shop = Workshop(RUST)
    shop.add("length(s: *const c_char) -> c_int", "length")
    shop.add("spaces(s: *const c_char) -> c_int", "spaces")
    shop.add("chars(s: *const c_char) -> c_int", "chars")
    shop.add("chars_n(s: *const c_char, n: usize) -> c_int", "chars")
    shop.add("chars_of(s: *const c_char, limit: c_uint) -> c_int", "chars_of")
    shop.add("owned(s: *const c_char) -> c_int", "owned")
    shop.add("or(s: *const c_char) -> c_int", "or")
    shop.add("or_str(s: *const c_char) -> c_int", "or_str")
    shop.add("or_bytes(s: *const c_char) -> c_int", "or_bytes")
    shop.add("name(error: c_int) -> *const c_char", "name")
    shop.add("name_of(error: c_int) -> *const c_char", "name_of")
    shop.add("tail(s: *const c_char) -> *const c_char", "tail")
    shop.add("read_at(path: *const c_char, buf: *mut c_void, len: usize, off: u32) -> c_int", "read")
    return shop


def test_text_arrives(tmp_path: Path) -> None:
    workshop().check(tmp_path, C)


def test_text_that_c_could_not_hold_has_no_rule() -> None:
    shop = Workshop(RUST)
    kept = shop.made("keep(s: *const c_char) -> usize", "keep")
    assert kept == NoRule("parameter s: Rust would keep what C lends for a call")
    assert shop.made("bad() -> *const c_char", "bad") == NoRule("result: it does not end with a NUL")
    written = shop.made("tail(s: *const c_char) -> *mut c_char", "tail")
    assert written == NoRule("result: C may write to what Rust only lends")
    assert shop.made("freed() -> *mut c_char", "freed") == NoRule("result: C could not free it")
