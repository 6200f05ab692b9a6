"""Tiny C modules, and scripted answers for their holes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from tests.endpoint import Endpoint, Reply, scripted


@dataclass(frozen=True)
class Function:
    """A C function, a line of C that tests it, and Rust that does the same."""

    c: str
    test: str
    signature: str
    body: str

    @property
    def rust(self) -> str:
        """The right answer."""
        return self.with_body(self.body)

    def with_body(self, body: str) -> str:
        """Return an answer with another body."""
        return f"```rust\n{self.signature} {{\n{body}\n}}\n```"


FUNCTIONS = {
    "twice": Function(
        "/* Twice a number. */\nint twice(int x)\n{\n\treturn x + x;\n}",
        "twice(21) == 42",
        'pub unsafe extern "C" fn twice(x: c_int) -> c_int',
        "    x + x",
    ),
    "mix": Function(
        "unsigned int mix(unsigned int a, unsigned int b)\n{\n\treturn a * 31u + b;\n}",
        "mix(4294967295u, 3) == 4294967268u",
        'pub unsafe extern "C" fn mix(a: c_uint, b: c_uint) -> c_uint',
        "    a.wrapping_mul(31).wrapping_add(b)",
    ),
    "greater": Function(
        "int greater(int a, int b)\n{\n\treturn a > b ? a : b;\n}",
        "greater(2, 1) == 2 && greater(1, 2) == 2",
        'pub unsafe extern "C" fn greater(a: c_int, b: c_int) -> c_int',
        "    if a > b { a } else { b }",
    ),
    "sign": Function(
        "int sign(int x)\n{\n\treturn (x > 0) - (x < 0);\n}",
        "sign(-7) == -1 && sign(0) == 0 && sign(7) == 1",
        'pub unsafe extern "C" fn sign(x: c_int) -> c_int',
        "    (x > 0) as c_int - (x < 0) as c_int",
    ),
    "count_up": Function(
        "int count_up(int n)\n{\n\tint i = 0;\n\n\twhile (i < n)\n\t\ti++;\n\treturn i;\n}",
        "count_up(3) == 3 && count_up(0) == 0",
        'pub unsafe extern "C" fn count_up(n: c_int) -> c_int',
        "    let mut i = 0;\n    while i < n {\n        i += 1;\n    }\n    i",
    ),
    "half": Function(
        "int half(int x)\n{\n\treturn x / 2;\n}",
        "half(7) == 3 && half(-7) == -3",
        'pub unsafe extern "C" fn half(x: c_int) -> c_int',
        "    x / 2",
    ),
    "next": Function(
        "unsigned char next(unsigned char x)\n{\n\treturn x + 1;\n}",
        "next(255) == 0",
        'pub unsafe extern "C" fn next(x: c_uchar) -> c_uchar',
        "    x.wrapping_add(1)",
    ),
    "is_even": Function(
        "int is_even(unsigned int x)\n{\n\treturn !(x & 1);\n}",
        "is_even(4) && !is_even(5)",
        'pub unsafe extern "C" fn is_even(x: c_uint) -> c_int',
        "    (x & 1 == 0) as c_int",
    ),
    "negated": Function(
        "long negated(int x)\n{\n\treturn -(long)x;\n}",
        "negated(5) == -5",
        'pub unsafe extern "C" fn negated(x: c_int) -> c_long',
        "    -(x as c_long)",
    ),
    "first": Function(
        "int first(const int *numbers)\n{\n\treturn numbers[0];\n}",
        "first((const int[]){5, 6}) == 5",
        'pub unsafe extern "C" fn first(numbers: *const c_int) -> c_int',
        "    // SAFETY: the caller gives at least one number.\n    unsafe { *numbers }",
    ),
}

_MAIN = """\
#include <stdio.h>
#include "tiny.h"

int main(void)
{
%s
	return 0;
}
"""


def write_module(
    folder: Path, names: Iterable[str] = ("twice", "mix", "greater"), settings: str | None = None
) -> Path:
    """Write a module with some of the functions and a test of each; return its folder."""
    chosen = {name: FUNCTIONS[name] for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    code = {name: re.sub(r"/\*.*?\*/\n", "", each.c) for name, each in chosen.items()}
    header = "".join(f"{text.partition(chr(10))[0]};\n" for text in code.values())
    checks = "".join(
        f'\tif (!({each.test})) {{\n\t\tputs("{name} is wrong");\n\t\treturn 1;\n\t}}\n'
        for name, each in chosen.items()
    )
    (folder / "tiny.h").write_text(header)
    (folder / "tiny.c").write_text(
        "\n\n".join(('#include "tiny.h"', *(each.c for each in chosen.values()))) + "\n"
    )
    (folder / "test_tiny.c").write_text(_MAIN % checks)
    if settings is not None:
        (folder / "llmigrate.toml").write_text(settings)
    return folder


def asked_hole(body: Mapping[str, Any]) -> str:
    """Return the hole that a prompt asks for."""
    prompt = str(body["messages"][1]["content"])
    signature = re.split(r"\n(?:Signature|Declaration)[^\n]*:\n", prompt)[-1]
    found = re.search(r"(?:fn|static(?: mut)?) (\w+)", signature)
    assert found is not None, prompt
    return found[1]


class Answers:
    """A script for an endpoint: the right answer for each hole, unless `instead` has others in turn.

    A text in `instead` may be a whole reply. After the last one comes the right answer.
    """

    def __init__(self, instead: Mapping[str, Sequence[str | Reply]] | None = None) -> None:
        self._instead = instead or {}
        self._lock = Lock()
        self._asked: Counter[str] = Counter()

    def __call__(self, body: dict[str, Any]) -> Reply:
        """Answer one prompt."""
        name = asked_hole(body)
        with self._lock:
            number = self._asked[name]
            self._asked[name] += 1
        others = self._instead.get(name, ())
        answer = others[number] if number < len(others) else FUNCTIONS[name].rust
        return answer if isinstance(answer, Reply) else scripted(answer)


def prompts(endpoint: Endpoint, name: str) -> list[str]:
    """Return the last message of every prompt that asked for a hole, in order."""
    mine = [each.body for each in endpoint.requests if asked_hole(each.body) == name]
    return [str(body["messages"][-1]["content"]) for body in mine]
