from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from migrate.doctor import TOOLS_OF_A_RUN, examine
from repair.evidence.engine import link_problem
from repair.evidence.variants import SCREEN
from tests.command import cli


def programs(folder: Path, says: dict[str, str]) -> dict[str, str | None]:
    for name, script in says.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {name: str(folder / name) for name in says}


def test_everything_a_run_needs_is_here() -> None:
    report = cli("doctor", "--json")
    assert report.exit == 0
    assert report.json["ok"] is True
    found = {tool["name"]: tool for tool in report.json["tools"]}
    assert set(found) == {*(tool.name for tool in TOOLS_OF_A_RUN), "sanitizers", "clang", "sandbox"}
    assert all(tool["ok"] and tool["version"] for tool in found.values() if tool["required"])


def test_the_table_says_that_a_run_can_work() -> None:
    shown = cli("doctor")
    assert shown.stdout.splitlines()[-1] == "A run can work."
    assert re.fullmatch(r"Inputs for evidence are found by .+", shown.stdout.splitlines()[-2])


@pytest.mark.parametrize(
    ("says", "problem", "version"),
    [
        ("echo cargo 1.95.0", None, "1.95.0"),
        ("echo cargo 1.85.0-nightly", None, "1.85.0"),
        ("echo cargo 1.84.9", "older than 1.85", "1.84.9"),
        ("echo cargo", "does not work", None),
        ("echo broken >&2; exit 1", "broken", None),
    ],
)
def test_a_tool_is_judged_by_what_it_says_of_itself(
    says: str, problem: str | None, version: str | None, tmp_path: Path
) -> None:
    found = programs(tmp_path, {"cargo": says})
    cargo = next(each for each in examine(found.get) if each.tool.name == "cargo")
    assert cargo.version == version
    assert cargo.ok is (problem is None)
    assert problem is None or problem in (cargo.problem or "")


def test_a_missing_tool_comes_with_the_way_to_get_it() -> None:
    for each in examine(lambda name: None):
        if each.tool.name not in {"sandbox", "sanitizers"}:
            assert each.problem == "not found"
            assert each.tool.remedy


def test_what_cannot_link_says_why() -> None:
    broken = dataclasses.replace(SCREEN, link_flags=("-lno_such_library",))
    problem = link_problem(broken, "int main(void) { return 0; }")
    assert problem is not None
    assert problem.startswith("gcc cannot link it: ")
    missing = dataclasses.replace(SCREEN, compiler="no_such_compiler")
    assert link_problem(missing, "") == "no_such_compiler is not installed"


def test_a_run_works_without_the_optional_ones(tmp_path: Path) -> None:
    needed = {tool.name: "echo 99.9.9" for tool in TOOLS_OF_A_RUN if tool.required}
    missing = [each.tool for each in examine(programs(tmp_path, needed).get) if not each.ok]
    assert missing
    assert not any(tool.required for tool in missing)
