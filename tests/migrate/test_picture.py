"""Where things stand in the picture of a call graph."""

from __future__ import annotations

import itertools
import re

from migrate.report.picture import DOTS, MOST_DRAWN, Node, Picture, draw


def node(name: str) -> Node:
    return Node(name, name, f"#{name}", "rust", "Rust")


def drawn(uses: dict[str, tuple[str, ...]]) -> Picture:
    return draw([node(name) for name in uses], uses)


def places(picture: Picture) -> dict[str, tuple[int, int]]:
    return {each.node.name: (each.x, each.y) for each in picture.placed}


def test_what_is_called_stands_to_the_left_of_its_callers() -> None:
    where = places(drawn({"top": ("middle", "leaf"), "middle": ("leaf",), "leaf": ()}))
    assert where["leaf"][0] < where["middle"][0] < where["top"][0]


def test_a_line_leads_from_each_caller_to_what_it_calls_and_none_to_itself() -> None:
    picture = drawn({"top": ("leaf", "top", "elsewhere"), "leaf": ()})
    where = places(picture)
    (line,) = re.findall(r"M(\d+) (\d+)C.* (\d+) (\d+)$", picture.lines)
    ends = [int(each) for each in line]
    assert (ends[0], ends[1]) == where["top"]
    assert (ends[2], ends[3]) == (where["leaf"][0] + picture.scale.width, where["leaf"][1])


def test_a_box_is_as_wide_as_the_longest_name_in_view() -> None:
    short, long, very_long = (drawn({"a": (), name: ()}).scale.width for name in ("ab", "a" * 20, "a" * 300))
    assert short < 20 * 7 < long < very_long < 30 * 8


def test_functions_of_a_cycle_stand_in_one_wave() -> None:
    picture = drawn({"even": ("odd",), "odd": ("even",), "leaf": ()})
    assert [[each.name for each in wave] for wave in picture.waves] == [["even", "leaf", "odd"]]


def test_nothing_stands_on_something_else_or_outside_of_the_picture() -> None:
    uses = {f"f{n}": tuple(f"f{n // k}" for k in (2, 3, 7) if n // k < n) for n in range(700)}
    for picture in (drawn(uses), drawn({name: uses[name] for name in list(uses)[:80]})):
        scale = picture.scale
        assert picture.is_labelled == (len(picture.placed) <= 90) == (scale is not DOTS)
        boxes = sorted((each.x, each.y) for each in picture.placed)
        assert len(set(boxes)) == len(boxes) == sum(map(len, picture.waves))
        columns = sorted({x for x, _ in boxes})
        assert all(b - a >= scale.width for a, b in itertools.pairwise(columns))
        rows = sorted({y for _, y in boxes})
        assert all(b - a >= scale.height for a, b in itertools.pairwise(rows))
        assert min(columns) >= 0 and max(columns) + scale.width <= picture.width
        assert min(rows) >= scale.height // 2 and max(rows) + scale.height // 2 <= picture.height


def test_neighbours_stand_side_by_side_where_that_is_possible() -> None:
    uses: dict[str, tuple[str, ...]] = {f"a{n}": () for n in range(10)}
    uses |= {f"b{n}": (f"a{9 - n}",) for n in range(10)}
    where = places(drawn(uses))
    assert all(where[f"b{n}"][1] == where[f"a{9 - n}"][1] for n in range(10))


def test_too_much_to_draw_is_counted_wave_by_wave() -> None:
    uses: dict[str, tuple[str, ...]] = {f"f{n}": () for n in range(MOST_DRAWN)}
    picture = drawn({**uses, "top": ("f0",)})
    assert (picture.placed, picture.lines, picture.calls) == ((), "", 1)
    assert [dict(picture.counts(wave)) for wave in (0, 1)] == [{"rust": MOST_DRAWN}, {"rust": 1}]


def test_nothing_at_all_can_be_drawn() -> None:
    assert drawn({}).placed == ()
