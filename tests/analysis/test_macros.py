from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from analysis.declarations import Macro
from analysis.index import define_macros, macro_events
from analysis.source import SourceFile


def macros(text: str) -> tuple[Macro, ...]:
    return define_macros(SourceFile(Path("macros.c"), text.encode()))


@pytest.mark.parametrize(
    ("text", "parameters", "body"),
    [
        ("#define A", None, ""),
        ("#define A 1", None, "1"),
        ("#define A (1)", None, "(1)"),
        ("#define A(x) (x)", ("x",), "(x)"),
        ("#define A( x , y ) x", ("x", "y"), "x"),
        ("#define A() 1", (), "1"),
        ("#define A(x, ...) f(x, __VA_ARGS__)", ("x", "..."), "f(x, __VA_ARGS__)"),
        ("#define A(args...) f(args)", ("args...",), "f(args)"),
        ("  #  define A 1 // one", None, "1"),
        ("#define A 1 /* one\n two */ + 2", None, "1   + 2"),
        ("#define A 1 + \\\n 2", None, "1 +  2"),
        ('#define A "// no comment"', None, '"// no comment"'),
    ],
)
def test_definitions(text: str, parameters: tuple[str, ...] | None, body: str) -> None:
    (macro,) = macros(text + "\nint x;\n")
    assert (macro.name, macro.parameters, macro.body) == ("A", parameters, body)


def test_the_span_covers_continued_lines_without_the_last_line_end() -> None:
    text = "int x;\n#define A 1 + \\\n 2\nint y;\n"
    (macro,) = macros(text)
    assert text[macro.span.start : macro.span.end] == "#define A 1 + \\\n 2"


def test_references_leave_out_parameters_strings_and_keywords() -> None:
    (macro,) = macros("#define A(x) do { B(x, \"C\", 'D', sizeof(E), 0xF); } while (0)\n")
    assert macro.references == {"B", "E"}


def test_removals_stand_between_definitions_in_their_order() -> None:
    text = "#define A 1\n#undef A\n#define A 2\n"
    events = list(macro_events(SourceFile(Path("macros.c"), text.encode())))
    assert [(type(event).__name__, event.name) for event in events] == [
        ("Macro", "A"),
        ("Undefinition", "A"),
        ("Macro", "A"),
    ]


def test_the_output_of_the_preprocessor_can_be_read() -> None:
    command = ["gcc", "-E", "-fdirectives-only", "-x", "c", "-"]
    text = "#include <limits.h>\n#define OURS(a) (a + INT_MAX)\nint x = OURS(1);\n"
    output = subprocess.run(command, input=text, text=True, capture_output=True, check=True).stdout
    found = {macro.name: macro.body for macro in macros(output)}
    assert found["OURS"] == "(a + INT_MAX)" and found["INT_MAX"] == "__INT_MAX__"
    assert found["__INT_MAX__"] == "0x7fffffff"
