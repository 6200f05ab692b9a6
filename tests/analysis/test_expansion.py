from __future__ import annotations

from pathlib import Path

from analysis.expansion import expand
from analysis.macros import define_macros
from analysis.source import SourceFile


def expanded(defines: str, text: str) -> str:
    return expand(text, define_macros(SourceFile(Path("a.c"), defines.encode())))


def test_a_macro_is_written_out_with_its_arguments() -> None:
    assert (
        expanded("#define LESS(a, b) ((a) < (b))\n", "x = LESS(y[1, 2], f(z));")
        == "x = ((y[1, 2]) < (f(z)));"
    )


def test_macros_in_macros_and_in_arguments_are_written_out() -> None:
    defines = "#define INC(x) ((x) + 1)\n#define TWICE(x) (INC(x) * 2)\n"
    assert expanded(defines, "TWICE(INC(a))") == "(((((a) + 1)) + 1) * 2)"


def test_lines_keep_their_numbers() -> None:
    defines = "#define FREE(p) \\\n\tdo { \\\n\t\trelease(p); \\\n\t} while (0)\n"
    lines = expanded(defines, "a;\nFREE(\n\tb\n);\nc;").split("\n")
    assert (lines[0], lines[4]) == ("a;", "c;")
    assert "release(b)" in lines[1]


def test_a_macro_that_names_itself_is_written_out_once() -> None:
    assert expanded("#define f(x) f((x) + 1)\n", "f(2)") == "f((2) + 1)"


def test_what_cannot_be_read_stays_as_it_is() -> None:
    defines = (
        "#define NAME(x) #x\n#define LOG(...) print(__VA_ARGS__)\n"
        "#define PICK(x) _Generic((x), int: 1)\n#define f(x) (x)\n"
    )
    text = 'NAME(a) LOG(b) PICK(c) f "f(1)" /* f(2) */'
    assert expanded(defines, text) == text


def test_a_macro_without_parameters_is_written_out_wherever_it_stands() -> None:
    defines = "#define get() (info()->task)\n#define current get()\n"
    assert expanded(defines, "x = current->mm; // current") == "x = (info()->task)->mm; // current"
