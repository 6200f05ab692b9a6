"""C comments become Rust line comments, word for word."""

from __future__ import annotations

import pytest

from migrate.skeleton.comments import rust_comment


@pytest.mark.parametrize(
    ("c", "rust"),
    [
        ("/* One line. */", "// One line."),
        ("// One line.", "// One line."),
        ("/**\n * Two\n *  lines, indented.\n */", "// Two\n//  lines, indented."),
        ("/* First\n   second */", "// First\n// second"),
        ("/*\n\tCode:\n\t\tx++;\n*/", "// Code:\n// \tx++;"),
        ("/* a */\n/* b */", "// a\n//\n// b"),
        ("/* has // and /* in it */", "// has // and /* in it"),
        ("/***** box *****/", "// box"),
        ("/* stars **/", "// stars"),
        ("/* \n\n */", ""),
        ("/**/", ""),
        ("// ends in a splice \\\n and goes on", "// ends in a splice\n// and goes on"),
        ("/* one\r\n * two\r\n */\r\n", "// one\n// two"),
        ("// here\r\n", "// here"),
        ("/* form\ffeed */", "// form\n// feed"),
        ("int x; /* behind */ // twice", "// behind\n//\n// twice"),
        ("nothing", ""),
    ],
)
def test_a_comment_keeps_its_words_and_loses_its_decoration(c: str, rust: str) -> None:
    assert rust_comment(c) == rust


def test_no_line_of_a_comment_escapes_into_code() -> None:
    c = "/* a\rlet x;\u2028let y;\x0blet z;\x85let w; */ // b \\\r\n let v;"
    assert all(line.startswith("//") for line in rust_comment(c).splitlines())


def test_a_long_comment_is_not_shortened() -> None:
    words = " ".join(["word"] * 5000)
    assert rust_comment(f"/* {words} */") == f"// {words}"
