"""Counting lines that are not as they were left."""

from __future__ import annotations

import pytest

from migrate.effort.lines import Lines, compare


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        ("abc", "abc", Lines(3, 0, 0)),
        ("abc", "aXc", Lines(3, 1, 0)),
        ("abc", "aXYc", Lines(4, 2, 0)),
        ("abcd", "aXd", Lines(3, 1, 1)),
        ("abc", "ac", Lines(2, 0, 1)),
        ("abc", "", Lines(0, 0, 3)),
        ("", "abc", Lines(3, 3, 0)),
        ("ab", "ba", Lines(2, 1, 1)),
    ],
)
def test_lines_that_are_new_count_and_those_that_are_gone_are_told_beside_them(
    before: str, after: str, counted: Lines
) -> None:
    assert compare(tuple(before), tuple(after)) == counted


def test_the_share_is_of_the_final_lines() -> None:
    assert Lines(8, 2, 5).share == 0.25
    assert Lines(0, 0, 5).share is None


def test_many_equal_lines_hide_no_change() -> None:
    rows = ("}",) * 500
    assert compare(("a", *rows), ("b", *rows)) == Lines(501, 1, 0)
