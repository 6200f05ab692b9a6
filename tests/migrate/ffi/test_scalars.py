"""Numbers, truth values, characters and enums arrive in Rust and in C as what they were."""

from __future__ import annotations

from pathlib import Path

from tests.migrate.ffi.workshop import Workshop

RUST = """
pub fn twice(x: i32) -> i32 { x.wrapping_mul(2) }
pub fn isqrt(x: u32) -> u32 { x.isqrt() }
pub fn widen(x: u64) -> u64 { x }
pub fn half(x: f64) -> f32 { (x / 2.0) as f32 }
pub fn not(x: bool) -> bool { !x }
pub fn is_digit(c: u8) -> bool { c.is_ascii_digit() }
pub fn next(c: char) -> char { char::from_u32(c as u32 + 1).unwrap() }
pub fn small(x: u16) -> u16 { x }
pub fn size(x: usize) -> usize { x }
pub fn sign(x: i64) -> std::cmp::Ordering { x.cmp(&0) }
#[repr(u32)]
#[derive(Clone, Copy)]
pub enum Kind { File = 0, Dir = 4, Link }
pub fn opposite(kind: Kind) -> Kind { match kind { Kind::File => Kind::Dir, _ => Kind::File } }
pub enum Mode { Read = -1, Write = 1 }
pub fn known(mode: Option<Mode>) -> Option<Mode> { mode }
pub fn is_known(mode: Option<Mode>) -> bool { known(mode).is_some() }
pub mod inner {
    pub enum Mode { On, Off }
    pub fn flip(mode: Mode) -> Mode { if let Mode::On = mode { Mode::Off } else { Mode::On } }
}
pub fn nothing() {}
#[derive(Clone, Copy)]
pub struct Index(pub(crate) u16);
impl Index { pub fn after(self) -> Index { Index(self.0 + 1) } }
pub struct Angle(pub f64);
pub fn turned(angle: Angle, by: Index) -> Angle { Angle(angle.0 + f64::from(by.0)) }
"""
C = """
int twice(int); uint32_t isqrt(uint32_t); long widen(int); double half(double); int not(int);
bool not_bool(bool);
int is_digit(int); char next(char); unsigned char next_byte(unsigned char); uint32_t small(uint32_t);
int size(int); int sign(long); unsigned opposite(unsigned); int is_known(int); void nothing(void);
unsigned after(unsigned); double turned(double, int);
int main(void)
{
    CHECK(twice(21) == 42);
    CHECK(twice(-3) == -6);
    CHECK(after(41) == 42);
    ENDS(after(65536));
    CHECK(turned(0.5, 7) == 7.5);
    CHECK(isqrt(UINT32_MAX) == 65535);
    CHECK(widen(-1) == -1);
    CHECK(half(3.0) == 1.5);
    CHECK(not(0) == 1);
    CHECK(not(256) == 0);
    CHECK(not(-1) == 0);
    CHECK(not_bool(true) == false);
    CHECK(is_digit('7') == 1);
    CHECK(is_digit('7' + 256) == 1);
    CHECK(is_digit(-1) == 0);
    CHECK(next('a') == 'b');
    CHECK(next_byte(0xe9) == 0xea);
    ENDS(next_byte(0xff));
    CHECK(small(65535) == 65535);
    ENDS(small(65536));
    CHECK(size(-1) == -1);
    CHECK(sign(-7) == -1);
    CHECK(sign(0) == 0);
    CHECK(sign(1L << 40) == 1);
    CHECK(opposite(0) == 4);
    CHECK(opposite(5) == 0);
    ENDS(opposite(1));
    ENDS(opposite(UINT32_MAX));
    CHECK(is_known(-1) == 1);
    CHECK(is_known(0) == 0);
    nothing();
}
"""


def workshop() -> Workshop:
    shop = Workshop(RUST)
    shop.add("twice(x: c_int) -> c_int", "twice")
    shop.add("isqrt(x: u32) -> u32", "isqrt")
    shop.add("widen(x: c_int) -> c_long", "widen")
    shop.add("half(x: f64) -> f64", "half")
    shop.add("not(x: c_int) -> c_int", "not")
    shop.add("not_bool(x: bool) -> bool", "not")
    shop.add("is_digit(c: c_int) -> c_int", "is_digit")
    shop.add("next(c: c_char) -> c_char", "next")
    shop.add("next_byte(c: c_uchar) -> c_uchar", "next")
    shop.add("small(x: u32) -> u32", "small")
    shop.add("size(x: c_int) -> c_int", "size")
    shop.add("sign(x: c_long) -> c_int", "sign")
    shop.add("opposite(kind: c_uint) -> c_uint", "opposite")
    shop.add("is_known(mode: c_int) -> c_int", "is_known")
    shop.add("after(x: u32) -> c_uint", "Index::after")
    shop.add("turned(x: f64, by: c_int) -> f64", "turned")
    shop.add("nothing()", "nothing")
    return shop


def test_scalars_keep_their_values(tmp_path: Path) -> None:
    workshop().check(tmp_path, C)
