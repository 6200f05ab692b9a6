from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from migrate.errors import OutputError
from migrate.run.output import Output, existing_output, open_output, writing
from repair.plug import RenderedCrate


def test_a_new_folder_is_made_with_its_parents_and_held(tmp_path: Path) -> None:
    with open_output(tmp_path / "a" / "b") as output:
        assert output.log.is_dir()
        holder = json.loads((output.folder / ".lock").read_text())
        assert holder["pid"] == os.getpid()
        holder_is_named = rf"is in use by process {os.getpid()} on .* since \d\d:\d\d"
        with pytest.raises(OutputError, match=holder_is_named), open_output(output.folder):
            pass
    with open_output(tmp_path / "a" / "b"):
        pass


@pytest.mark.parametrize("names", [[], [".lock"], [".lock", "log"], ["ledger.sqlite", "anything"]])
def test_what_a_run_has_left_is_used_again(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).touch() if name != "log" else (tmp_path / name).mkdir()
    with open_output(tmp_path) as output:
        assert output.folder == tmp_path


@pytest.mark.parametrize("name", ["notes.txt", ".git", "crate"])
def test_what_is_not_ours_is_not_touched(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="holds files that are not from a run"), open_output(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with open_output(tmp_path / "link") as output:
        assert output.folder == tmp_path / "real"


def test_the_crate_folder_holds_exactly_the_crate(tmp_path: Path) -> None:
    output = Output(tmp_path)
    output.write_crate(RenderedCrate({"Cargo.toml": b"1", "c/a.c": b"2"}, {}))
    (output.crate / "Cargo.lock").write_text("cargo's own")
    output.write_crate(RenderedCrate({"Cargo.toml": b"3"}, {}))
    found = {path.relative_to(output.crate).as_posix() for path in output.crate.rglob("*")}
    assert found == {"Cargo.toml", "Cargo.lock"}
    assert (output.crate / "Cargo.toml").read_bytes() == b"3"


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, os.strerror(errno.EROFS))]
)
def test_what_the_disk_refuses_is_a_sentence(number: int, said: str, tmp_path: Path) -> None:
    sentence = f"cannot be written: {said}; make room or permissions there"
    with pytest.raises(OutputError, match=sentence), writing(tmp_path):
        raise OSError(number, os.strerror(number))


def test_only_a_folder_with_a_ledger_is_an_output(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"it has no ledger\.sqlite; name a run's -o"):
        existing_output(tmp_path)
    (tmp_path / "ledger.sqlite").touch()
    assert existing_output(tmp_path).folder == tmp_path
