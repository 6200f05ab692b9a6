"""A Rust file taken apart: every line belongs to one part, or to the rest."""

from __future__ import annotations

import pytest

from analysis.rust_parts import RustPart, take_apart

FILE = b"""\
//! A file.

use a::b;

// The licence.

/// What it does.
#[inline]

pub fn first() {
    // inside
    1;
}
static COUNT: u32 = 1;

impl Show for Thing<u8> {
    const WIDTH: u32 = 3;

    // Of the method.
    fn show(&self) {}
}

mod inner {
    fn deep() { fn deeper() {} }
}
unsafe extern "C" { fn foreign(); }
trait Jump { fn jump(&self); fn twice(&self) { self.jump() } }
"""


def part(path: str) -> RustPart:
    return next(each for each in take_apart(FILE).parts if each.path == path)


def test_functions_variables_and_constants_are_parts_down_to_methods() -> None:
    assert [(each.kind, each.path, each.line) for each in take_apart(FILE).parts] == [
        ("fn", "first", 7),
        ("static", "COUNT", 14),
        ("const", "<Thing<u8> as Show>::WIDTH", 17),
        ("fn", "<Thing<u8> as Show>::show", 19),
        ("fn", "inner::deep", 24),
        ("fn", "Jump::twice", 27),
    ]


def test_attributes_and_the_comments_right_above_belong_to_a_part() -> None:
    first = part("first")
    assert first.text[:3] == ("/// What it does.", "#[inline]", "pub fn first() {")
    assert first.code[0] == "# [ inline ]" and first.core[0] == "pub fn first ( ) {"
    assert part("<Thing<u8> as Show>::show").text[0] == "    // Of the method."


def test_every_line_that_is_not_blank_is_told_once() -> None:
    taken = take_apart(FILE)
    told = [line for each in taken.parts for line in each.text] + list(taken.text)
    assert sorted(told) == sorted(line for line in FILE.decode().split("\n") if line.strip())
    assert taken.text[:3] == ("//! A file.", "use a::b;", "// The licence.")


def test_the_rest_is_laid_out_without_the_parts() -> None:
    assert take_apart(FILE).code == (
        "use a :: b ;",
        *("impl Show for Thing < u8 > {", "}"),
        *("mod inner {", "}"),
        *('unsafe extern "C" {', "fn foreign ( ) ;", "}"),
        *("trait Jump {", "fn jump ( & self ) ;", "}"),
    )


def test_how_lines_end_makes_no_difference() -> None:
    windows = take_apart(FILE.replace(b"\n", b"\r\n"))
    assert (windows.text, [each.text for each in windows.parts]) == (
        take_apart(FILE).text,
        [each.text for each in take_apart(FILE).parts],
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [(b"fn f() {}\n\nfn g( {\n", 3), (b"fn f() {\n", 1), (b"fn f() {}\nlet\n", 2)],
)
def test_what_cannot_be_parsed_is_text_only_and_says_where(text: bytes, line: int) -> None:
    taken = take_apart(text)
    assert (taken.parts, taken.code) == ((), ())
    assert taken.broken == line
    assert len(taken.text) == sum(bool(each.strip()) for each in text.split(b"\n"))


def test_bytes_that_are_no_text_are_no_failure() -> None:
    assert take_apart(b"// \xff\xfe\nfn f() {}\n").parts[0].name == "f"
