"""What finds inputs here: libFuzzer where clang has it, our own generator elsewhere."""

from __future__ import annotations

import enum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.process import run
from repair.evidence.variants import SCREEN, SEARCH, Variant

_EMPTY_TARGET = """\
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) { return size && !bytes; }
"""
_EMPTY_PROGRAM = "int main(void) { return 0; }\n"


class Engine(enum.StrEnum):
    """What finds inputs for a driver on the C alone."""

    LIBFUZZER = "libFuzzer"
    GENERATOR = "generator"


@cache
def find_engine() -> Engine:
    """Return libFuzzer where clang compiles and links an empty target with it, else the generator."""
    return Engine.GENERATOR if libfuzzer_problem() is not None else Engine.LIBFUZZER


@cache
def libfuzzer_problem() -> str | None:
    """Return why libFuzzer cannot be used, as a clause, or None where it can."""
    return link_problem(SEARCH, _EMPTY_TARGET)


@cache
def sanitizer_problem() -> str | None:
    """Return why gcc cannot link its sanitizers, as a clause, or None where it can."""
    return link_problem(SCREEN, _EMPTY_PROGRAM)


def link_problem(variant: Variant, text: str) -> str | None:
    """Compile and link a C text as a variant does; return what hinders that, as a clause, or None."""
    with TemporaryDirectory(prefix="llmigrate-") as folder:
        source = Path(folder) / "empty.c"
        source.write_text(text)
        flags = (*variant.flags, *variant.link_flags)
        try:
            ended = run((variant.compiler, *flags, source, "-o", source.with_suffix("")), timeout=60)
        except FileNotFoundError:
            return f"{variant.compiler} is not installed"
    if ended.ok:
        return None
    words = ended.errors.strip().splitlines() or ["it ends without a word"]
    return f"{variant.compiler} cannot link it: {words[0][:120]}"
