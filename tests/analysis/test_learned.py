from __future__ import annotations

import pytest

from analysis.learned import Learned

HEADER = b"""
#define local static
#define LOCAL_INLINE local inline
#define EXPORT
#define HIDDEN __attribute__((visibility("hidden")))
#define API HIDDEN extern
#define CONST const
#define BOTH
#define BOTH static
#define EITHER static
#define EITHER int
#define uint unsigned int
#define CIRCLE ROUND
#define ROUND CIRCLE
#define __grabs(x) __attribute__((context(x, 0, 1)))
#define __grabs_both(x, y) __grabs(x) __grabs(y)
#define DEBUG(x)
#define each(p, h) for (p = h; p; p = p->next)
#define each_even(p, h) each(p, h) if (odd(p)) {} else
#define until(c) while (!(c))
#define whole(p) for (;;) { p++; }
#define check(x) if (x) return
#define OF(args) args
#define PAIR(a, b) a
"""


@pytest.fixture(scope="module")
def learned() -> Learned:
    return Learned.scan([HEADER])


@pytest.mark.parametrize(
    ("macro", "specifiers"),
    [
        (b"local", {"static"}),
        (b"LOCAL_INLINE", {"static", "inline"}),
        (b"EXPORT", set()),
        (b"HIDDEN", set()),
        (b"API", {"extern"}),
        (b"CONST", {"const"}),
        (b"BOTH", {"static"}),
    ],
)
def test_attributes_stand_for_specifiers(learned: Learned, macro: bytes, specifiers: set[str]) -> None:
    assert learned.attributes[macro] == specifiers


@pytest.mark.parametrize("macro", [b"EITHER", b"uint", b"CIRCLE", b"ROUND", b"DEBUG"])
def test_what_is_more_than_attributes_is_no_attribute(learned: Learned, macro: bytes) -> None:
    assert macro not in learned.attributes


def test_calls_that_expand_to_attributes_are_known(learned: Learned) -> None:
    assert {b"__grabs", b"__grabs_both"} <= learned.attribute_calls


def test_a_call_that_always_expands_to_nothing_is_no_attribute(learned: Learned) -> None:
    assert b"DEBUG" not in learned.attribute_calls


def test_loops_are_heads_without_a_body(learned: Learned) -> None:
    assert learned.loops == {b"each", b"each_even", b"until"}


def test_identities_expand_to_their_only_argument(learned: Learned) -> None:
    assert learned.identities == {b"OF"}


def test_later_macros_override_earlier_ones(learned: Learned) -> None:
    macros = Learned.scan([b""]).extended([])
    assert b"local" not in macros.attributes
    assert learned.specifiers([b"local", b"__inline"]) == {"static", "inline"}
