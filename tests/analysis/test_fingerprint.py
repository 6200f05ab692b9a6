"""A hash of C that white space and comments do not change, and everything else does."""

from __future__ import annotations

import pytest

from analysis.fingerprint import token_hash

SAME = [
    (b"int f(int a){return a+1;}", b"int f ( int a )\n{\n\treturn a + 1; /* one more */\n}\n"),
    (b"a = b; // c\n", b"a=b;"),
    (b"#define A 1 + 2", b"#  define A \\\n\t1  /* one */ + 2"),
    (b"#define A(x) #x b", b"#define A(x) \\\n\t#x \\\n\tb"),
]
OTHER = [
    (b"a + +b", b"a ++ b"),
    (b"ab", b"a b"),
    (b'"a b"', b'"a  b"'),
    (b'"/* a */"', b'""'),
    (b"#define A\nb", b"#define A b"),
    (b"a - b", b"a - - b"),
    (b"a & &b", b"a && b"),
    (b"a+ ++b", b"a++ +b"),
    (b"x = 1;", b"x = 10;"),
    (b"'\xe4'", b"'\xf6'"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_white_space_and_comments_do_not_count(one: bytes, other: bytes) -> None:
    assert token_hash(one) == token_hash(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_everything_else_counts(one: bytes, other: bytes) -> None:
    assert token_hash(one) != token_hash(other)
