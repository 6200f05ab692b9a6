"""What finds inputs here: libFuzzer where clang has it, our own generator elsewhere."""

from __future__ import annotations

import enum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.process import run
from repair.evidence.variants import SEARCH

_EMPTY = """\
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) { return size && !bytes; }
"""


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
    try:
        with TemporaryDirectory(prefix="llmigrate-") as folder:
            source = Path(folder) / "empty.c"
            source.write_text(_EMPTY)
            flags = (*SEARCH.flags, *SEARCH.link_flags)
            ended = run((SEARCH.compiler, *flags, source, "-o", source.with_suffix("")), timeout=60)
    except FileNotFoundError:
        return f"{SEARCH.compiler} is not installed"
    if ended.ok:
        return None
    words = ended.errors.strip().splitlines() or ["without a word"]
    return f"{SEARCH.compiler} does not link it: {words[0][:120]}"
