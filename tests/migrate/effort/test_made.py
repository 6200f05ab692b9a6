"""Which parts of a crate fill a hole."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from migrate.effort.made import made_parts
from migrate.report.json_format import ReportJson
from tests.migrate.effort.crates import crate

_TRANSPILED = "pub type size_t = usize;\npub unsafe fn half(x: size_t) -> size_t {\n    x / 2\n}\n"


def test_a_function_is_the_own_part_of_its_hole_though_types_stand_before_it(tmp_path: Path) -> None:
    hole = {"name": "half", "kind": "function", "file": "half.c", "plug": "transpiled"}
    report: dict[str, Any] = {"interface": "abi", "holes": [hole]}
    ours = crate(tmp_path / "ours", half=_TRANSPILED)
    made = made_parts(tmp_path, ours, cast(ReportJson, report), {"half": _TRANSPILED})
    assert [each.part.name for each in made["half"]] == ["half", "size_t"]
