from __future__ import annotations

import pytest

from analysis.liveness import dead_stores
from analysis.syntax import descendants, parse_c


def dead(body: str) -> list[str]:
    text = f"int f(int *p, int n)\n{{\n{body}\n}}\n"
    (function,) = descendants(parse_c(text.encode()), {"function_definition"})
    return [text[start:].partition(";")[0] for start in dead_stores(function)]


@pytest.mark.parametrize(
    "body",
    [
        "release(p); p = NULL; return n;",
        "do { if (p) { release(p); p = NULL; } } while (0); return n;",
        "while (n--) { int *q = p; release(q); (q) = NULL; } return n;",
        "int *q; q = p; return n;",
    ],
)
def test_a_store_that_nothing_reads_is_dead(body: str) -> None:
    assert len(dead(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "p = NULL; return *p;",
        "while (n--) { use(p); p = NULL; } return n;",
        "while (n--) { int q = n; use(q, p); p = next; } return n;",
        "int **q = &p; p = NULL; return **q;",
        "*p = 0; return n;",
        "static int *q; q = p; return n;",
        "again: use(p); p = NULL; if (n--) goto again; return n;",
        "p += 1; return n;",
    ],
)
def test_a_store_that_may_be_read_is_not(body: str) -> None:
    assert dead(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "int q = *p; q = n; return q;",
        "int q = *p; switch (n) { case 1: q = n, n = 2; use(q); case 2: ; } return n;",
        "int q = *p; if (n) { q = n; use(q); } return n;",
    ],
)
def test_an_initial_value_that_is_replaced_before_it_is_read_is_dead(body: str) -> None:
    assert [each for each in dead(body) if each.startswith("q = *p")] == ["q = *p"]


@pytest.mark.parametrize(
    "body",
    [
        "int q = *p; if (n) q = n; return q;",
        "int q = *p; if (n) { q = n; } return q;",
        "int q = *p; use(q); q = n; return q;",
        "int q = *p; while (n--) { use(r); q = n; use(q); } return n;",
        "int q = *p; q += n; return q;",
        "int q = *p; int *r = &q; q = n; return q;",
    ],
)
def test_an_initial_value_that_may_be_read_is_not(body: str) -> None:
    assert [each for each in dead(body) if each.startswith("q = *p")] == []
