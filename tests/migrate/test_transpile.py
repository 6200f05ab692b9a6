"""The transpiled plug."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrate.module import open_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from migrate.skeleton.bindings import TOOLS
from migrate.skeleton.transpile import transpile
from repair.cargo import leased_workspace
from repair.judge import Judge
from repair.plug import PlugKind
from tests.command import cli, contents

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
        judge = Judge(prepared.assembly, workspace, prepared.module.crate, None)
        built, _ = judge.build_and_test({name: plug for name, plug in plugs.items() if plug})
    assert built.ok, built.stderr


def test_a_function_that_needs_another_crate_is_not_transpiled(prepared: Prepared) -> None:
    assert transpile(prepared.skeleton, prepared.skeleton.by_ident["low"]) is None


def test_a_run_without_a_model_fills_functions_by_rule_and_names_no_model(tiny: Path, tmp_path: Path) -> None:
    result = cli("run", tiny, "-o", "out", "--strategy", "transpile", "--json")
    assert result.exit == 0, result.stderr
    assert result.plugs == dict.fromkeys(("twice", "mix", "greater"), "transpiled")
    report = result.json
    assert (report["strategy"], report["model"]["name"], report["model"]["calls"]) == ("transpile", "", 0)
    assert report["tests"]["passed"] is True
    assert "no model" in (tmp_path / "out" / "report.html").read_text()
    crate = contents(tmp_path / "out" / "crate")
    again = cli("run", tiny, "-o", "out", "--strategy", "transpile", "--json")
    assert (again.exit, contents(tmp_path / "out" / "crate")) == (0, crate)


def test_what_c2rust_cannot_do_falls_back_and_is_said(tmp_path: Path) -> None:
    module = tmp_path / "pair"
    module.mkdir()
    (module / "pair.c").write_text(C)
    result = cli("run", module, "-o", "out", "--strategy", "transpile", "--json")
    assert (result.exit, result.plugs) == (3, {"add": "transpiled", "twice": "transpiled", "low": "c"})
    gaps = cli(
        "run", module, "-o", "gaps", "--strategy", "transpile", "--fallback", "unimplemented", "--json"
    )
    assert (gaps.exit, gaps.plugs["low"]) == (3, "unimplemented")


@pytest.mark.parametrize("option", ["--replay", "--record"])
def test_a_run_without_a_model_takes_no_recording(option: str, tiny: Path) -> None:
    refused = cli("run", tiny, "-o", "out", "--strategy", "transpile", option, "answers.jsonl")
    assert refused.exit == 2
    assert "asks no model" in refused.stderr
