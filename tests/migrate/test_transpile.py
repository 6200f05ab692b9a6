"""The transpiled plug."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrate.module import open_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.run.isolation import require_dependencies
from migrate.settings import ModuleSettings
from migrate.skeleton.bindings import TOOLS
from migrate.skeleton.transpile import transpile
from repair.cargo import leased_workspace
from repair.judge import Judge
from repair.plug import PlugKind

C = """\
struct pair { int a, b; };
static int calls;
static int add(const struct pair *p) { calls++; return p->a + p->b; }
int twice(const struct pair *p) { return add(p) * 2 + calls; }
struct bits { unsigned low : 3; };
int low(const struct bits *b) { return b->low; }
"""

pytestmark = pytest.mark.skipif(
    not ((TOOLS / "c2rust").exists() or shutil.which("c2rust")),
    reason="c2rust is not installed; `make packages` gets it",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder: Path = tmp_path_factory.mktemp("pair")
    (folder / "pair.c").write_text(C)
    return prepare(open_module(folder, ModuleSettings()), Templates())


def test_transpiled_functions_meet_the_rest_of_the_crate_by_symbol(prepared: Prepared) -> None:
    skeleton = prepared.skeleton
    plugs = {name: transpile(skeleton, skeleton.by_ident[name]) for name in ("add", "twice")}
    assert {plug.kind for plug in plugs.values() if plug} == {PlugKind.TRANSPILED}
    with leased_workspace() as workspace:
        require_dependencies(workspace, prepared.assembly.render({}))
        judge = Judge(prepared.assembly, workspace, prepared.module.crate, None)
        built, _ = judge.build_and_test({name: plug for name, plug in plugs.items() if plug})
    assert built.ok, built.stderr


def test_a_function_that_needs_another_crate_is_not_transpiled(prepared: Prepared) -> None:
    assert transpile(prepared.skeleton, prepared.skeleton.by_ident["low"]) is None
