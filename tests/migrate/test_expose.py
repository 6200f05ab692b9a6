"""C with all its freedoms, exposed: it means the same with some of it in Rust."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import BaselineError
from tests.migrate.hybrids import prepare_module, tried, write_files


def test_one_of_several_declarators_can_be_rust(tmp_path: Path) -> None:
    c = """\
        static int first = 1, second = 2, *third = &second;
        int sum(void) { second++; return first + second + *third; }
        """
    rust = {"second": "static mut second: c_int = 2;"}
    assert tried(tmp_path, {"m.c": c}, "int sum(void);", "sum()", rust).gives(7, 9)


def test_arrays_whose_length_only_the_value_tells_can_be_rust(tmp_path: Path) -> None:
    c = """\
        static const int primes[] = { 2, 3, 5, 7 };
        static char word[] = "abc";
        static const char *const names[ ] = { "x", "yy" };
        static const char letters[][4] = { "abc", "de" };
        int total(void)
        {
            return sizeof primes + primes[3] + sizeof word + word[1] + sizeof names + names[1][1]
                + letters[1][1];
        }
        """
    rust = {
        "primes": "static primes: [c_int; 4] = [2, 3, 5, 7];",
        "word": "static mut word: [c_char; 4] = [97, 98, 99, 0];",
        "names": 'static mut names: [*const c_char; 2] = [c"x".as_ptr(), c"yy".as_ptr()];',
        "letters": "static letters: [[c_char; 4]; 2] = [[97, 98, 99, 0], [100, 101, 0, 0]];",
    }
    value = 16 + 7 + 4 + ord("b") + 16 + ord("y") + ord("e")
    assert tried(tmp_path, {"m.c": c}, "int total(void);", "total()", rust).gives(value, value)


@pytest.mark.parametrize("in_rust", [True, False])
def test_a_tentative_definition_and_the_one_with_a_value_are_one_variable(
    tmp_path: Path, in_rust: bool
) -> None:
    c = """\
        static int state;
        static int state = 5;
        int shared;
        int shared = 4;
        static int table[3];
        int grow(void) { return ++state + table[2] + shared++; }
        static int table[3] = { 1, 2, 3 };
        """
    rust = {
        "state": "static mut state: c_int = 5;",
        "shared": "pub static mut shared: c_int = 4;",
        "table": "static mut table: [c_int; 3] = [1, 2, 3];",
    }
    assert tried(tmp_path, {"m.c": c}, "int grow(void);", "grow()", rust if in_rust else {}).gives(13, 15)


def test_file_local_functions_can_be_declared_first_several_at_a_time(tmp_path: Path) -> None:
    c = """\
        typedef int unary(int);
        static int helper(int x);
        static int other(int), third(int);
        static unary fourth;
        int api(int x) { return helper(x) + other(x) + third(x) + fourth(x); }
        static int helper(int x) { return x * 2; }
        int other(int x) { return x * 3; }
        static int third(int x) { return x + 1; }
        static int fourth(int x) { return x; }
        """
    rust = {
        "helper": 'unsafe extern "C" fn helper(x: c_int) -> c_int { x * 2 }',
        "third": 'unsafe extern "C" fn third(x: c_int) -> c_int { x + 1 }',
        "fourth": 'unsafe extern "C" fn fourth(x: c_int) -> c_int { x }',
    }
    assert tried(tmp_path, {"m.c": c}, "int api(int);", "api(4)", rust).gives(29, 29)


def test_two_files_keep_their_own_static_of_one_name(tmp_path: Path) -> None:
    c = """\
        static int counter = %d;
        static int helper(void) { return counter++; }
        int %s(void) { return helper(); }
        """
    rust = {
        "a.c:counter": "static mut counter: c_int = 1;",
        "b.c:helper": 'unsafe extern "C" fn helper() -> c_int { unsafe { counter += 1; counter - 1 } }',
    }
    files = {"a.c": c % (1, "a"), "b.c": c % (100, "b")}
    assert tried(tmp_path, files, "int a(void), b(void);", "a() * 1000 + b()", rust).gives(1100, 2101)


@pytest.mark.parametrize("in_rust", [True, False])
def test_an_inline_function_of_an_own_header_is_one_function(tmp_path: Path, in_rust: bool) -> None:
    header = """\
        #ifndef OWN_H
        #define OWN_H
        struct pt { int x, y; };
        static inline int area(const struct pt *p) { return p->x * p->y; }
        static inline __attribute__((always_inline)) int twice(int v) { return 2 * v; }
        #endif
        """
    c = '#include "own.h"\nint %s(void) { struct pt p = { %d, 3 }; return area(&p) + twice(1); }\n'
    files = {"own.h": header, "a.c": c % ("a", 2), "b.c": c % ("b", 4)}
    rust = {"area": 'pub unsafe extern "C" fn area(p: *const pt) -> c_int { unsafe { (*p).x * (*p).y } }'}
    found = tried(tmp_path, files, "int a(void), b(void);", "a() * 100 + b()", rust if in_rust else {})
    assert found.gives(814, 814)


_OLD_STYLE = """\
    typedef unsigned char byte;
    static int add(a, b) int a; byte b; { return a + b; }
    static double scale(f, n)
        float f;   /* widened, (by the caller) */
        int n;
    { return f * n; }
    static int first(p, n) const char *p; unsigned n; { return n ? p[0] : 0; }
    int none() { return 3; }
    static long untyped(a, b) { return a - b; }
    int many(v, q) int v[3], (*q)(int); { return v[0] + q(v[1]); }
    static int inc(int x) { return x + 1; }
    int api(void)
    {
        int v[3] = { 1, 2, 3 };
        return add(1, 'b') + (int)scale(1.5f, 4) + first("A", 1) + none() + (int)untyped(5, 3) + many(v, inc);
    }
    """


def test_old_style_functions_can_stay_in_c(tmp_path: Path) -> None:
    assert tried(tmp_path, {"m.c": _OLD_STYLE}, "int api(void);", "api()").gives(179, 179)


def test_an_old_style_function_in_rust_takes_what_its_callers_widen(tmp_path: Path) -> None:
    rust = {
        "add": 'unsafe extern "C" fn add(a: c_int, b: c_int) -> c_int { a + b as byte as c_int }',
        "scale": 'unsafe extern "C" fn scale(f: f64, n: c_int) -> f64 { f64::from(f as f32 * n as f32) }',
        "untyped": 'unsafe extern "C" fn untyped(a: c_int, b: c_int) -> c_long { (a - b) as c_long }',
        "first": 'unsafe extern "C" fn first(p: *const c_char, n: c_uint) -> c_int {'
        " if n != 0 { unsafe { *p as c_int } } else { 0 } }",
    }
    found = tried(tmp_path, {"m.c": _OLD_STYLE}, "int api(void);", "api()", rust)
    assert found.gives(179, 179)
    for ident, text in rust.items():
        signature = found.prepared.skeleton.by_ident[ident].signature
        assert text.startswith(signature), (text, signature)


def test_macros_that_stand_for_storage_go_like_storage(tmp_path: Path) -> None:
    c = """\
        #define local static
        #define INLINE static inline
        #define API extern
        local int state = 3;
        INLINE int bump(int by) { return state += by; }
        local const char *name = "n";
        API int api(void) { return bump(2) + name[0]; }
        """
    rust = {
        "state": "static mut state: c_int = 3;",
        "bump": 'unsafe extern "C" fn bump(by: c_int) -> c_int { unsafe { state += by; state } }',
    }
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(115, 117)


def test_function_pointers_and_arrays_of_them_can_be_rust(tmp_path: Path) -> None:
    c = """\
        static int one(int x) { return x + 1; }
        static int two(int x) { return x + 2; }
        static int (*current)(int) = one;
        static int (*const table[])(int) = { one, two };
        static int (*chosen(int i))(int);
        static int (*chosen(int i))(int) { return table[i]; }
        static void (*hook)(void);
        int api(int i) { current = chosen(i); if (hook) hook(); return current(10); }
        """
    pointer = 'Option<unsafe extern "C" fn(arg1: c_int) -> c_int>'
    rust = {
        "current": f"static mut current: {pointer} = Some(one);",
        "table": f"static table: [{pointer}; 2] = [Some(one), Some(two)];",
        "chosen": f'unsafe extern "C" fn chosen(i: c_int) -> {pointer} {{ table[i as usize] }}',
    }
    assert tried(tmp_path, {"m.c": c}, "int api(int);", "api(0) * 100 + api(1)", rust).gives(1112, 1112)


def test_variables_of_records_without_a_name_keep_their_type(tmp_path: Path) -> None:
    c = """\
        static struct { int a; char b[4]; } state = { 7, "xy" };
        static enum { OFF, ON } mode = ON;
        static union { int i; float f; } both;
        static struct { int z; } one = { 1 }, several[] = { { 2 }, { 3 } };
        static struct named { int q; } other = { 8 }, *pointer = &other;
        int api(void)
        {
            both.f = 1.0f;
            return state.a++ + state.b[1] + pointer->q + mode + several[1].z + one.z;
        }
        """
    rust = {"pointer": "static mut pointer: *mut named = &raw mut other;"}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(141, 142)


def test_attributes_of_variables_and_prototypes_stay(tmp_path: Path) -> None:
    c = """\
        #define UNUSED __attribute__((unused))
        static int helper(int) __attribute__((noinline, const));
        static int printed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
        static int fourth(int x) UNUSED;
        static char odd = 1, aligned __attribute__((aligned(64))) = 3, /* plain */ plain = 4;
        static UNUSED int unused_one = 3;
        static volatile int moving = 4;
        _Alignas(32) static int ali = 1;
        int api(void)
        {
            return helper(1) + fourth(3) + odd + aligned + plain + ((unsigned long)&aligned % 64)
                + moving++ + printed("a") + (long)&ali % 32;
        }
        static int helper(int x) { return x; }
        static int printed(const char *fmt, ...) { return fmt[0]; }
        static inline UNUSED int fourth(int x) { return x; }
        """
    rust = {
        "plain": "static mut plain: c_char = 4;",
        "helper": 'unsafe extern "C" fn helper(arg1: c_int) -> c_int { arg1 }',
        "fourth": 'unsafe extern "C" fn fourth(x: c_int) -> c_int { x }',
    }
    found = tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust)
    assert found.gives(113, 114)
    assert found.stays == {
        "printed": "it takes a variable number of arguments, which stable Rust cannot define"
    }


def test_preprocessor_lines_inside_what_rust_takes_stay_in_force(tmp_path: Path) -> None:
    c = """\
        #define MODE 2
        #if MODE == 1
        static int alt(void) { return 1; }
        #else
        static int alt(void) { return 2; }
        #endif
        static int inside(int x)
        {
        #define INNER 40
        #ifdef MODE
            return x + INNER;
        #else
            return x;
        #endif
        }
        static const int list[] = {
        #ifdef MODE
            1,
        #endif
            2
        };
        #ifdef NEVER
        static int gone(void) { return nothing; }
        #endif
        int uses(void) { return INNER + alt() + inside(1) + list[1]; }
        """
    rust = {
        "inside": 'unsafe extern "C" fn inside(x: c_int) -> c_int { x + 40 }',
        "alt": 'unsafe extern "C" fn alt() -> c_int { 2 }',
        "list": "static list: [c_int; 2] = [1, 2];",
    }
    assert tried(tmp_path, {"m.c": c}, "int uses(void);", "uses()", rust).gives(85, 85)


def test_a_static_function_may_be_promised_by_a_header(tmp_path: Path) -> None:
    files = {
        "m.h": "static int hidden(int);\nint api(void);\nextern const int limit;\n",
        "m.c": '#include "m.h"\nconst int limit = 3;\nint api(void) { return hidden(limit); }\n'
        "static int hidden(int x) { return x * 2; }\n",
    }
    rust = {
        "hidden": 'unsafe extern "C" fn hidden(x: c_int) -> c_int { x * 2 }',
        "limit": "pub static limit: c_int = 3;",
    }
    assert tried(tmp_path, files, "int api(void);", "api()", rust).gives(6, 6)


def test_a_promise_that_two_files_keep_is_refused(tmp_path: Path) -> None:
    c = '#include "m.h"\nint %s(void) { return hidden(1); }\nstatic int hidden(int x) { return x; }\n'
    files = {"m.h": "static int hidden(int);\n", "a.c": c % "a", "b.c": c % "b"}
    with pytest.raises(
        BaselineError, match=r"m\.h declares `static hidden`, which a\.c and b\.c both define"
    ):
        prepare_module(write_files(tmp_path / "m", files))


def test_a_file_local_function_that_is_never_defined_is_nobodys_business(tmp_path: Path) -> None:
    c = "static int missing(int);\nint api(void) { return sizeof(missing(1)); }\n"
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()").gives(4, 4)


@pytest.mark.parametrize(
    "header",
    [
        "static int count;\nstatic inline int next(void) { return ++count; }\n",
        "static inline int next(void) { static int count; return ++count; }\n",
    ],
)
def test_static_data_of_a_header_that_two_files_include_is_refused(tmp_path: Path, header: str) -> None:
    c = '#include "m.h"\nint %s(void) { return next(); }\n'
    files = {"m.h": header, "a.c": c % "a", "b.c": c % "b"}
    with pytest.raises(BaselineError, match="has its own copy of the static data of"):
        prepare_module(write_files(tmp_path / "m", files))


def test_static_data_of_a_header_that_one_file_includes_is_data_of_that_file(tmp_path: Path) -> None:
    files = {
        "m.h": "static int table[] = { 1, 2 };\nstatic inline int next(void) { static int n; return ++n; }\n",
        "m.c": '#include "m.h"\nint api(void) { return next() + table[1]++; }\n',
    }
    rust = {
        "api": 'pub unsafe extern "C" fn api() -> c_int { unsafe { table[1] += 1; next() + table[1] - 1 } }'
    }
    assert tried(tmp_path, files, "int api(void);", "api()", rust).gives(3, 5)


def test_variables_and_functions_in_one_declaration_are_refused(tmp_path: Path) -> None:
    c = "static int x = 3, f(int);\nint api(void) { return f(x); }\nstatic int f(int y) { return y; }\n"
    with pytest.raises(BaselineError, match=r"m\.c:1 declares variables and functions in one declaration"):
        prepare_module(write_files(tmp_path / "m", {"m.c": c}))


def test_an_alias_of_something_file_local_is_refused(tmp_path: Path) -> None:
    c = 'static int target(void) { return 4; }\nint other(void) __attribute__((alias("target")));\n'
    with pytest.raises(BaselineError, match=r"m\.c makes an alias of target"):
        prepare_module(write_files(tmp_path / "m", {"m.c": c}))


def test_bytes_that_are_not_utf_8_stay_the_same_bytes(tmp_path: Path) -> None:
    c = (
        b'static const char greek[] = "\xe9\xe1a"; /* \xff */\nstatic const char *p = "\xff";\n'
        b'static int hole(void) { return (unsigned char)"\xe8"[0]; }\n'
        b"int api(void) { return (unsigned char)greek[0] + (unsigned char)*p + hole(); }\n"
    )
    found = tried(tmp_path, {"m.c": c}, "int api(void);", "api()")
    assert found.gives(0xE9 + 0xFF + 0xE8, 0xE9 + 0xFF + 0xE8)
    assert r'"\xe8"' in found.prepared.skeleton.by_ident["hole"].c_text


def test_inline_without_static_is_linkable(tmp_path: Path) -> None:
    c = """\
        extern inline __attribute__((gnu_inline)) int fast(int x) { return x + 1; }
        int fast(int x) { return x + 1; }
        inline int plain(int x) { return x + 2; }
        extern int plain(int x);
        int api(void) { return fast(1) + plain(1); }
        """
    rust = {"plain": 'pub unsafe extern "C" fn plain(x: c_int) -> c_int { x + 2 }'}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(5, 5)


def test_definitions_that_share_a_line_are_told_apart(tmp_path: Path) -> None:
    c = "static int a(void) { return 1; } static int v = 3; int api(void) { return a() + v++; }"
    rust = {"a": 'unsafe extern "C" fn a() -> c_int { 1 }'}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(4, 5)


def test_another_file_s_variables_and_declarations_inside_functions_reach_them(tmp_path: Path) -> None:
    files = {
        "a.c": """\
            int shared = 5;
            int both;
            extern int later;
            int api(void)
            {
                extern int other;
                int inner(int x);
                return shared + other + both++ + later + inner(1);
            }
            int later = 2;
            int inner(int x) { return x; }
            """,
        "b.c": """\
            extern int shared;
            extern int both;
            int other = 7;
            int b(void) { shared++; return both + shared; }
            """,
    }
    rust = {
        "shared": "pub static mut shared: c_int = 5;",
        "later": "pub static mut later: c_int = 2;",
        "b": 'pub unsafe extern "C" fn b() -> c_int { unsafe { shared += 1; both + shared } }',
    }
    assert tried(tmp_path, files, "int api(void), b(void);", "api() * 100 + b()", rust).gives(1507, 1709)


def test_functions_that_have_to_be_inlined_can_be_rust(tmp_path: Path) -> None:
    header = """\
        #define MY_FORCED __attribute__((__always_inline__, unused))
        #define MY_INLINE inline MY_FORCED
        #define LOCAL_INLINE static MY_INLINE
        #define FORCE static inline __attribute__((always_inline))
        LOCAL_INLINE int nested(int x) { return x + 1; }
        """
    c = """\
        #include "h.h"
        FORCE int forced(int x);
        FORCE int forced(int x) { return 2 * x; }
        static inline __attribute__((always_inline)) int literal(int x) { return x + 3; }
        static MY_FORCED int stays(int x) { return x + 4; }
        int api(void) { return forced(1) + nested(1) + literal(1) + stays(1); }
        """
    rust = {
        name: f'unsafe extern "C" fn {name}(x: c_int) -> c_int {{ {value} }}'
        for name, value in {"nested": "x + 1", "forced": "2 * x", "literal": "x + 3"}.items()
    }
    assert tried(tmp_path, {"m.c": c, "h.h": header}, "int api(void);", "api()", rust).gives(13, 13)


def test_two_functions_declared_by_one_function_type_are_told_apart(tmp_path: Path) -> None:
    c = """\
        typedef int unary(int);
        static unary one, two;
        int api(void) { return one(1) * 10 + two(1); }
        static int one(int x) { return x; }
        static int two(int x) { return x + 1; }
        """
    rust = {"two": 'unsafe extern "C" fn two(x: c_int) -> c_int { x + 1 }'}
    assert tried(tmp_path, {"m.c": c}, "int api(void);", "api()", rust).gives(12, 12)


def test_an_include_inside_of_a_function_goes_with_it(tmp_path: Path) -> None:
    files = {
        "m.c": """\
            int api(int x)
            {
            #define KEPT 2
            #include "cases.inc"
                return x;
            }
            int other(void) { return KEPT; }
            """,
        "cases.inc": "if (x == 1)\n    return 5;\n",
    }
    rust = {"api": 'pub unsafe extern "C" fn api(x: c_int) -> c_int { if x == 1 { 5 } else { x } }'}
    prototypes = "int api(int), other(void);"
    assert tried(tmp_path, files, prototypes, "api(1) * 10 + api(3) + other()", rust).gives(55, 55)
