"""What one function does with a pointer parameter: each fact where it holds, and where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.pointer_effects import Place
from tests.analysis.facts import facts, function, pointer

_RECORD = "struct node { struct node *next; struct node *prev; char *text; int size; };\n"


@pytest.mark.parametrize(
    "body",
    [
        "*p = 1;",
        "p[3] = 1;",
        "(*p)++;",
        "*p += 2;",
        "int *q = p + 1; *q = 0;",
        "int *q; q = p; q++; *q = 0;",
        "if (p) for (;;) *p++ = 0;",
        "({ int *q = p; *q = 1; });",
        "*(p ? p : 0) = 1;",
        "__typeof__(p) q = p; *q = 1;",
        "goto in; in: *p = 1;",
        "switch (*p) { case 1: *p = 2; }",
    ],
)
def test_a_pointer_is_written_however_that_is_spelled(tmp_path: Path, body: str) -> None:
    assert pointer(tmp_path, f"void f(int *p) {{ {body} }}").written is not None


@pytest.mark.parametrize("body", ["p++;", "int x = *p; x++;", "p = 0;", "int y, *q = &y; *q = *p;"])
def test_a_pointer_that_is_read_or_moved_is_not_written(tmp_path: Path, body: str) -> None:
    assert pointer(tmp_path, f"void f(int *p) {{ {body} }}").written is None


def test_a_fact_names_the_line_that_is_its_reason(tmp_path: Path) -> None:
    found = pointer(tmp_path, "void f(int *p)\n{\n    int x = *p;\n    *p = x + 1;\n}\n")
    assert (found.read, found.written) == (Place(3), Place(4))


def test_what_is_written_and_never_read_only_takes_a_result(tmp_path: Path) -> None:
    assert pointer(tmp_path, "void f(int *p) { *p = 1; }").is_out
    assert not pointer(tmp_path, "void f(int *p) { *p = *p + 1; }").is_out


def test_writing_through_a_member_is_told_apart_from_writing_the_record(tmp_path: Path) -> None:
    c = _RECORD + "void f(struct node *p, struct node *q) { p->next->size = 1; q->size = 2; }"
    through, plain = pointer(tmp_path, c), pointer(tmp_path, c, "q")
    assert through.written is None
    assert [each.what for each in through.written_beyond] == ["p->next"]
    assert plain.written is not None
    assert plain.written_beyond == ()


def test_what_may_lead_back_is_not_said_to_be_only_read(tmp_path: Path) -> None:
    c = """\
        struct part; struct own { struct part *part; int n; }; struct part { struct own *own; int n; };
        void f(struct own *p, struct own *q) { p->part->own->n = q->part->n; q->part->n = 1; }
        """
    back, away = pointer(tmp_path, c), pointer(tmp_path, c, "q")
    assert (back.written, away.written) == (None, None)
    assert back.written_back is not None
    assert away.written_back is None


def test_a_pointer_in_a_local_record_is_followed_by_its_member(tmp_path: Path) -> None:
    c = """\
        struct pair { int *a; int *b; };
        void f(int *p, int *q) { struct pair pair = { p, q }; struct pair *r = &pair; *r->a = *pair.b; }
        """
    assert pointer(tmp_path, c).written is not None
    assert pointer(tmp_path, c, "q").written is None


def test_a_copied_record_hands_its_pointers_on(tmp_path: Path) -> None:
    c = _RECORD + "void f(struct node *p, struct node *q) { struct node n = *p; *n.text = 0; (void)q; }"
    assert [each.what for each in pointer(tmp_path, c).written_beyond] == ["p->text"]
    assert pointer(tmp_path, c, "q").written_beyond == ()


def test_a_record_that_is_passed_by_value_is_no_pointer(tmp_path: Path) -> None:
    c = _RECORD + "void f(struct node n, int *p) { n.size = 1; *p = n.size; }"
    assert [each.name for each in function(tmp_path, c).pointers] == ["p"]


def test_what_is_freed_is_the_block_itself_or_what_it_holds(tmp_path: Path) -> None:
    c = "#include <stdlib.h>\n" + _RECORD
    c += "void f(struct node *p, struct node *q) { free(p->text); free(q); }"
    holding, whole = pointer(tmp_path, c), pointer(tmp_path, c, "q")
    assert holding.freed is None
    assert [each.what for each in holding.freed_beyond] == ["p->text"]
    assert whole.freed is not None
    assert whole.freed.by == "free"
    assert whole.freed_beyond == ()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("kept = p;", "the global `kept`"),
        ("q->next = p;", "`q->next`"),
        ("q->next->prev = p;", "what `q->next` leads to"),
        ("static struct node *last; last = p;", "the global `f.last`"),
        ("struct node *n = malloc(sizeof *n); n->next = p; kept = n;", "new memory"),
        ("struct node *n = malloc(9), *m = malloc(9); n->next = p; m->next = n; kept = m;", "new memory"),
    ],
)
def test_a_pointer_is_kept_where_it_outlives_the_call(tmp_path: Path, body: str, where: str) -> None:
    c = "#include <stdlib.h>\n" + _RECORD + "struct node *kept;\n"
    found = pointer(tmp_path, c + f"void f(struct node *p, struct node *q) {{ {body} }}")
    assert [each.where for each in found.kept] == [where]


@pytest.mark.parametrize(
    "body",
    [
        "struct node local; local.next = p;",
        "struct node *n = malloc(sizeof *n); n->next = p; free(n);",
        "q->size = p->size;",
        "kept = q; q->next = 0; (void)p;",
    ],
)
def test_a_pointer_is_not_kept_where_that_ends_with_the_call(tmp_path: Path, body: str) -> None:
    c = "#include <stdlib.h>\n" + _RECORD + "struct node *kept;\n"
    assert pointer(tmp_path, c + f"void f(struct node *p, struct node *q) {{ {body} }}").kept == ()


def test_a_pointer_stored_in_what_it_leads_to_is_told_apart(tmp_path: Path) -> None:
    c = _RECORD + "void f(struct node *p, struct node *q) { p->next = p; q->size = 1; }"
    assert [each.what for each in pointer(tmp_path, c).tied] == ["p->next"]
    assert pointer(tmp_path, c).kept == ()
    assert pointer(tmp_path, c, "q").tied == ()


def test_pointers_that_it_leads_to_may_be_kept_without_itself(tmp_path: Path) -> None:
    c = _RECORD + "void f(struct node *p, char **out) { *out = p->text; }"
    found = pointer(tmp_path, c)
    assert found.kept == ()
    assert [each.where for each in found.kept_beyond] == ["`*out`"]


def test_a_stored_number_keeps_no_pointer(tmp_path: Path) -> None:
    c = _RECORD + "int total; void f(struct node *p) { total = p->size; }"
    assert pointer(tmp_path, c).kept_beyond == ()


def test_what_is_returned_may_lead_into_a_parameter_or_behind_it(tmp_path: Path) -> None:
    c = _RECORD + "char *f(struct node *p, char *q, char *r) { return p->size ? p->text : *r ? q + 1 : 0; }"
    assert [each.what for each in pointer(tmp_path, c).returned_beyond] == ["p->text"]
    assert pointer(tmp_path, c).returned is None
    assert pointer(tmp_path, c, "q").returned is not None
    assert pointer(tmp_path, c, "r").returned is None


@pytest.mark.parametrize(
    "body",
    ["if (p == NULL) return;", "if (!p) return;", "while (p && 1) break;", "int x = p ? 1 : 0; (void)x;"],
)
def test_a_pointer_is_compared_with_null(tmp_path: Path, body: str) -> None:
    c = f"#include <stddef.h>\nvoid f(int *p, int *q) {{ {body} (void)(p == q); (void)*q; }}"
    assert pointer(tmp_path, c).tested is not None
    assert pointer(tmp_path, c, "q").tested is None


def test_a_variable_that_was_set_anew_is_no_longer_the_parameter(tmp_path: Path) -> None:
    c = "int *next(void); void f(int *p) { p = next(); if (!p) return; *p = 1; }"
    assert pointer(tmp_path, c).tested is None
    assert pointer(tmp_path, c).written is None
    c = "int *next(void); void f(int *p, int n) { while (n--) { p = next(); if (!p) break; } }"
    assert pointer(tmp_path, c).tested is None


def test_jumps_bring_back_what_a_variable_was(tmp_path: Path) -> None:
    c = "int *next(int); void f(int *p, int n) { if (n) goto out; p = next(1); out: *p = 1; }"
    assert pointer(tmp_path, c).written is not None


def test_a_container_is_found_from_its_member(tmp_path: Path) -> None:
    c = """\
        #include <stddef.h>
        struct link { struct link *next; };
        struct item { int value; struct link link; };
        #define item_of(l) ((struct item *)((char *)(l) - offsetof(struct item, link)))
        void f(struct link *p, struct link *q) { item_of(p)->value = item_of(q)->value; }
        """
    assert pointer(tmp_path, c).written is not None
    assert pointer(tmp_path, c, "q").written is None


def test_code_that_is_not_seen_is_named_with_what_it_may_do(tmp_path: Path) -> None:
    c = """\
        void change(int *x); void look(const int *x);
        void f(int *p, int *q, int *r) { change(p); look(q); *r = 0; }
        """
    changed, seen, own = (pointer(tmp_path, c, name) for name in "pqr")
    assert [(each.to, each.const) for each in changed.handed] == [("change", False)]
    assert [(each.to, each.const) for each in seen.handed] == [("look", True)]
    assert own.handed == ()


def test_what_stands_in_a_local_variable_is_handed_over_with_its_address(tmp_path: Path) -> None:
    c = "struct box { int *in; }; void use(struct box *b); void f(int *p) { struct box b = { p }; use(&b); }"
    assert [each.to for each in pointer(tmp_path, c).handed] == ["use"]


def test_a_callback_is_called_or_passed_on(tmp_path: Path) -> None:
    c = "void use(void (*cb)(int)); void f(void (*p)(int), void (*q)(int)) { p(1); use(q); }"
    called, passed = pointer(tmp_path, c), pointer(tmp_path, c, "q")
    assert called.is_function
    assert called.called is not None
    assert passed.called is None
    assert passed.handed != ()


def test_parameters_in_the_old_style_have_their_types(tmp_path: Path) -> None:
    c = "void f(p, n, q) int *p; int n; const char *q; { p[n] = *q; }\nint g(p) int *p; { return *p; }\n"
    assert pointer(tmp_path, c).written is not None
    assert pointer(tmp_path, c, "q").written is None
    assert pointer(tmp_path, c, "p", "g").read is not None


def test_constant_variables_are_not_written(tmp_path: Path) -> None:
    c = """\
        struct row { int *cell; };
        int cell; static const struct row rows[] = { { &cell } }; static struct row open;
        static const int shut; static int own;
        void f(int n) { *rows[n].cell = 1; open.cell = 0; int *q = n ? &own : (int *)&shut; *q = 1; }
        """
    assert function(tmp_path, c).globals_written == ("open", "own")
    found = facts(tmp_path, c).variables
    assert {name for name, each in found.items() if each.kept} == {"cell"}
    written = {name: each.written_by for name, each in found.items()}
    assert written == {"cell": (), "rows": (), "open": ("f",), "shut": (), "own": ("f",)}


def test_a_line_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert function(tmp_path, 'void f(int *p) {\n __asm__("nop" : : "r"(p)); }').unread == 2
    assert function(tmp_path, "void f(int *p) { *p = 1; }").unread is None
