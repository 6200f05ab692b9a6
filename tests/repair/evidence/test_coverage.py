from __future__ import annotations

import pytest

from repair.evidence.coverage import measure_coverage
from tests.evidence import Room

C = """\
#include <stdlib.h>

/* A comment. */
static int sign(int x)
{
	if (x > 0)
		return 1;
	if (x < 0)
		return -1;
	return 0;
}

int twice(int x) { return 2 * sign(x); }

int flat(int x) { return x + 1; }

int fails(void)
{
	void *p = malloc(4);

	if (!p)
		return 1;
	free(p);
	return 0;
}
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


def test_lines_are_those_of_the_module(room: Room) -> None:
    driver = room.rule("sign")
    symbol = room.target("sign").hole.symbol
    none = measure_coverage(room.lab, driver, symbol, [b"\0\0"])
    assert [mark.hit for mark in none.branches].count(True) == 2
    assert len(none.branches) == 4
    assert none.missed == (7, 9)
    assert none.half == (6, 8)
    assert none.reaches((6, 8, 10))
    assert not none.reaches((6, 7))
    positive = measure_coverage(room.lab, driver, symbol, [b"\0\0", b"\0\5"])
    assert positive.missed == (9,)
    assert positive.half == (8,)
    assert positive.share == 0.75


def test_what_was_not_counted_is_not_covered(room: Room) -> None:
    driver = room.rule("flat")
    assert measure_coverage(room.lab, driver, "no_such_symbol", [b"\0"]).share == 0.0
    assert measure_coverage(room.lab, driver, "flat", []).share == 0.0


def test_a_function_without_branches_is_measured_by_lines(room: Room) -> None:
    assert measure_coverage(room.lab, room.rule("flat"), "flat", [b"\0"]).share == 1.0
    assert measure_coverage(room.lab, room.rule("flat"), "flat", [b"\0"]).branches == ()


def test_an_allocation_that_is_to_fail_does_not_hinder_counting(room: Room) -> None:
    driver = room.rule("fails")
    assert measure_coverage(room.lab, driver, "fails", [b"\0"]).missed == (22,)
    for later in range(2, 6):
        assert measure_coverage(room.lab, driver, "fails", [bytes([later])]).missed == (22,)
    assert measure_coverage(room.lab, driver, "fails", [b"\0", b"\1"]).share == 1.0
