from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.learned import Learned
from analysis.lexer import lex
from analysis.prepass import prepare
from analysis.syntax import parse_c
from tests.analysis.traps import TRAPS, Trap

LEARNED = Learned.scan(
    [
        b"#define local static\n#define OF(args) args\n#define __grabs(x) __attribute__((context(x)))\n"
        b"#define each(i) for (;;)\n#define STATIC\n"
    ]
)
STATEMENTS = st.sampled_from(
    [
        "a = b;",
        "each(i) a++;",
        "MACRO(a)\n\tb();",
        "do { a--; } until(a);",
        "if (a) { b(); } else c();",
        "#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}",
        "p = take(q, struct s *, 1);",
        "/* } */ s = \"}\\\"\"; c = '\\'';",
        "// {\n\t;",
    ]
)
HEADS = st.sampled_from(
    [
        "local int f(int a)",
        "static struct s * __odd g(void)",
        "char *h(a) int a;",
        "SYSCALL_DEFINE1(x, int, y)",
        "main()",
        "#ifdef A\nint i(void)\n#else\nint i(int a)\n#endif",
    ]
)
DECLARATIONS = st.sampled_from(
    [
        "local int x OF((int));",
        "struct s { int a; } t = { .a = 1 };",
        "module_init(x)",
        "static DEFINE_MUTEX(m);",
        "#define M(a) \\\n\t((a) /* two\nlines */ + 1)",
        "#if 0\nnot c {\n#endif",
    ]
)
FUNCTIONS = st.tuples(HEADS, st.lists(STATEMENTS, max_size=4)).map(
    lambda pair: f"{pair[0]}\n{{\n\t" + "\n\t".join(pair[1]) + "\n}"
)
GENERATED_C = st.lists(FUNCTIONS | DECLARATIONS, max_size=6).map(lambda items: "\n".join(items) + "\n")


def prepared(text: str, learned: Learned = LEARNED) -> str:
    return prepare(lex(text.encode()), learned).code.decode()


def line_ends(text: bytes) -> list[int]:
    return [offset for offset, byte in enumerate(text) if byte == ord("\n")]


@given(st.binary(max_size=300))
def test_arbitrary_bytes_keep_their_length_and_line_ends(text: bytes) -> None:
    code = prepare(lex(text), LEARNED).code
    assert line_ends(code) == line_ends(text) and len(code) == len(text)


@given(GENERATED_C)
def test_generated_c_keeps_its_length_and_line_ends(text: str) -> None:
    code = prepare(lex(text.encode()), LEARNED).code
    assert line_ends(code) == line_ends(text.encode()) and len(code) == len(text)


@given(GENERATED_C)
def test_generated_c_parses_without_an_error(text: str) -> None:
    code = prepare(lex(text.encode()), LEARNED).code
    assert not parse_c(code).has_error, code.decode()


MISREAD = {
    "list macro inside an enum",
    "case range, computed goto, label at the end",
}
"""Traps that leave an error inside one item and cost nothing around it."""


@pytest.mark.parametrize(
    "trap", [trap for trap in TRAPS if trap.name not in MISREAD], ids=lambda trap: trap.name
)
def test_a_trap_parses_without_an_error(trap: Trap) -> None:
    assert not parse_c(prepared(trap.text, Learned()).encode()).has_error, prepared(trap.text, Learned())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("static local int x;", "static       int x;"),
        ("int x->local;", "int x->local;"),
        ("int f OF((int));", "int f    (int) ;"),
        ("int OF(f)(int);", "int   (f)(int);"),
        ("int x __attribute__((aligned(8)));", "int x " + " " * 27 + ";"),
        ("void f(void) { each(i) g(); }", "int  f(void) { if  (i) g(); }"),
        ("void f(void) { loop(i) { g(); } }", "int  f(void) { if  (i) { g(); } }"),
        ("void f(void) { foreach(i) { g(); } }", "int  f(void) { while  (i) { g(); } }"),
        ("void f(void) { unless(i) { g(); } else h(); }", "int  f(void) { if    (i) { g(); } else h(); }"),
        ("void f(void) { do g(); while (1); }", "int  f(void) { do g(); while (1); }"),
        ("void f(void) { FIX(a)\n}", "int  f(void) { FIX=a;\n}"),
        ("void f(void) { FIX()\n}", "int  f(void) { FIX ;\n}"),
        ("void f(void) { g(p, struct s *, int); }", "int  f(void) { g(p, __________, ___); }"),
        ("int x = sizeof(struct s);", "int x = sizeof(________);"),
        ("int x[] = { A, B };", "int x[] = {      };"),
        ("start(x)\nint y;", "        \nint y;"),
        ("int f(a) int a; { }", "int f(a)        { }"),
        ("GET(f, int, a) { }", "G T(         ) { }"),
    ],
)
def test_rewrites(text: str, expected: str) -> None:
    assert prepared(text) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("#ifdef A\nint x;\n#else\nint y;\n#endif\n", ["int x;", "int y;"]),
        ("#ifdef A\nint x\n#else\nint y\n#endif\n;\n", ["int x", ";"]),
        ("#if 0\nint x;\n#else\nint y;\n#endif\n", ["int y;"]),
        ("#if 1\nint x;\n#else\nint y;\n#endif\n", ["int x;"]),
        ("#ifdef __cplusplus\nint x;\n#endif\n", []),
        ("#ifndef __cplusplus\nint x;\n#else\nint y;\n#endif\n", ["int x;"]),
        ("#ifdef A\n#if 0\nint x;\n#endif\nint y;\n#endif\n", ["int y;"]),
        ("#if 0\nint x;\n#elif B\nint y;\n#else\nint z;\n#endif\n", ["int y;", "int z;"]),
    ],
)
def test_branches(text: str, kept: list[str]) -> None:
    assert [line for line in prepared(text).split("\n") if line.strip()] == kept
