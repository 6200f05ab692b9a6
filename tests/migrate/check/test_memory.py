"""What a check remembers of a tree is believed only while nothing moved."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.check import drift
from migrate.check.memory import Memory
from tests.migrate.check.conftest import Stored

LONG_AGO = 1_000_000_000


def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every change of a file count as one of long ago."""
    monkeypatch.setattr("migrate.check.memory._SETTLED", 0)


def sha(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def remembered(root: Path, folder: Path, file: str) -> str | None:
    memory = Memory.of(root, folder)
    found = memory.sha(root, file)
    memory.save()
    return found


def test_a_hash_is_remembered_while_the_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(monkeypatch)
    (tmp_path / "a.c").write_bytes(b"int a;")
    assert remembered(tmp_path, tmp_path / "cache", "a.c") == sha(b"int a;")
    monkeypatch.setattr("migrate.check.memory._sha_of", lambda path: "read again")
    assert remembered(tmp_path, tmp_path / "cache", "a.c") == sha(b"int a;")


def test_a_file_of_the_same_size_and_time_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(monkeypatch)
    path = tmp_path / "a.c"
    path.write_bytes(b"int a;")
    os.utime(path, (LONG_AGO, LONG_AGO))
    remembered(tmp_path, tmp_path / "cache", "a.c")
    path.write_bytes(b"int b;")
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert remembered(tmp_path, tmp_path / "cache", "a.c") == sha(b"int b;")


def test_a_file_that_changed_a_moment_ago_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"int a;")
    assert remembered(tmp_path, tmp_path / "cache", "a.c") == sha(b"int a;")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 1}', '{"format": 1, "hashes": {"a.c": 5}, "found": {}}']
)
def test_what_cannot_be_read_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    settled(monkeypatch)
    (tmp_path / "a.c").write_bytes(b"int a;")
    remembered(tmp_path, tmp_path / "cache", "a.c")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text(text)
    assert remembered(tmp_path, tmp_path / "cache", "a.c") == sha(b"int a;")
    assert json.loads(kept.read_text())["hashes"]["a.c"][1] == sha(b"int a;")


def test_no_file_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    memory = Memory(None)
    assert [memory.sha(tmp_path, name) for name in ("folder", "pipe", "nothing", "folder/below")] == [
        None
    ] * 4


def test_the_same_findings_come_from_memory_without_a_second_look(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(monkeypatch)
    stored.edit("sort.c", "(width - 1)) == 0", "(width - 1)) == 1")
    first = stored.check().stdout
    looked: list[str] = []
    monkeypatch.setattr(drift, "_compare", lambda record, *_: looked.append(record.file))
    assert stored.check().stdout == first
    assert looked == []


def test_a_change_after_a_check_is_found(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(monkeypatch)
    assert stored.findings() == []
    stored.edit("sort.c", "(width - 1)) == 0", "(width - 1)) == 1")
    assert {each["name"] for each in stored.findings()} == {"is_aligned"}
    stored.edit("sort.c", "(width - 1)) == 1", "(width - 1)) == 0")
    assert stored.findings() == []


def test_a_check_of_sources_loads_no_part_that_it_does_without(stored: Stored) -> None:
    heavy = ("openai", "networkx", "pydantic", "sqlite3", "jinja2", "junitparser", "migrate.run.run")
    program = (
        "import sys; from migrate.cli import call; code = call(sys.argv[1:]); "
        f"print(code, sorted(set({heavy!r}) & set(sys.modules)))"
    )
    (stored.module / "llmigrate.toml").unlink()
    arguments = ("check", stored.module, "--against", stored.store, "--no-build")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        (sys.executable, "-c", program, *arguments), capture_output=True, text=True, env=environment
    )
    assert ended.stdout.splitlines()[-1] == "0 []", ended.stderr
