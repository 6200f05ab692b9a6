"""What takes long to make and is only looked at: made once, by whichever test process comes first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that all processes of a test run share, made at the first call."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, mark = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            # What an earlier one has left that failed.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            mark.touch()
    return folder


def replayed_once(
    factory: pytest.TempPathFactory, name: str, sample: Path, *options: str
) -> tuple[Path, dict[str, Any]]:
    """Replay a recording of a sample once; return its crate and its report."""

    def replay(folder: Path) -> None:
        out = ("-o", str(folder / "out"), "--json")
        command = (sys.executable, "-m", "migrate.cli", "run", str(sample), *out, *options)
        ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        (folder / "said.json").write_text(ended.stdout)

    folder = made_once(factory, name, replay)
    return folder / "out" / "crate", json.loads((folder / "said.json").read_text())
