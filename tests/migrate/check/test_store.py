"""A store that cannot be used, or a question that it cannot answer, ends in one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.check.record_json import read_record, record_text
from migrate.check.store import Store
from tests.command import Result, cli, contents
from tests.migrate.check.conftest import Stored


def refused(result: Result, *said: str) -> None:
    assert result.exit == 2, result.stdout
    assert result.stdout == ""
    assert "Traceback" not in result.stderr and "fault of llmigrate" not in result.stderr
    for words in said:
        assert words in result.stderr


def broken(stored: Stored, change: Callable[[dict[str, Any]], object]) -> Result:
    path = stored.store / "sort.c.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return stored.check()


def test_a_store_reads_as_it_was_written(stored: Stored) -> None:
    for kept in Store(stored.store).read():
        assert record_text(read_record(kept.text)).encode() == kept.text


def test_storing_again_changes_no_byte(migrated: Path, tmp_path: Path) -> None:
    for name in ("one", "one", "two"):
        ended = cli("store", migrated / "out", "--into", tmp_path / name, "--json")
        assert ended.exit == 0, ended.stderr
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(migrated / "store")
    assert ended.json["files"] == ["sort.c", "sort.h"]
    assert ended.json["rust"] == 20


def test_files_that_the_module_no_longer_has_leave_the_store(migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated / "store", tmp_path / "store")
    (kept, *_) = Store(tmp_path / "store").read()
    Store(tmp_path / "store").write([replace(kept.record, file="gone.c")])
    assert (tmp_path / "store" / "gone.c.json").exists()
    assert cli("store", migrated / "out", "--into", tmp_path / "store").exit == 0
    assert contents(tmp_path / "store") == contents(migrated / "store")


def test_c_that_changed_after_the_run_is_not_stored(migrated: Path, tmp_path: Path) -> None:
    source = migrated / "sort" / "sort.c"
    text = source.read_text()
    try:
        source.write_text(text.replace("(width - 1)) == 0", "(width - 1)) == 1"))
        result = cli("store", migrated / "out", "--into", tmp_path / "store")
    finally:
        source.write_text(text)
    refused(result, "is_aligned", "run `llmigrate run`")
    assert not (tmp_path / "store").exists()


def test_a_folder_of_something_else_is_not_written_to(migrated: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refused(cli("store", migrated / "out", "--into", tmp_path), "is not a store")
    assert contents(tmp_path) == {"notes.txt": b"mine"}


def test_a_root_without_the_module_is_refused(migrated: Path, tmp_path: Path) -> None:
    result = cli("store", migrated / "out", "--into", tmp_path / "store", "--root", tmp_path)
    refused(result, "does not lie in", "--root")


def test_a_store_that_is_not_there_is_refused(stored: Stored) -> None:
    shutil.rmtree(stored.store)
    refused(stored.check(), "is not there", "llmigrate store")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "1"}', '{"format": true}', "\xff"])
def test_a_folder_that_is_no_store_is_refused(stored: Stored, text: str) -> None:
    (stored.store / "store.json").write_text(text, encoding="latin-1")
    refused(stored.check(), "is not a store")


def test_a_store_of_a_newer_version_is_refused(stored: Stored) -> None:
    (stored.store / "store.json").write_text('{"format": 99}')
    refused(stored.check(), "newer llmigrate", "update llmigrate")


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "{}", "[" * 100_000, '{"file": 5}'])
def test_a_broken_file_of_a_store_is_named(stored: Stored, text: str) -> None:
    (stored.store / "sort.c.json").write_text(text)
    refused(stored.check(), "sort.c.json is not a part of a store")


@pytest.mark.parametrize("path", ["../sort.c", "/etc/passwd", "a/../../b", "", "a//b", "a\0b"])
def test_a_file_outside_of_the_tree_is_refused(stored: Stored, path: str) -> None:
    refused(broken(stored, lambda data: data["hashes"].update({path: "0"})), "does not lie in the tree")
    refused(broken(stored, lambda data: data.update(file=path)), "sort.c.json is not a part of a store")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["entries"][0].update(name=5),
        lambda data: data["entries"][0].update(name="\ud800"),
        lambda data: data["entries"][0].update(slice=["macro NOWHERE sort.c"]),
        lambda data: data["entries"][0].update(line="first"),
        lambda data: data["declarations"][0].update(file="../sort.c"),
        lambda data: data.update(minimum=[0.5]),
        lambda data: data.pop("others"),
    ],
)
def test_values_that_are_not_what_they_should_be_are_refused(
    stored: Stored, change: Callable[[dict[str, Any]], object]
) -> None:
    refused(broken(stored, change), "sort.c.json is not a part of a store")


def test_evidence_that_cannot_be_read_is_refused(stored: Stored) -> None:
    def unreadable(data: dict[str, Any]) -> None:
        next(each for each in data["entries"] if each["evidence"])["evidence"] = {"inputs": 5}

    refused(broken(stored, unreadable), "evidence", "sort.c")


def test_a_path_that_nobody_knows_is_refused(stored: Stored) -> None:
    result = cli("check", stored.module / "sord.c", "--against", stored.store)
    refused(result, "does not exist", "correct the path")


def test_a_path_without_a_file_of_the_store_is_refused(stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    refused(cli("check", tmp_path / "elsewhere", "--against", stored.store), "--root")


def test_a_path_outside_of_the_root_is_refused(stored: Stored, tmp_path: Path) -> None:
    result = cli("check", tmp_path, "--against", stored.store, "--root", stored.module)
    refused(result, "does not lie in")


def test_a_revision_outside_of_a_repository_is_refused(stored: Stored) -> None:
    refused(stored.check("--diff", "HEAD"), "does not lie in a git repository")


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD:sort.c", ""])
def test_a_revision_that_git_does_not_know_is_refused(stored: Stored, revision: str) -> None:
    from tests.migrate.check.test_check import committed

    committed(stored)
    refused(stored.check(f"--diff={revision}"), "git knows no revision")


@pytest.mark.parametrize("option", ["--sarif", "--junit"])
def test_a_result_that_cannot_be_written_is_refused(stored: Stored, option: str) -> None:
    refused(stored.check(option, "no/such/folder/file"), "no/such/folder/file cannot be written")
