"""A generated fleet: modules of twenty small functions, and the right answer for each."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.endpoint import Reply, scripted
from tests.tiny import asked_hole

FUNCTIONS = 20
"""Of each module."""

_KINDS = (
    ("return a * %uu + (b ^ %uu);", "    a.wrapping_mul(%u).wrapping_add(b ^ %u)"),
    ("return (a ^ %uu) - b / %uu;", "    (a ^ %u).wrapping_sub(b / %u)"),
    (
        "if (a > %uu)\n\t\treturn a - b;\n\treturn a + %uu;",
        "    if a > %u {\n        return a.wrapping_sub(b);\n    }\n    a.wrapping_add(%u)",
    ),
    (
        "while (b > %uu)\n\t\tb /= 2;\n\treturn a ^ b ^ %uu;",
        "    let mut b = b;\n    while b > %u {\n        b /= 2;\n    }\n    a ^ b ^ %u",
    ),
)


def _constants(name: str) -> tuple[int, int, int]:
    """Return the kind of a function and its constants, the same for the same name."""
    chance = random.Random(name)
    return chance.randrange(len(_KINDS)), chance.randrange(1, 1000), chance.randrange(1, 1000)


def _c(name: str) -> str:
    kind, *constants = _constants(name)
    body = _KINDS[kind][0] % tuple(constants)
    return f"unsigned int {name}(unsigned int a, unsigned int b)\n{{\n\t{body}\n}}\n"


def write_generated(folder: Path, modules: int) -> Path:
    """Write a folder of modules; return it."""
    for number in range(modules):
        module = folder / f"m{number:03}"
        module.mkdir(parents=True)
        names = [f"m{number}_f{index}" for index in range(FUNCTIONS)]
        header = "".join(f"unsigned int {name}(unsigned int a, unsigned int b);\n" for name in names)
        (module / "part.h").write_text(header)
        (module / "part.c").write_text('#include "part.h"\n\n' + "\n".join(map(_c, names)))
        calls = "".join(f"\tsum += {name}(sum, 7);\n" for name in names)
        body = f"\tunsigned int sum = 1;\n\n{calls}\treturn sum == 0;\n"
        (module / "test_part.c").write_text(f'#include "part.h"\n\nint main(void)\n{{\n{body}}}\n')
    return folder


def answer(body: dict[str, Any]) -> Reply:
    """Answer a prompt for one of its functions."""
    name = asked_hole(body)
    kind, *constants = _constants(name)
    signature = f'pub unsafe extern "C" fn {name}(a: c_uint, b: c_uint) -> c_uint'
    return scripted(f"```rust\n{signature} {{\n{_KINDS[kind][1] % tuple(constants)}\n}}\n```")
