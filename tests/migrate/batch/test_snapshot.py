from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.batch.row import Row, State
from migrate.batch.snapshot import FILE_NAME, Snapshot, read_snapshot, write_snapshot
from migrate.errors import Exit, OutputError

SNAPSHOT = Snapshot(
    fleet="fleet.toml",
    command=("llmigrate", "batch", "a b"),
    rows=(
        Row(
            "<b>\u00e9",
            "b-1",
            ("/x/\udce9",),
            State.HOLES,
            "why",
            "f",
            3,
            2,
            usd="0.5",
            tokens=7,
            started=1.5,
        ),
        Row("c", "c", ("/c",)),
    ),
    usd="0.5",
    tokens=7,
    usd_limit="1",
    exit=3,
    message="m",
)


def refused(folder: Path) -> str:
    with pytest.raises(OutputError) as caught:
        read_snapshot(folder)
    assert caught.value.exit is Exit.USAGE
    return caught.value.message


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    write_snapshot(tmp_path, SNAPSHOT)
    assert read_snapshot(tmp_path) == SNAPSHOT
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_once_it_is_over_nothing_of_it_runs() -> None:
    running = Row("r", "r", (), State.RUNNING, step="preparing", at_model=2)
    over = replace(SNAPSHOT, rows=(running, *SNAPSHOT.rows)).over()
    assert [each.state for each in over.rows] == [State.INTERRUPTED, State.HOLES, State.WAITING]
    assert (over.rows[0].step, over.rows[0].at_model) == ("", 0)


def test_it_says_its_format(tmp_path: Path) -> None:
    write_snapshot(tmp_path, SNAPSHOT)
    assert json.loads((tmp_path / FILE_NAME).read_text())["format"] == 1


def test_one_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"format": 2}')
    assert "newer llmigrate (format 2, this one reads 1)" in refused(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "modules": [{}]}', "nonsense"])
def test_what_is_none_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert "not the state of a batch" in refused(tmp_path)


def test_a_folder_without_one_is_one_sentence(tmp_path: Path) -> None:
    assert "name the output folder of a batch" in refused(tmp_path)


def test_a_full_disk_leaves_the_one_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_snapshot(tmp_path, SNAPSHOT)

    def full(self: Path, text: str, encoding: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_snapshot(tmp_path, Snapshot("", (), ()))
    assert read_snapshot(tmp_path) == SNAPSHOT
