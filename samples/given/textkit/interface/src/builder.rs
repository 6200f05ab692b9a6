//! Text under construction, of bounded length.

use std::fmt;

use crate::{Error, NAMED_ESCAPES};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Bytes that are appended one after the other: `struct tk_builder`.
///
/// After the first failure everything fails, even to append nothing, until
/// [`truncate`](Self::truncate): no text comes out with a hole in it.
#[derive(Debug, Clone)]
pub struct TextBuilder {
    text: Vec<u8>,
    limit: usize,
    full: bool,
}

impl TextBuilder {
    /// An empty text that can get `limit` bytes long.
    ///
    /// Stands for `tk_builder_init` with one byte more, for the NUL that is not
    /// needed here. A great limit costs nothing: memory is taken for bytes that
    /// there are.
    pub fn with_limit(limit: usize) -> Self {
        todo!()
    }

    /// How many bytes the text has.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether the text has no byte yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether something did not fit, so that nothing more is taken.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The text so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// Undoes what was appended since the text had `mark` bytes; it stays full.
    fn take_back(&mut self, mark: usize) {
        todo!()
    }

    /// Appends bytes, all of them or none; stands for `tk_put`.
    pub fn append(&mut self, data: &[u8]) -> Result<(), Error> {
        todo!()
    }

    /// Appends a number with at least `width` digits, all of it or nothing;
    /// stands for `tk_put_u64`.
    pub fn append_number(&mut self, value: u64, base: u32, width: usize) -> Result<(), Error> {
        todo!()
    }

    /// Appends bytes as printable ASCII, all of them or nothing; stands for
    /// `tk_put_escaped`.
    pub fn append_escaped(&mut self, data: &[u8]) -> Result<(), Error> {
        todo!()
    }

    /// Shortens the text to `len` bytes if it has more, and lets it grow again;
    /// stands for `tk_cut`.
    pub fn truncate(&mut self, len: usize) {
        todo!()
    }
}

impl fmt::Write for TextBuilder {
    /// Appends as [`append`](TextBuilder::append) does.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        todo!()
    }
}

impl AsRef<[u8]> for TextBuilder {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_does_not_make_room() {
        let mut text = TextBuilder::with_limit(4);
        assert_eq!((text.limit, text.full), (4, false));
        assert_eq!(text.append(b"abc"), Ok(()));
        assert_eq!(text.append(b"de"), Err(Error::Full));
        text.take_back(5);
        assert_eq!(text.as_bytes(), b"abc");
        text.take_back(1);
        assert_eq!(text.as_bytes(), b"a");
        assert!(text.full);
    }
}
