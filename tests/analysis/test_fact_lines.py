"""Facts as short lines of English."""

from __future__ import annotations

from pathlib import Path

from analysis.fact_lines import function_lines, record_lines, variable_lines
from tests.analysis.facts import facts

_C = """\
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "store.h"
struct store { char *name; size_t used; };
static int made;
static const int limit = 4;
int store_open(const char *name, struct store **out)
{
    struct store *s;
    if (name == NULL)
        return -EINVAL;
    s = malloc(sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->name = strdup(name);
    made++;
    *out = s;
    return 0;
}
void store_close(struct store *s)
{
    free(s->name);
    free(s);
}
int store_sum(const char *data, size_t len, int (*each)(char))
{
    int sum = limit;
    for (size_t i = 0; i < len; i++)
        sum += each(data[i]);
    return sum;
}
const char *store_name(const struct store *s) { return s->name; }
"""
_HEADER = "struct store;\n"


def test_a_function_is_described_by_its_pointers_and_its_result(tmp_path: Path) -> None:
    found = facts(tmp_path, _C, store=_HEADER)
    assert function_lines(found.functions["store_open"]) == (
        "`name`: only read, ends with a NUL, compared with NULL, not kept",
        "`out`: written, never read, never compared with NULL, not kept",
        "returns 0 or a negative errno (`EINVAL` or `ENOMEM`)",
        "may allocate what `*out` leads to (a `struct store`); `store_close` frees such a record",
        "writes the global `made`",
    )
    assert function_lines(found.functions["store_close"]) == (
        "`s`: read, may be freed by `free`, what `s->name` leads to may be freed,"
        " never compared with NULL, not kept",
    )
    assert function_lines(found.functions["store_sum"]) == (
        "`data`: only read, comes with the length `len`, never compared with NULL, not kept",
        "`each`: called, never compared with NULL, not kept",
    )
    assert function_lines(found.functions["store_name"]) == (
        "`s`: only read, never compared with NULL, not kept",
        "the result may lead to where `s->name` leads",
    )


def test_records_and_variables_are_described(tmp_path: Path) -> None:
    found = facts(tmp_path, _C, store=_HEADER)
    assert record_lines(found.records["struct store"]) == (
        "`struct store`: opaque to callers: `store.h` names it, only `m.c` sees its members",
        "`name`: what it leads to may be freed by `store_close`",
    )
    assert variable_lines(found.variables["made"]) == ("`made`: written by `store_open`",)
    assert variable_lines(found.variables["limit"]) == ("`limit`: constant",)


def test_what_is_not_known_is_not_denied(tmp_path: Path) -> None:
    c = "void use(int *); void f(int *p, int *q) { use(p); *q = 1; }"
    unknown, known = function_lines(facts(tmp_path, c).functions["f"])
    assert unknown == "`p`: never compared with NULL, handed to `use`, not seen here"
    assert known == "`q`: written, never read, never compared with NULL, not kept"


def test_long_lists_are_cut_and_counted(tmp_path: Path) -> None:
    members = "".join(f"int *m{number}; " for number in range(6))
    stores = "".join(f"*r->m{number} = 0; " for number in range(6))
    c = f"struct r {{ {members} }}; void f(struct r *r) {{ {stores} }}"
    (line,) = function_lines(facts(tmp_path, c).functions["f"])
    assert "what `r->m0`, `r->m1`, `r->m2` and 3 others lead to may be written" in line
