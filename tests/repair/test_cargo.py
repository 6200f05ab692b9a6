from __future__ import annotations

import os
from pathlib import Path

import pytest

from repair.cargo import cargo_environment, leased_workspace, write_files


def test_cargo_gets_its_own_settings_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "secret")
    monkeypatch.setenv("CARGO_REGISTRY_TOKEN", "secret")
    monkeypatch.setenv("CARGO_REGISTRIES_MINE_SECRET_KEY", "secret")
    monkeypatch.setenv("CARGO_HTTP_TIMEOUT", "5")
    monkeypatch.setenv("https_proxy", "http://proxy")
    environment = cargo_environment(Path("/target"))
    assert "secret" not in environment.values()
    assert "sk-not-a-real-key" not in environment.values()
    assert environment["CARGO_HTTP_TIMEOUT"] == "5"
    assert environment["https_proxy"] == "http://proxy"
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["CARGO_TARGET_DIR"] == "/target"


def test_two_at_a_time_get_two_workspaces_and_the_next_one_gets_the_first_again(tmp_path: Path) -> None:
    with leased_workspace(tmp_path) as first, leased_workspace(tmp_path) as second:
        assert first.folder != second.folder
        assert first.target != second.target
    with leased_workspace(tmp_path) as again:
        assert again == first


def test_a_folder_holds_exactly_what_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "crate"
    write_files(folder, {"a.rs": b"a", "src/b.rs": b"b", "src/deep/c.rs": b"c"})
    (folder / "Cargo.lock").write_text("kept")
    before = (folder / "a.rs").stat()
    write_files(folder, {"a.rs": b"a", "src/b.rs": b"changed"}, keep={"Cargo.lock"})
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert found == {"a.rs", "src", "src/b.rs", "Cargo.lock"}
    assert (folder / "src/b.rs").read_bytes() == b"changed"
    after = (folder / "a.rs").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
