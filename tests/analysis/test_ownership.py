"""What callees do with a pointer, its caller does; who allocates and who releases."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from analysis import pointer_flow
from analysis.pointer_effects import Place
from tests.analysis.facts import facts, function, pointer

_ITEM = "#include <stdlib.h>\n#include <string.h>\nstruct item { struct item *next; char *name; int n; };\n"


def test_what_a_callee_does_the_caller_does(tmp_path: Path) -> None:
    c = """\
        struct item *kept;
        static void fill(struct item *i) { i->n = 1; }
        static void drop(struct item *i) { free(i); }
        static void keep(struct item *i) { kept = i; }
        void f(struct item *p, struct item *q, struct item *r) {
            fill(p); drop(q); keep(r);
        }
        """
    written, freed, kept = (pointer(tmp_path, _ITEM + c, name) for name in "pqr")
    assert (written.written, written.freed, written.kept) == (Place(9, "fill"), None, ())
    assert (freed.written, freed.freed, freed.kept) == (None, Place(9, "drop"), ())
    assert (kept.written, kept.freed) == (None, None)
    assert [each.where for each in kept.kept] == ["the global `kept`"]


def test_what_is_handed_on_by_a_member_is_followed_by_that_member(tmp_path: Path) -> None:
    c = _ITEM + "static void clear(char *s) { *s = 0; } void f(struct item *p) { clear(p->name); }"
    assert [each.what for each in pointer(tmp_path, c).written_beyond] == ["p->name"]
    assert pointer(tmp_path, c).written is None


def test_what_a_callee_reaches_far_away_is_found_among_what_stands_there(tmp_path: Path) -> None:
    c = """\
        static void deep(struct item *i) { *i->next->next->next->name = 0; }
        void f(struct item *p, char *q, char *r) {
            struct item own; own.next = &own; own.name = q; deep(&own);
            struct item other; other.next = p; other.name = r; deep(&other);
        }
        """
    found = {each.name: each for each in function(tmp_path, _ITEM + c).pointers}
    # A pointer to a record does not stand where one to text is looked for.
    assert found["p"].written is None
    assert found["p"].written_beyond != ()
    assert found["q"].written is not None


def test_a_part_of_a_record_is_not_freed_as_a_block(tmp_path: Path) -> None:
    c = """\
        struct outer { int n; struct item in; }; struct box { struct item *item; };
        static void drop(struct box *b) { free(b->item); }
        void f(struct outer *p, struct item *q, int n) { struct box b = { n ? &p->in : q }; drop(&b); }
        """
    assert pointer(tmp_path, _ITEM + c).freed is None
    assert pointer(tmp_path, _ITEM + c, "q").freed is not None


def test_functions_that_call_one_another_are_followed_to_the_end(tmp_path: Path) -> None:
    c = """\
        int odd(int n, int *p, int *q);
        int even(int n, int *p, int *q) { return n ? odd(n - 1, p, q) : *q; }
        int odd(int n, int *p, int *q) { if (!n) *p = 1; return even(n - 1, p, q); }
        int f(int *p, int *q) { return even(4, p, q); }
        """
    assert pointer(tmp_path, c).written is not None
    assert pointer(tmp_path, c, "q").written is None
    assert pointer(tmp_path, c).handed == ()


def test_null_is_tested_for_by_a_callee_of_the_very_pointer(tmp_path: Path) -> None:
    c = """\
        static int get(const int *p) { return p ? *p : 0; }
        int f(const int *p, int *q) { return get(p) + *q; }
        """
    found = pointer(tmp_path, c)
    assert found.tested is not None
    assert found.tested.by == "get"


@pytest.mark.parametrize(
    ("argument", "passes"), [("0", True), ("NULL", True), ("n ? p : NULL", True), ("p", False)]
)
def test_null_is_passed_at_a_call(tmp_path: Path, argument: str, passes: bool) -> None:
    c = "#include <stddef.h>\nint f(int *p) { return *p; }\n"
    c += f"int g(int *p, int n) {{ return n + f({argument}); }}\n"
    assert pointer(tmp_path, c).null_passed == (("g", 3) if passes else None)


@pytest.mark.parametrize(
    ("arguments", "same"),
    [("a, a", True), ("&b, &b", True), ("a + 1, a + n", False), ("a, &a[n]", False), ("&b, b.part", False)],
)
def test_two_arguments_of_one_call_lead_to_the_same_memory(
    tmp_path: Path, arguments: str, same: bool
) -> None:
    c = f"""\
        struct b {{ int part[4]; }};
        static void f(void *p, void *q) {{ (void)p; (void)q; }}
        void g(int *a, int n) {{ struct b b; f({arguments}); }}
        """
    (found,) = pointer(tmp_path, c).aliases
    assert (found.other, found.same, found.caller, found.line) == ("q", same, "g", 3)


@pytest.mark.parametrize("arguments", ["a, b", "a, a->next", "a->next, b->next", "next(a), next(a)", "0, 0"])
def test_two_arguments_that_may_differ_are_no_aliases(tmp_path: Path, arguments: str) -> None:
    c = f"""\
        struct n {{ struct n *next; }};
        struct n *next(struct n *);
        static void f(struct n *p, struct n *q) {{ (void)p; (void)q; }}
        void g(struct n *a, struct n *b) {{ f({arguments}); }}
        """
    assert pointer(tmp_path, c).aliases == ()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("return malloc(4);", [""]),
        ("struct item *i = calloc(1, 8); i->name = strdup(s); return i;", [""]),
        ("p->name = strdup(s); return 0;", ["p->name"]),
        ("p->next->name = malloc(2); return 0;", ["p->next"]),
        ("last = malloc(4); return 0;", ["last"]),
        ("return make();", [""]),
    ],
)
def test_new_memory_is_found_where_it_is_left(tmp_path: Path, body: str, where: list[str]) -> None:
    c = "void *last; static void *make(void) { return malloc(3); }\n"
    found = function(tmp_path, _ITEM + c + f"void *f(struct item *p, const char *s) {{ {body} }}")
    assert [each.where for each in found.allocates] == where


@pytest.mark.parametrize(
    "body",
    ["char *t = malloc(4); free(t); return 0;", "return p->name;", "return (void *)s;", "return last;"],
)
def test_memory_that_is_not_left_or_not_new_is_not_allocated(tmp_path: Path, body: str) -> None:
    c = _ITEM + f"void *last; void *f(struct item *p, const char *s) {{ {body} }}"
    assert function(tmp_path, c).allocates == ()


def test_releasers_free_the_record_that_is_allocated(tmp_path: Path) -> None:
    c = """\
        struct other { int x; };
        struct item *f(void) { struct item *i = malloc(sizeof *i); if (i) i->n = 1; return i; }
        void drop(struct item *i) { free(i->name); free(i); }
        void drop_other(struct other *o) { free(o); }
        """
    (new,) = function(tmp_path, _ITEM + c).allocates
    assert (new.record, new.released_by) == ("struct item", ("drop",))


def test_a_module_s_own_pointers_to_allocators_allocate_and_free(tmp_path: Path) -> None:
    c = """\
        static struct hooks { void *(*get)(size_t); void (*put)(void *); } hooks = { malloc, free };
        void set(void *(*get)(size_t), void (*put)(void *)) { hooks.get = get; hooks.put = put; }
        char *f(char *p) { hooks.put(p); return hooks.get(3); }
        """
    found = function(tmp_path, _ITEM + c)
    assert [each.where for each in found.allocates] == [""]
    assert found.pointers[0].freed is not None
    assert found.pointers[0].handed == ()


def test_a_call_through_a_member_reaches_what_is_stored_there(tmp_path: Path) -> None:
    c = """\
        struct ops { void (*run)(int *); void (*other)(int *); };
        static void clear(int *x) { *x = 0; }
        static void look(int *x) { (void)x; }
        static const struct ops ops = { .run = clear, .other = look };
        void f(const struct ops *o, int *p, int *q) { o->run(p); o->other(q); }
        """
    found = facts(tmp_path, c)
    (_, written, seen) = found.functions["f"].pointers
    assert written.written is not None
    assert seen.written is None
    assert written.handed == seen.handed == ()
    members = {each.name: (each.functions, each.only_these) for each in found.records["struct ops"].members}
    assert members == {"run": (("clear",), True), "other": (("look",), True)}


def test_a_member_that_callers_can_set_may_lead_elsewhere(tmp_path: Path) -> None:
    header = "struct ops { void (*run)(int *); };\nvoid f(struct ops *o, int *p);\n"
    c = """\
        #include "ops.h"
        static void clear(int *x) { *x = 0; }
        static struct ops ops = { .run = clear };
        void f(struct ops *o, int *p) { o->run(p); }
        """
    (member,) = facts(tmp_path, c, ops=header).records["struct ops"].members
    assert (member.functions, member.only_these) == (("clear",), False)
    found = facts(tmp_path, c, ops=header).functions["f"].pointers[1]
    assert found.written is not None
    assert [each.to for each in found.handed] == ["o->run"]


def test_a_member_that_the_module_sets_to_what_it_is_given_may_lead_elsewhere(tmp_path: Path) -> None:
    c = """\
        struct ops { void (*run)(int *); };
        static void clear(int *x) { *x = 0; }
        static struct ops ops = { .run = clear };
        void set(void (*run)(int *)) { ops.run = run; }
        void f(struct ops *o, int *p) { o->run(p); }
        """
    (member,) = facts(tmp_path, c).records["struct ops"].members
    assert (member.functions, member.only_these) == (("clear",), False)


def test_a_call_through_a_constant_table_reaches_what_stands_there(tmp_path: Path) -> None:
    c = """\
        static void clear(int *x) { *x = 0; }
        static void (*const table[])(int *) = { clear };
        static void (*open[])(int *) = { clear };
        void f(int i, int *p, int *q) { table[i](p); open[i](q); }
        """
    assert pointer(tmp_path, c).written is not None
    assert pointer(tmp_path, c).handed == ()
    assert pointer(tmp_path, c, "q").handed != ()


def test_what_is_found_does_not_depend_on_the_order_of_the_functions(tmp_path: Path) -> None:
    parts = [
        "static void a(int *x) { *x = 1; }",
        "static void b(int *x) { a(x); }",
        "void f(int *p) { b(p); }",
    ]
    heads = "static void a(int *x); static void b(int *x); "
    found = [pointer(tmp_path, heads + " ".join(each)).written for each in permutations(parts)]
    assert found == [Place(1, "b")] * 6


def test_a_function_that_cannot_be_followed_says_so_and_claims_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = (
        _ITEM
        + """\
        struct item *kept;
        static void f(struct item *p, char *q) {
            for (struct item *i = p; i; i = i->next) { i->next->next = kept; kept = i; i->name = q; }
            while (*q) q++;
        }
        void g(struct item *p) { f(p, p->name); }
        """
    )
    assert not function(tmp_path, c).entangled
    monkeypatch.setattr(pointer_flow, "_MOST_EFFECTS", 15)
    found = facts(tmp_path, c)
    assert found.functions["f"].entangled
    record, text = found.functions["f"].pointers
    assert record.kept == ()
    assert text.terminated is not None
    assert not found.functions["g"].entangled
    assert [each.to for each in found.functions["g"].pointers[0].handed] == ["f"]


def test_a_variable_at_file_scope_knows_who_writes_it(tmp_path: Path) -> None:
    c = """\
        int counted, shared; static const int fixed = 3; int *where;
        static void add(int *x) { *x += 1; }
        void f(void) { counted++; where = &shared; }
        void g(void) { add(&counted); f(); }
        int h(void) { return fixed + counted; }
        """
    found = facts(tmp_path, c).variables
    assert found["counted"].written_by == ("f", "g")
    assert found["fixed"].written_by == ()
    assert found["fixed"].is_const
    assert found["shared"].kept
    assert not found["counted"].kept
