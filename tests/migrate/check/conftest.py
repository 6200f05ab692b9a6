"""The sort sample, migrated from its recording and stored, once for all tests of the check."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate.check.record import Record
from migrate.check.store import Store
from tests.command import Result, cli
from tests.shared import made_once

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "sort"


@dataclass(frozen=True)
class Stored:
    """A module and its store, which a test may change."""

    module: Path
    store: Path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        path = self.module / file
        text = path.read_text()
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new))

    def change(self, file: str, change: Callable[[Record], Record]) -> None:
        """Change a record of the store."""
        store = Store(self.store)
        (record,) = (each.record for each in store.read() if each.record.file == file)
        store.write([change(record)])

    def check(self, *more: object) -> Result:
        """Check sources and store alone."""
        return self.check_all("--no-build", *more)

    def check_all(self, *more: object) -> Result:
        """Check everything."""
        return cli("check", self.module, "--against", self.store, "--json", *more)

    def findings(self, *more: object) -> list[dict[str, Any]]:
        """Check sources and store alone, and return what is found."""
        result = self.check(*more)
        findings: list[dict[str, Any]] = result.json["findings"]
        assert result.exit == (1 if findings else 0), result.stderr
        return findings


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "migrated", _migrate)


def _migrate(folder: Path) -> None:
    shutil.copytree(SAMPLE, folder / "sort")
    recording = folder / "sort" / "recording.jsonl"
    options = ("-o", folder / "out", "--replay", recording, "--evidence", "quick", "-q", "--json")
    ended = cli("run", folder / "sort", *options)
    assert ended.exit == 0, ended.stderr
    stored = cli("store", folder / "out", "--into", folder / "store")
    assert stored.exit == 0, stored.stderr


@pytest.fixture
def stored(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stored:
    """Copy module and store, and let the check remember things in a folder of the test's own."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setattr("migrate.commands.check.user_cache_path", lambda name: tmp_path / "cache" / name)
    shutil.copytree(migrated / "sort", tmp_path / "sort")
    shutil.copytree(migrated / "store", tmp_path / "store")
    return Stored(tmp_path / "sort", tmp_path / "store")
