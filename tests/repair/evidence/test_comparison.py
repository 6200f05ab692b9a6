from __future__ import annotations

from pathlib import Path

import pytest

from repair.evidence.comparison import Difference
from repair.evidence.lab import LabError
from repair.evidence.replay import End
from repair.gates import behaviour
from repair.plug import Lines
from tests.evidence import Room

C = r"""
#include <stdlib.h>
#include <string.h>

int last(const char *text)
{
	size_t length = strlen(text);

	return length ? text[length - 1] : -1;
}
char *doubled(const char *text)
{
	size_t length = strlen(text);
	char *made = malloc(2 * length + 1);

	if (!made)
		return NULL;
	strcpy(made, text);
	strcpy(made + length, text);
	return made;
}
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


def only(room: Room, ident: str, before: str, after: str) -> Difference:
    (found,) = room.difference(ident, [(before, after)])
    assert found is not None
    return found


def test_reading_outside_a_block_is_a_crash_of_the_translation_alone(room: Room) -> None:
    found = only(room, "last", "length ? text[length - 1] : -1", "text[length + 4000]")
    assert found.end is End.CRASHED
    assert "result = " in found.c_log
    assert "result = " not in found.rust_log


def test_an_endless_translation_differs(room: Room) -> None:
    found = only(room, "last", "return length ?", "for (; length == 1;) ; return length ?")
    assert found.end is End.ENDLESS


GROWING = {
    "blocks": "for (;;) strcpy(malloc(1 << 20), text);",
    "one block": "for (size_t n = 1;; n *= 2) made = realloc(made, n);",
    "small blocks": "for (;;) malloc(1);",
}


@pytest.mark.parametrize("growing", GROWING.values(), ids=GROWING)
def test_memory_that_grows_without_bound_is_a_finding_of_its_own(room: Room, growing: str) -> None:
    found = only(room, "doubled", "strcpy(made, text);", growing)
    assert found.end is End.OUTGREW
    (finding,) = behaviour.check(found, Lines("src/module.rs", 1, 9))
    assert finding.message.startswith("The Rust takes more and more memory")
    assert "ends here (outgrew)" in finding.detail


ELSEWHERE = {
    "variables": "static char all[300 << 20]; memset(all, *text, 2); strcpy(made, text);",
    "the stack": "char all[6 << 20]; memset(all, *text, sizeof(all)); strcpy(made, all); strcpy(made, text);",
    "a recursion": "int deeper(int n) { char all[4096]; all[n % 4096] = 1; return deeper(n + 1) + all[7]; }"
    " made[0] = (char)deeper(1);",
}


def test_memory_that_grows_elsewhere_is_a_finding_too(room: Room) -> None:
    found = room.difference("doubled", [("strcpy(made, text);", each) for each in ELSEWHERE.values()])
    ends = dict(zip(ELSEWHERE, (each and each.end for each in found), strict=True))
    assert ends == dict.fromkeys(ELSEWHERE, End.OUTGREW)


def test_only_a_mapping_past_the_bound_fails(room: Room) -> None:
    text = "if (mmap(NULL, %dul << 20, 3, 0x22, -1, 0) == (void *)-1) __builtin_trap(); strcpy(made, text);"
    declared = "extern void *mmap(void *, size_t, int, int, int, long);"
    edits = [("strcpy(made, text);", f"{declared} {text % megabytes}") for megabytes in (200, 300)]
    within, beyond = room.difference("doubled", edits)
    assert within is None
    assert beyond is not None and beyond.end is End.CRASHED


def test_a_leak_is_a_difference(room: Room) -> None:
    found = only(room, "doubled", "strcpy(made, text);", "strcpy(made, text); malloc(3);")
    assert "malloc(3) gives block" in found.rust_log


def test_a_block_of_another_size_is_a_difference(room: Room) -> None:
    found = only(room, "doubled", "2 * length + 1", "2 * length + 2")
    assert found.c_log != found.rust_log


def test_an_allocation_that_fails_is_an_input(room: Room) -> None:
    found = only(room, "doubled", "if (!made)\n\t\treturn NULL;", "")
    assert found.end is End.CRASHED
    assert "fails" in found.c_log


def test_a_difference_is_reduced_to_what_it_takes(room: Room) -> None:
    found = only(
        room, "last", "length ? text[length - 1] : -1", "length != 3 ? (length ? text[length - 1] : -1) : 0"
    )
    assert "(4 bytes)" in found.c_log


def test_what_does_not_link_is_no_comparison(room: Room, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="undefined reference to `last'"):
        room.difference("last", [("int last(", "int at_last(")])
