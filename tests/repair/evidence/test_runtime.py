from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from repair.evidence.driver import DriverSource
from repair.evidence.harness import Harness
from repair.evidence.replay import End
from repair.evidence.variants import PLAIN, SCREEN, Variant
from tests.evidence import Room

C = r"""
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int f(const char *p) { return *p; }
int after_free(int *p)
{
	free(p);
	return *p;
}
int no_block(int *p)
{
	free(p + 1);
	return 0;
}
void *kept(size_t size) { return malloc(size); }
int spin(int n)
{
	volatile int i = 0;

	while (n)
		i++;
	return i;
}
int unset(int n)
{
	int value;

	if (n > 3)
		value = n;
	return value;
}
int overflow(int n) { return n + 2147483000; }
int whole(double d) { return (int)d; }
int said(int n)
{
	printf("%d\n", n);
	return 0;
}
int beyond(size_t n)
{
	char *p = malloc(5);

	p[n] = 1;
	free(p);
	return 0;
}
int quits(int n)
{
	if (n)
		exit(3);
	return 0;
}
typedef int order_fn(const void *, const void *);
int asks(order_fn *order, const char *a, const char *b) { return order(a, b) > 0 && order(b, a) > 0; }
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


def ends(room: Room, body: str, one: bytes = b"") -> End:
    return room.runs(room.written(body), [one])[0].end


def test_one_byte_beyond_a_block_is_a_crash(room: Room) -> None:
    assert ends(room, 'report_int("x", f((char *)new_block(3) + 2));') is End.FINISHED
    assert ends(room, 'report_int("x", f((char *)new_block(3) + 3));') is End.CRASHED


def test_freed_memory_cannot_be_read(room: Room) -> None:
    assert ends(room, 'int *p = malloc(4); *p = 1; report_int("x", f((char *)p));') is End.FINISHED
    assert ends(room, 'int *p = malloc(4); *p = 1; report_int("x", after_free(p));') is End.CRASHED


def test_freeing_what_is_no_block_ends_the_run(room: Room) -> None:
    assert ends(room, 'report_int("x", no_block(malloc(8)));') is End.CRASHED
    assert ends(room, "free(new_block(8));") is End.CRASHED


def test_blocks_of_the_driver_can_be_given_away(room: Room) -> None:
    body = '#include "rule.h"\nllm_give_away(); free(new_block(8)); report_int("x", 1);'
    assert ends(room, body) is End.FINISHED


def test_what_is_still_in_use_is_reported(room: Room) -> None:
    assert room.log(room.written('report_pointer("p", kept(7));')) == [
        "malloc(7) gives block 1",
        "p = block 1",
        "block 1 is still in use",
    ]


def test_an_input_decides_which_allocation_fails(room: Room) -> None:
    body = 'fail_allocation(take_range(0, 5)); kept(1); report_pointer("p", kept(2));'
    driver = room.written(body)
    assert room.log(driver, b"\x02")[1:3] == ["malloc(2) fails", "p = NULL"]
    assert room.log(driver, b"\x00")[2] == "p = block 2"


def test_writing_beyond_the_end_of_an_allocated_block_is_reported(room: Room) -> None:
    driver = room.written('report_int("x", beyond((size_t)take_range(0, 9)));')
    assert room.log(driver, b"\x04") == ["malloc(5) gives block 1", "free of block 1", "x = 0"]
    assert "block 1 is written beyond its end" in room.log(driver, b"\x06")


def test_endless_c_is_set_aside(room: Room) -> None:
    screened = room.screened(room.written('report_int("x", spin(take_bool()));'), [b"\0", b"\1"])
    assert screened.inputs == (b"\0",)
    assert screened.set_aside.endless == 1


def test_values_that_were_never_written_are_set_aside(room: Room) -> None:
    screened = room.screened(room.written('report_int("x", unset((int)take_range(0, 9)));'), [b"\1", b"\5"])
    assert screened.inputs == (b"\5",)
    assert screened.set_aside.undetermined == 1


def test_undefined_c_is_set_aside(room: Room) -> None:
    driver = room.written('report_int("x", overflow((int)take_number(32)));')
    screened = room.screened(driver, [b"\0\1", b"\xff\xff\xff\xff\x7f"])
    assert screened.inputs == (b"\0\1",)
    assert screened.set_aside.undefined == 1


def test_reals_that_fit_no_integer_are_undefined(room: Room) -> None:
    driver = room.written('report_int("x", whole(take_bool() ? 1e10 : -7.5));')
    screened = room.screened(driver, [b"\0", b"\1"])
    assert screened.inputs == (b"\0",)
    assert screened.set_aside.undefined == 1


def test_memory_without_end_is_set_aside(room: Room) -> None:
    driver = room.written('report_pointer("p", kept(take_bool() ? 1ul << 40 : 1));')
    assert [run.end for run in room.runs(driver, [b"\0", b"\1"])] == [End.FINISHED, End.OUTGREW]


@pytest.mark.parametrize("variant", [PLAIN, SCREEN], ids=lambda each: each.name)
def test_reports_without_end_are_cut_off(room: Room, variant: Variant) -> None:
    driver = room.written('for (int left = take_bool() ? 5000 : 4000; left; left--) report_int("x", 1);')
    runs = room.runs(driver, [b"\0", b"\1"], variant)
    assert [run.end for run in runs] == [End.FINISHED, End.OUTGREW]


def test_a_program_that_exits_has_not_finished(room: Room) -> None:
    driver = room.written('report_int("x", quits(take_bool()));')
    assert [(run.end, run.detail) for run in room.runs(driver, [b"\0", b"\1"])] == [
        (End.FINISHED, 0),
        (End.EXITED, 3),
    ]


def test_what_is_printed_is_observed(room: Room) -> None:
    assert room.log(room.written("said(41);"))[-1].endswith(": 41")


def test_comparisons_may_contradict_themselves(room: Room) -> None:
    answers = [
        "result = 1" in room.log(room.rule("asks"), bytes([1, 8, 1, 8, order, *rest]))
        for order in (0, 15)
        for rest in ([2, 2], [1, 1])
    ]
    assert not any(answers[:2])
    assert any("result = 1" in room.log(room.rule("asks"), bytes(one)) for one in CONTRADICTIONS)


CONTRADICTIONS = [[0, 0, order, 2, 2, 2] for order in range(16)] + [[15] * 12, [15, 15, 15, 15, 2, 2, 2]]


def test_a_screened_run_does_the_same_as_a_plain_one(room: Room) -> None:
    driver = room.written('report_int("x", f(take_string(4)));')
    assert room.runs(driver, [b"\2ab"], SCREEN)[0].log == room.runs(driver, [b"\2ab"])[0].log


def test_pointers_are_told_by_block_and_offset(room: Room) -> None:
    body = """char *p = new_block(9);
        name_pointer(f, 1, "f");
        report_pointer("p", p + 4);
        report_pointer("mark", (void *)-1);
        report_pointer("none", NULL);
        report_pointer("f", f);
        report_pointer("other", main);"""
    assert room.log(room.written("extern int main();" + body)) == [
        "p = block 1 + 4",
        "mark = -1",
        "none = NULL",
        "f = f",
        "other = elsewhere",
    ]


def test_real_numbers_are_told_to_the_last_bit(room: Room) -> None:
    body = 'report_real("a", 0.1); report_real("b", -0.0); report_real("c", 0.0 / (take_bool() ? 1 : 0.0));'
    assert room.log(room.written(body)) == ["a = 0x1.999999999999ap-4", "b = -0x0p+0", "c = NaN"]


def test_a_lab_is_empty_at_first(room: Room, tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "old").write_text("")
    assert not (Room(tmp_path, C).lab.folder / "old").exists()


def test_what_a_driver_leaves_behind_leads_nobody_to_other_files(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    names = ("plain.shown", "plain.inputs", "driver.c", "corpus", "counters")
    planted = "".join(f'symlink("{mine}", "{name}"); symlink("{mine}", "../{name}");' for name in names)
    body = f'int symlink(const char *, const char *); {planted} report_int("x", f("a"));'
    room = Room(tmp_path / "room", C)
    # What links to such functions is refused when a model wrote it; here it is let through.
    driver = replace(room.written(body), source=DriverSource.RULE)
    assert [run.end for run in room.runs(driver, [b"a"])] == [End.FINISHED]
    assert room.log(driver, b"b") == ["x = 97"]
    assert isinstance(room.prove(driver), Harness)
    assert mine.read_text() == "mine"


def test_c_that_takes_a_large_part_of_the_stack_is_set_aside(room: Room) -> None:
    used = 'char all[size]; memset(all, 1, size); report_int("x", all[7]);'
    driver = room.written(f"size_t size = take_bool() ? 2 << 20 : 1 << 19; {used}")
    screened = room.screened(driver, [b"\0", b"\1"])
    assert screened.inputs == (b"\0",)
    assert screened.set_aside.outgrown == 1
    assert [run.end for run in room.runs(driver, [b"\0", b"\1"])] == [End.FINISHED, End.FINISHED]
