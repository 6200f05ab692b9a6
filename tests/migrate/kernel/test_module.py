"""A module of a kernel is what the build compiled, with the build's flags."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrate.errors import SettingsError
from migrate.kernel.module import open_kernel_module
from tests.migrate.kernel.imitation import Imitation, record_command, write_imitation


@pytest.fixture
def imitation(tmp_path: Path) -> Imitation:
    return write_imitation(tmp_path)


def refusal(imitation: Imitation, *files: str) -> str:
    with pytest.raises(SettingsError) as refused:
        open_kernel_module([imitation.tree / file for file in files], imitation.tree, imitation.build)
    return str(refused.value)


def test_flags_are_absolute_and_name_no_outputs(imitation: Imitation) -> None:
    file = imitation.tree / "lib/tally/tally.c"
    module = open_kernel_module([file], imitation.tree, imitation.build)
    (command,) = module.commands
    assert command.file == file
    assert command.directory == imitation.build
    assert f"-I{imitation.build}/generated" in command.flags
    assert command.flags[command.flags.index("-include") + 1] == f"{imitation.tree}/include/linux/compiler.h"
    assert not {"-c", "-o", "lib/tally/tally.o", str(file)} & set(command.flags)
    assert not any(flag.startswith("-Wp,") for flag in command.flags)
    assert "-funsigned-char" in command.flags


def test_a_folder_leaves_tests_and_files_that_are_off_out_and_names_them(imitation: Imitation) -> None:
    module = open_kernel_module([imitation.tree / "lib/tally"], imitation.tree, imitation.build)
    assert [file.name for file in module.sources] == ["tally.c"]
    assert {each.file.name: each.reason for each in module.left_out} == {
        "off.c": "it is not compiled in this configuration",
        "tally_kunit.c": "it is a test",
    }
    assert module.name == "tally"


def test_files_of_several_folders_make_one_module(imitation: Imitation) -> None:
    (imitation.tree / "lib/more.c").write_text("int more;\n")
    record_command(imitation, "lib/more.c")
    paths = [imitation.tree / "lib/tally", imitation.tree / "lib/more.c"]
    module = open_kernel_module(paths, imitation.tree, imitation.build)
    assert module.root == imitation.tree / "lib"
    assert [file.name for file in module.sources] == ["tally.c", "more.c"]


def test_a_named_file_that_is_off_is_refused(imitation: Imitation) -> None:
    assert "off.c is not compiled in the configuration of" in refusal(imitation, "lib/tally/off.c")


@pytest.mark.parametrize(
    ("compiler", "more", "expected"),
    [
        ("gcc", "-DMODULE", "built as a loadable module"),
        ("clang-18", "", "was built with clang-18, not with gcc"),
    ],
)
def test_builds_that_cannot_be_used_are_refused(
    imitation: Imitation, compiler: str, more: str, expected: str
) -> None:
    record_command(imitation, "lib/tally/tally.c", compiler, more)
    assert expected in refusal(imitation, "lib/tally/tally.c")


def test_a_build_of_another_tree_is_refused(imitation: Imitation, tmp_path: Path) -> None:
    other = write_imitation(tmp_path / "other")
    assert "is not a build of" in refusal(Imitation(other.tree, imitation.build), "lib/tally/tally.c")


def test_what_is_no_tree_or_build_is_refused(imitation: Imitation, tmp_path: Path) -> None:
    assert "holds no kernel build" in refusal(Imitation(imitation.tree, tmp_path), "lib/tally/tally.c")
    assert "is not the source tree of a kernel" in refusal(Imitation(tmp_path, imitation.build), "x.c")
    assert re.search(r"gone\.c does not exist", refusal(imitation, "lib/gone.c"))
    assert "its name does not end in .c" in refusal(imitation, "lib/tally/internal.h")
    with pytest.raises(SettingsError, match="lies outside"):
        open_kernel_module([tmp_path], imitation.tree, imitation.build)
