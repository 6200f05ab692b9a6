"""Which pointers come with a length, and which lead to text that ends with a NUL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analysis.facts import facts, pointer

_HEAD = "#include <stddef.h>\n#include <string.h>\nint use(int);\n"


def counts(tmp_path: Path, body: str) -> list[tuple[str, ...]]:
    c = f"{_HEAD}void f(char *p, size_t n, size_t m, char *to) {{ {body} }}"
    return [each.parameters for each in pointer(tmp_path, c).counts]


@pytest.mark.parametrize(
    "body",
    [
        "for (size_t i = 0; i < n; i++) use(p[i]);",
        "for (size_t i = 0; n > i; i++) use(*(p + i));",
        "size_t i = 0; while (i != n) use(p[i++]);",
        "while (n--) use(*p++);",
        "while (n) { use(*p); p++; n--; }",
        "size_t left = n; do use(*p++); while (--left);",
        "for (size_t i = n; i-- > 0; ) use(p[i]);",
        "memset(p, 0, n);",
        "memcpy(to, p, n);",
        "const char *q = p; for (size_t i = 0; i < n; i++) use(q[i]);",
        "size_t done = 0; while (done < n) { memcpy(to + done, p + done, 1); done += 1; }",
    ],
)
def test_a_parameter_that_bounds_what_is_reached_is_the_length(tmp_path: Path, body: str) -> None:
    assert counts(tmp_path, body) == [("n",)]


@pytest.mark.parametrize(
    "body",
    [
        "for (size_t i = 0; i < n; i++) use(p[i * m]);",
        "for (size_t i = 0; i < n; i++) use(to[i]);",
        "while (n) { if (m) use(*p++); n--; }",
        "while (n) { use(*p++); if (m) n--; }",
        "memcpy(p + m, to, n);",
        "memcpy(p + 4, to, n);",
        "char *q = p + 4; memset(q, 0, n);",
        "p += 4; memset(p, 0, n);",
        "size_t i = 9; while (i > n) use(p[i--]);",
        "use(p[n]);",
        "memcpy(to, p, n - m);",
        "memcpy(p, to, n); p[n] = 0;",
    ],
)
def test_a_parameter_that_does_not_say_how_far_is_not(tmp_path: Path, body: str) -> None:
    assert counts(tmp_path, body) == []


def test_a_bound_that_is_reached_adds_one(tmp_path: Path) -> None:
    assert counts(tmp_path, "for (size_t i = 0; i <= n; i++) use(p[i]);") == [("n+1",)]


def test_two_parameters_may_be_a_length_together(tmp_path: Path) -> None:
    assert counts(tmp_path, "memset(p, 0, n * m);") == [("n", "m")]


def test_a_length_is_found_through_a_call(tmp_path: Path) -> None:
    c = (
        _HEAD
        + """\
        static int sum(const char *s, size_t len) { int x = 0; while (len--) x += *s++; return x; }
        int f(const char *p, size_t n, const char *q) { return sum(p, n) + sum(q, 4); }
        """
    )
    assert [each.parameters for each in pointer(tmp_path, c).counts] == [("n",)]
    assert pointer(tmp_path, c, "q").counts == ()


def test_a_length_by_name_is_kept_apart_from_one_that_is_found(tmp_path: Path) -> None:
    c = "int use(char); void f(char *p, unsigned long len, char *q, int x) { use(p[x]); use(*q); }"
    assert pointer(tmp_path, c).counts == ()
    assert pointer(tmp_path, c).named_counts == ("len",)
    assert pointer(tmp_path, c, "q").named_counts == ()


def test_a_member_that_is_handed_over_beside_another_is_its_length(tmp_path: Path) -> None:
    c = """\
        #include <string.h>
        struct part { const char *text; size_t len; const char *other; size_t size; };
        int f(struct part *a) { return memcmp(a->text, "abcd", a->len) + *a->other; }
        """
    members = {each.name: each for each in facts(tmp_path, c).records["struct part"].members}
    assert members["text"].counted_by == ("len",)
    assert "other" not in members


@pytest.mark.parametrize(
    "body",
    [
        "while (*p) p++;",
        "for (; *p != '\\0'; p++) use(*p);",
        "size_t i = 0; while (p[i] && p[i] != ',') i++;",
        "char c; while ((c = *p++)) use(c);",
        "use(strlen(p));",
        "to = strchr(p, ',');",
        "const char *q = p; while (*q) q++;",
    ],
)
def test_text_ends_with_a_nul_where_code_goes_on_to_it(tmp_path: Path, body: str) -> None:
    c = f"{_HEAD}void f(char *p, size_t n, char *to) {{ {body} }}"
    assert pointer(tmp_path, c).terminated is not None
    assert pointer(tmp_path, c, "to").terminated is None


@pytest.mark.parametrize(
    "body",
    [
        "while (*p == '/') p++;",
        "if (*p) use(*p);",
        "size_t i = 0; while (i < n && p[i]) i++;",
        "while (n-- && *p) p++;",
        "while (*p) { if (--n == 0) break; p++; }",
        "use(strncmp(p, to, n));",
    ],
)
def test_a_nul_is_not_taken_for_granted_where_something_else_stops(tmp_path: Path, body: str) -> None:
    c = f"{_HEAD}void f(char *p, size_t n, char *to) {{ {body} }}"
    assert pointer(tmp_path, c).terminated is None


def test_text_behind_a_pointer_is_text(tmp_path: Path) -> None:
    c = "static int skip(const char **at) { const char *s = *at; while (*s) s++; *at = s; return 0; }\n"
    c += "int f(const char *p, const char **q) { return skip(&p) + skip(q); }"
    assert pointer(tmp_path, c).terminated is not None
    assert [each.what for each in pointer(tmp_path, c, "q").terminated_beyond] == ["*q"]
