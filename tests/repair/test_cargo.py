from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from repair.cargo import leased_workspace, write_files
from repair.dependencies import provide_dependencies
from repair.plug import RenderedCrate

MANIFEST = b'[package]\nname = "trial"\nversion = "0.1.0"\nedition = "2024"\n'
NEEDS_CC = MANIFEST + b'[build-dependencies]\ncc = "1.2"\n'
REACHES_OUT = """\
fn main() {
    for (name, value) in std::env::vars() {
        println!("{name}={value}");
    }
    let home = std::fs::read_dir("HOME/.cargo").map_or(0, |entries| entries.count());
    println!("home {home}");
    println!("network {}", std::net::TcpStream::connect("127.0.0.1:PORT").is_ok());
    println!("written {}", std::fs::write("OUTSIDE", "x").is_ok());
}
"""


def crate(manifest: bytes, script: str) -> RenderedCrate:
    files = {"Cargo.toml": manifest, "build.rs": script.encode(), "src/lib.rs": b"//! Nothing.\n"}
    return RenderedCrate(files, {})


def test_a_build_has_no_network_no_home_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "CARGO_REGISTRY_TOKEN", "https_proxy"):
        monkeypatch.setenv(name, "not-a-real-secret")
    outside = tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server, leased_workspace(tmp_path / "cache") as workspace:
        port = str(server.getsockname()[1])
        script = REACHES_OUT.replace("HOME", str(Path.home())).replace("PORT", port)
        workspace.write(crate(MANIFEST, script.replace("OUTSIDE", str(outside))))
        built = workspace.build()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert built.ok, built.stderr
    printed = "".join(path.read_text() for path in workspace.target.rglob("build/*/output"))
    assert "CARGO_HOME=" in printed and "not-a-real-secret" not in printed
    assert "home 0\nnetwork false\n" in printed
    assert not outside.exists()


def test_what_a_build_needs_is_fetched_once_and_before(tmp_path: Path) -> None:
    needing = crate(NEEDS_CC, "fn main() {\n    let _ = cc::Build::new();\n}\n")
    with leased_workspace(tmp_path) as workspace:
        workspace.write(needing)
        assert not workspace.build().ok
        assert provide_dependencies(workspace, needing) is None
        fetched = {path: path.stat().st_mtime_ns for path in workspace.dependencies.rglob("*")}
        assert workspace.build().ok
        assert provide_dependencies(workspace, needing) is None
        assert {path: path.stat().st_mtime_ns for path in workspace.dependencies.rglob("*")} == fetched


def test_it_is_said_in_a_sentence_when_a_crate_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("CARGO_NET_RETRY", "0")
    monkeypatch.setenv("CARGO_HTTP_PROXY", "http://127.0.0.1:9")
    with leased_workspace(tmp_path) as workspace:
        said = provide_dependencies(workspace, crate(NEEDS_CC, "fn main() {}\n"))
        assert said is not None and "Could not connect" in said and "\n" not in said
        assert not workspace.dependencies.exists()


def test_a_build_that_takes_too_long_is_said_to(tmp_path: Path) -> None:
    with leased_workspace(tmp_path) as workspace:
        hurried = replace(workspace, timeout=1.5)
        hurried.write(crate(MANIFEST, "fn main() {\n    loop {}\n}\n"))
        built = hurried.build()
    assert (built.ok, built.stderr) == (False, "cargo build did not end within 1.5 seconds.")


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
