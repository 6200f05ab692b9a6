//! Numbers are read and written as the C does.

use textkit::{Error, TextBuilder, parse_i64, parse_u64};

fn written(value: u64, base: u32, width: usize) -> Vec<u8> {
    let mut text = TextBuilder::with_limit(100);
    text.append_number(value, base, width).unwrap();
    text.as_bytes().to_vec()
}

#[test]
fn a_number_ends_where_its_digits_do() {
    assert_eq!(parse_u64(b"0", 10), Ok((0, 1)));
    assert_eq!(parse_u64(b"12ab", 10), Ok((12, 2)));
    assert_eq!(parse_u64(b"12aB", 16), Ok((0x12ab, 4)));
    assert_eq!(parse_u64(b"102", 2), Ok((2, 2)));
    assert_eq!(parse_u64(b"zZ", 36), Ok((35 * 36 + 35, 2)));
    assert_eq!(parse_u64(b"00000000000000000000000001", 10), Ok((1, 26)));
}

#[test]
fn the_greatest_number_fits_and_its_successor_does_not() {
    assert_eq!(parse_u64(b"18446744073709551615", 10), Ok((u64::MAX, 20)));
    assert_eq!(parse_u64(b"18446744073709551616", 10), Err(Error::Overflow));
    assert_eq!(parse_u64(b"ffffffffffffffff", 16), Ok((u64::MAX, 16)));
    assert_eq!(parse_u64(b"10000000000000000", 16), Err(Error::Overflow));
    assert_eq!(parse_u64(b"3w5e11264sgsf", 36), Ok((u64::MAX, 13)));
    assert_eq!(parse_u64(b"3w5e11264sgsg", 36), Err(Error::Overflow));
    assert_eq!(
        parse_u64(b"18446744073709551617000", 10),
        Err(Error::Overflow)
    );
}

#[test]
fn without_a_digit_there_is_no_number() {
    for text in [&b""[..], b"x1", b" 1", b"-1", b"_1"] {
        assert_eq!(parse_u64(text, 10), Err(Error::Empty), "{text:?}");
    }
    assert_eq!(parse_u64(b"2", 2), Err(Error::Empty));
}

#[test]
fn a_base_is_checked_before_the_text() {
    assert_eq!(parse_u64(b"1", 1), Err(Error::Base));
    assert_eq!(parse_u64(b"1", 37), Err(Error::Base));
    assert_eq!(parse_u64(b"", 0), Err(Error::Base));
    assert_eq!(parse_u64(b"1", u32::MAX), Err(Error::Base));
    assert_eq!(parse_i64(b"-5", 1), Err(Error::Base));
}

#[test]
fn single_underscores_separate_digits() {
    assert_eq!(parse_u64(b"1_000_000", 10), Ok((1_000_000, 9)));
    assert_eq!(parse_u64(b"1__0", 10), Ok((1, 1)));
    assert_eq!(parse_u64(b"1_", 10), Ok((1, 1)));
    assert_eq!(parse_u64(b"1_x", 10), Ok((1, 1)));
}

#[test]
fn a_sign_belongs_to_the_number() {
    assert_eq!(parse_i64(b"42 ", 10), Ok((42, 2)));
    assert_eq!(parse_i64(b"+42", 10), Ok((42, 3)));
    assert_eq!(parse_i64(b"-42", 10), Ok((-42, 3)));
    assert_eq!(parse_i64(b"-0", 10), Ok((0, 2)));
    for text in [&b""[..], b"-", b"+-5", b"-_5", b"- 5"] {
        assert_eq!(parse_i64(text, 10), Err(Error::Empty), "{text:?}");
    }
}

#[test]
fn there_is_one_negative_number_more() {
    assert_eq!(parse_i64(b"9223372036854775807", 10), Ok((i64::MAX, 19)));
    assert_eq!(parse_i64(b"9223372036854775808", 10), Err(Error::Overflow));
    assert_eq!(parse_i64(b"-9223372036854775808", 10), Ok((i64::MIN, 20)));
    assert_eq!(parse_i64(b"-9223372036854775809", 10), Err(Error::Overflow));
    assert_eq!(
        parse_i64(b"-99999999999999999999", 10),
        Err(Error::Overflow)
    );
    assert_eq!(parse_i64(b"-8000000000000000", 16), Ok((i64::MIN, 17)));
}

#[test]
fn numbers_are_padded_with_zeros() {
    assert_eq!(written(0, 10, 0), b"0");
    assert_eq!(written(0, 10, 3), b"000");
    assert_eq!(written(1234, 10, 4), b"1234");
    assert_eq!(written(1234, 10, 5), b"01234");
    assert_eq!(written(0xbeef, 16, 6), b"00beef");
    assert_eq!(written(u64::MAX, 36, 0), b"3w5e11264sgsf");
    assert_eq!(written(u64::MAX, 2, 0), [b'1'; 64]);
}

#[test]
fn a_number_is_written_as_a_whole_or_not_at_all() {
    let mut text = TextBuilder::with_limit(5);
    assert_eq!(text.append(b"="), Ok(()));
    assert_eq!(text.append_number(123, 10, 5), Err(Error::Full));
    assert_eq!((text.as_bytes(), text.is_full()), (&b"="[..], true));
    text.truncate(1);
    assert_eq!(text.append_number(123, 10, usize::MAX), Err(Error::Full));
    text.truncate(1);
    assert_eq!(text.append_number(1, 37, 0), Err(Error::Base));
    assert!(!text.is_full());
    assert_eq!(text.append_number(123, 10, 4), Ok(()));
    assert_eq!(text.as_bytes(), b"=0123");
}
