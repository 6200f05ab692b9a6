"""A C file as its compiler sees it: active text, lines of the original files, macros in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.source import SourceFile
from analysis.unit import (
    CompileCommand,
    LineMap,
    Place,
    Rejected,
    TranslationUnit,
    read_unit,
    syntax_errors,
)


def read(folder: Path, files: dict[str, str], *flags: str) -> TranslationUnit:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    unit = read_unit(CompileCommand(folder / next(iter(files)), flags, folder), folder)
    assert isinstance(unit, TranslationUnit)
    return unit


def test_only_the_branch_that_the_flags_choose_is_active(tmp_path: Path) -> None:
    c = "#ifdef MODE\nint with(void) { return MODE; }\n#else\nint without(void) { return 0; }\n#endif\n"
    assert [each.name for each in read(tmp_path, {"m.c": c}).declarations.functions] == ["without"]
    unit = read(tmp_path, {"m.c": c}, "-DMODE=1")
    assert [each.name for each in unit.declarations.functions] == ["with"]


def test_macros_stay_in_the_active_text_and_go_in_the_expanded_one(tmp_path: Path) -> None:
    unit = read(tmp_path, {"m.c": "#define CALL(f) f(1)\nint g(int);\nint h(void) { return CALL(g); }\n"})
    assert [call.name for call in unit.declarations.functions[0].calls] == ["CALL"]
    assert [call.name for call in unit.expanded.functions[0].calls] == ["g"]


def test_the_last_definition_of_a_macro_is_in_force(tmp_path: Path) -> None:
    unit = read(tmp_path, {"m.c": "#define N 1\n#undef N\n#define N 2\nint x = N;\n"})
    assert unit.macros["N"].body == "2"


def test_places_are_those_of_the_original_files(tmp_path: Path) -> None:
    files = {
        "m.c": '#include "sub/h.h"\n\n\nint f(void)\n{\n\treturn 0;\n}\n',
        "sub/h.h": "\nint declared;\n",
    }
    unit = read(tmp_path, files)
    function = unit.declarations.functions[0]
    assert unit.lines.place(function.span.start) == Place(tmp_path / "m.c", 4)
    assert unit.lines.place(function.span.end - 1) == Place(tmp_path / "m.c", 7)
    variable = next(each for each in unit.declarations.variables if each.name == "declared")
    assert unit.lines.place(variable.span.start) == Place(tmp_path / "sub/h.h", 2)


def test_a_line_is_found_again_in_the_preprocessed_text(tmp_path: Path) -> None:
    unit = read(tmp_path, {"m.c": '#include "h.h"\nint a;\n   int b;   \n', "h.h": "int c;\n" * 5})
    for line, text in ((2, "int a;"), (3, "int b;")):
        span = unit.lines.span_of(Place(tmp_path / "m.c", line))
        assert span is not None
        assert unit.source.slice(span) == text
    assert unit.lines.span_of(Place(tmp_path / "other.c", 1)) is None


def test_names_in_line_markers_count_from_the_compiler_s_folder() -> None:
    source = SourceFile(Path("m.c"), b'# 1 "../src/m.c"\nint x;\n# 7 "a \\"b\\".h" 1\nint y;\n')
    lines = LineMap.read(source, Path("/project/build"))
    assert lines.place(source.text.index(b"int x")) == Place(Path("/project/src/m.c"), 1)
    assert lines.place(source.text.index(b"int y")) == Place(Path('/project/build/a "b".h'), 7)
    assert lines.place(0) is None


def test_the_files_of_the_module_are_those_under_its_folder(tmp_path: Path) -> None:
    (tmp_path / "outside.h").write_text("int outside;\n")
    root = tmp_path / "m"
    files = {"m.c": '#include "../outside.h"\n#include "h.h"\n#include <stddef.h>\n', "h.h": "int inside;\n"}
    assert read(root, files).own_files == {Path("m.c"), Path("h.h")}


def test_a_macro_for_nothing_at_the_end_of_a_header_joins_no_function(tmp_path: Path) -> None:
    header = "#define END_DECLS\nint h(void);\nEND_DECLS\n"
    unit = read(tmp_path, {"m.c": '#include "h.h"\nstatic int f(void) { return 0; }\n', "h.h": header})
    function = unit.declarations.functions[0]
    assert unit.source.slice(function.span) == "static int f(void) { return 0; }"


@pytest.mark.parametrize(
    "behind", ["\n", "/* end\n * of it */\n", "#define A(x) \\\n x\n#undef B\n", "#endif\n"]
)
def test_what_stands_behind_the_last_macro_of_a_header_does_not_count(tmp_path: Path, behind: str) -> None:
    start = "#if 1\n" if "#endif" in behind else ""
    header = f"{start}#define END_DECLS\nint h(void);\nEND_DECLS\n{behind}"
    unit = read(tmp_path, {"m.c": '#include "h.h"\nint f(void) { return 0; }\n', "h.h": header})
    assert [unit.source.slice(each.span) for each in unit.declarations.functions] == [
        "int f(void) { return 0; }"
    ]


def test_the_item_behind_assert_h_is_found(tmp_path: Path) -> None:
    unit = read(tmp_path, {"m.c": "#include <assert.h>\nconst char *f(void)\n{\n\treturn 0;\n}\n"})
    (function,) = (each for each in unit.declarations.functions if each.name == "f")
    assert unit.source.slice(function.head).strip() == "const char *f(void)"


def test_types_are_found_by_tag_typedef_and_enumerator(tmp_path: Path) -> None:
    unit = read(tmp_path, {"m.c": "struct s { int x; };\ntypedef struct s s;\nenum { ONE, TWO };\n"})
    assert [each.kind for each in unit.types["s"]] == ["struct", "typedef"]
    assert unit.types["TWO"] == unit.types["ONE"]


@pytest.mark.parametrize("c", ["int x = ;\n", '#include "missing.h"\n'])
def test_what_gcc_refuses_comes_back_with_gcc_s_words(tmp_path: Path, c: str) -> None:
    (tmp_path / "m.c").write_text(c)
    rejected = syntax_errors(CompileCommand(tmp_path / "m.c", (), tmp_path))
    assert isinstance(rejected, Rejected)
    assert "error" in rejected.message


def test_a_file_with_a_missing_header_is_no_unit(tmp_path: Path) -> None:
    (tmp_path / "m.c").write_text('#include "missing.h"\n')
    assert isinstance(read_unit(CompileCommand(tmp_path / "m.c", (), tmp_path), tmp_path), Rejected)
