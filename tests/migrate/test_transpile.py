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
from tests.command import cli, contents

C = """\
struct pair { int a, b; };
static int calls;
static int add(const struct pair *p) { calls++; return p->a + p->b; }
int twice(const struct pair *p) { return add(p) * 2 + calls; }
long double wide(const long double *x) { return *x; }
int rounded(const long double *x) { return (int)*x; }
"""
BITS = """\
#include <stdbool.h>
struct bits { unsigned low : 3; int middle : 7; bool high : 1; unsigned long far : 40; };
struct bits sample = { 5, -3, true, 1ul << 39 };
unsigned low(const struct bits *b) { return b->low; }
int middle(const struct bits *b) { return b->middle; }
bool high(const struct bits *b) { return b->high; }
unsigned long far(const struct bits *b) { return b->far; }
void put(struct bits *b, unsigned low, int middle, bool high, unsigned long far)
{
	b->low = low;
	b->middle = middle;
	b->high = high;
	b->far = far;
}
"""
BITS_TEST = """\
#include <stdbool.h>
#include <string.h>
struct bits { unsigned low : 3; int middle : 7; bool high : 1; unsigned long far : 40; };
extern struct bits sample;
unsigned low(const struct bits *);
int middle(const struct bits *);
bool high(const struct bits *);
unsigned long far(const struct bits *);
void put(struct bits *, unsigned, int, bool, unsigned long);
int main(void)
{
	struct bits a, b;

	memset(&a, 0xff, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	for (int i = -200; i < 200; i++) {
		a.low = i; a.middle = i; a.high = i % 3; a.far = i * 9000000001l;
		put(&b, i, i, i % 3, i * 9000000001l);
		if (memcmp(&a, &b, sizeof(a)) || low(&b) != a.low || middle(&b) != a.middle)
			return 1;
		if (high(&b) != a.high || far(&b) != a.far)
			return 2;
	}
	return sample.low != 5 || sample.middle != -3 || !sample.high || sample.far != 1ul << 39;
}
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
    assert transpile(prepared.skeleton, prepared.skeleton.by_ident["rounded"]) is None


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


def test_what_c2rust_leaves_unsafe_and_what_clippy_finds_in_it_is_told(tiny: Path) -> None:
    report = cli("run", tiny, "-o", "out", "--strategy", "transpile", "--json").json
    twice = next(each for each in report["holes"] if each["name"] == "twice")
    assert (twice["unsafe_blocks"], twice["unsafe_lines"], twice["lines"]) == (0, 3, 3)
    assert twice["clippy"] == ["needless_return"]
    found = report["unsafety"]["bodies"]
    assert (found["unsafe_lines"], found["clippy"]) == (9, 3), "all but what of a signature stands above"


def test_what_c2rust_cannot_do_falls_back_and_is_said(tmp_path: Path) -> None:
    module = tmp_path / "pair"
    module.mkdir()
    (module / "pair.c").write_text(C)
    result = cli("run", module, "-o", "out", "--strategy", "transpile", "--json")
    assert (result.exit, result.plugs) == (
        3,
        {"add": "transpiled", "twice": "transpiled", "wide": "c", "rounded": "c"},
    )
    gaps = cli(
        "run", module, "-o", "gaps", "--strategy", "transpile", "--fallback", "unimplemented", "--json"
    )
    assert (gaps.exit, gaps.plugs["rounded"]) == (3, "unimplemented")


@pytest.mark.parametrize("option", ["--replay", "--record"])
def test_a_run_without_a_model_takes_no_recording(option: str, tiny: Path) -> None:
    refused = cli("run", tiny, "-o", "out", "--strategy", "transpile", option, "answers.jsonl")
    assert refused.exit == 2
    assert "asks no model" in refused.stderr


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_bit_fields_are_read_and_written_as_c_does(tmp_path: Path) -> None:
    module = written(tmp_path / "bits", {"bits.c": BITS, "test_bits.c": BITS_TEST})
    result = cli("run", module, "-o", "out", "--strategy", "transpile", "--json")
    assert result.plugs == dict.fromkeys(("sample", "low", "middle", "high", "far", "put"), "transpiled")
    assert (result.exit, result.json["tests"]["passed"]) == (0, True)


def test_what_has_one_name_in_two_files_is_linked_to_the_file_that_names_it(tmp_path: Path) -> None:
    files = {
        f"{file}.c": f"static int by = {by};\nstatic int step(int x) {{ return x + by; }}\n"
        f"int {file}(int x) {{ return step(x); }}\n"
        for file, by in (("up", 1), ("down", -1))
    }
    test = "int up(int), down(int);\nint main(void) { return up(1) == 2 && down(1) == 0 ? 0 : 1; }\n"
    module = written(tmp_path / "steps", {**files, "test_steps.c": test})
    result = cli("run", module, "-o", "out", "--strategy", "transpile", "--json")
    assert (result.exit, set(result.plugs.values())) == (0, {"transpiled"})
