//! Text and bytes for settings, logs and wires: numbers, a bounded builder,
//! escapes, lines and a checksum.
//!
//! Texts are bytes here, as they are in the C: nothing demands UTF-8.
#![forbid(unsafe_code)]

use std::fmt;

mod builder;

pub use builder::TextBuilder;

/// The words that can be added before a sum of sums must be folded.
const SUM_WORDS: usize = 359;

/// Bytes with an escape of one letter, each with that letter.
pub(crate) const NAMED_ESCAPES: [(u8, u8); 6] = [
    (b'\n', b'n'),
    (b'\t', b't'),
    (b'\r', b'r'),
    (b'\\', b'\\'),
    (b'"', b'"'),
    (b'\0', b'0'),
];

/// What can go wrong: the negative values of `enum tk_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Error {
    /// There is no digit where a number should be.
    Empty,
    /// The base is none of 2 to 36.
    Base,
    /// The number does not fit its type.
    Overflow,
    /// The input is malformed at this offset.
    Invalid(usize),
    /// The input ends in the middle of something.
    Cut,
    /// The output has no room for it.
    Full,
}

impl fmt::Display for Error {
    /// Stands for `tk_put_error`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl std::error::Error for Error {}

impl From<Error> for i32 {
    /// The value that the error has in `enum tk_status`.
    fn from(error: Error) -> Self {
        unimplemented!()
    }
}

/// The value of a digit of any base up to 36, in either case.
fn digit_value(byte: u8) -> Option<u32> {
    unimplemented!()
}

/// Reads the number at the start of a text: its value, and how many bytes
/// belong to it.
pub fn parse_u64(text: &[u8], base: u32) -> Result<(u64, usize), Error> {
    unimplemented!()
}

/// Reads the number at the start of a text, which may have a sign.
pub fn parse_i64(text: &[u8], base: u32) -> Result<(i64, usize), Error> {
    unimplemented!()
}

/// Reads an escape whose first byte after the backslash is at `at`: the byte
/// that it means, and the offset behind it.
fn read_escape(text: &[u8], at: usize) -> Result<(u8, usize), Error> {
    unimplemented!()
}

/// The bytes that [`TextBuilder::append_escaped`] was given, if they are at
/// most `limit`.
///
/// Stands for `tk_unescape`. A great limit costs nothing: memory is taken for
/// bytes that there are.
pub fn unescape(text: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    unimplemented!()
}

/// How many bytes [`unescape`] would find.
///
/// Stands for `tk_unescape` with `out` being NULL.
pub fn unescaped_len(text: &[u8]) -> Result<usize, Error> {
    unimplemented!()
}

/// Splits the first line off a text; `None` when nothing is left.
///
/// Stands for `tk_next_line`.
pub fn split_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    unimplemented!()
}

/// The lines of a text, without their ends.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// All lines of a text.
    pub fn new(text: &'a [u8]) -> Self {
        Lines { rest: text }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        split_line(&mut self.rest)
    }
}

/// A checksum on its way through the data: `struct tk_sum`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// `a`: the sum of the words.
    words: u32,
    /// `b`: the sum of those sums.
    sums: u32,
    /// First byte of a word whose second is yet to come.
    odd: Option<u8>,
}

impl Default for Checksum {
    /// The checksum of no data: `TK_SUM_INIT`.
    fn default() -> Self {
        unimplemented!()
    }
}

impl Checksum {
    /// Takes more data into the sum; stands for `tk_sum_add`.
    pub fn update(&mut self, data: &[u8]) {
        unimplemented!()
    }

    /// The sum of what was added so far; stands for `tk_sum_value`.
    pub fn value(&self) -> u32 {
        unimplemented!()
    }
}

/// Adds the high half of a sum to the low one, which keeps it modulo 65535.
const fn fold(sum: u32) -> u32 {
    unimplemented!()
}

/// The checksum of data that is at hand as a whole.
pub fn checksum(data: &[u8]) -> u32 {
    let mut sum = Checksum::default();
    sum.update(data);
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_values_in_either_case() {
        assert_eq!(digit_value(b'0'), Some(0));
        assert_eq!(digit_value(b'9'), Some(9));
        assert_eq!(digit_value(b'a'), Some(10));
        assert_eq!(digit_value(b'Z'), Some(35));
    }

    #[test]
    fn neighbours_of_digits_have_no_value() {
        for byte in [b'/', b':', b'@', b'[', b'`', b'{', b'_', 0, 0xb5, 0xff] {
            assert_eq!(digit_value(byte), None, "byte {byte}");
        }
    }

    #[test]
    fn an_escape_is_read_up_to_the_byte_behind_it() {
        assert_eq!(read_escape(b"\\n!", 1), Ok((b'\n', 2)));
        assert_eq!(read_escape(b"\\x4aZ", 1), Ok((b'J', 4)));
        assert_eq!(read_escape(b"..", 2), Err(Error::Cut));
        assert_eq!(read_escape(b"\\a", 1), Err(Error::Invalid(1)));
    }

    #[test]
    fn folding_once_may_leave_a_carry() {
        assert_eq!(fold(0), 0);
        assert_eq!(fold(0xffff), 0xffff);
        assert_eq!(fold(0x1_0000), 1);
        assert_eq!(fold(u32::MAX), 0x1_fffe);
    }

    #[test]
    fn an_odd_byte_waits_for_the_next() {
        let mut sum = Checksum::default();
        assert_eq!((sum.words, sum.sums, sum.odd), (0xffff, 0xffff, None));
        sum.update(b"abc");
        assert_eq!(sum.odd, Some(b'c'));
        sum.update(b"d");
        assert_eq!(sum.odd, None);
    }
}
