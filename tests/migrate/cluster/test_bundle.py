"""What travels of a module, and how it compiles where it arrives."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.batch.job import Job
from migrate.cluster.bundle import pack, pack_folder, unpack, unpack_folder
from migrate.cluster.carried import carried_files
from migrate.cluster.load import load
from migrate.cluster.relocation import Relocation
from migrate.errors import SettingsError
from migrate.module import Module
from migrate.prepare import read_inventory
from migrate.settings import Shared
from migrate.subject import Subject
from repair.kernel.build import KernelBuild
from tests.tiny import write_module


def opened(path: Path) -> Module:
    return Subject((path,)).open({})


def arrived(path: Path, tree: Path) -> Module:
    """Open a module where it arrives, after its own place is gone."""
    relocation = unpack(pack(carried_files(path, opened(path))), tree)
    path.rename(path.with_name("gone"))
    return opened(relocation.path(path))


def with_common_header(folder: Path, flags: str) -> Path:
    """Write a module that includes a header from another folder."""
    (folder / "common" / "sub").mkdir(parents=True)
    (folder / "common" / "sub" / "scale.h").write_text("#define SCALE 3\n")
    module = folder / "module"
    module.mkdir()
    (module / "scaled.c").write_text('#include "sub/scale.h"\nint scaled(int x) { return x * SCALE; }\n')
    (module / "llmigrate.toml").write_text(f"flags = [{flags}]\n")
    return module


@pytest.mark.parametrize("way", ["relative", "absolute"])
def test_headers_from_elsewhere_travel_and_flags_still_find_them(way: str, tmp_path: Path) -> None:
    named = "../common" if way == "relative" else f"{tmp_path}/home/common"
    module = arrived(with_common_header(tmp_path / "home", f'"-I{named}"'), tmp_path / "there")
    (tmp_path / "home" / "common").rename(tmp_path / "home" / "gone-common")
    assert [each.name for each in read_inventory(module).functions] == ["scaled"]


def test_paths_in_a_compilation_database_are_those_of_where_it_arrives(tmp_path: Path) -> None:
    module = with_common_header(tmp_path / "home", "")
    build = tmp_path / "home" / "build"
    build.mkdir()
    command = f"gcc -I{tmp_path}/home/common -c {module}/scaled.c"
    entry = {"directory": str(build), "file": str(module / "scaled.c"), "command": command}
    (module / "compile_commands.json").write_text(json.dumps([entry]))
    there = arrived(module, tmp_path / "there")
    build.rmdir()
    (tmp_path / "home" / "common").rename(tmp_path / "home" / "gone-common")
    assert [each.name for each in read_inventory(there).functions] == ["scaled"]


@pytest.mark.parametrize("name", ["two words", 'quo"te', "<script>", os.fsdecode(b"caf\xe9"), "n" * 200])
def test_folders_of_any_name_travel(name: str, tmp_path: Path) -> None:
    module = arrived(with_common_header(tmp_path / name, '"-I../common"'), tmp_path / "there")
    (tmp_path / name / "common").rename(tmp_path / "gone-common")
    assert [each.name for each in read_inventory(module).functions] == ["scaled"]


def test_settings_that_name_no_carried_path_travel_byte_for_byte(tmp_path: Path) -> None:
    module = with_common_header(tmp_path / "home", '"-I../common", "-DROOT=/usr"  ')
    text = (module / "llmigrate.toml").read_text()
    there = arrived(module, tmp_path / "there")
    assert (there.root / "llmigrate.toml").read_text() == text


def test_words_with_a_carried_path_are_moved_and_others_are_not() -> None:
    relocation = Relocation(Path("/there"), frozenset({Path("/home/me/inc"), Path("/home/me")}))
    assert relocation.word("-I/home/me/inc") == "-I/there/home/me/inc"
    assert relocation.word("--sysroot=/home/me") == "--sysroot=/there/home/me"
    assert relocation.word("/home/me/inc/../inc") == "/there/home/me/inc/../inc"
    for other in ("-I/home/me/include", "-I../inc", "/usr/include", "home/me/inc", "-DX"):
        assert relocation.word(other) == other


def test_what_is_hidden_built_or_a_result_stays_at_home(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    for name in (
        ".git/config",
        ".env",
        "out/ledger.sqlite",
        "out/crate/x.rs",
        "target/CACHEDIR.TAG",
        "data/table",
    ):
        (module / name).parent.mkdir(parents=True, exist_ok=True)
        (module / name).write_text("x")
    found = {file.relative_to(module).as_posix() for file in carried_files(module, opened(module)).files}
    assert found == {"tiny.c", "tiny.h", "test_tiny.c", "data/table"}


def test_a_module_of_one_file_takes_nothing_else_of_its_folder(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    (module / "other.c").write_text("int other;\n")
    (module / "letters").write_text("private")
    path = module / "tiny.c"
    found = {file.name for file in carried_files(path, opened(path)).files}
    assert found == {"tiny.c", "tiny.h", "test_tiny.c"}


def test_headers_of_the_system_stay_where_they_are(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    assert not any(f.is_relative_to("/usr") for f in carried_files(module, opened(module)).files)


def test_a_link_that_leads_back_is_followed_once(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    (module / "back").symlink_to(module)
    (module / "linked.h").symlink_to(module / "tiny.h")
    found = {file.relative_to(module).as_posix() for file in carried_files(module, opened(module)).files}
    assert found == {"tiny.c", "tiny.h", "test_tiny.c", "linked.h"}


def test_a_module_of_a_kernel_stays_where_its_build_is(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    build = KernelBuild(tmp_path / "linux", tmp_path / "um", {})
    with pytest.raises(
        SettingsError, match=f"{tmp_path}/um, which does not travel; run it without --scheduler"
    ):
        carried_files(module, replace(opened(module), build=build))


def test_without_gcc_nobody_knows_what_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = write_module(tmp_path / "tiny")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="gcc, which says what headers have to travel: not found"):
        carried_files(module, opened(module))


def test_too_much_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.cluster.carried.MOST_BYTES", 100)
    module = write_module(tmp_path / "tiny")
    with pytest.raises(SettingsError, match="of a module travel; keep what it does not need"):
        carried_files(module, opened(module))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = write_module(tmp_path / "tiny")

    def refuse(carried: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(module / "tiny.h"))

    monkeypatch.setattr("migrate.cluster.load.pack", refuse)
    with pytest.raises(SettingsError, match=r"tiny\.h cannot be read: Permission denied"):
        load(Job("tiny", (module,), tmp_path / "out"))


def test_a_recording_and_templates_that_settings_name_travel(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "system.j2").write_text("other rules")
    (tmp_path / "answers.jsonl").write_text("{}")
    shared = Shared(overrides={"run": {"prompts": str(tmp_path / "prompts")}})
    job = Job("tiny", (module,), tmp_path / "out", shared=shared, replay=tmp_path / "answers.jsonl")
    relocation = unpack(load(job).files, tmp_path / "there")
    assert relocation.path(tmp_path / "prompts" / "system.j2").read_text() == "other rules"
    assert relocation.word(str(tmp_path / "prompts")) == f"{tmp_path}/there{tmp_path}/prompts"
    assert relocation.path(tmp_path / "answers.jsonl").is_file()


def test_what_comes_back_is_what_was_left(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "crate" / "src").mkdir(parents=True)
    (folder / "crate" / "src" / "lib.rs").write_text("fn f() {}")
    (folder / ".lock").write_text("held")
    (folder / "crate" / ".lock").write_text("the crate's own")
    unpack_folder(pack_folder(folder, frozenset({".lock"})), tmp_path / "back")
    found = {
        p.relative_to(tmp_path / "back").as_posix() for p in (tmp_path / "back").rglob("*") if p.is_file()
    }
    assert found == {"crate/src/lib.rs", "crate/.lock"}
