"""What is known of pointers, memory and errors of a C module, in the sentences that prompts quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.callgraph import build_call_graph
from analysis.fact_lines import function_lines, record_lines, variable_lines
from analysis.facts import facts_of
from tests.analysis.modules import inventory_of

LIBRARY = "#include <errno.h>\n#include <stdlib.h>\n#include <string.h>\n"


def lines(folder: Path, c: str, function: str = "f", header: str = "") -> str:
    files = {"m.h": header, "m.c": f'{LIBRARY}#include "m.h"\n{c}\n'}
    inventory = inventory_of(folder, files)
    return "\n".join(function_lines(facts_of(inventory, build_call_graph(inventory)).functions[function]))


@pytest.mark.parametrize(
    ("c", "said"),
    [
        ("int f(const int *p) { return *p; }", "`p`: only read"),
        ("void f(int *p) { *p = 1; }", "`p`: written, never read"),
        ("void f(int *p) { *p += 1; }", "`p`: read and written"),
        ("int f(int *p) { if (!p) return 0; return *p; }", "compared with NULL"),
        ("int f(int *p) { return *p; }", "never compared with NULL"),
        ("int *g; void f(int *p) { g = p; }", "may be kept in the global `g`"),
        ("int f(int *p) { int *q = p; return *q; }", "not kept"),
        ("void f(char *p) { free(p); }", "may be freed"),
        ("void put(int *q) { *q = 2; } void f(int *p) { put(p); }", "`p`: written, never read"),
        ("int f(const char *s) { return (int)strlen(s); }", "ends with a NUL"),
        (
            "int f(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }",
            "`a`: only read, comes with the length `n`",
        ),
        ("int *f(int *p) { return p; }", "the result may lead into what `p` leads to"),
        ("char *f(void) { return malloc(8); }", "may allocate what it returns"),
        ("int f(int x) { return x < 0 ? -EINVAL : 0; }", "returns 0 or a negative errno (`EINVAL`)"),
        ("int f(int (*call)(int)) { return call(1); }", "`call`: called"),
        ("int n; void f(void) { n = 1; }", "writes the global `n`"),
    ],
)
def test_what_a_function_does_is_said(tmp_path: Path, c: str, said: str) -> None:
    assert said in lines(tmp_path, c)


@pytest.mark.parametrize(
    ("c", "not_said"),
    [
        ("int f(const int *p) { return *p; }", "written"),
        ("void f(char *p) { *p = 0; }", "freed"),
        ("int f(const char *s, int n) { return s[0] + n; }", "comes with the length"),
        ("int f(const char *s) { return s[0]; }", "ends with a NUL"),
        ("char *f(char *p) { return p; }", "allocate"),
        ("int f(int x) { return -x; }", "errno"),
        ("int f(int (*call)(int)) { return call != 0; }", "`call`: called"),
    ],
)
def test_what_a_function_does_not_do_is_not_said(tmp_path: Path, c: str, not_said: str) -> None:
    assert not_said not in lines(tmp_path, c)


def test_arguments_that_lead_to_the_same_memory_are_told_with_the_call(tmp_path: Path) -> None:
    c = "void f(int *a, int *b) { *a = *b; }\nvoid g(int *p) { f(p, p); }"
    first, second = lines(tmp_path, c).split("\n")
    assert first.startswith("`a`") and "of `g` it is the same pointer as `b`" in first
    assert second.startswith("`b`") and "of `g` it is the same pointer as `a`" in second
    apart = "void f(int *a, int *b) { *a = *b; }\nvoid g(int *p, int *q) { f(p, q); }"
    assert "of `g`" not in lines(tmp_path, apart)


def test_who_can_see_into_a_record_is_told(tmp_path: Path) -> None:
    header = "struct shut;\nstruct open { int x; };\nint f(struct shut *s, struct open *o);\n"
    c = "struct shut { int y; };\nint f(struct shut *s, struct open *o) { return s->y + o->x; }"
    inventory = inventory_of(tmp_path, {"m.h": header, "m.c": f'#include "m.h"\n{c}\n'})
    records = facts_of(inventory, build_call_graph(inventory)).records
    said = {name: record_lines(each)[0] for name, each in records.items()}
    assert any("opaque to callers" in line and "shut" in line for line in said.values())
    assert any("shows its members" in line and "open" in line for line in said.values())


def test_who_writes_a_variable_is_told(tmp_path: Path) -> None:
    c = "int counted; static const int table[] = { 1 };\nint f(void) { counted++; return table[0]; }"
    inventory = inventory_of(tmp_path, {"m.c": c})
    variables = facts_of(inventory, build_call_graph(inventory)).variables
    said = {name: variable_lines(each)[0] for name, each in variables.items()}
    assert "written by `f`" in said["counted"]
    assert "written by" not in said["table"]
