"""C that depends on the time is no evidence, on whatever day it is looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repair.evidence.engine import Engine
from repair.evidence.lab import Lab
from repair.evidence.search import search
from repair.evidence.surroundings import HOSTED_C
from tests.evidence import Room

C = """
#include <sys/time.h>
#include <time.h>
long by_time(int x) { return time(NULL) / 20 % 1000 + x; }
long by_day(int x) { struct timeval now; gettimeofday(&now, NULL); return now.tv_sec / 86400 + x; }
long by_gettime(int x) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec / 60 + x; }
long by_nanoseconds(int x) { struct timespec t; timespec_get(&t, TIME_UTC); return t.tv_nsec / 1000 + x; }
long by_clock(int x) { return clock() / 1000 + x; }
long by_parity(int x) { return time(NULL) & 1 ? x : -x; }
long measured(int x)
{
	struct timespec from, to;
	time_t begun = time(NULL);

	clock_gettime(CLOCK_REALTIME, &from);
	clock_gettime(CLOCK_REALTIME, &to);
	return (time(NULL) - begun) + (to.tv_nsec - from.tv_nsec) + (x > 7 ? 1 : x);
}
"""
DEPENDING = ("by_time", "by_day", "by_gettime", "by_nanoseconds", "by_clock", "by_parity")
HANDS = """
unsigned int clock;
unsigned int time(int x) { return x > 3 ? clock : 9; }
"""
CALLER = """
extern unsigned int clock;
unsigned int time(int x);
unsigned int f(int x) { clock = 5; return time(x); }
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@pytest.fixture(scope="module")
def clockwork(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), CALLER, {"hands.c": HANDS})


@pytest.mark.parametrize("name", DEPENDING)
def test_inputs_on_which_c_depends_on_the_time_are_set_aside(room: Room, name: str) -> None:
    driver = room.written(f'report_int("r", {name}(1 + (int)take_range(0, 30)));', name)
    screened = room.screened(driver)
    assert screened.inputs == () and screened.set_aside.undetermined > 5


def test_c_that_measures_how_long_it_takes_is_evidence(room: Room) -> None:
    driver = room.written('report_int("r", measured((int)take_range(0, 30)));', "measured")
    screened = room.screened(driver)
    assert len(screened.inputs) > 5 and screened.set_aside.total == 0


def searched_by(room: Room, engine: Engine) -> Lab:
    """Return a lab with the room's C that searches with one engine."""
    around = replace(HOSTED_C, own_engine=engine)
    return Lab(room.folder / engine, room.lab.c_side, room.lab.sandbox, surroundings=around)


@pytest.mark.parametrize("engine", Engine)
def test_a_search_ends_by_the_real_clock(room: Room, engine: Engine) -> None:
    lab = searched_by(room, engine)
    driver = room.written('report_int("r", by_parity((int)take_range(0, 30)));', "by_parity")
    # One that is stopped from outside does not say how many inputs it tried.
    assert 0 < search(lab, driver, 1 << 30, 1).tried < 1 << 30


@pytest.mark.parametrize("engine", Engine)
def test_a_module_keeps_names_of_clocks_that_are_its_own(clockwork: Room, engine: Engine) -> None:
    lab = searched_by(clockwork, engine)
    assert search(lab, clockwork.rule("f"), 2000, 5).tried >= 2000
    driver = clockwork.written('report_uint("r", f(1)); report_uint("r", f(4));')
    assert clockwork.log(driver) == ["r = 9", "r = 5"]
