"""Everything a module defines is listed once, under a name of its own, where it stands."""

from __future__ import annotations

from pathlib import Path

from analysis.inventory import Kind
from tests.analysis.modules import inventory_of


def test_functions_and_variables_are_listed_in_the_order_of_the_files(tmp_path: Path) -> None:
    files = {
        "b.c": "int x;\nint f(void) { return x; }\n",
        "a.c": "static int g(void) { return 1; }\nint y = 2;\n",
    }
    found = inventory_of(tmp_path, files)
    assert [(each.ident, each.kind, each.file.name, each.line) for each in found.definitions] == [
        ("x", Kind.GLOBAL, "b.c", 1),
        ("f", Kind.FUNCTION, "b.c", 2),
        ("g", Kind.FUNCTION, "a.c", 1),
        ("y", Kind.GLOBAL, "a.c", 2),
    ]
    assert [each.static for each in found.definitions] == [False, False, True, False]
    assert [each.initialised for each in found.variables] == [False, True]


def test_equal_names_in_two_files_are_told_apart_by_the_file(tmp_path: Path) -> None:
    c = "static int f(void) { return 1; }\nint %s(void) { return f(); }\n"
    found = inventory_of(tmp_path, {"a.c": c % "a", "b.c": c % "b"})
    assert [each.ident for each in found.functions] == ["a.c:f", "a", "b.c:f", "b"]
    for file in ("a.c", "b.c"):
        assert found.resolve("f", Path(file)) is found.by_ident[f"{file}:f"]
    assert found.resolve("a", Path("b.c")) is found.by_ident["a"]
    assert found.resolve("nobody", Path("a.c")) is None


def test_what_a_header_defines_is_listed_once(tmp_path: Path) -> None:
    header = "static inline int twice(int x) { return 2 * x; }\n"
    c = '#include "h.h"\nint %s(void) { return twice(1); }\n'
    found = inventory_of(tmp_path, {"h.h": header, "a.c": c % "a", "b.c": c % "b"})
    assert [(each.ident, each.in_header) for each in found.functions] == [
        ("a", False),
        ("b", False),
        ("twice", True),
    ]
    assert [file.name for file in found.files] == ["a.c", "b.c", "h.h"]


def test_declarations_are_no_definitions(tmp_path: Path) -> None:
    c = """\
        extern int elsewhere;
        int declared(int);
        typedef int unary(int);
        static unary later;
        extern int given = 3;
        static int later(int x) { return x; }
        int use(void) { return declared(elsewhere) + later(1); }
        """
    assert [each.ident for each in inventory_of(tmp_path, {"m.c": c}).definitions] == [
        "given",
        "later",
        "use",
    ]


def test_the_definition_with_a_value_stands_for_the_tentative_ones(tmp_path: Path) -> None:
    found = inventory_of(tmp_path, {"m.c": "static int x;\nstatic int x = 5;\nstatic int x;\n"})
    assert [(each.line, each.initialised) for each in found.variables] == [(2, True)]


def test_text_and_comment_are_those_of_the_c(tmp_path: Path) -> None:
    c = "/* Far. */\n\n/* Near,\n * two lines. */\nint f(void)\n{\n\treturn 1; /* one */\n}\n"
    f = inventory_of(tmp_path, {"m.c": c}).by_ident["f"]
    assert f.text == "int f(void)\n{\n\treturn 1; /* one */\n}"
    assert f.comment == "/* Near,\n * two lines. */"
    assert (f.line, f.end_line) == (5, 8)


def test_calls_through_macros_count_and_builtins_do_not(tmp_path: Path) -> None:
    c = """\
        #define CALL(f) hidden() + f(1)
        int hidden(void);
        int g(int);
        int h(void) { return CALL(g) + __builtin_popcount(3); }
        """
    h = inventory_of(tmp_path, {"m.c": c}).by_ident["h"]
    assert h.calls == {"hidden", "g"}


def test_what_macros_make_is_listed_where_the_macro_is_called(tmp_path: Path) -> None:
    c = """\
        #define GETTER(name) int get_##name(void) { return 1; }
        #define COUNTER(name) static int name = 3
        GETTER(one) GETTER(two)
        COUNTER(ticks);
        int plain(void) { return get_one() + ticks; }
        """
    found = inventory_of(tmp_path, {"m.c": c})
    assert found.generated == ("get_one", "get_two", "ticks")
    assert {each.ident: each.line for each in found.definitions} == {
        **{"get_one": 3, "get_two": 3},
        **{"ticks": 4, "plain": 5},
    }
    assert found.by_ident["get_one"].text == "GETTER(one) GETTER(two)"
    assert found.by_ident["ticks"].static
    assert found.by_ident["plain"].calls == {"get_one"}


def test_a_macro_that_hides_static_is_seen_through(tmp_path: Path) -> None:
    c = "#define HEAD(name) static int name(void)\nHEAD(f) { return 1; }\nint g(void) { return f(); }\n"
    found = inventory_of(tmp_path, {"m.c": c})
    assert found.by_ident["f"].static
    assert found.generated == ("f",)


def test_system_headers_define_nothing_for_the_module(tmp_path: Path) -> None:
    c = '#include <stdlib.h>\n#include <byteswap.h>\nint f(void) { return atoi("1"); }\n'
    assert [each.ident for each in inventory_of(tmp_path, {"m.c": c}).definitions] == ["f"]
