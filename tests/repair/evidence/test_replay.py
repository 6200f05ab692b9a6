from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.evidence.engine import Engine
from repair.evidence.harness import QUICK, Harness
from repair.evidence.lab import Lab
from repair.evidence.proving import prove
from repair.evidence.replay import End, pack, unpack
from repair.evidence.search import search
from repair.evidence.surroundings import HOSTED_C
from tests.evidence import Room

C = """
static int calls;
int f(int crash) { return crash ? *(volatile int *)0 : ++calls; }
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@given(st.lists(st.binary(max_size=40)))
def test_what_is_packed_can_be_unpacked(inputs: list[bytes]) -> None:
    assert list(unpack(pack(inputs))) == inputs


def test_every_input_has_a_process_of_its_own(room: Room) -> None:
    driver = room.written('report_int("calls", f(take_bool()));')
    runs = room.runs(driver, [b"\0", b"\0", b"\1", b"\0"])
    assert [run.end for run in runs] == [End.FINISHED, End.FINISHED, End.CRASHED, End.FINISHED]
    assert len({run.log for run in runs if run.end is End.FINISHED}) == 1


@pytest.mark.parametrize(
    ("take", "same", "other"),
    [
        ("take_bool()", [b"", b"\0", b"\2", b"\0\1"], b"\1"),
        ("take_range(3, 5)", [b"\2", b"\5"], b"\3"),
        ("take_number(8)", [b"\0\7", b"\1\7\1", b"\xa0\7\0"], b"\0\6"),
        ("(int)take_real()", [b"\0\0\1\0\0", b"\0\0\1"], b"\0\0\1\0\1"),
        ("*(char *)take_block(1)", [b"\1", b"\1\2"], b"\0"),
        ("*take_string(2)", [b"\0", b"\3", b"\0\1"], b"\1"),
    ],
)
def test_a_run_tells_which_values_it_took(room: Room, take: str, same: list[bytes], other: bytes) -> None:
    taken = [run.taken for run in room.runs(room.written(f'report_int("n", {take});'), [*same, other])]
    assert len(set(taken[:-1])) == 1
    assert taken[-1] not in taken[:-1]


def test_an_input_that_is_used_up_goes_on_with_zeros(room: Room) -> None:
    driver = room.written('report_uint("n", take_number(64)); report_int("r", take_range(-3, 3));')
    assert room.log(driver, b"") == room.log(driver, bytes(20)) == ["n = 0", "r = -3"]


def test_numbers_reach_their_limits(room: Room) -> None:
    driver = room.written('uint64_t n = take_number(16); report_int("limit", n == 0xFFFF || n == 0x8000);')
    for one in (b"\xff\xff\xff", b"\x80\x01", b"\x90\x01"):
        assert room.log(driver, one) == ["limit = 1"]
    assert room.log(driver, b"\x00\x05") == ["limit = 0"]


PUT = """
#include <stddef.h>
#include <unistd.h>
long put(int file, const char *text, size_t size) { return write(file, text, size); }
long put_byte(int file, int c) { char byte = (char)c; return write(file, &byte, 1); }
"""
FORGED = "0 finished 0000000000000000 1 1\\n"


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("writing"), PUT)


def test_c_that_writes_to_files_by_number_reaches_none_of_ours(writing: Room) -> None:
    body = f'int file; for (file = 3; file < 64; file++) report_int("put", put(file, "{FORGED}", 32));'
    runs = writing.runs(writing.written(body, "put"), [b"", b"\1"])
    assert [(run.end, run.reports) for run in runs] == [(End.FINISHED, 61)] * 2
    assert set(writing.log(writing.written(body, "put"))) == {"put = -1"}


def test_what_such_c_prints_is_still_seen(writing: Room) -> None:
    log = writing.log(writing.written('report_int("put", put(1, "out", 3) + put(2, "err", 3));', "put"))
    assert [line.partition(" bytes")[0] for line in log] == ["put = 6", "printed 3", "printed as errors 3"]


@pytest.mark.parametrize("engine", Engine)
def test_c_that_writes_to_files_by_number_can_be_proved(writing: Room, engine: Engine) -> None:
    surroundings = replace(HOSTED_C, own_engine=engine)
    lab = Lab(writing.folder / engine, writing.lab.c_side, writing.lab.sandbox, surroundings=surroundings)
    body = "int file, c = take_range(0, 40); for (file = 3; file < 64; file++) put_byte(file, c);"
    driver = writing.written(f'{body} report_int("printed", put_byte(1, c));', "put_byte")
    found = search(lab, driver, 4000, 12)
    assert found.tried >= 4000
    harness = prove(lab, driver, writing.target("put_byte").hole, QUICK)
    assert isinstance(harness, Harness), harness
    assert len(harness.corpus.inputs) > 10
