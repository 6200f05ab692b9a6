"""Constants have the values and types that gcc gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.probe import Constant, probe_constants
from analysis.unit import CompileCommand

_C = """\
#include <limits.h>
#define PLAIN 42
#define NEGATIVE (-3)
#define LARGE 0xFFFFFFFFFFFFFFFFULL
#define LONG 5L
#define LETTER 'x'
#define SIZE sizeof(struct s)
#define TEXT "text"
#define REAL 1.5
#define WORDS static inline
#define OPEN (
#define CALLED called(1)
#define LATER (FLAG + 1)
#define TRUTH ((_Bool)1)
#define SMALL ((unsigned char)200)
struct s { int a; char b; };
enum { ONE = 1, TWO };
int called(int);
static const int array[] = { 1, 2, 3 };
"""


@pytest.fixture
def command(tmp_path: Path) -> CompileCommand:
    (tmp_path / "m.c").write_text(_C)
    return CompileCommand(tmp_path / "m.c", ("-DFLAG=6",), tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "rust_type"),
    [
        ("PLAIN", 42, "c_int"),
        ("NEGATIVE", -3, "c_int"),
        ("LARGE", 2**64 - 1, "c_ulonglong"),
        ("LONG", 5, "c_long"),
        ("LETTER", 120, "c_int"),
        ("SIZE", 8, "c_ulong"),
        ("LATER", 7, "c_int"),
        ("TRUTH", 1, "bool"),
        ("SMALL", 200, "c_uchar"),
        ("TWO", 2, "c_int"),
        ("INT_MIN", -(2**31), "c_int"),
        ("ULONG_MAX", 2**64 - 1, "c_ulong"),
        ("sizeof(array) / sizeof((array)[0])", 3, "c_ulong"),
    ],
)
def test_an_integer_constant_has_its_value_and_type(
    command: CompileCommand, name: str, value: int, rust_type: str
) -> None:
    assert probe_constants(command, [name]) == {name: Constant(value, rust_type)}


def test_what_is_no_integer_constant_is_left_out_and_hides_nothing(command: CompileCommand) -> None:
    asked = ["TEXT", "REAL", "WORDS", "OPEN", "PLAIN", "CALLED", "array", "nobody", "ONE"]
    assert set(probe_constants(command, asked)) == {"PLAIN", "ONE"}


def test_nothing_is_asked_about_nothing(command: CompileCommand) -> None:
    assert probe_constants(command, []) == {}
