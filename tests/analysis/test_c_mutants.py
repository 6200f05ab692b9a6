"""Which single edits a C function has, and that a text with all of them is the same C with none chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.c_mutants import Mutant, Schemata, c_schemata, without
from analysis.mutations import MutationKind, next_number
from analysis.process import run


def schemata(text: str, name: str = "f") -> Schemata:
    made = c_schemata(text.encode(), name)
    assert made is not None
    return made


def mutants(body: str, parameters: str = "int a, int b, int *p, int *q") -> tuple[Mutant, ...]:
    return schemata(f"int f({parameters})\n{{\n{body}\n}}\n").mutants


def edits(body: str, *kinds: MutationKind) -> set[tuple[str, str]]:
    return {(each.before, each.after) for each in mutants(body) if not kinds or each.kind in kinds}


def no_edits(body: str) -> bool:
    """Whether nothing at all can be edited in a body."""
    return mutants(body) == ()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", {"a - b"}),
        ("a & b", {"a | b", "a"}),
        ("a >> b", {"a << b", "a"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a == b", {"a != b"}),
        ("a && b", {"a || b", "!(a)", "!(b)"}),
        ("a ? b : *p", {"!(a)"}),
        ("!p", {"!(p)"}),
        ("!(a < b)", {"a <= b", "a >= b"}),
        ("!!__builtin_expect(!a, 1)", {"!(a)"}),
        ("~a", {"a"}),
        ("a++", {"a--", "++a"}),
        ("--*p", {"++*p", "*p--"}),
        ("a <<= b", {"a >>= b", "a = b"}),
        ("'x'", {"'x' + 1"}),
        ('puts("%-3d b")', {'"%-3d c"'}),
        ("g(a, b)", {"g(b, a)"}),
        ("g(a, p)", set()),
    ],
)
def test_each_operator_has_its_own_few_edits(expression: str, expected: set[str]) -> None:
    assert {after for _, after in edits(f"return {expression};")} == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", "1"),
        ("9u", "10u"),
        ("0x0fUL", "0x10UL"),
        ("017", "020"),
        ("0b01", "0b10"),
        ("2147483647", "2147483646"),
        ("0xffffffffffffffff", "0xfffffffffffffffe"),
        ("1.5f", None),
        ("1e5", None),
    ],
)
def test_a_number_becomes_its_neighbour_in_the_same_type(number: str, expected: str | None) -> None:
    assert next_number(number, (31, 32, 63, 64)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "static const int n = 1 + 2; return n;",
        "int n[3 + 1]; return n[a];",
        "return sizeof(int[3]), __alignof__(a + b);",
        '_Static_assert(1 < 2, "no"); return a;',
        "enum { A = 1 + 1 }; struct { int n : 3; } s; return a;",
        "return __builtin_offsetof(struct s, m[3]);",
        "return __builtin_types_compatible_p(int, long);",
        '__asm__("nop" : : "i"(3)); return a;',
        "switch (a) { case 1 + 1: ; } return a;",
        'char s[] = "abc"; return s[a];',
        "int *n = ((void *)0); return a;",
        "if (0) ; return a;",
        "do ; while (0); return a;",
        "while (1) ; return a;",
        "typeof(a + 1) n; return a;",
        '(a > 0) ? (void)(0) : __assert_fail("a > 0", "f.c", 3, "f"); return a;',
        ";;; return a;",
        "(void)a; return a;",
    ],
)
def test_what_must_be_constant_or_does_nothing_is_left_alone(body: str) -> None:
    assert no_edits(body)


def deleted(body: str) -> list[str]:
    return [each.before for each in mutants(body) if each.kind is MutationKind.DELETION]


def test_statements_with_an_effect_are_deleted_where_that_shows() -> None:
    body = "*p = a; again: g(); if (a) goto again; for (;;) { if (b) break; if (a) continue; h(); } return a;"
    assert deleted(body) == ["*p = a;", "g();", "goto again;", "break;", "continue;", "h();"]


def test_calls_for_the_compiler_alone_are_not_deleted() -> None:
    body = "__builtin_va_start(v, a); *p = __builtin_va_arg(v, int) + 1; __builtin_unreachable(); return a;"
    assert deleted(body) == ["*p = __builtin_va_arg(v, int) + 1;"]
    assert deleted('__asm__("nop"); __asm__ volatile("" : "+r"(a)); assert_valid(p); return a;') == []


def test_what_falls_through_to_the_same_place_is_not_deleted() -> None:
    body = "for (;;) { g(); continue; } switch (a) { case 1: g(); break; default: g(); break; } return a;"
    assert deleted(body) == ["g();", "g();", "break;", "g();"]
    assert deleted("if (a) { return 1; } else return 2;") == []


def test_the_value_of_a_statement_expression_stays() -> None:
    assert deleted("return __extension__ ({ g(); h(); });") == ["g();"]


def test_a_variable_in_parentheses_is_no_cast() -> None:
    assert edits("return (a) - b * 2;", MutationKind.ARITHMETIC, MutationKind.UNARY) == {
        ("(a) - b * 2", "(a) + b * 2"),
        ("b * 2", "b + 2"),
        ("b * 2", "b"),
    }
    assert edits("return (size_t) - b;") == {("- b", "b")}


def test_lines_are_those_of_the_original_file() -> None:
    text = '# 1 "f.c"\nint g;\n# 40 "f.h" 1\nint f(int a)\n{\n\treturn a\n# 7 "f.c"\n + 1;\n}\n'
    found = schemata(text).mutants
    assert [(each.before, each.line) for each in found] == [("a + 1", 42), ("1", 7)]
    assert text[found[1].span.start : found[1].span.end] == "1"


def test_a_function_that_is_not_there_has_no_schemata() -> None:
    assert c_schemata(b"int g(void);\nint f(void) { return g(); }\n", "g") is None


def test_numbers_stay_when_mutants_are_left_out() -> None:
    whole = schemata("int f(int a) { return a + 1; }\n")
    fewer = without(whole, {1})
    assert [each.number for each in whole.mutants] == [1, 2]
    assert [each.number for each in fewer.mutants] == [2]
    assert b"llmigrate_mutant == 1)" not in fewer.text
    assert b"llmigrate_mutant == 2)" in fewer.text
    assert without(whole, {1, 2}).text == b"extern int llmigrate_mutant;\nint f(int a) { return a + 1; }\n"


def test_text_does_not_double_with_each_level() -> None:
    def size(terms: int) -> int:
        return len(schemata(f"int f(int a) {{ return {'(a + ' * terms}a{')' * terms}; }}").text)

    assert size(40) < 4 * size(20)
    assert size(800) < 2.5 * size(400)


_CHOSEN = """
#include <stdio.h>
#include <stdlib.h>
int llmigrate_mutant;
int f(int a, int b);
int main(int argc, char **argv)
{
	int a, b;

	llmigrate_mutant = atoi(argv[1]);
	for (a = -2; a < 3; a++)
		for (b = -2; b < 3; b++)
			printf("%d ", f(a, b));
	return 0;
}
"""
_ORIGINAL = """
int f(int a, int b)
{
	unsigned int left = 4; int total = 0, i;
	if (a) total++; else if (b) total--; else total += 5;
	for (i = 0; i < b && left; i++, left--) { if (i == a) continue; total += (a) - i * 2; }
	while (left) { if (left-- < 2) break; total ^= -a | (b & 3); }
	if (!a || b > 1) { if (a < b) return total << 1; }
	switch (b) { case 0: total += 7; case 1: total -= a; break; default: total = total * 2 % 11; }
	return total + "xyz"[a & 1] + ({ int n = b; n += 3; n; }) + (a ? 'q' : ~b);
}
"""


def _printed(program: Path, *arguments: str) -> bytes:
    completed = run((program, *arguments), timeout=5)
    return completed.stdout if completed.ok else b"killed"


def test_every_mutant_does_what_its_edit_says(tmp_path: Path) -> None:
    """Compare each choice at run time with the same edit made in the text."""
    made = schemata(_ORIGINAL)
    (tmp_path / "main.c").write_text(_CHOSEN)

    def program(text: bytes) -> Path:
        (tmp_path / "f.i").write_bytes(text)
        built = run(("gcc", "-w", tmp_path / "f.i", tmp_path / "main.c", "-o", tmp_path / "p"))
        assert built.ok, built.errors
        return (tmp_path / "p").rename(tmp_path / f"p{len(text)}")

    chosen, original = program(made.text), program(made.source)
    assert _printed(chosen, "0") == _printed(original, "0")
    assert len(made.mutants) > 80
    picked = made.mutants[::7]
    told_apart = 0
    for mutant in picked:
        start, end = mutant.span.start, mutant.span.end
        old = made.source[start:end].decode()
        new = {"NEGATION": f"!({old})", "DELETION": ";", "CHOICE": f"({mutant.arm.decode()})"}
        text = made.source[:start] + new[mutant.form.name].encode() + made.source[end:]
        said = _printed(chosen, str(mutant.number))
        assert said == _printed(program(text), "0"), mutant
        told_apart += said != _printed(original, "0")
    assert told_apart > len(picked) / 2
