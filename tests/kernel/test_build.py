from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from repair.kernel.build import KernelUnit, Unusable
from tests.kernel.builds import CONFIG, later, opened, refused, write_build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_build(tmp_path)


def test_a_build_knows_its_tree_and_its_options(folder: Path, tmp_path: Path) -> None:
    build = opened(folder)
    assert build.tree == tmp_path / "tree"
    assert build.option("KUNIT") == build.option("CONFIG_KUNIT") == "y"
    assert build.option("TINY") is None
    assert build.option("CC_VERSION_TEXT") == '"gcc \\"12\\""'


def test_a_file_is_compiled_as_kbuild_compiled_it(folder: Path) -> None:
    build = opened(folder)
    unit = build.unit(build.tree / "lib" / "twice.c")
    assert isinstance(unit, KernelUnit)
    assert (unit.object, unit.compiler) == ("lib/twice.o", "gcc")
    included = str(build.tree / "Makefile.h")
    with_values = ("-include", included, '-DNAME="a b#c"', "--param", "max-inline-insns-single=9")
    assert unit.flags == ("-I./include", *with_values, "-O1")
    assert unit.command.directory == folder
    again = folder / "again.o"
    subprocess.run(unit.compiling(unit.source, again), cwd=folder, check=True)
    assert again.stat().st_size > 0


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("lib/tiny.c", "lib/tiny.c is not compiled in this configuration; set CONFIG_TINY=y and run"),
        ("lib/loaded.c", "lib/loaded.c is built as a module (=m); set CONFIG_LOADED=y and run"),
        ("lib/Makefile", "is not a C file of the kernel"),
        ("lib/none.c", "is not a C file of the kernel"),
        ("../elsewhere.c", "is not in"),
    ],
)
def test_a_file_that_the_kernel_does_not_have_is_refused_with_the_remedy(
    file: str, why: str, folder: Path
) -> None:
    build = opened(folder)
    unit = build.unit(build.tree / file)
    assert isinstance(unit, Unusable)
    assert why in unit.reason


def test_an_object_left_by_an_earlier_configuration_is_not_the_kernels(folder: Path) -> None:
    (folder / "lib" / "tiny.o").write_bytes((folder / "lib" / "three.o").read_bytes())
    build = opened(folder)
    unit = build.unit(build.tree / "lib" / "tiny.c")
    assert isinstance(unit, Unusable)
    assert "not compiled" in unit.reason


def test_a_folder_without_a_build_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "nothing")
    assert "has no kernel build; run `llmigrate kernel prepare --tree TREE --build" in said


def test_another_tree_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert f"was built from {tmp_path / 'tree'}, not from {tmp_path / 'other'}" in refused(
        folder, tmp_path / "other"
    )


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (CONFIG.replace("UML=y", "X86=y").replace("/um", "/x86"), "is for x86; only User-Mode Linux"),
        (CONFIG.replace("CONFIG_64BIT=y\n", ""), "is not for x86_64"),
        (CONFIG.replace("CC_IS_GCC", "CC_IS_CLANG"), "was made with LLVM"),
    ],
)
def test_a_build_of_another_kind_is_refused(config: str, why: str, tmp_path: Path) -> None:
    assert why in refused(write_build(tmp_path, config))


def test_a_configuration_that_changed_since_is_stale(folder: Path) -> None:
    config = folder / ".config"
    config.write_text(CONFIG.replace("# CONFIG_TINY is not set", "CONFIG_TINY=y"))
    assert "is stale: CONFIG_TINY changed since; run `llmigrate kernel prepare" in refused(folder)
    config.write_text(CONFIG.replace("CONFIG_KUNIT=y\n", "CONFIG_TINY=y\n"))
    assert "is stale: CONFIG_KUNIT and 1 more changed since" in refused(folder)


def test_a_configuration_that_was_only_touched_is_not_stale(folder: Path) -> None:
    later(folder / ".config")
    assert opened(folder).option("KUNIT") == "y"


def test_a_build_that_was_configured_anew_and_not_made_is_not_finished(folder: Path) -> None:
    stamp = folder / "include" / "config" / "TINY"
    stamp.touch()
    later(stamp)
    assert "is not finished" in refused(folder)


def test_a_build_without_a_kernel_is_refused(folder: Path) -> None:
    (folder / "linux").unlink()
    assert "is configured but not built" in refused(folder)
