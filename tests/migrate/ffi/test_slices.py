"""A pointer and a length become a slice."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.ffi.argument import NoRule
from tests.migrate.ffi.workshop import Workshop

RUST = """
use std::mem::MaybeUninit;
#[repr(C)] #[derive(Clone, Copy)] pub struct Point { pub x: i32, pub y: i32 }
pub fn sum(values: &[i32]) -> i32 { values.iter().sum() }
pub fn sum_n(values: &[i32], n: usize) -> i32 { values.iter().take(n).sum() }
pub fn count(values: Option<&[i32]>) -> i32 { values.map_or(-1, |v| v.len() as i32) }
pub fn checksum(data: &[u8]) -> u32 { data.iter().map(|&b| u32::from(b)).sum() }
pub fn reverse(values: &mut [u16]) { values.reverse() }
pub fn dot(a: &[f64], b: &[f64]) -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() }
pub fn copy(to: &mut [u8], from: &[u8]) { to.copy_from_slice(from) }
pub fn mean(points: &[Point]) -> i32 { points.iter().map(|p| p.x + p.y).sum::<i32>() / points.len() as i32 }
pub fn fill(out: &mut [MaybeUninit<u8>], with: u8) -> usize {
    out.iter_mut().for_each(|b| { b.write(with); }); out.len()
}
pub fn write(at: u32, buf: &[u8]) -> usize { buf.len() + at as usize }
pub fn largest<T: Copy + Ord>(values: &[T]) -> Option<&T> { values.iter().max() }
pub fn total(values: &[u8], size: usize) -> usize { values.chunks(size).count() }
pub fn sum_some(values: &[i32], count: usize) -> i32 { values.iter().take(count).sum() }
pub fn first(values: &[i32]) -> i32 { values[0] }
pub fn place(values: &[i32]) -> usize { values.as_ptr().addr() }
pub fn text(name: &[u8]) -> u32 { name.len() as u32 }
"""
C = """
struct point { int x, y; };
int sum(const int *, unsigned), sum_signed(int, const int *), sum_n(const int *, size_t);
int count(const int *, long);
unsigned checksum(const void *, size_t), checksum_char(const char *, int);
void reverse(uint16_t *, size_t);
double dot(const double *, const double *, int);
void copy(void *, const void *, size_t);
int mean(const struct point *, int), fill(void *, size_t, int), write_at(const void *, size_t, unsigned);
const int *largest(const int *, size_t); const unsigned char *largest_byte(const unsigned char *, size_t);
size_t total(const void *, size_t, size_t), total_too(const void *, size_t, size_t);
int sum_of(const int *, size_t, size_t);
unsigned text(const char *, size_t); size_t place(const int *, size_t); int first(const int *, size_t);
int main(void)
{
    int values[] = {1, 2, 3};
    CHECK(sum(values, 3) == 6);
    CHECK(sum(values, 0) == 0);
    CHECK(sum(NULL, 0) == 0);
    CHECK(first(values, SIZE_MAX) == 1);
    CHECK(place(values, 0) == (size_t)values && place(NULL, 0) != 0);
    CHECK(place((int *)((char *)values + 1), 0) % sizeof(int) == 0);
    ENDS(sum(NULL, 1));
    CHECK(sum_signed(2, values) == 3);
    CHECK(sum_signed(-2, values) == 0);
    CHECK(sum_n(values, 3) == 6);
    CHECK(count(values, 3) == 3);
    CHECK(count(values, 0) == 0);
    CHECK(count(NULL, 3) == -1);
    CHECK(checksum("\\x01\\xff", 2) == 256);
    CHECK(checksum(NULL, 0) == 0);
    CHECK(checksum_char("\\xff", 1) == 255);
    uint16_t shorts[] = {1, 2, 3};
    reverse(shorts, 3);
    CHECK(shorts[0] == 3 && shorts[2] == 1);
    double a[] = {1, 2}, b[] = {3, 4};
    CHECK(dot(a, b, 2) == 11);
    CHECK(dot(a, a, 2) == 5);
    char text1[] = "hello";
    copy(text1, "HE", 2);
    CHECK(strcmp(text1, "HEllo") == 0);
    ENDS((copy(text1, text1 + 1, 2), 0));
    copy(text1, text1 + 2, 2);
    CHECK(strcmp(text1, "llllo") == 0);
    copy(text1, text1, 0);
    CHECK(mean((struct point[]){{1, 2}, {3, 4}}, 2) == 5);
    CHECK(fill(text1, 2, 'x') == 2 && strcmp(text1, "xxllo") == 0);
    CHECK(write_at("abc", 3, 10) == 13);
    CHECK(largest(values, 3) == values + 2);
    CHECK(largest(values, 0) == NULL);
    CHECK(*largest_byte((const unsigned char *)"abz", 3) == 'z');
    CHECK(total("abcdef", 3, 2) == 3);
    CHECK(total_too("abcdef", 2, 3) == 3);
    CHECK(sum_of(values, 3, 2) == 3);
    CHECK(text("a\\0c", 3) == 3);
}
"""


def workshop() -> Workshop:
    shop = Workshop(RUST, "#[repr(C)] pub struct point { pub x: c_int, pub y: c_int }")
    shop.add("sum(values: *const c_int, n: c_uint) -> c_int", "sum")
    shop.add("sum_signed(n: c_int, values: *const c_int) -> c_int", "sum")
    shop.add("sum_n(values: *const c_int, n: usize) -> c_int", "sum_n")
    shop.add("count(values: *const c_int, len: c_long) -> c_int", "count")
    shop.add("checksum(data: *const c_void, len: usize) -> c_uint", "checksum")
    shop.add("checksum_char(data: *const c_char, len: c_int) -> c_uint", "checksum")
    shop.add("reverse(values: *mut u16, num: usize)", "reverse")
    shop.add("dot(a: *const f64, b: *const f64, count: c_int) -> f64", "dot")
    shop.add("copy(to: *mut c_void, from: *const c_void, size: usize)", "copy")
    shop.add("mean(points: *const point, npoints: c_int) -> c_int", "mean")
    shop.add("fill(out: *mut c_void, size: usize, with: c_int) -> c_int", "fill")
    shop.add("write_at(buf: *const c_void, len: usize, at: u32) -> c_int", "write")
    shop.add("largest(values: *const c_int, n: usize) -> *const c_int", "largest")
    shop.add("largest_byte(values: *const c_uchar, n: usize) -> *const c_uchar", "largest")
    shop.add("total(values: *const c_void, num: usize, size: usize) -> usize", "total")
    shop.add("total_too(values: *const c_void, size: usize, nmemb: usize) -> usize", "total")
    shop.add("sum_of(values: *const c_int, n_values: usize, count: usize) -> c_int", "sum_some")
    shop.add("first(values: *const c_int, n: usize) -> c_int", "first")
    shop.add("place(values: *const c_int, n: usize) -> usize", "place")
    shop.add("text(name: *const c_char, len: usize) -> c_uint", "text")
    return shop


def test_slices_hold_what_c_points_to(tmp_path: Path) -> None:
    workshop().check(tmp_path, C)


@pytest.mark.parametrize(
    "c",
    [
        "sum(values: *const c_int, mode: c_uint) -> c_int",
        "sum(values: *const c_int, nbytes: c_uint) -> c_int",
        "sum(values: *const c_int) -> c_int",
        "sum(values: *const c_void, n: usize) -> c_int",
        "sum(values: *const c_uint, n: usize) -> c_int",
        "sum(values: *const c_short, n: usize) -> c_int",
        "sum(values: *const c_int, n: c_int, m: c_int) -> c_int",
        "sum(m: c_int, n: c_int, values: *const c_int) -> c_int",
        "sum(values: *const c_int, n: c_int, stride: c_int) -> c_int",
        "sum(values: *const c_int, rows: c_int, cols: c_int) -> c_int",
    ],
)
def test_what_may_not_be_its_length_or_its_type_makes_no_slice(c: str) -> None:
    assert isinstance(Workshop(RUST).made(c, "sum"), NoRule)


def test_a_length_that_two_parameters_may_make_is_not_guessed() -> None:
    shop = Workshop("pub fn sum(values: &[f64], n: i32, m: i32) -> f64 { values[(n * m) as usize] }")
    made = shop.made("sum(values: *const f64, n: c_int, m: c_int) -> f64", "sum")
    assert made == NoRule("parameter values: it is not told how many values are there")
