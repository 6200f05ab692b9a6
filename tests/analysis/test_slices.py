"""A slice holds what a definition needs, all of it and no more."""

from __future__ import annotations

from pathlib import Path

from analysis.slices import Slice, slice_of
from tests.analysis.modules import inventory_of

_C = """\
    #include <string.h>
    #define LIMIT (BASE + 1)
    #define BASE 4
    #define UNUSED 9
    enum color { RED, GREEN };
    enum other { FAR };
    struct inner { int deep; };
    struct outer { struct inner *in; struct stranger *out; int plain; };
    struct stranger { int x; };
    typedef struct outer outer_t;
    static int total;
    static int never;
    static int helper(outer_t *o) { return o->plain; }
    int f(outer_t *o, const char *s)
    {
        if (o->in->deep > LIMIT)
            return GREEN;
        total += helper(o);
        return strlen(s);
    }
    int tiny(void) { return 1; }
    """


def sliced(tmp_path: Path, c: str, ident: str) -> Slice:
    found = inventory_of(tmp_path, {"m.c": c})
    return slice_of(found, found.by_ident[ident])


def test_a_slice_names_functions_variables_types_enumerators_and_macros(tmp_path: Path) -> None:
    found = sliced(tmp_path, _C, "f")
    assert found.functions == ("helper", "strlen")
    assert found.variables == ("total",)
    assert found.enumerators == ("GREEN",)
    assert found.macros == ("BASE", "LIMIT")
    assert {"outer", "outer_t", "inner", "color"} <= set(found.types)


def test_a_slice_leaves_out_what_the_text_does_not_reach(tmp_path: Path) -> None:
    found = sliced(tmp_path, _C, "f")
    assert not {"stranger", "other", "never", "UNUSED", "FAR", "RED", "tiny", "f"} & set(found.names())


def test_a_function_that_needs_nothing_has_an_empty_slice(tmp_path: Path) -> None:
    assert sliced(tmp_path, _C, "tiny").names() == ()


def test_macros_are_followed_into_what_they_call(tmp_path: Path) -> None:
    c = """\
        static int count;
        static int bump(void) { return ++count; }
        #define TWICE() (bump() + bump())
        int f(void) { return TWICE(); }
        """
    found = sliced(tmp_path, c, "f")
    assert (found.macros, found.functions) == (("TWICE",), ("bump",))


def test_a_variable_s_slice_holds_its_type_and_the_functions_in_its_value(tmp_path: Path) -> None:
    c = """\
        struct op { int (*run)(int); int kind; };
        enum kind { PLAIN };
        static int one(int x) { return x; }
        static const struct op table[] = { { .run = one, .kind = PLAIN } };
        int f(void) { return table[0].run(1); }
        """
    found = sliced(tmp_path, c, "table")
    assert found.functions == ("one",)
    assert found.enumerators == ("PLAIN",)
    assert "op" in found.types


def test_groups_are_sorted_so_that_prompts_are_the_same_every_time(tmp_path: Path) -> None:
    found = sliced(tmp_path, _C, "f")
    for group in (found.functions, found.variables, found.types, found.enumerators, found.macros):
        assert list(group) == sorted(set(group))
