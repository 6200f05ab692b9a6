"""Mutants are compiled together; those that are no C are found and left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.c_mutants import c_schemata
from analysis.process import run
from repair.evidence.c_mutants_build import BuiltMutants, NotBuilt, build_mutants
from tests.packages import package_source
from tests.repair.evidence.mutated import Program, own_functions, programs

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def build(folder: Path, text: str, *flags: str) -> BuiltMutants | NotBuilt:
    made = c_schemata(text.encode(), "f")
    assert made is not None
    return build_mutants(made, flags, folder, folder / "f.o")


def refused(built: BuiltMutants | NotBuilt) -> list[tuple[str, str]]:
    assert isinstance(built, BuiltMutants), built
    assert built.object.is_file()
    assert len(built.schemata.mutants) >= 1
    return [(each.before, each.after) for each in built.refused]


def test_a_mutant_that_is_no_c_is_left_out(tmp_path: Path) -> None:
    text = "long f(char *p, char *q, int n) { return p + n - q; }\n"
    assert refused(build(tmp_path, text)) == [("p + n - q", "p + n + q")]


def test_a_mutant_inside_others_is_found_too(tmp_path: Path) -> None:
    text = "int f(int *p, int *q, int n) { p += n; return p < q && (q - p) * n; }\n"
    assert refused(build(tmp_path, text)) == [("q - p", "q + p")]


def test_sides_of_different_types_fit(tmp_path: Path) -> None:
    structs = "struct s { int n; } x, y;\nint f(int a) { return (a ? x : y).n + !a; }\n"
    assert refused(build(tmp_path, structs)) == []
    no_value = "void g(int, int);\nvoid f(float a, float b) { b *= a; a = b / 2; g(a, b); }\n"
    assert refused(build(tmp_path, no_value)) == []
    pointers = "int f(char **p, void (*g)(void)) { return !p + !*p + !g + (*p == 0) + (g != 0); }\n"
    assert refused(build(tmp_path, pointers)) == []


def test_an_error_that_gcc_reports_elsewhere_is_found_by_halves(tmp_path: Path) -> None:
    head = 'enum { NOW = 1 };\nvoid never(void) __attribute__((error("never")));\n'
    text = head + "int f(int n) { n = n * 2 + 1; if (NOW == 2) never(); return n + 3; }\n"
    assert refused(build(tmp_path, text)) == [("NOW == 2", "NOW != 2")]


@pytest.mark.parametrize(
    "text",
    [
        "int f(a, b) int a; char *b; { return a + b[0]; }\n",
        "int f(int a) { int g(int b) { return b + a; } if (a) { return g(1); } return 0; }\n",
        "int f(int a) { int b[a + 1]; b[0] = a * 2; return sizeof b / sizeof *b + b[0]; }\n",
        "int f(int a) { switch (a) { int b; case 1: b = 2; return b; case 2: a++; default: return a; } }\n",
        "int f(int a) { if (a) if (a > 2) a++; else a--; else return 3; return a; }\n",
        "_Bool f(_Bool a, float x) { a++; a |= x > 1.0f; return !a; }\n",
        "struct s { unsigned b : 5; } g; int f(void) { g.b <<= 2; return g.b++ + (&g)->b; }\n",
        "typedef int v __attribute__((vector_size(16))); v f(v a, v b) { return a * b + (a & b); }\n",
        "char *f(char *p, int n) { char *q = n > 3 ? p + n : 0; return q ? q - 1 : n ? 0 : p; }\n",
    ],
)
def test_odd_c_compiles_with_all_of_its_mutants(text: str, tmp_path: Path) -> None:
    assert refused(build(tmp_path, text)) == []


def test_a_file_that_does_not_compile_is_not_built(tmp_path: Path) -> None:
    built = build(tmp_path, "int f(int a) { return a + missing; }\n")
    assert isinstance(built, NotBuilt)
    assert "missing" in built.message


def test_the_flags_of_the_file_are_used_and_no_warning_is_an_error(tmp_path: Path) -> None:
    text = "int *f(int a) { char c = 'x' + 'y'; return a + c > 1000 ? 0 : 1; }\n"
    assert refused(build(tmp_path, text, "-Wall", "-Wextra", "-Werror", "-O2")) == []
    bad = build(tmp_path, "int f(void) { for (int i = 0;;) ; }\n", "-std=c89")
    assert isinstance(bad, NotBuilt)


def killed(program: Program, at_most: int) -> tuple[int, int]:
    """Run some mutants and return how many the module's test tells apart, and of how many."""
    original = program.run(0)
    assert original.ok, (program.function, original)
    tried = program.built.schemata.mutants[:: max(1, len(program.built.schemata.mutants) // at_most)]
    timeout = max(1.0, 10 * original.seconds)
    return sum(program.kills(each.number, original.stdout, timeout) for each in tried), len(tried)


@pytest.mark.parametrize(
    ("name", "sources", "share"),
    [("intmath", ["intmath.c"], 0.8), ("ramfs", ["ramfs.c", "options.c"], 0.75), ("sort", ["sort.c"], 0.8)],
)
def test_every_function_of_a_sample_passes_its_tests_until_a_mutant_is_chosen(
    name: str, sources: list[str], share: float, tmp_path: Path
) -> None:
    folder = SAMPLES / name
    files = [folder / source for source in sources]
    found = list(programs(files, folder / f"test_{name}.c", ("-std=gnu11", "-O1"), tmp_path))
    assert len(found) == sum(len(own_functions(file)) for file in files)
    assert sum(len(each.built.refused) for each in found) <= 5
    results = [killed(each, 2) for each in found]
    assert sum(dead for dead, _ in results) > share * sum(tried for _, tried in results)


def test_every_function_of_libcsv_passes_its_tests_until_a_mutant_is_chosen(tmp_path: Path) -> None:
    source = package_source("libcsv")
    found = list(programs([source / "libcsv.c"], source / "test_csv.c", (), tmp_path))
    assert len(found) == 23
    results = [killed(each, 6) for each in found]
    assert sum(dead for dead, _ in results) > 0.2 * sum(tried for _, tried in results)


def test_gnu_c_means_what_it_meant_until_a_mutant_is_chosen(tmp_path: Path) -> None:
    folder = Path(__file__).parent
    expected = run(("gcc", "-w", folder / "gnu.c", folder / "test_gnu.c", "-o", tmp_path / "original"))
    assert expected.ok, expected.errors
    printed = run((tmp_path / "original",)).stdout
    found = list(programs([folder / "gnu.c"], folder / "test_gnu.c", (), tmp_path))
    assert [each.function for each in found] == ["walk", "letters", "total", "pick"]
    for each in found:
        assert each.run(0).stdout == printed, each.function
        assert each.built.refused == ()
        assert len(each.built.schemata.mutants) > 10
    results = [killed(each, 12) for each in found]
    assert sum(dead for dead, _ in results) > 0.7 * sum(tried for _, tried in results)


def test_an_inline_function_of_a_header_can_be_mutated(tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text("#include <stdlib.h>\nint g(const char *s) { return atoi(s); }\n")
    text = run(("gcc", "-O1", "-E", tmp_path / "f.c")).stdout
    made = c_schemata(text, "atoi")
    assert made is not None
    assert isinstance(build_mutants(made, (), tmp_path, tmp_path / "f.o"), BuiltMutants)
