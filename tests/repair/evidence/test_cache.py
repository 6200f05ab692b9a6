"""Harnesses that were kept are of the same C, built in the same way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from migrate.evidence.targets import make_c_side
from repair.evidence.cache import HarnessCache
from repair.evidence.coverage import Coverage
from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import QUICK, Corpus, Harness, SetAside
from repair.evidence.lab import Lab
from repair.sandbox import NO_SANDBOX
from tests.evidence import Room
from tests.migrate.hybrids import prepare_module, write_files

C = """
#include "config.h"
int f(int n) { return n > LIMIT; }
"""


def test_a_header_that_is_not_the_modules_counts_as_its_c(tmp_path: Path) -> None:
    others = write_files(tmp_path / "others", {"config.h": "#define LIMIT 5\n"})
    settings = f'sources = ["module.c"]\nflags = ["-I{others}"]\n'
    module = write_files(tmp_path / "module", {"module.c": C, "llmigrate.toml": settings})
    c_side = make_c_side(prepare_module(module))
    cache = HarnessCache(tmp_path / "cache")
    driver = Driver("f", "module.c", "void drive(void) { }", DriverSource.MODEL)
    made = Harness(driver, Corpus((b"a",), ("00",), SetAside(), 1), Coverage((), ()), None)

    def lab(*libraries: str) -> Lab:
        return Lab(tmp_path / "lab", c_side, NO_SANDBOX, libraries)

    cache.save(lab(), driver, QUICK, made)
    assert cache.load(lab(), driver, QUICK) == made
    assert cache.load(lab("-lm"), driver, QUICK) is None
    (others / "config.h").write_text("#define LIMIT 6\n")
    assert cache.load(lab(), driver, QUICK) is None


def test_the_same_driver_for_another_function_is_another_one(tmp_path: Path) -> None:
    lab = Room(tmp_path, "static int a(int n) { return n; }\nint f(int n) { return a(n); }\n").lab
    cache = HarnessCache(tmp_path / "cache")
    outer = Driver("f", "module.c", "void drive(void) { }", DriverSource.MODEL)
    inner = replace(outer, ident="a")
    cache.save(lab, outer, QUICK, Harness(outer, Corpus((), (), SetAside(), 1), Coverage((), ()), None))
    assert cache.load(lab, inner, QUICK) is None
    assert lab.room(outer) != lab.room(inner)
