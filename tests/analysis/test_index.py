from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.declarations import Declarations, Function, Type, Variable
from analysis.index import index_file
from analysis.learned import Learned
from analysis.source import SourceFile, Span

EXAMPLE = """\
/* Licence. */

#include <stdint.h>
#include "local.h" /* ours */
#define local static

/* What a node is. */
struct node {
    int value; /* the payload */
    struct { int left, right; };
    struct tag { int inner; } named;
    unsigned flag : 1;
}; /* trailing */
typedef struct node node_t, *node_p;
enum { RED, BLACK = 4 };
enum shade { DARK, LIGHT };
typedef int (*compare_fn)(const void *, const void *);

// Counts.
// Always.
static const char *names[2] = { "a;b", "c" }, *const fixed = 0;
extern int elsewhere;
int (*handler)(int);
int plain(int), other(void);

/* Not about add. */

/* Adds. */
local inline int add(int a, int b)
{
    /* call(1); */
    const char *s = "call(2);";
    return a + b + s[0];
}

int user(compare_fn compare, node_p n)
{
    int (*op)(int, int) = add;
    uint32_t x = (uint32_t)(n->value);
    struct node m = { .value = 1.5f };
    (other)();
    return add(1, 2) + op(1, 2) + compare(n, n) + handler(3) + n->named.inner + (node_p)(n) == n;
}
"""


def index(text: str, learned: Learned | None = None) -> Declarations:
    return index_file(SourceFile(Path("example.c"), text.encode()), learned)


def function(declarations: Declarations, name: str) -> Function:
    return next(each for each in declarations.functions if each.name == name)


def variable(text: str, name: str) -> Variable:
    return next(each for each in index(text).variables if each.name == name)


def type_named(text: str, name: str) -> Type:
    return next(each for each in index(text).types if each.name == name)


def calls(text: str, name: str = "f") -> list[str]:
    return [call.name for call in function(index(text), name).calls]


@pytest.fixture(scope="module")
def example() -> Declarations:
    return index(EXAMPLE)


def test_the_example_is_c(tmp_path: Path) -> None:
    (tmp_path / "local.h").touch()
    command = ["gcc", "-fsyntax-only", "-w", "-I", str(tmp_path), "-x", "c", "-"]
    result = subprocess.run(command, input=EXAMPLE, text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_functions_stand_in_the_order_of_the_file(example: Declarations) -> None:
    assert [each.name for each in example.functions] == ["add", "user"]


def test_a_span_runs_from_the_first_specifier_to_the_closing_brace(example: Declarations) -> None:
    text = example.source.slice(function(example, "add").span)
    assert text.startswith("local inline int add(") and text.endswith("s[0];\n}")


def test_the_head_ends_where_the_body_begins(example: Declarations) -> None:
    add = function(example, "add")
    assert example.source.slice(add.head) == "local inline int add(int a, int b)\n"
    assert add.head.end == add.body.start and example.source.slice(add.body).startswith("{")


def test_a_macro_that_the_file_defines_as_static_makes_a_function_static(example: Declarations) -> None:
    assert function(example, "add").static and function(example, "add").inline
    assert not function(example, "user").static


def test_a_macro_that_a_header_defines_as_static_makes_a_function_static() -> None:
    learned = Learned.scan([b"#ifndef local\n#  define local static\n#endif\n"])
    assert index("local int f() { return 0; }", learned).functions[0].static


def test_a_macro_of_the_file_overrides_that_of_a_header() -> None:
    learned = Learned.scan([b"#define local static\n"])
    assert not index("#define local\nlocal int f() { return 0; }", learned).functions[0].static


def test_calls_in_comments_and_strings_are_no_calls(example: Declarations) -> None:
    assert "call" not in function(example, "add").references
    assert function(example, "add").calls == ()


def test_only_calls_by_name_are_listed(example: Declarations) -> None:
    assert [call.name for call in function(example, "user").calls] == ["other", "add"]


def test_a_call_tells_where_its_name_stands(example: Declarations) -> None:
    for call in function(example, "user").calls:
        assert example.source.slice(Span(call.offset, call.offset + len(call.name))) == call.name


def test_references_hold_every_identifier_and_no_keyword(example: Declarations) -> None:
    references = function(example, "user").references
    assert {"compare_fn", "node_p", "add", "handler", "uint32_t", "value", "op"} <= references
    assert references.isdisjoint({"int", "return", "struct", "f"})


def test_references_hold_what_directives_in_the_body_mention() -> None:
    text = "int f(void)\n{\n#ifdef CONFIG_FAST /* slow */\n\treturn 1;\n#endif\n\treturn 0;\n}\n"
    assert index(text).functions[0].references == {"f", "CONFIG_FAST"}


def test_fields_are_the_names_behind_dots_and_arrows(example: Declarations) -> None:
    assert function(example, "user").fields == {"value", "named", "inner"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("typedef unsigned u32; int f(int x) { return (u32)(x); }", []),
        ("u32 y; int f(int x) { return (u32)(x) + (g)(x); }", ["g"]),
        ("int f(struct s *x) { return x->open(1) + x->ops.close(2); }", []),
        ("int f(int (*g)(int)) { return g(1) + h(2); }", ["h"]),
        ("int f(int g(int)) { return g(1); }", []),
        ("int f(void) { handler_t *g = pick(), k; return g(1) + k(2); }", ["pick"]),
        ("char *f(g) int (*g)(); { return g(1) + h(); }", ["h"]),
        ("static handler_t g; int f(void) { return g(1) + h(); }", ["h"]),
        ("int f(void) { return g(h(1), i); }", ["g", "h"]),
        ("int f(void) { int g(int); return g(1); }", ["g"]),
        ("int f(void) { return ({ int a = g(1); a; }) + sizeof(int); }", ["g"]),
        ("int f(int n) {\n\tFIX(g(n))\n\tfor (;;)\n\t\th(n);\n}", ["g", "h"]),
        ("int f(int n) {\n\teach(g(n), n) {\n\t\th(n);\n\t}\n}", ["g", "h"]),
        ("int f(int n) {\n#ifdef A\n\tif (g(n)) {\n#else\n\tif (n) {\n#endif\n\t\th(n);\n\t}\n}", ["g", "h"]),
    ],
)
def test_calls(text: str, expected: list[str]) -> None:
    assert calls(text) == expected


def test_a_pointer_in_one_function_does_not_hide_calls_in_another() -> None:
    text = "int f(int (*g)(int)) { return g(1); }\nint h(void) { return g(2); }\n"
    assert calls(text) == [] and calls(text, "h") == ["g"]


def test_old_style_parameters_belong_to_the_head() -> None:
    declarations = index("int f(a, b)\nint a;\nchar *b;\n{ return a; }\n")
    assert declarations.functions[0].old_style
    assert declarations.source.slice(declarations.functions[0].head) == "int f(a, b)\nint a;\nchar *b;\n"
    assert declarations.variables == ()


def test_empty_parentheses_are_not_old_style_parameters() -> None:
    assert not index("int f() { return 0; }").functions[0].old_style


def test_both_branches_of_a_conditional_are_listed() -> None:
    text = "#ifdef A\nint f(void) { return g(); }\n#else\nint f(void) { return h(); }\n#endif\n"
    assert [[call.name for call in each.calls] for each in index(text).functions] == [["g"], ["h"]]


def test_prototypes_are_no_variables(example: Declarations) -> None:
    assert [each.name for each in example.prototypes] == ["plain", "other"]
    assert [each.name for each in example.variables] == ["names", "fixed", "elsewhere", "handler"]


@pytest.mark.parametrize(
    ("text", "static"),
    [("static int f(int);", True), ("int f(int);", False), ("#define L static\nL char *f(int);", True)],
)
def test_prototypes_know_their_linkage(text: str, static: bool) -> None:
    (prototype,) = index(text).prototypes
    assert (prototype.name, prototype.static) == ("f", static)


@pytest.mark.parametrize(
    "text",
    [
        "#define OF(args) args\nint f OF((int a, char *b));",
        "int f OF((int a, char *b));",
        "struct s *f(int (*g)(int));",
        "int (*f(int a))(int);",
        "int (f)(int);",
        "void f(int a) __attribute__((noreturn));",
    ],
)
def test_ways_to_write_a_prototype(text: str) -> None:
    declarations = index(text)
    assert [each.name for each in declarations.prototypes] == ["f"]
    assert declarations.variables == ()


@pytest.mark.parametrize(
    ("text", "const"),
    [
        ("const int x;", True),
        ("int const x = 3;", True),
        ("int *const x;", True),
        ("const char *x;", False),
        ("const char *const x;", True),
        ("const int x[3];", True),
        ("char *const x[3];", True),
        ("const char *x[3];", False),
        ("int (*const x)(void);", True),
        ("const int *(*x)(void);", False),
        ("const struct s { int a; } x;", True),
        ("struct { const int a; } x;", False),
        ("#define CONST const\nCONST int x;", True),
    ],
)
def test_const_is_that_of_the_object(text: str, const: bool) -> None:
    assert variable(text, "x").const is const


@pytest.mark.parametrize(
    ("text", "static", "extern"),
    [
        ("int x;", False, False),
        ("static int x = 1;", True, False),
        ("extern int x;", False, True),
        ("static DEFINE_MUTEX(x);", True, False),
        ("DEFINE_SPINLOCK(x);", False, False),
        ("static LIST_HEAD(x);", True, False),
        ("static DEFINE_PER_CPU(struct s, x);", True, False),
        ("static DEFINE_PER_CPU(unsigned long, x[SIZE]);", True, False),
        ("DEFINE_STATIC_KEY_MAYBE(CONFIG_A, x);", False, False),
        ("static int __odd x = 1;", True, False),
        ("static struct s x __odd = { 1 };", True, False),
    ],
)
def test_variables_know_their_storage(text: str, static: bool, extern: bool) -> None:
    (found,) = index(text).variables
    assert (found.name, found.static, found.extern) == ("x", static, extern)


def test_every_declarator_is_a_variable_of_its_own(example: Declarations) -> None:
    names, fixed = example.variables[:2]
    source = example.source
    assert names.span == fixed.span and source.slice(names.span).endswith("= 0;")
    assert source.slice(names.declarator) == "*names[2]" and source.slice(fixed.declarator) == "*const fixed"
    assert names.initialiser and source.slice(names.initialiser) == '{ "a;b", "c" }'
    assert fixed.initialiser and source.slice(fixed.initialiser) == "0"


def test_a_table_refers_to_the_functions_in_it() -> None:
    text = "static const struct ops ops = {\n#ifdef A\n\t.open = do_open,\n#endif\n\t.close = do_close\n};\n"
    assert variable(text, "ops").references == {"ops", "open", "do_open", "close", "do_close", "A"}


def test_types_are_listed_with_their_members(example: Declarations) -> None:
    assert [(each.kind, each.name, each.members) for each in example.types] == [
        ("struct", "node", ("value", "left", "right", "named", "flag")),
        ("struct", "tag", ("inner",)),
        ("typedef", "node_t", ()),
        ("typedef", "node_p", ()),
        ("enum", "RED", ("RED", "BLACK")),
        ("enum", "shade", ("DARK", "LIGHT")),
        ("typedef", "compare_fn", ()),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "name", "members"),
    [
        ("typedef struct { int a, *b[2]; } t;", "typedef", "t", ("a", "b")),
        ("union u { int a; float b; };", "union", "u", ("a", "b")),
        ("struct s { int (*call)(int); char end[]; } x;", "struct", "s", ("call", "end")),
        ("static enum e { A, B } f(int a) { return a; }", "enum", "e", ("A", "B")),
        ("typedef enum { A } t;", "typedef", "t", ("A",)),
        ("struct __odd s { int a; } __odd_too;", "struct", "s", ("a",)),
        ("struct s { void __user *a; int b __aligned(8); };", "struct", "s", ("a", "b")),
        ("typedef unsigned char t;", "typedef", "t", ()),
        ("typedef int t(int);", "typedef", "t", ()),
    ],
)
def test_ways_to_write_a_type(text: str, kind: str, name: str, members: tuple[str, ...]) -> None:
    found = type_named(text, name)
    assert (found.kind, found.members) == (kind, members)


def test_a_declaration_of_a_tag_alone_is_no_type() -> None:
    assert index("struct s;\nstruct s *x;").types == ()


def test_a_type_that_holds_a_variable_has_the_whole_span() -> None:
    text = "static struct s { int a; } x = { 1 };"
    assert type_named(text, "s").span == variable(text, "x").span == Span(0, len(text))


def test_includes_are_as_written(example: Declarations) -> None:
    assert example.includes == ("<stdint.h>", '"local.h"')


def test_comments_directly_above_belong_to_a_declaration(example: Declarations) -> None:
    source = example.source
    add, names, node = function(example, "add"), example.variables[0], example.types[0]
    assert add.comment and source.slice(add.comment) == "/* Adds. */"
    assert names.comment and source.slice(names.comment) == "// Counts.\n// Always."
    assert node.comment and source.slice(node.comment) == "/* What a node is. */"


def test_comments_that_belong_to_nothing_are_kept_apart(example: Declarations) -> None:
    assert [example.source.slice(each) for each in example.comments] == [
        "/* Licence. */",
        "/* Not about add. */",
    ]


def test_a_trailing_comment_does_not_belong_to_the_next_declaration() -> None:
    declarations = index("int x; /* about x */\nint y;\n")
    assert [each.comment for each in declarations.variables] == [None, None]
    assert declarations.comments == ()


def test_a_blank_line_parts_a_comment_from_a_declaration() -> None:
    declarations = index("/* Apart. */\n\nint f(void) { return 0; }\n")
    assert declarations.functions[0].comment is None
    assert len(declarations.comments) == 1


def test_a_directive_parts_a_comment_from_a_declaration() -> None:
    declarations = index("/* Apart. */\n#define A 1\nint f(void) { return A; }\n")
    assert declarations.functions[0].comment is None


def test_windows_line_ends_change_nothing_but_offsets() -> None:
    unix, windows = index(EXAMPLE), index(EXAMPLE.replace("\n", "\r\n"))
    assert [(each.name, each.static, each.fields) for each in unix.functions] == [
        (each.name, each.static, each.fields) for each in windows.functions
    ]
    assert [each.name for each in unix.types] == [each.name for each in windows.types]
    assert unix.macros[0].body == windows.macros[0].body


def test_names_outside_ascii_are_names() -> None:
    assert index("int größe(void) { return 0; }").functions[0].name == "größe"


def test_an_object_file_declares_nothing(tmp_path: Path) -> None:
    binary = tmp_path / "a.o"
    command = ["gcc", "-c", "-x", "c", "-o", str(binary), "-"]
    subprocess.run(command, input="int f(void) { return 0; }", text=True, check=True)
    declarations = index_file(SourceFile.read(binary))
    assert declarations.functions == () and declarations.variables == () and declarations.macros == ()


def test_an_unclosed_function_ends_with_the_file() -> None:
    (found,) = index("int f(void) { if (1) { return 0;").functions
    assert found.span == Span(0, 32)


@given(st.binary(max_size=400))
def test_no_bytes_raise(text: bytes) -> None:
    declarations = index_file(SourceFile(Path("junk.c"), text))
    assert all(each.span.end <= len(text) for each in declarations.functions)


PIECES = (
    *EXAMPLE.split(),
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ",",
        "=",
        "*",
        "#",
        "\\",
        "\n",
        "'",
        '"',
        "/*",
        "*/",
        "//",
        "->",
        ".",
        "#if",
        "#else",
        "#endif",
        "#define",
        "do",
        "while",
    ],
)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join))
def test_no_sequence_of_tokens_raises(text: str) -> None:
    declarations = index(text)
    places = [each.span for each in declarations.functions]
    places += [each.span for each in declarations.variables]
    places += [each.span for each in declarations.types]
    assert all(0 <= place.start < place.end <= len(text) for place in places)
