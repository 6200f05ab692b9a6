"""What a PATH means: its C files, their flags and its tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from migrate.errors import SettingsError
from migrate.module import Module, open_module, settings_folder
from migrate.settings import load_settings
from tests.migrate.hybrids import Files, write_files


def opened(path: Path) -> Module:
    return open_module(path, load_settings(settings_folder(path), {}, {}))


def names(files: tuple[Path, ...], root: Path) -> list[str]:
    return [file.relative_to(root).as_posix() for file in files]


def test_a_folder_is_its_c_files_less_the_tests(tmp_path: Path) -> None:
    files = dict.fromkeys(
        ("b.c", "a.c", "test_a.c", "a_test.c", "tests.c", "testing.c", "a.h", "sub/c.c"), ""
    )
    module = opened(write_files(tmp_path / "m", files))
    assert names(module.sources, module.root) == ["a.c", "b.c", "testing.c"]
    assert names(module.tests, module.root) == ["a_test.c", "test_a.c", "tests.c"]
    assert module.name == "m"


def test_a_file_is_a_module_of_its_own_with_the_tests_beside_it(tmp_path: Path) -> None:
    module = opened(write_files(tmp_path, {"one.c": "", "two.c": "", "test_one.c": ""}) / "one.c")
    assert names(module.sources, module.root) == ["one.c"]
    assert names(module.tests, module.root) == ["test_one.c"]
    assert module.name == "one"


def test_settings_name_sources_tests_and_flags(tmp_path: Path) -> None:
    settings = """\
        name = "nice name"
        sources = ["src/*.c", "more.c"]
        flags = ["-DX=1", "-Iinclude"]
        [tests]
        sources = ["checks/*.c"]
        """
    files = {
        "src/b.c": "",
        "src/a.c": "",
        "more.c": "",
        "other.c": "",
        "checks/x.c": "",
        "llmigrate.toml": settings,
    }
    module = opened(write_files(tmp_path, files))
    assert names(module.sources, module.root) == ["src/a.c", "src/b.c", "more.c"]
    assert names(module.tests, module.root) == ["checks/x.c"]
    assert {each.flags for each in module.commands} == {("-DX=1", "-Iinclude")}
    assert {each.directory for each in module.commands} == {module.root}


@pytest.mark.parametrize(
    ("name", "crate"),
    [("m-1.2", "m_1_2"), ("2d", "m2d"), ("größe", "gr__e"), ("type", "mtype"), ("ok", "ok")],
)
def test_the_crate_s_name_is_one_that_cargo_takes(tmp_path: Path, name: str, crate: str) -> None:
    module = opened(write_files(tmp_path, {"a.c": "", "llmigrate.toml": f'name = "{name}"\n'}))
    assert module.crate == crate


_NO_C = "holds no C files"


@pytest.mark.parametrize(
    ("files", "path", "said"),
    [
        ({"a.h": ""}, ".", _NO_C),
        ({"test_a.c": ""}, ".", _NO_C),
        ({"a.c": ""}, "b.c", r"b\.c does not exist"),
        ({"a.cpp": ""}, "a.cpp", r"a\.cpp is not a C file"),
        ({"a.c": b"int\0x;"}, ".", r"a\.c is a binary file"),
        ({"a.c": "", "llmigrate.toml": 'sources = ["x*.c"]\n'}, ".", r"`sources` names x\*\.c"),
        ({"a.c": "", "llmigrate.toml": '[tests]\nsources = ["t.c"]\n'}, ".", r"`tests\.sources` names t\.c"),
        ({"a.c": "", "llmigrate.toml": 'sources = ["/*.c"]\n'}, ".", r"`sources` names /\*\.c"),
        ({"a.c": "", "llmigrate.toml": 'sources = ["../a.c"]\n'}, ".", r"a\.c"),
        ({"a.c": "", "llmigrate.toml": 'compile_commands = "x.json"\n'}, ".", "which does not exist"),
        ({"a.c": "", "compile_commands.json": "[{]"}, ".", "is not a compilation database"),
        ({"a.c": "", "compile_commands.json": '{"a": 1}'}, ".", "is not a compilation database"),
        ({"a.c": "", "compile_commands.json": '[{"file": "a.c"}]'}, ".", "is not a compilation database"),
        (
            {"a.c": "", "compile_commands.json": '[{"file": "a.c", "command": "\\""}]'},
            ".",
            "not a compilation",
        ),
    ],
)
def test_what_cannot_be_a_module_is_one_sentence(tmp_path: Path, files: Files, path: str, said: str) -> None:
    root = write_files(tmp_path / "m", files)
    with pytest.raises(SettingsError, match=said):
        opened(root / path)


def test_a_source_outside_the_folder_is_refused(tmp_path: Path) -> None:
    root = write_files(tmp_path, {"a.c": "", "m/b.c": "", "m/llmigrate.toml": 'sources = ["../a.c"]\n'}) / "m"
    with pytest.raises(SettingsError, match=r"a\.c lies outside"):
        opened(root)


def database(tmp_path: Path, *entries: Mapping[str, object]) -> Module:
    files = {
        "src/a.c": "",
        "out/x": "",
        "compile_commands.json": json.dumps(entries),
        "llmigrate.toml": _SOURCES,
    }
    return opened(write_files(tmp_path / "m", files))


_SOURCES = 'sources = ["src/a.c"]\nflags = ["-DLAST"]\n'


def test_what_a_file_is_compiled_to_is_no_flag_of_it(tmp_path: Path) -> None:
    command = "gcc -Wall -MMD -MF x.d -MT x -c ../src/a.c -o x.o -DNAME='\"a b\"' -I inc"
    module = database(tmp_path, {"directory": "out", "file": "../src/a.c", "command": command})
    assert module.commands[0].flags == ("-Wall", '-DNAME="a b"', "-I", "inc", "-DLAST")
    assert module.commands[0].directory == tmp_path / "m" / "out"


def test_a_compiler_behind_a_launcher_is_not_a_flag(tmp_path: Path) -> None:
    arguments = ["ccache", "/usr/bin/gcc-12", "-O2", "-c", "src/a.c"]
    module = database(tmp_path, {"directory": str(tmp_path / "m"), "file": "src/a.c", "arguments": arguments})
    assert module.commands[0].flags == ("-O2", "-DLAST")


def test_a_file_that_the_database_does_not_know_has_the_flags_of_the_settings(tmp_path: Path) -> None:
    module = database(tmp_path, {"directory": "out", "file": "../src/other.c", "command": "cc -c x.c"})
    assert module.commands[0].flags == ("-DLAST",)


def test_of_two_entries_of_a_file_the_first_counts(tmp_path: Path) -> None:
    entry = {"directory": str(tmp_path / "m"), "file": "src/a.c"}
    first, second = {**entry, "command": "cc -DONE -c src/a.c"}, {**entry, "command": "cc -DTWO -c src/a.c"}
    assert database(tmp_path, first, second).commands[0].flags == ("-DONE", "-DLAST")


def test_a_long_name_makes_a_crate_that_cargo_can_build_and_stays_apart_from_others(tmp_path: Path) -> None:
    crates = {opened(write_files(tmp_path / f"{'n' * 240}{end}", {"a.c": ""})).crate for end in "ab"}
    assert len(crates) == 2
    assert max(map(len, crates)) < 120
