"""Runs on files of a real kernel: all in C, and with errors put into the C."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate.module import Module
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.run.bench import test_bench as bench
from migrate.run.isolation import choose_sandbox, isolated
from migrate.subject import Subject
from repair.cargo import Workspace, leased_workspace
from repair.module_tests import ModuleTests, TestFailure
from tests.command import cli
from tests.endpoint import Endpoint, scripted
from tests.kernel.real import real_build

pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("kernel")]

ROOT = Path(__file__).resolve().parent.parent.parent
RAMFS = ROOT / "samples" / "kernel" / "ramfs"


@dataclass(frozen=True)
class Bench:
    """A module of the kernel with all its functions in C, ready to be booted."""

    module: Module
    workspace: Workspace
    tests: ModuleTests

    def with_edit(self, file: str, before: str, after: str) -> TestFailure | None:
        """Boot the kernel with one part of the module's C replaced, where there is exactly one."""
        path = self.workspace.folder / "c" / file
        original = path.read_text()
        assert original.count(before) == 1
        path.write_text(original.replace(before, after))
        try:
            return self.tests.run((self.workspace.library(self.module.crate),))
        finally:
            path.write_text(original)


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(subject: Subject, tmp_path: Path, held: ExitStack) -> Bench:
    module = subject.open({})
    sandbox = choose_sandbox("auto")
    workspace = isolated(held.enter_context(leased_workspace(tmp_path / "cache")), module, sandbox)
    workspace.write(prepare(module, Templates(None)).assembly.render({}))
    built = workspace.build()
    assert built.ok, built.stderr
    tests = held.enter_context(bench(module, workspace, sandbox))
    assert tests is not None
    return Bench(module, workspace, tests)


def test_with_all_of_it_in_c_the_kernel_boots_and_the_run_says_so(tmp_path: Path) -> None:
    build = real_build()
    source = build.tree / "lib" / "sort.c"
    with Endpoint(lambda _: scripted("No.")) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url, "--attempts", 1)
        out = tmp_path / "out"
        ended = cli(
            "run", source, "--kernel", build.folder, "-o", out, *model, "--evidence", "none", "--json"
        )
    assert ended.exit == 3, ended.stderr
    assert ended.json["totals"]["c"] == ended.json["totals"]["holes"] == 9
    assert ended.json["tests"]["passed"] is True


def test_kunit_tells_a_wrong_sort(tmp_path: Path, held: ExitStack) -> None:
    build = real_build()
    subject = Subject((build.tree / "lib" / "sort.c",), build.folder)
    ready = opened(subject, tmp_path, held)
    failure = ready.with_edit("sort.c", "cmp_func, priv) > 0 ? c : d", "cmp_func, priv) <= 0 ? c : d")
    assert failure is not None
    assert failure.message == "The KUnit test lib_sort/test_sort did not pass."


def test_the_check_tells_a_wrong_file_system(tmp_path: Path, held: ExitStack) -> None:
    build = real_build()
    ready = opened(Subject((RAMFS,), build.folder), tmp_path, held)
    library = ready.workspace.library(ready.module.crate)
    assert ready.tests.run((library,)) is None
    failure = ready.with_edit("inode.c", "\t\tinc_nlink(dir);\n", "\t\t;\n")
    assert failure is not None
    assert failure.message == "The booted kernel says something else than the kernel in C (`-` C, `+` Rust)."
    assert "3 links" in failure.output
