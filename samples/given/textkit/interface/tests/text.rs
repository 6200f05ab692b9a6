//! Texts are built, escaped, split and summed as the C does.

use std::fmt::Write;

use textkit::{Checksum, Error, Lines, TextBuilder, checksum, split_line, unescape, unescaped_len};

fn escaped(data: &[u8]) -> Vec<u8> {
    let mut text = TextBuilder::with_limit(usize::MAX);
    text.append_escaped(data).unwrap();
    text.as_bytes().to_vec()
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    Lines::new(text).collect()
}

#[test]
fn a_full_text_takes_nothing_until_it_is_cut() {
    let mut text = TextBuilder::with_limit(8);
    assert_eq!(text.append(b"abc"), Ok(()));
    assert_eq!(text.append(b"defgh"), Ok(()));
    assert_eq!(text.append(b""), Ok(()));
    assert!(!text.is_full());
    assert_eq!(text.append(b"i"), Err(Error::Full));
    assert_eq!(text.append(b""), Err(Error::Full));
    text.truncate(100);
    assert_eq!((text.len(), text.is_full()), (8, false));
    text.truncate(6);
    assert_eq!(text.append(b"xyz"), Err(Error::Full));
    assert_eq!(text.append(b"x"), Err(Error::Full));
    text.truncate(6);
    assert_eq!(text.append(b"x"), Ok(()));
    assert_eq!(text.as_bytes(), b"abcdefx");
}

#[test]
fn a_text_without_room_takes_nothing_but_nothing() {
    let mut text = TextBuilder::with_limit(0);
    assert_eq!(text.append(b""), Ok(()));
    assert_eq!(text.append_escaped(b""), Ok(()));
    assert_eq!(text.append_number(0, 10, 0), Err(Error::Full));
    assert!(text.is_empty());
}

#[test]
fn formatting_fails_as_appending_does() {
    let mut text = TextBuilder::with_limit(8);
    assert!(write!(text, "a-{:>2}", 7).is_ok());
    assert_eq!(text.as_ref(), b"a- 7");
    assert!(text.write_str("12345").is_err());
    assert!(text.write_str("").is_err());
    assert_eq!(text.as_bytes(), b"a- 7");
}

#[test]
fn errors_say_what_they_mean() {
    assert_eq!(Error::Empty.to_string(), "no number");
    assert_eq!(Error::Base.to_string(), "base not within 2 to 36");
    assert_eq!(Error::Overflow.to_string(), "number too large");
    assert_eq!(
        Error::Invalid(12).to_string(),
        "malformed input at offset 12"
    );
    assert_eq!(Error::Cut.to_string(), "input ends too early");
    assert_eq!(Error::Full.to_string(), "no room left");
}

#[test]
fn errors_have_the_codes_of_the_c() {
    let errors = [
        Error::Empty,
        Error::Base,
        Error::Overflow,
        Error::Invalid(0),
        Error::Cut,
        Error::Full,
    ];
    assert_eq!(errors.map(i32::from), [-1, -2, -3, -4, -5, -6]);
}

#[test]
fn escapes_make_bytes_printable() {
    assert_eq!(escaped(b""), b"");
    assert_eq!(escaped(b"plain ~"), b"plain ~");
    assert_eq!(escaped(b"a\tb\r\n"), b"a\\tb\\r\\n");
    assert_eq!(escaped(b"\"\\'"), b"\\\"\\\\'");
    assert_eq!(escaped(b"\x007"), b"\\07");
    assert_eq!(
        escaped(b"\x01\x1f\x7f\x80\xff"),
        b"\\x01\\x1f\\x7f\\x80\\xff"
    );
}

#[test]
fn an_escape_that_does_not_fit_takes_all_back() {
    for (limit, data) in [(3, &b"ab\n"[..]), (5, b"ab\x01"), (2, b"abcde")] {
        let mut text = TextBuilder::with_limit(limit);
        assert_eq!(text.append_escaped(data), Err(Error::Full));
        assert!(text.is_empty() && text.is_full());
        assert_eq!(text.append_escaped(b""), Err(Error::Full));
    }
}

#[test]
fn what_was_escaped_comes_back() {
    let data: Vec<u8> = (0..=255).collect();
    assert_eq!(unescape(&escaped(&data), 256), Ok(data.clone()));
    assert_eq!(unescape(b"a\"b\n\xe4", 5), Ok(b"a\"b\n\xe4".to_vec()));
    assert_eq!(unescape(b"\\x41\\xfF!", usize::MAX), Ok(b"A\xff!".to_vec()));
    assert_eq!(unescape(b"\\x414", 9), Ok(b"A4".to_vec()));
    assert_eq!(unescape(b"\\012", 9), Ok(b"\x0012".to_vec()));
}

#[test]
fn wrong_escapes_are_told_by_offset() {
    assert_eq!(unescape(b"ab\\q", 9), Err(Error::Invalid(3)));
    assert_eq!(unescape(b"\\N", 9), Err(Error::Invalid(1)));
    assert_eq!(unescape(b"\\\0", 9), Err(Error::Invalid(1)));
    assert_eq!(unescape(b"\\xg0", 9), Err(Error::Invalid(2)));
    assert_eq!(unescape(b"\\x0g", 9), Err(Error::Invalid(3)));
    for text in [&b"ab\\"[..], b"\\x", b"\\x4"] {
        assert_eq!(unescape(text, 9), Err(Error::Cut));
        assert_eq!(unescaped_len(text), Err(Error::Cut));
    }
}

#[test]
fn room_is_looked_at_after_the_escape() {
    assert_eq!(unescape(b"abcd", 4), Ok(b"abcd".to_vec()));
    assert_eq!(unescape(b"abcde", 4), Err(Error::Full));
    assert_eq!(unescape(b"abcd\\q", 4), Err(Error::Invalid(5)));
    assert_eq!(unescape(b"abcd\\", 4), Err(Error::Cut));
    assert_eq!(unescaped_len(b"abcde\\n\\x00"), Ok(7));
    assert_eq!(unescaped_len(b""), Ok(0));
    assert_eq!(unescaped_len(b"a\\?"), Err(Error::Invalid(2)));
}

#[test]
fn lines_end_in_three_ways() {
    assert_eq!(lines(b""), [b""; 0]);
    assert_eq!(lines(b"a\nb\nc"), [b"a", b"b", b"c"]);
    assert_eq!(lines(b"a\nb\nc\n"), [b"a", b"b", b"c"]);
    assert_eq!(lines(b"a\r\nb\nc\r"), [b"a", b"b", b"c"]);
    assert_eq!(lines(b"\n"), [b""]);
    assert_eq!(lines(b"\n\r"), [b"", b""]);
    assert_eq!(lines(b"\r\n\r\n"), [b"", b""]);
    assert_eq!(lines(b"\r\r\n\n\r"), [b"", b"", b"", b""]);
    let mixed: [&[u8]; 5] = [b"one", b"", b"two", b"", b"three"];
    assert_eq!(lines(b"one\n\ntwo\r\rthree"), mixed);
}

#[test]
fn the_rest_starts_behind_the_line() {
    let mut rest = &b"a\r\n\nb"[..];
    assert_eq!(split_line(&mut rest), Some(&b"a"[..]));
    assert_eq!(rest, b"\nb");
    assert_eq!(split_line(&mut rest), Some(&b""[..]));
    assert_eq!(split_line(&mut rest), Some(&b"b"[..]));
    assert_eq!((split_line(&mut rest), rest), (None, &b""[..]));
}

#[test]
fn checksums_are_those_of_the_c() {
    assert_eq!(checksum(b""), 0xffff_ffff);
    assert_eq!(checksum(b"a"), 0x0061_0061);
    assert_eq!(checksum(b"\x01"), 0x0001_0001);
    assert_eq!(checksum(b"ab"), 0x6261_6261);
    assert_eq!(checksum(b"abcde"), 0xf04f_c729);
    assert_eq!(checksum(b"abcdef"), 0x5650_2d2a);
    assert_eq!(checksum(&[0; 3]), 0xffff_ffff);
    assert_eq!(checksum(&[0xff; 5000]), 0xffff_ffff);
}

#[test]
fn data_may_come_in_pieces() {
    let data: Vec<u8> = (0..2000u32).map(|i| (i * 7 % 251) as u8).collect();
    assert_eq!(checksum(&data), 0x6b8e_a8c4);
    for size in [1, 2, 3, 7, 718, 719] {
        let mut sum = Checksum::default();
        for (number, piece) in data.chunks(size).enumerate() {
            assert_eq!(sum.value(), checksum(&data[..number * size]));
            sum.update(piece);
        }
        assert_eq!(sum.value(), 0x6b8e_a8c4);
    }
}
