"""What a model's driver is linked with: nothing but the module, its own interface, and harmless functions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analysis.process import run
from repair.evidence.driver import Driver
from repair.evidence.driver_policy import CALLABLE
from repair.evidence.lab import Lab
from repair.evidence.variants import PLAIN

_HARMLESS = CALLABLE | {
    *("abs", "labs", "llabs", "div", "ldiv", "atol", "atoll", "strtoll", "strtoull", "toupper", "tolower"),
    *("isalnum", "isalpha", "isdigit", "islower", "isupper", "isspace", "isprint", "ispunct", "isxdigit"),
    *("iscntrl", "isgraph", "strcspn", "strspn", "strpbrk", "strtok_r", "strcasecmp", "strncasecmp"),
    *("stpcpy", "memccpy", "memrchr", "fabs", "floor", "ceil", "sqrt", "ldexp", "frexp"),
    *("fmemopen", "open_memstream", "fflush", "fclose", "rewind", "fseek", "ftell", "_GLOBAL_OFFSET_TABLE_"),
    *("setvbuf", "ferror", "feof", "clearerr"),
    *("__ctype_b_loc", "__ctype_toupper_loc", "__ctype_tolower_loc", "__errno_location", "__stack_chk_fail"),
}
"""Functions of the C library that do the same in every run and touch nothing but memory."""


def foreign_symbols(lab: Lab, driver: Driver) -> tuple[str, ...]:
    """Return what a driver uses that it must not, sorted: calls that no header declares among them.

    What the module itself uses is fine. Raise LabError when the driver does not build.
    """
    used = _symbols((lab.driver_object(driver, PLAIN),), "--undefined-only")
    module = lab.c_objects(PLAIN)
    known = _symbols(module, "--defined-only") | _symbols(module, "--undefined-only")
    runtime = _symbols(lab.runtime_objects(PLAIN), "--defined-only")
    return tuple(sorted(used - known - runtime - _HARMLESS))


def _symbols(objects: Iterable[Path], which: str) -> frozenset[str]:
    listed = run(("nm", "-g", "-j", which, *objects)).stdout.decode(errors="replace").splitlines()
    return frozenset(line.strip() for line in listed if line.strip() and not line.endswith(":"))
