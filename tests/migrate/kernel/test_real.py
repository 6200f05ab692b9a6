"""Modules of a real kernel become crates that build, beside C that the kernel's own command accepts.

They need `LLMIGRATE_KERNEL_TREE`, the sources of Linux 6.12, and `LLMIGRATE_KERNEL_BUILD`, a build of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate.kernel.module import open_kernel_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from repair.cargo import leased_workspace
from tests.migrate.kernel.imitation import compile_exposed, taken

# Read while the environment is still the user's.
TREE, BUILD = (os.environ.get(f"LLMIGRATE_KERNEL_{name}") for name in ("TREE", "BUILD"))
MODULES = {
    "lib/sort.c": {"sort.c": 9},
    "lib/math": {
        "cordic.c": 2,
        "div64.c": 1,
        "gcd.c": 1,
        "int_log.c": 3,
        "int_pow.c": 1,
        "int_sqrt.c": 1,
        "lcm.c": 2,
        "prime_numbers.c": 13,
        "rational.c": 1,
        "reciprocal_div.c": 2,
    },
    "fs/ramfs": {"file-mmu.c": 3, "inode.c": 19},
}

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not (TREE and BUILD), reason="no kernel tree and build are named"),
]


@pytest.fixture(scope="module", params=MODULES, ids=lambda name: name)
def named(request: pytest.FixtureRequest) -> tuple[str, Prepared]:
    tree, build = Path(TREE or ""), Path(BUILD or "")
    module = open_kernel_module([tree / request.param], tree, build)
    return request.param, prepare(module, Templates())


def test_every_function_and_table_is_a_hole_that_rust_can_fill(named: tuple[str, Prepared]) -> None:
    name, prepared = named
    found: dict[str, int] = {}
    for hole in prepared.skeleton.holes:
        if hole.stays is None:
            found[hole.file.as_posix()] = found.get(hole.file.as_posix(), 0) + 1
    assert found == MODULES[name]
    assert [hole.ident for hole in prepared.skeleton.holes if hole.stays is not None] == []
    makers = {hole.ident: hole.maker for hole in prepared.skeleton.furniture}
    assert makers == ({"lock": "DEFINE_MUTEX"} if name == "lib/math" else {})


def test_with_all_in_c_the_crate_is_clean_and_builds(named: tuple[str, Prepared]) -> None:
    with leased_workspace() as workspace:
        workspace.write(named[1].assembly.render({}))
        for ran in (workspace.clippy(), workspace.build()):
            assert ran.ok, ran.stderr
            assert ran.diagnostics == ()


def test_the_c_compiles_with_all_in_c_with_each_one_taken_and_with_none(
    named: tuple[str, Prepared], tmp_path: Path
) -> None:
    prepared = named[1]
    holes = [hole.ident for hole in prepared.skeleton.holes if hole.stays is None]
    for place, idents in enumerate(([], *([hole] for hole in holes), holes)):
        said = compile_exposed(prepared, taken(prepared, idents), tmp_path / str(place))
        assert not any(said.values()), (idents, said)


def test_no_prompt_is_larger_than_four_thousand_tokens(named: tuple[str, Prepared]) -> None:
    prepared = named[1]
    for hole in prepared.skeleton.holes:
        if hole.stays is None:
            system, user = prepared.prompter.first(hole)
            assert "#![no_std]" in system.content
            assert hole.signature in user.content
            assert len(user.content) < 16_000
