from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import BaselineError
from migrate.kernel.packages import TOOLS_OF_A_KERNEL, examine_kernel
from migrate.kernel.prepare import NEEDED, boots, configuration, unmet
from repair.kernel.build import read_options
from repair.kernel.journal import Journal
from repair.sandbox import NO_SANDBOX
from tests.command import Result, cli
from tests.kernel.builds import opened, write_build, write_tree
from tests.kernel.real import real_build


def prepare(tree: Path, build: Path, *more: object) -> Result:
    return cli("kernel", "prepare", "--tree", tree, "--build", build, "--sandbox", "off", *more)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Write a tree that passes for Linux, whose make does nothing."""
    write_tree(tmp_path / "linux")
    (tmp_path / "linux" / "Makefile").write_text("PATCHLEVEL = 12\nolddefconfig linux all:\n\t@:\n")
    (tmp_path / "linux" / "arch" / "um").mkdir(parents=True)
    return tmp_path / "linux"


def refused(result: Result) -> str:
    assert (result.exit, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


def test_what_is_not_linux_is_refused(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    assert "is not the source of Linux" in refused(prepare(tmp_path / "src", tmp_path / "um"))
    assert not (tmp_path / "um").exists()


def test_a_tree_that_was_built_in_is_refused_with_the_remedy(tree: Path, tmp_path: Path) -> None:
    (tree / ".config").touch()
    assert "ARCH=um mrproper" in refused(prepare(tree, tmp_path / "um"))


def test_the_tree_itself_is_never_built_in(tree: Path) -> None:
    assert "never written to" in refused(prepare(tree, tree))


def test_a_folder_with_other_things_is_left_alone(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "um").mkdir()
    (tmp_path / "um" / "letter.txt").write_text("dear")
    assert "holds something that is not a kernel build" in refused(prepare(tree, tmp_path / "um"))
    assert [path.name for path in (tmp_path / "um").iterdir()] == ["letter.txt"]


def test_a_build_of_another_tree_is_refused(tree: Path, tmp_path: Path) -> None:
    build = write_build(tmp_path / "other")
    assert f"was built from {tmp_path / 'other' / 'tree'}, not from" in refused(prepare(tree, build))


def test_a_build_that_another_run_holds_is_refused(tree: Path, tmp_path: Path) -> None:
    with Journal(tmp_path / "um" / ".llmigrate").held():
        assert "is in use by another run" in refused(prepare(tree, tmp_path / "um"))


def test_an_option_that_cannot_be_had_is_named(tree: Path, tmp_path: Path) -> None:
    (tree / "Makefile").write_text(
        "PATCHLEVEL = 12\nolddefconfig:\n\t@echo CONFIG_KUNIT=y > $(O)/.config\nall:\n\t@false\n"
    )
    (tmp_path / "options").write_text("CONFIG_KUNIT=y\nCONFIG_WARP=y\n")
    said = refused(prepare(tree, tmp_path / "um", "--config", tmp_path / "options"))
    assert "CONFIG_WARP cannot be had" in said


def test_an_option_that_nothing_works_without_is_named(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "options").write_text("CONFIG_KUNIT=y\n")
    said = refused(prepare(tree, tmp_path / "um", "--config", tmp_path / "options"))
    assert "CONFIG_BLK_DEV_INITRD is off, and nothing can be shown without it" in said


def test_a_kernel_that_does_not_build_ends_with_4(tree: Path, tmp_path: Path) -> None:
    rules = "all:\n\t@echo 'x.c:1: error: bad'; false\nolddefconfig:\n\t@:\n"
    (tree / "Makefile").write_text(f"PATCHLEVEL = 12\n{rules}")
    result = prepare(tree, tmp_path / "um")
    assert result.exit == 4
    assert "x.c:1: error: bad" in result.stderr


def test_a_file_of_options_and_a_kind_exclude_each_other(tree: Path, tmp_path: Path) -> None:
    said = refused(prepare(tree, tmp_path / "um", "--config", tmp_path / "options", "--kind", "plain"))
    assert "leave one out" in said


def test_options_are_compared_as_kconfig_means_them() -> None:
    there = 'CONFIG_A=y\nCONFIG_B=m\nCONFIG_NAME="x"\n# CONFIG_C is not set\n'
    assert unmet('CONFIG_A=y\nCONFIG_NAME="x"\n# CONFIG_C is not set\nCONFIG_D=n\n', there) == []
    assert unmet("CONFIG_B=y\nCONFIG_C=y\n# CONFIG_A is not set\n", there) == ["B", "C", "A"]


@pytest.mark.parametrize("kind", ["plain", "checked"])
def test_our_own_options_have_what_is_needed(kind: str) -> None:
    on = read_options(configuration(kind))
    assert {name for name in NEEDED if on.get(name) != "y"} == set()
    assert ("KASAN" in on) is (kind == "checked")


def test_doctor_lists_what_a_kernel_is_built_with() -> None:
    report = cli("doctor", "--kernel", "--json")
    names = {tool["name"] for tool in report.json["tools"]}
    assert {*(tool.name for tool in TOOLS_OF_A_KERNEL), "static libc"} <= names
    assert "flex" not in {tool["name"] for tool in cli("doctor", "--json").json["tools"]}


def test_a_missing_package_comes_with_the_way_to_get_it() -> None:
    flex = next(each for each in examine_kernel(lambda name: None) if each.tool.name == "flex")
    assert (flex.ok, flex.problem, flex.tool.remedy) == (False, "not found", "apt-get install flex")


@pytest.mark.kernel
def test_what_is_prepared_is_not_prepared_again_and_the_tree_stays_clean() -> None:
    build = real_build()
    again = prepare(build.tree, build.folder, "--json")
    assert again.exit == 0, again.stderr
    assert again.json["steps"] < 100
    assert again.json["tests"]["passed"] >= 19
    for name in (".config", "include/config", "include/generated", "vmlinux", "lib/sort.o"):
        assert not (build.tree / name).exists()


def test_a_kernel_that_does_not_boot_ends_with_4(tmp_path: Path) -> None:
    build = write_build(tmp_path)
    (build / "linux").write_text("#!/bin/sh\necho Kernel panic - not syncing: no memory\n")
    with pytest.raises(
        BaselineError, match=r"before anything of it was changed: .* panicked: no memory"
    ) as told:
        boots(opened(build), NO_SANDBOX)
    assert told.value.exit == 4
