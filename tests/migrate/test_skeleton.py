"""Types, constants and declarations of hard C are right in Rust, and what cannot be Rust says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import BaselineError
from tests.migrate.hybrids import prepare_module, tried, write_files

_TYPES = """\
    enum { A = 1, B, C = -5 };
    enum color { RED, GREEN = 7 };
    typedef enum { ONE = 1, TWO } number;
    typedef struct { int x; number n; } item;
    typedef union { int i; unsigned char b[4]; } word;
    struct flags { unsigned a:3, b:5; int :0; unsigned c:1; };
    struct __attribute__((packed)) packed { char c; int i; };
    struct flex { int n; int data[]; };
    static enum color mixed(item *it, word w, struct flags *f, struct packed *p)
    {
        return it->n + w.b[0] + f->a + f->b + f->c + p->i;
    }
    static int sum(struct flex *f) { int s = 0; for (int i = 0; i < f->n; i++) s += f->data[i]; return s; }
    int api(void)
    {
        item it = { 1, TWO }; word w = { 3 }; struct flags f = { 5, 9, 1 }; struct packed p = { 1, 2 };
        static struct { int n; int d[2]; } fl = { 2, { 30, 40 } };
        return A + B + C + RED + GREEN + mixed(&it, w, &f, &p) + sum((struct flex *)&fl);
    }
    """


def test_enums_unions_bit_fields_packed_and_flexible_records_are_those_of_c(tmp_path: Path) -> None:
    rust = {
        "mixed": 'unsafe extern "C" fn mixed(it: *mut item, w: word, f: *mut flags, p: *mut packed) -> color'
        " { unsafe { (*it).n + w.b[0] as color + (*f).a() + (*f).b() + (*f).c() + (*p).i as color } }",
        "sum": 'unsafe extern "C" fn sum(f: *mut flex) -> c_int {'
        " unsafe { (0..(*f).n as usize).map(|i| *(*f).data.as_ptr().add(i)).sum() } }",
    }
    assert tried(tmp_path, {"m.c": _TYPES}, "int api(void);", "api()", rust).gives(97, 97)


def test_names_that_are_keywords_in_rust_link_under_their_c_names(tmp_path: Path) -> None:
    c = """\
        struct keyword { int ref, type, fn, match; struct { int self; } in; };
        int type(int fn, int match) { return fn + match; }
        int loop = 4;
        static int match(struct keyword *k) { return k->ref + k->type + k->fn + k->match + k->in.self; }
        int api(void) { struct keyword k = { 1, 2, 3, 4, { 5 } }; return type(1, 2) + match(&k) + loop++; }
        """
    rust = {
        "match": 'unsafe extern "C" fn match_(k: *mut keyword) -> c_int {'
        " unsafe { (*k).ref_ + (*k).type_ + (*k).fn_ + (*k).match_ + (*k).in_.self_ } }",
        "type": 'pub unsafe extern "C" fn type_(fn_: c_int, match_: c_int) -> c_int { fn_ + match_ }',
        "loop": "pub static mut loop_: c_int = 4;",
    }
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(22, 23)


def test_records_of_one_tag_in_two_files_keep_apart_or_agree(tmp_path: Path) -> None:
    c = """\
        struct s { %s };
        struct same { int z; };
        static int f(struct s *p, struct same *q) { return %s + q->z; }
        int %s(void) { struct s v = { 1 }; struct same w = { 5 }; return f(&v, &w); }
        """
    files = {"a.c": c % ("int x;", "p->x", "a"), "b.c": c % ("long y, x;", "p->y + p->x", "b")}
    head = 'unsafe extern "C" fn f(p: *mut s, q: *mut same) -> c_int'
    rust = {
        "a.c:f": f"{head} {{ unsafe {{ (*p).x + (*q).z }} }}",
        "b.c:f": f"{head} {{ unsafe {{ ((*p).y + (*p).x) as c_int + (*q).z }} }}",
    }
    found = tried(tmp_path, files, "int a(void), b(void);", "a() * 100 + b()", rust)
    assert found.gives(606, 606)


def test_a_record_may_be_opaque_in_one_file_and_whole_in_another(tmp_path: Path) -> None:
    files = {
        "o.h": "struct o;\nstruct o *make(void);\nint get(struct o *);\n",
        "a.c": '#include "o.h"\nstatic int both(struct o *p) { return get(p) + 1; }\n'
        "int a(void) { return both(make()); }",
        "b.c": '#include "o.h"\nstruct o { int v; };\nstatic struct o single = { 41 };\n'
        "struct o *make(void) { return &single; }\nint get(struct o *p) { return p->v++; }",
    }
    rust = {
        "both": 'unsafe extern "C" fn both(p: *mut o) -> c_int { unsafe { get(p) + 1 } }',
        "single": "static mut single: o = o { v: 41 };",
        "get": 'pub unsafe extern "C" fn get(arg1: *mut o) -> c_int {'
        " unsafe { (*arg1).v += 1; (*arg1).v - 1 } }",
    }
    assert tried(tmp_path, files, "int a(void);", "a()", rust).gives(42, 43)


_MADE = """\
    struct list { struct list *next, *prev; };
    #define LIST_HEAD(name) struct list name = { &name, &name }
    #define GETTER(name, value) int get_##name(void) { return value; }
    #define HIDDEN(name, value) static int hidden_##name(void) { return value; }
    #define HEAD(name) static int name(void)
    #define COUNTER(n) static int counter_##n = n;
    static LIST_HEAD(head);
    GETTER(one, 1)
    HIDDEN(two, 2)
    HEAD(three) { return 3; }
    COUNTER(5)
    static int mine(void)
    {
        return get_one() + hidden_two() + three() + counter_5++ + (head.next == &head && head.prev == &head);
    }
    int api(void) { return mine(); }
    """


def test_what_macros_make_stays_in_c_is_counted_and_can_be_used_from_rust(tmp_path: Path) -> None:
    rust = {
        "mine": 'unsafe extern "C" fn mine() -> c_int { unsafe { counter_5 += 1;'
        " let linked = head.next == &raw mut head && head.prev == &raw mut head;"
        " get_one() + hidden_two() + three() + counter_5 - 1 + linked as c_int } }"
    }
    found = tried(tmp_path, {"m.c": _MADE}, "int api(void);", "api()", rust)
    assert found.gives(12, 13)
    made = {"head", "get_one", "hidden_two", "three", "counter_5"}
    assert set(found.prepared.inventory.generated) == made == set(found.stays)
    assert all("a macro or a conditional makes it" in reason for reason in found.stays.values())
    assert found.prepared.skeleton.by_ident["get_one"].c_text == "GETTER(one, 1)"


def test_a_function_whose_head_depends_on_conditionals_stays_in_c(tmp_path: Path) -> None:
    c = """\
        #define MODE 2
        #if MODE == 1
        static int pick(int x)
        #else
        static int pick(long x)
        #endif
        {
            return x + MODE;
        }
        #define renamed other_name
        static int renamed(void) { return 5; }
        int api(void) { return pick(1) + renamed(); }
        """
    rust = {"api": 'pub unsafe extern "C" fn api() -> c_int { unsafe { pick(1) + other_name() } }'}
    found = tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust)
    assert found.gives(8, 8)
    assert set(found.stays) == {"pick", "other_name"}


def test_inline_functions_of_system_headers_can_be_called_by_two_files(tmp_path: Path) -> None:
    c = """\
        #include <stdlib.h>
        #include <byteswap.h>
        unsigned %s(const char *s) { return bswap_32(atoi(s)); }
        """
    files = {"a.c": c % "a", "b.c": c % "b", "llmigrate.toml": "flags = ['-O2']\n"}
    text = (
        'pub unsafe extern "C" fn %s(s: *const c_char) -> c_uint { unsafe { __bswap_32(atoi(s) as c_uint) } }'
    )
    rust = {name: text % name for name in ("a", "b")}
    prototypes = "unsigned a(const char *), b(const char *);"
    value = (12 << 24) + (13 << 24)
    assert tried(tmp_path, files, prototypes, 'a("12") + b("13")', rust).gives(value, value)


_NO_RUST = """\
    #include <stdarg.h>
    typedef long double wide;
    struct has { wide v; int i; };
    static int sum(int n, ...)
    {
        va_list ap; int s = 0;
        va_start(ap, n); while (n--) s += va_arg(ap, int); va_end(ap);
        return s;
    }
    _Bool negated(_Bool b) { return !b; }
    static wide twice(wide x) { return x * 2; }
    static wide taken(struct has *h) { return h->v; }
    static int by_value(struct has h) { return h.i; }
    static int pointed(struct has *h) { return h->i; }
    static __thread int own = 3;
    static unsigned __int128 large(unsigned __int128 x) { return x + 1; }
    static __attribute__((constructor)) void start(void) { own = 4; }
    int api(void)
    {
        struct has h = { 1, 2 };
        return sum(3, 1, 2, 3) + negated(0) + (int)twice(2) + (int)taken(&h) + by_value(h) + pointed(&h)
            + own++ + (int)large(4);
    }
    """


def test_what_stable_rust_cannot_define_stays_in_c_and_says_why(tmp_path: Path) -> None:
    rust = {
        "negated": 'pub unsafe extern "C" fn negated(b: bool) -> bool { !b }',
        "pointed": 'unsafe extern "C" fn pointed(h: *mut has) -> c_int { unsafe { (*h).i } }',
        "large": 'unsafe extern "C" fn large(x: u128) -> u128 { x + 1 }',
    }
    found = tried(tmp_path, {"m.c": _NO_RUST}, "int api(void);", "api()", rust)
    assert found.gives(25, 26)
    wide = "it passes a `long double`, which Rust does not have"
    assert found.stays == {
        "sum": "it takes a variable number of arguments, which stable Rust cannot define",
        "twice": wide,
        "taken": wide,
        "by_value": wide,
        "own": "it is thread-local, which stable Rust cannot link to",
        "start": "its attribute `constructor` has no counterpart in Rust",
    }
    assert "fn twice" not in found.rust("src/m.rs")


def test_tables_with_pointers_and_static_locals_work_from_c(tmp_path: Path) -> None:
    c = """\
        static int x = 3;
        static const struct { const char *name; int *p; int (*f)(int); } table[] = { { "a", &x }, { "b" } };
        static const unsigned char bytes[2][3] = { { 1, 2, 3 }, { 4 } };
        int count(void) { static int calls; static const int steps[] = { 1, 2 }; return calls += steps[1]; }
        int api(void) { return *table[0].p + table[1].name[0] + bytes[1][0] + count(); }
        """
    rust = {
        "x": "static mut x: c_int = 3;",
        "count": 'pub unsafe extern "C" fn count() -> c_int {'
        " static mut CALLS: c_int = 0; unsafe { CALLS += 2; CALLS } }",
    }
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(107, 109)


def test_a_function_right_after_a_system_header_belongs_to_the_module(tmp_path: Path) -> None:
    c = "#include <stdlib.h>\nstatic int size(void) { return sizeof(div_t); }\nint api() { return size(); }\n"
    found = tried(tmp_path, {"m.c": c}, "int api(void);", "api()")
    assert found.gives(8, 8)
    assert (
        found.prepared.skeleton.by_ident["size"].c_text == "static int size(void) { return sizeof(div_t); }"
    )


def test_gcc_s_words_on_c_that_it_refuses_reach_the_user(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"gcc does not accept .*m\.c: .*unknown type name"):
        prepare_module(write_files(tmp_path / "m", {"m.c": "nonsense x;\n"}))


def test_what_macros_make_under_one_name_in_two_files_stays_apart(tmp_path: Path) -> None:
    c = """\
        #define COUNTER(start) static int ticks = start
        #define GETTER static int get(void) { return ticks; }
        COUNTER(%d);
        GETTER
        int %s(void) { return ticks++ + get(); }
        """
    text = 'pub unsafe extern "C" fn %s() -> c_int { unsafe { ticks += 1; ticks - 1 + get() } }'
    files = {"a.c": c % (1, "a"), "b.c": c % (100, "b")}
    rust = {"a": text % "a", "b": text % "b"}
    assert tried(tmp_path, files, "int a(void), b(void);", "a() * 1000 + b()", rust).gives(3201, 5203)


def test_macros_named_like_keywords_are_no_constants(tmp_path: Path) -> None:
    c = """\
        #include <stdbool.h>
        #define loop 5
        int api(void) { return true + false + loop; }
        """
    rust = {"api": 'pub unsafe extern "C" fn api() -> c_int { loop_ as c_int + true as c_int }'}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(6, 6)


def test_enums_with_a_tag_and_a_typedef_go_by_both(tmp_path: Path) -> None:
    header = """\
        typedef enum one_e { A1, A2 } one_t;
        typedef enum two_e { B1 = 3, B2 } two_t;
        """
    c = '#include "h.h"\nint %s(one_t a, two_t b) { return a + b; }\n'
    files = {"h.h": header, "a.c": c % "a", "b.c": c % "b"}
    rust = {"a": 'pub unsafe extern "C" fn a(a: one_t, b: two_t) -> c_int { (a + b) as c_int }'}
    prototypes = "int a(int, int), b(int, int);"
    assert tried(tmp_path, files, prototypes, "a(1, 3) + b(1, 4)", rust).gives(9, 9)


def test_functions_that_other_libraries_cannot_see_can_be_rust(tmp_path: Path) -> None:
    c = """\
        #define HIDDEN __attribute__((__visibility__("hidden"), noinline))
        __attribute__((visibility("hidden"))) int one(int x) { return x; }
        HIDDEN int two(int x) { return x + 1; }
        int visible(int x) { return one(x) + two(x); }
        """
    rust = {
        name: f'pub unsafe extern "C" fn {name}(x: c_int) -> c_int {{ {value} }}'
        for name, value in {"one": "x", "two": "x + 1", "visible": "unsafe { one(x) + two(x) }"}.items()
    }
    files = {"m.c": c, "llmigrate.toml": "flags = ['-fvisibility=hidden']\n"}
    found = tried(tmp_path, files, "int visible(int);", "visible(1)", rust)
    assert found.gives(3, 3)
    assert found.stays == {}


def test_a_function_may_be_called_visibility(tmp_path: Path) -> None:
    c = "int visibility(int x) { return x; }\nint api(void) { return visibility(4); }\n"
    rust = {"visibility": 'pub unsafe extern "C" fn visibility(x: c_int) -> c_int { x }'}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(4, 4)


def test_a_va_list_can_be_named_in_rust(tmp_path: Path) -> None:
    c = """\
        #include <stdarg.h>
        int next(va_list *ap) { return va_arg(*ap, int); }
        static int seen(va_list *ap) { return ap != 0; }
        int first(int n, ...)
        {
            va_list ap;
            va_start(ap, n);
            int value = next(&ap) + seen(&ap);
            va_end(ap);
            return value;
        }
        """
    rust = {"seen": 'unsafe extern "C" fn seen(ap: *mut va_list) -> c_int { !ap.is_null() as c_int }'}
    assert tried(tmp_path, {"m.c": c}, "int first(int, ...);", "first(1, 6)", rust).gives(7, 7)


def test_types_without_a_name_in_two_files_keep_apart(tmp_path: Path) -> None:
    files = {
        "h.h": "enum { H1 = -1, H2 };\n",
        "a.c": "static union { int all; char low; } state = { 1 };\nint a(void) { return state.low++; }\n",
        "b.c": '#include "h.h"\nstatic struct { long y, z; } state;\n'
        "int b(void) { return H1 + H2 + state.z++; }\n",
    }
    rust = {
        "a": 'pub unsafe extern "C" fn a() -> c_int { unsafe { state.low += 1; state.low as c_int - 1 } }',
        "b": 'pub unsafe extern "C" fn b() -> c_int {'
        " unsafe { state.z += 1; H1 as c_int + H2 as c_int + state.z as c_int - 1 } }",
    }
    found = tried(tmp_path, files, "int a(void), b(void);", "a() * 10 + b()", rust)
    assert found.gives(9, 20)
    assert "Debug" not in found.rust("src/bindings.rs")


def test_an_array_without_a_length_in_a_header_has_that_of_its_definition(tmp_path: Path) -> None:
    files = {
        "t.h": "extern const int table[];\n",
        "m.c": '#include "t.h"\nconst int table[] = { 1, 2, 4 };\nint api(void) { return table[2]; }\n',
    }
    rust = {
        "table": "pub static table: [c_int; 3] = [1, 2, 4];",
        "api": 'pub unsafe extern "C" fn api() -> c_int { table[2] }',
    }
    assert tried(tmp_path, files, "int api(void);", "api()", rust).gives(4, 4)


def test_an_array_at_the_end_of_a_record_can_have_values(tmp_path: Path) -> None:
    c = """\
        struct bits { long count; int of[]; };
        static struct bits some = { 3, { 5, 6, 7 } };
        static struct bits none = { 0 };
        int api(void) { return some.of[some.count - 1]++ * 10 + none.count; }
        """
    rust = {
        "some": "static mut some: WithTail<bits, [c_int; 3]> = WithTail { record: bits { count: 3, "
        "of: __IncompleteArrayField::new() }, tail: [5, 6, 7] };",
        "none": "static mut none: bits = bits { count: 0, of: __IncompleteArrayField::new() };",
    }
    for place, chosen in enumerate(({}, {"some": rust["some"]}, rust)):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert tried(folder, {"m.c": c}, "int api(void);", "api()", chosen).gives(70, 80)
