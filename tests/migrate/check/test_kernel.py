"""A check on the folder whose settings name files of a kernel is about these files, as a run on it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.fingerprint import token_hash
from migrate.check.record import Entry, Record
from migrate.check.store import Store
from migrate.errors import Exit
from migrate.subject import Subject
from tests.command import Result, cli
from tests.kernel.builds import SOURCES, opened, write_build

_FILE = "lib/twice.c"
_SETTINGS = """\
[kernel]
files = ["lib/twice.c"]

[kernel.checks]
program = "check.c"
"""


@dataclass(frozen=True)
class Stored:
    """A kernel's tree and build, a store with one file of it, and settings elsewhere."""

    build: Path
    store: Path
    settings: Path

    def check(self, *more: object) -> Result:
        return cli("check", self.settings, "--against", self.store, "--json", *more)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stored:
    monkeypatch.setattr("migrate.commands.check.user_cache_path", lambda name: tmp_path / "cache" / name)
    text = SOURCES[_FILE].partition("\n")[2].strip()
    entry = Entry(*("function", "twice", 2, token_hash(text.encode()), text, ()), state="rust", rust="fn")
    record = Record(_FILE, _FILE, "kernel", (0.9, 0.85), {_FILE: ""}, {}, (entry,))
    Store(tmp_path / "store").write([record])
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "llmigrate.toml").write_text(_SETTINGS)
    return Stored(write_build(tmp_path), tmp_path / "store", tmp_path / "settings")


def test_the_files_that_the_settings_name_are_held_against_the_store(stored: Stored) -> None:
    source = opened(stored.build).tree / _FILE
    options = ("--kernel", stored.build, "--no-build", "--ignore", "weak-evidence")
    assert stored.check(*options).json["findings"] == []
    source.write_text(source.read_text().replace("- x", "- 2 * x"))
    (finding,) = stored.check(*options).json["findings"]
    assert (finding["kind"], finding["name"], finding["file"]) == ("drift", "twice", _FILE)


@pytest.mark.parametrize("named", ["on the command line", "in the settings"])
def test_what_is_built_is_tried_as_the_settings_say(
    stored: Stored, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Any] = []

    def build_stored(*given: object) -> tuple[()]:
        built.append(given)
        return ()

    monkeypatch.setattr("migrate.check.building.build_stored", build_stored)
    line = f'[kernel]\nbuild = "{stored.build}"'
    if named == "in the settings":
        (stored.settings / "llmigrate.toml").write_text(_SETTINGS.replace("[kernel]", line))
    result = stored.check(*(("--kernel", stored.build) if named == "on the command line" else ()))
    assert result.json["built"] == [_FILE]
    ((_, subject, records, _, _),) = built
    assert subject == Subject((stored.settings,), stored.build)
    assert [each.file for each in records] == [_FILE]


def test_settings_without_a_build_are_refused(stored: Stored) -> None:
    result = stored.check()
    assert result.exit == Exit.USAGE
    assert "names files of a kernel; name its build with --kernel" in result.stderr


def test_no_further_path_stands_beside_such_settings(stored: Stored, tmp_path: Path) -> None:
    result = stored.check("--kernel", stored.build, tmp_path)
    assert result.exit == Exit.USAGE
    assert "name no further PATH" in result.stderr
