"""Values and types of constant expressions, asked of the compiler itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.process import run
from analysis.unit import CompileCommand

_C_TYPES = {
    "_Bool": "bool",
    "char": "c_char",
    "signed char": "c_schar",
    "unsigned char": "c_uchar",
    "short": "c_short",
    "unsigned short": "c_ushort",
    "int": "c_int",
    "unsigned int": "c_uint",
    "long": "c_long",
    "unsigned long": "c_ulong",
    "long long": "c_longlong",
    "unsigned long long": "c_ulonglong",
}
"""The integer types of C and what they are called in Rust's `core::ffi`."""

_RUST_TYPES = tuple(_C_TYPES.values())
_SIZE = re.compile(r"^\s*\.size\s+([\w.$]+),\s*(\d+)$", re.MULTILINE)
_ERROR_LINE = re.compile(r"^llmigrate_probe:(\d+):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Constant:
    """An integer constant expression: its value, and its type under its name in `core::ffi`."""

    value: int
    rust_type: str


def probe_constants(command: CompileCommand, names: Iterable[str]) -> Mapping[str, Constant]:
    """Ask gcc for the value and type of each name that is an integer constant expression.

    The file itself is included ahead of the questions, so that its macros and types are in force;
    names that are not constants, or not expressions at all, are left out of the answer.
    """
    asked = tuple(names)
    while asked:
        result = run(
            ("gcc", *command.flags, "-w", "-S", "-O0", "-x", "c", "-", "-o", "-"),
            cwd=command.directory,
            stdin=_questions(command, asked).encode(),
        )
        if result.ok:
            return _answers(result.stdout.decode(), asked)
        refused = {int(line) for line in _ERROR_LINE.findall(result.errors)}
        if not refused:
            return {}
        asked = tuple(name for line, name in enumerate(asked, 1) if line not in refused)
    return {}


def probe_sizes(command: CompileCommand) -> Mapping[str, int]:
    """Ask gcc for the bytes that each variable of a file takes, by link symbol.

    Unlike `sizeof`, they include the values of an array at a record's end that has no length of its own.
    """
    result = run(("gcc", *command.flags, "-w", "-S", "-O0", command.file, "-o", "-"), cwd=command.directory)
    return {name: int(size) for name, size in _SIZE.findall(result.stdout.decode())} if result.ok else {}


def _questions(command: CompileCommand, names: tuple[str, ...]) -> str:
    choices = ", ".join(f"{c_type}: {number}" for number, c_type in enumerate(_C_TYPES, 1))
    lines = [
        f"const long long __llmigrate_{number}[3] = "
        f"{{__builtin_choose_expr(__builtin_constant_p({name}), (long long)({name}), 0), "
        f"__builtin_constant_p({name}), _Generic(({name}), {choices}, default: 0)}};"
        for number, name in enumerate(names)
    ]
    return "\n".join((f'#include "{command.file}"', '#line 1 "llmigrate_probe"', *lines, ""))


def _answers(assembly: str, names: tuple[str, ...]) -> dict[str, Constant]:
    found: dict[str, Constant] = {}
    numbers = _numbers(assembly)
    for number, name in enumerate(names):
        value, constant, kind = numbers[f"__llmigrate_{number}"][:3]
        if constant and kind:
            rust_type = _RUST_TYPES[kind - 1]
            found[name] = Constant(value % 2**64 if rust_type.startswith("c_u") else value, rust_type)
    return found


def _numbers(assembly: str) -> dict[str, list[int]]:
    """Read the numbers that stand in gcc's assembly behind each label of ours."""
    numbers: dict[str, list[int]] = {}
    current: list[int] = []
    for line in assembly.splitlines():
        if line.startswith("__llmigrate_"):
            current = numbers.setdefault(line.rstrip(":"), [])
        directive, _, operand = line.strip().partition("\t")
        if directive == ".quad":
            # The address of a string literal stands here by name; it is no integer, and not asked for.
            current.append(int(operand) if operand.lstrip("-").isdigit() else 0)
        elif directive == ".zero":
            current.extend([0] * (int(operand) // 8))
    return numbers
