from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from repair.evidence.coverage import measure_coverage
from repair.evidence.engine import Engine, libfuzzer_problem
from repair.evidence.lab import Lab
from repair.evidence.search import Found, mutated_inputs, random_inputs, search
from repair.evidence.variants import Variant
from tests.evidence import Room

C = r"""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = { "size", "verbose", "colour" };

int find(const char *key, size_t len)
{
	for (int i = 0; i < 3; i++)
		if (strlen(keys[i]) == len && memcmp(keys[i], key, len) == 0)
			return i;
	return -1;
}
int magic(uint64_t number)
{
	if (number == 0x123456789ABCDEF0u)
		return 1;
	switch (number) {
	case 70000: return 2;
	case 4000000000u: return 3;
	}
	return 0;
}
int risky(int n)
{
	int *p = n > 100 ? NULL : &n;

	if (n == -5)
		exit(4);
	if (n == 77)
		for (volatile int i = 0; n; i = 0)
			;
	return 100 / (n - 3) + *p;
}
int whole(double x)
{
	int n = (int)x;

	return n != x;
}
"""

GCC_ONLY = """
int twice(int x)
{
	int next(int y) { return (y & 255) + 1; }
	return next(x) * 2;
}
int capped(int x) { return x > 3 ? 1 : x; }
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@pytest.fixture(params=list(Engine))
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param is Engine.LIBFUZZER and (problem := libfuzzer_problem()):
        pytest.skip(f"{problem}; to get it: apt-get install clang libclang-rt-14-dev")
    return Engine(request.param)


def found(room: Room, ident: str, engine: Engine, runs: int = 10_000) -> Found:
    return search(room.lab, room.rule(ident), runs, 60, engine=engine)


def reached(room: Room, ident: str, engine: Engine) -> tuple[int, int]:
    coverage = measure_coverage(room.lab, room.rule(ident), ident, found(room, ident, engine).inputs)
    return sum(mark.hit for mark in coverage.branches), len(coverage.branches)


def test_strings_that_are_compared_are_met(engine: Engine, room: Room) -> None:
    assert reached(room, "find", engine) == (6, 6)


def test_the_generator_meets_numbers_that_are_compared(room: Room) -> None:
    assert reached(room, "magic", Engine.GENERATOR) == (5, 5)


def test_an_undefined_or_endless_input_does_not_end_a_search(room: Room) -> None:
    ours = found(room, "risky", Engine.GENERATOR, 3000)
    assert ours.tried == 3000
    assert len(ours.inputs) > 48
    assert room.screened(room.rule("risky"), ours.inputs[48:]).set_aside.total == 0


def test_an_input_with_a_real_that_fits_no_integer_ends_there(room: Room) -> None:
    ours = found(room, "whole", Engine.GENERATOR, 3000)
    assert room.screened(room.rule("whole"), ours.inputs[48:]).set_aside.undefined == 0
    assert room.screened(room.rule("whole"), ours.inputs[:48]).set_aside.undefined > 0


def test_the_generator_finds_the_same_again(room: Room) -> None:
    assert found(room, "find", Engine.GENERATOR, 4000) == found(room, "find", Engine.GENERATOR, 4000)


def test_c_that_only_gcc_compiles_is_searched_by_the_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if problem := libfuzzer_problem():
        pytest.skip(f"{problem}; to get it: apt-get install clang libclang-rt-14-dev")
    room = Room(tmp_path, GCC_ONLY)
    compiled: list[str] = []
    original = Lab.c_objects

    def c_objects(lab: Lab, variant: Variant) -> tuple[Path, ...]:
        compiled.append(variant.name)
        return original(lab, variant)

    monkeypatch.setattr(Lab, "c_objects", c_objects)
    for ident in ("twice", "capped"):
        assert search(room.lab, room.rule(ident), 500, 60).tried == 500
    assert compiled.count("search") == 1


def test_seeds_are_kept(engine: Engine, room: Room) -> None:
    seeds = (b"\x04size", b"\x07verbose")
    kept = search(room.lab, room.rule("find"), 200, 60, seeds, engine=engine).inputs
    assert set(seeds) <= set(kept)


def test_random_and_changed_inputs_are_the_same_for_a_seed() -> None:
    made = list(random_inputs(20, 5))
    assert made == list(random_inputs(20, 5)) != list(random_inputs(20, 6))
    changed = list(islice(mutated_inputs(made, 30, 5), 30))
    assert changed == list(mutated_inputs(made, 30, 5))
    assert set(changed) - set(made)
