"""Who uses whom, in which order, and who is in a cycle."""

from __future__ import annotations

from pathlib import Path

from analysis.callgraph import build_call_graph, callees, uses
from tests.analysis.modules import inventory_of

_CYCLE = """\
    int even(unsigned n);
    int odd(unsigned n) { return n ? even(n - 1) : 0; }
    int even(unsigned n) { return n ? odd(n - 1) : 1; }
    int fact(int n) { return n ? n * fact(n - 1) : 1; }
    int leaf(void) { return 1; }
    int top(void) { return even(2) + fact(3) + leaf(); }
    """


def test_waves_put_every_function_behind_what_it_calls(tmp_path: Path) -> None:
    graph = build_call_graph(inventory_of(tmp_path, {"m.c": _CYCLE}))
    assert graph.waves == (("even", "fact", "leaf", "odd"), ("top",))
    assert graph.wave_of["top"] == 1


def test_cycles_are_mutual_and_own_calls(tmp_path: Path) -> None:
    assert build_call_graph(inventory_of(tmp_path, {"m.c": _CYCLE})).cycles == (("even", "odd"), ("fact",))


def test_a_function_in_a_table_is_used_by_it_and_through_it(tmp_path: Path) -> None:
    c = """\
        static int one(int x) { return x; }
        static int (*const table[])(int) = { one };
        int run(int i) { return table[i](2); }
        """
    found = inventory_of(tmp_path, {"m.c": c})
    graph = build_call_graph(found)
    assert set(graph.graph.edges) == {("table", "one"), ("run", "table")}
    assert graph.waves == (("one",), ("table",), ("run",))
    assert callees(found, found.by_ident["run"]) == ()


def test_a_name_means_the_file_s_own_function_first(tmp_path: Path) -> None:
    c = "static int f(void) { return 1; }\nint %s(void) { return f(); }\n"
    found = inventory_of(tmp_path, {"a.c": c % "a", "b.c": c % "b"})
    assert callees(found, found.by_ident["a"]) == ("a.c:f",)
    assert [each.ident for each in uses(found, found.by_ident["b"])] == ["b.c:f"]


def test_calls_of_others_keep_their_name_and_pointers_are_no_callees(tmp_path: Path) -> None:
    c = """\
        #include <string.h>
        #define SIZE(s) strlen(s)
        int f(int (*callback)(int), const char *s) { return callback(SIZE(s)) + memcmp(s, s, 1); }
        """
    found = inventory_of(tmp_path, {"m.c": c})
    assert callees(found, found.by_ident["f"]) == ("memcmp", "strlen")


def test_an_own_name_without_a_call_is_no_cycle(tmp_path: Path) -> None:
    c = "struct f { int f; };\nint f(struct f *f) { return f->f; }\n"
    assert build_call_graph(inventory_of(tmp_path, {"m.c": c})).cycles == ()
