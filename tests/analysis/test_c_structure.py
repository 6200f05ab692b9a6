from __future__ import annotations

from pathlib import Path

from analysis.c_structure import c_structure
from analysis.macros import define_macros
from analysis.source import SourceFile
from analysis.structure import Structure, Unit, UnitKind, Way


def read(body: str, defines: str = "", head: str = "int f(struct s *p, int n)") -> Structure:
    macros = define_macros(SourceFile(Path("a.c"), defines.encode()))
    structure = c_structure(f"{head}\n{{\n{body}\n}}", macros)
    assert structure is not None
    return structure


def names(structure: Structure, kind: UnitKind) -> list[set[str]]:
    return [set(unit.names) for unit in structure.units if unit.kind is kind]


def only(structure: Structure, kind: UnitKind) -> Unit:
    (unit,) = (each for each in structure.units if each.kind is kind)
    return unit


def test_calls_are_known_by_name_or_by_the_field_they_go_through() -> None:
    found = read("g(h(n)); p->ops->run(p); (*p->done)(n); p->table[n](p);")
    assert names(found, UnitKind.CALL) == [{"h"}, {"g"}, {"run"}, {"done"}, {"table"}]


def test_a_cast_to_a_named_type_is_no_call() -> None:
    found = read("return (mark_t)(uintptr_t)(n);")
    assert names(found, UnitKind.CALL) == []
    assert "uintptr_t" not in found.mentions


def test_stores_are_told_apart_by_where_they_go() -> None:
    found = read("int a = n; p->x = a; *p->y = 1; q[n] = 2; total++; a += 3; p->z.w--;")
    assert names(found, UnitKind.LOCAL) == [{"a"}, {"a"}]
    assert names(found, UnitKind.PLACE) == [{"x"}, {"y"}, {"q"}, {"total"}, {"w"}]


def test_a_static_local_is_no_local() -> None:
    found = read("static int calls = 0; calls++; return calls;")
    assert names(found, UnitKind.PLACE) == [{"calls"}]


def test_each_comparison_is_a_test_and_negation_turns_its_relation() -> None:
    found = read("if (!(n < 3 || p == NULL) && n) return p->x > 4 ? 1 : 2; return 0;")
    tests = [(unit.relation, set(unit.names)) for unit in found.units if unit.kind is UnitKind.TEST]
    assert tests == [(">", {"n", "3"}), ("!=", {"p"}), ("!=", {"n"}), (">", {"p", "x", "4"})]


def test_a_jump_is_noted_on_the_store_before_it_or_on_the_test_that_leads_to_it() -> None:
    loop = "while (p) {\np->x = 1;\ncontinue;\n}"
    found = read(f"if (n) return 1;\n{loop}\nif (p) {{\ng(n);\ngoto out;\n}}\nout: return 0;")
    jumping = [unit for unit in found.units if unit.way is not Way.ON]
    ways = {(next(iter(unit.names)), unit.way, unit.way_line) for unit in jumping}
    assert ways == {("n", Way.OUT, 2), ("x", Way.CONTINUE, 5), ("g", Way.GOTO, 9)}


def test_the_last_return_and_the_breaks_of_a_switch_are_no_jumps() -> None:
    found = read("switch (n) { case 1: g(n); break; default: h(n); } k(n); return 0;")
    assert {unit.way for unit in found.units} == {Way.ON}


def test_arms_count_how_many_cases_fall_through_to_them() -> None:
    found = read("switch (n) { case 1: a(); case 2: case 3: b(); break; case 4: c(); }")
    copies = {next(iter(each.names)): each.copies for each in found.units if each.kind is UnitKind.CALL}
    assert copies == {"a": 1, "b": 2, "c": 1}


def test_character_and_number_literals_are_numbers() -> None:
    found = read("switch (n) { case 'a': case '\\n': case 0x10: case 010: case 7uL: g(); }")
    assert names(found, UnitKind.TEST) == [{"97"}, {"10"}, {"16"}, {"8"}, {"7"}]


def test_what_a_macro_does_counts_and_stands_on_the_line_that_uses_it() -> None:
    defines = "#define FREE(x) do { if ((x) != NULL) { release(x); live--; (x) = NULL; } } while (0)\n"
    found = read("g(n);\nFREE(p->x);\nFREE(p);", defines)
    assert [(each.line, set(each.names)) for each in found.units if each.kind is UnitKind.CALL] == [
        (2, {"g"}),
        (3, {"release"}),
        (4, {"release"}),
    ]
    assert [each.optional for each in found.units if each.kind is UnitKind.TEST] == [True, True]
    assert only(found, UnitKind.LOCAL).optional


def test_a_smaller_value_by_a_macro_is_compared_once() -> None:
    defines = "#define MIN(a, b) ((a) < (b) ? (a) : (b))\n"
    found = read("return MIN(n, MIN(g(n), 5));", defines)
    assert len(names(found, UnitKind.TEST)) == 2
    assert names(found, UnitKind.CALL) == [{"g"}]


def test_fields_constants_module_variables_and_strings_are_mentioned_types_and_locals_are_not() -> None:
    found = read('int a = sizeof(struct t);\nreturn g(p->x, LIMIT, "text",\ntotal, a, (long)n);')
    assert found.mentions == {"g": 3, "x": 3, "LIMIT": 3, '"text"': 3, "total": 4}


def test_a_text_without_a_body_has_no_structure() -> None:
    assert c_structure("int x = 1;") is None


def test_a_macros_own_locals_and_types_are_nothing_that_rust_owes() -> None:
    steps = "typeof(p) ___p = (p); if (!(offsetof(typeof(*(p)), m) < 9)) no(); done(___p);"
    later = f"#define RELEASE(p, m) do {{ {steps} }} while (0)\n"
    found = read("RELEASE(p, x);", later)
    assert not [unit for unit in found.units if unit.kind is UnitKind.LOCAL and not unit.optional]
    assert names(found, UnitKind.CALL) == [{"no"}, {"done"}]
    assert not any(unit.names & {"x"} for unit in found.units)


def test_what_only_c_can_name_is_not_looked_for() -> None:
    found = c_structure("int f(int *p) { typeof (p) q = (p); say(__func__); return *q + limit; }")
    assert found is not None
    assert {"limit", "say"} <= set(found.mentions)
    assert not {"typeof", "__func__", "func"} & set(found.mentions)
