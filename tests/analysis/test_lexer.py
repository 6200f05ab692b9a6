from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.lexer import closing, identifiers, lex, opening, tokenise, word_before
from analysis.source import Span


def code(text: str) -> str:
    return lex(text.encode()).code.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a /* b */ c", "a         c"),
        ("a // b\nc", "a     \nc"),
        ("a // b \\\nc\nd", "a       \n \nd"),
        ('a = "b /* c";', 'a = "      ";'),
        (r'a = "\"b";', 'a = "   ";'),
        ("a = '\"';", "a = ' ';"),
        ("# define A /* b\nc */ d\ne", " " * 15 + "\n" + " " * 6 + "\ne"),
        ("#define A \\\n b\nc", " " * 11 + "\n  \nc"),
        ("#error don't\na", " " * 12 + "\na"),
        ("/* a */ #define B\nc", " " * 17 + "\nc"),
        ("a # b\n", "a # b\n"),
        ("x = 1.f + y.f;", "x = 10f + y.f;"),
        ("a /* b", "a     "),
    ],
)
def test_only_code_is_left(text: str, expected: str) -> None:
    assert code(text) == expected


def test_directives_tell_their_keyword_and_place() -> None:
    lexed = lex(b"int a;\n # define B 1 \\\n 2\r\n#endif\n")
    assert [each.keyword for each in lexed.directives] == [b"define", b"endif"]
    assert lexed.text[slice(*lexed_span(lexed.directives[0].span))] == b"# define B 1 \\\n 2"


def lexed_span(span: Span) -> tuple[int, int]:
    return span.start, span.end


def test_comments_inside_directives_are_part_of_them() -> None:
    assert lex(b"#define A /* one */\n/* two */\n").comments == (Span(20, 29),)


def test_tokens_tell_their_kind_and_place() -> None:
    text = b"int x1 = 0x1fUL + s->f(\"a\", 'b'); // c"
    found = [(token.kind, token.text) for token in tokenise(text)]
    assert found == [
        ("identifier", b"int"),
        ("identifier", b"x1"),
        ("punctuation", b"="),
        ("number", b"0x1fUL"),
        ("punctuation", b"+"),
        ("identifier", b"s"),
        ("punctuation", b"->"),
        ("identifier", b"f"),
        ("bracket", b"("),
        ("string", b'"a"'),
        ("punctuation", b","),
        ("character", b"'b'"),
        ("bracket", b")"),
        ("punctuation", b";"),
        ("comment", b"// c"),
    ]
    assert all(text[token.start : token.end] == token.text for token in tokenise(text))


def test_numbers_hold_no_identifiers() -> None:
    assert identifiers(lex(b"a = 0xfe + 1UL + 2.f + 3e5f;").code, Span(0, 28)) == {"a"}


def test_brackets_find_each_other() -> None:
    text = b"f(a(b), (c)) {"
    assert closing(text, 1, len(text)) == 11 and opening(text, 11) == 1
    assert closing(text, 13, len(text)) == -1 and opening(b"a)", 1) == -1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"int foo", Span(4, 7)),
        (b"foo \n\t", Span(0, 3)),
        (b"foo" + b" " * 900, Span(0, 3)),
        (b"a + 12", None),
    ],
)
def test_the_word_before_an_offset(text: bytes, expected: Span | None) -> None:
    assert word_before(text, len(text), 0) == expected


def test_the_word_before_an_offset_may_be_long() -> None:
    assert word_before(b"(" + b"x" * 500, 501, 0) == Span(1, 501)


@given(st.binary(max_size=200))
def test_code_is_as_long_as_the_text(text: bytes) -> None:
    assert len(lex(text).code) == len(text)


@given(st.binary(max_size=200))
def test_tokens_follow_each_other(text: bytes) -> None:
    tokens = list(tokenise(text))
    assert all(first.end <= second.start for first, second in pairwise(tokens))
